//! Running a SELECT: partitions -> live rows -> one page of result rows.

use bytes::Bytes;
use model::data::Row;
use model::key::{ByteRange, ClusteringKey};
use model::read::{ColumnSelection, PartitionSelection, ReadCommand};
use model::stream::{Direction, Fragment, into_live_row};
use proto::native::{RawValue, Rows};

use super::super::expression::{Expression, Scope};
use super::super::paging::PagingState;
use super::super::restrictions::normalise;
use super::super::row_view::{RowView, damaged};
use super::SelectPlan;
use super::collect::Collector;
use super::page::{Flow, Page};
use crate::error::CqlError;
use crate::node::storage::{Source, Storage};

/// What a client asks of one page.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageRequest {
    /// Rows a page; `None`: everything at once.
    pub(crate) page_size: Option<u32>,
    /// Where to go on.
    pub(crate) paging_state: Option<Bytes>,
}

/// One page.
pub(crate) struct SelectResult {
    /// Rows, with a paging state when there are more.
    pub(crate) rows: Rows,
    /// Client warnings.
    pub(crate) warnings: Vec<String>,
}

impl SelectPlan {
    /// Whether reading it is short work: named partitions, so that it may run where the request came in.
    pub(crate) fn is_point_read(&self) -> bool {
        self.restrictions.partition.is_some() && !self.restrictions.partition_in && !self.is_grouped()
    }

    /// Reads one page.
    ///
    /// Errors: Invalid and ProtocolError for what the client gave, ServerError for damaged data.
    pub(crate) fn run(
        &self,
        storage: &Storage,
        scope: &Scope<'_>,
        request: &PageRequest,
    ) -> Result<SelectResult, CqlError> {
        if self.sort_after && request.page_size.is_some() {
            return Err(CqlError::invalid(
                "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either \
                 remove the ORDER BY or the IN and sort client side, or disable paging for this query",
            ));
        }
        let state = match &request.paging_state {
            Some(bytes) => Some(PagingState::decode(bytes, self.fingerprint)?),
            None => None,
        };
        let limit = positive(&self.limit, scope, "LIMIT")?;
        let per_partition = positive(&self.per_partition_limit, scope, "PER PARTITION LIMIT")?;
        // One group is one row whatever its LIMIT, and sorting takes the limit at its end.
        let unlimited = self.is_one_group() || self.sort_after;
        let mut page = Page {
            plan: self,
            scope,
            collector: Collector::new(self),
            remaining: match &state {
                Some(state) => state.remaining,
                None if unlimited => u32::MAX,
                None => limit,
            },
            per_partition,
            in_partition: 0,
            room: if self.is_one_group() { None } else { request.page_size },
            last: None,
            more: false,
        };
        if page.remaining > 0 {
            self.read_partitions(storage, state.as_ref(), &mut page)?;
        }
        let Page { collector, remaining, last, more, .. } = page;
        let (mut rows, wrapped) = collector.finish(scope, limit)?;
        if let (true, Some(last)) = (more, last) {
            let next = PagingState {
                key: last.key,
                row: last.row,
                remaining,
                remaining_in_partition: per_partition.saturating_sub(last.in_partition),
            };
            rows.paging_state = Some(next.encode(self.fingerprint));
        }
        let mut warnings = Vec::new();
        if wrapped {
            warnings.push(
                "a sum is larger than its type and wrapped around; cast the column to a larger type"
                    .to_string(),
            );
        }
        Ok(SelectResult { rows, warnings })
    }

    fn read_partitions(
        &self,
        storage: &Storage,
        state: Option<&PagingState>,
        page: &mut Page<'_>,
    ) -> Result<(), CqlError> {
        let slices = if self.distinct {
            vec![ByteRange::all()]
        } else {
            self.restrictions.slices(&self.table, page.scope)?
        };
        let listed = self.restrictions.partitions(&self.table, page.scope)?;
        let mut range = self.restrictions.key_range(page.scope)?;
        if slices.is_empty() {
            return Ok(());
        }
        if let Some(state) = state {
            let inside = match &listed {
                Some(keys) => keys.contains(&state.key),
                None => range.contains(state.key.as_bytes()),
            };
            if !inside {
                return Err(CqlError::protocol(
                    "Invalid value for the paging state: it is outside of what the statement reads",
                ));
            }
            // A page that ended inside a partition goes on behind its last row.
            if let (Some(row), true) = (&state.row, state.remaining_in_partition > 0) {
                page.in_partition = page.per_partition.saturating_sub(state.remaining_in_partition);
                let rest = behind(&slices, row, self.direction);
                let command = self.command(PartitionSelection::One(state.key.clone()), rest);
                let mut source = storage.read(&self.table, &command)?;
                if self.read_partition(&mut source, page, true)? == Flow::Stop {
                    return Ok(());
                }
            }
        }
        let Some(keys) = listed else {
            if let Some(state) = state {
                let mut after = state.key.0.to_vec();
                after.push(0);
                range.start = after.into();
            }
            if !range.is_empty() {
                let command = self.command(PartitionSelection::Range(range), slices);
                let mut source = storage.read(&self.table, &command)?;
                while self.read_partition(&mut source, page, false)? == Flow::NextPartition {}
            }
            return Ok(());
        };
        for key in keys {
            if state.is_some_and(|state| key <= state.key) {
                continue;
            }
            let command = self.command(PartitionSelection::One(key), slices.clone());
            let mut source = storage.read(&self.table, &command)?;
            if self.read_partition(&mut source, page, false)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    fn command(&self, partitions: PartitionSelection, slices: Vec<ByteRange>) -> ReadCommand {
        ReadCommand {
            table: self.table.id,
            partitions,
            slices,
            static_row: true,
            // A row without a marker lives by any of its cells, so all of them are looked at.
            columns: ColumnSelection::All,
            direction: self.direction,
        }
    }

    /// Reads one partition of a stream: `Continue` at the stream's end, `NextPartition` after a partition.
    fn read_partition(
        &self,
        source: &mut Source,
        page: &mut Page<'_>,
        resumed: bool,
    ) -> Result<Flow, CqlError> {
        let key = match source.next()? {
            None => return Ok(Flow::Continue),
            Some(Fragment::PartitionStart { key, .. }) => key,
            Some(other) => return Err(CqlError::server(format!("a partition stream began with {other:?}"))),
        };
        let partition = self.table.partition_components(&key).map_err(damaged)?;
        let mut static_row: Option<Row> = None;
        let mut any_row = false;
        let mut skipping = false;
        if !resumed {
            page.in_partition = 0;
        }
        loop {
            match source.next()? {
                Some(Fragment::Row(_)) if skipping => {}
                Some(Fragment::Row(row)) => {
                    let Some(row) = into_live_row(row, page.scope.now_seconds) else { continue };
                    any_row = true;
                    let (mut clustering, mut position, mut shown) = (Vec::new(), None, None);
                    if !self.distinct {
                        clustering = self.table.decode_clustering(&row.clustering).map_err(damaged)?;
                        position = Some(&row.clustering);
                        shown = Some(&row);
                    }
                    let view = RowView {
                        partition: &partition,
                        clustering: &clustering,
                        static_row: static_row.as_ref(),
                        row: shown,
                    };
                    match page.offer(view, &key, position)? {
                        Flow::Stop => return Ok(Flow::Stop),
                        Flow::NextPartition => skipping = true,
                        Flow::Continue => skipping = self.distinct,
                    }
                }
                Some(Fragment::StaticRow(row)) => static_row = into_live_row(row, page.scope.now_seconds),
                Some(Fragment::PartitionEnd) => break,
                Some(_) => {}
                None => return Err(CqlError::server("a partition stream ended inside a partition")),
            }
        }
        if !any_row && !resumed && static_row.is_some() && self.static_only_rows {
            let view = RowView {
                partition: &partition,
                clustering: &[],
                static_row: static_row.as_ref(),
                row: None,
            };
            if page.offer(view, &key, None)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::NextPartition)
    }
}

/// The slices behind `row`, in the direction of reading.
fn behind(slices: &[ByteRange], row: &ClusteringKey, direction: Direction) -> Vec<ByteRange> {
    let rest = match direction {
        Direction::Forward => {
            let mut after = row.as_bytes().to_vec();
            after.push(0);
            ByteRange { start: after.into(), end: None }
        }
        Direction::Reverse => ByteRange { start: Bytes::new(), end: Some(row.0.clone()) },
    };
    normalise(slices.iter().map(|slice| slice.intersect(&rest)).collect())
}

fn positive(expression: &Option<Expression>, scope: &Scope<'_>, name: &str) -> Result<u32, CqlError> {
    let Some(expression) = expression else { return Ok(u32::MAX) };
    match expression.evaluate(scope)? {
        RawValue::Unset => Ok(u32::MAX),
        RawValue::Null => Err(CqlError::invalid(format!("Invalid null value of {}", name.to_lowercase()))),
        RawValue::Bytes(bytes) => {
            let number: [u8; 4] = bytes[..]
                .try_into()
                .map_err(|_| CqlError::invalid(format!("Invalid {} value", name.to_lowercase())))?;
            match i32::from_be_bytes(number) {
                number if number > 0 => Ok(number as u32),
                _ => Err(CqlError::invalid(format!("{name} must be strictly positive"))),
            }
        }
    }
}
