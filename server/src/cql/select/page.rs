//! [`Page`]: filters, limits and page size, applied to one live row after the other.

use model::key::{ClusteringKey, DecoratedKey};

use super::super::expression::Scope;
use super::super::row_view::RowView;
use super::SelectPlan;
use super::collect::{Collector, Taken};
use crate::error::CqlError;

/// A page ends early when it holds this many bytes, so that its memory stays bounded.
const PAGE_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What to do after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// Go on with the next row.
    Continue,
    /// Nothing more of this partition is wanted.
    NextPartition,
    /// Nothing more is wanted.
    Stop,
}

/// Where a row stands, for the paging state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowPosition {
    /// Its partition.
    pub(super) key: DecoratedKey,
    /// Its clustering key; `None` for a row that stands for its whole partition.
    pub(super) row: Option<ClusteringKey>,
    /// Result rows of its partition up to it.
    pub(super) in_partition: u32,
}

/// One page while it is read.
pub(super) struct Page<'a> {
    /// The statement.
    pub(super) plan: &'a SelectPlan,
    /// Bind values, clock, time of reading.
    pub(super) scope: &'a Scope<'a>,
    /// What passed.
    pub(super) collector: Collector<'a>,
    /// Result rows that LIMIT still allows.
    pub(super) remaining: u32,
    /// PER PARTITION LIMIT.
    pub(super) per_partition: u32,
    /// Result rows of the partition at hand.
    pub(super) in_partition: u32,
    /// Result rows that still fit the page; `None`: not paged.
    pub(super) room: Option<u32>,
    /// The last row taken.
    pub(super) last: Option<RowPosition>,
    /// Whether rows were left for another page.
    pub(super) more: bool,
}

impl Page<'_> {
    /// Offers a live row.
    pub(super) fn offer(
        &mut self,
        view: RowView<'_>,
        key: &DecoratedKey,
        row: Option<&ClusteringKey>,
    ) -> Result<Flow, CqlError> {
        let scope = Scope { row: Some(view), ..*self.scope };
        for filter in &self.plan.restrictions.filters {
            if !filter.accepts(&view, &scope)? {
                return Ok(Flow::Continue);
            }
        }
        if self.collector.begins_new(&view)? {
            if self.in_partition >= self.per_partition {
                return Ok(Flow::NextPartition);
            }
            if self.remaining == 0 {
                return Ok(Flow::Stop);
            }
            let full =
                self.room.is_some_and(|room| room == 0 || self.collector.size_bytes() >= PAGE_SIZE_BYTES_MAX);
            if full && self.last.is_some() {
                self.more = true;
                return Ok(Flow::Stop);
            }
        }
        if self.collector.take(view, row, self.scope)? == Taken::New {
            self.remaining = self.remaining.saturating_sub(1);
            self.room = self.room.map(|room| room.saturating_sub(1));
            self.in_partition += 1;
        }
        match &mut self.last {
            Some(last) if last.key == *key => {
                last.row = row.cloned();
                last.in_partition = self.in_partition;
            }
            last => {
                *last =
                    Some(RowPosition { key: key.clone(), row: row.cloned(), in_partition: self.in_partition })
            }
        }
        // A plain LIMIT is reached without looking for another row; a group may still grow.
        if self.remaining == 0 && !self.plan.is_grouped() {
            return Ok(Flow::Stop);
        }
        Ok(Flow::Continue)
    }
}
