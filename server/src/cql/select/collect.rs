//! [`Collector`]: rows that passed -> result rows: plain, grouped, or sorted after reading.

use std::sync::Arc;

use bytes::Bytes;
use model::data::Row;
use model::key::ClusteringKey;
use model::stream::Direction;
use proto::native::{Rows, RowsBuilder};

use super::super::expression::Scope;
use super::super::functions::Aggregate;
use super::super::row_view::RowView;
use super::SelectPlan;
use crate::error::CqlError;

/// Largest result of one response, in bytes: what one native protocol frame may carry, with room to spare.
const RESULT_SIZE_BYTES_MAX: usize = 200 * 1024 * 1024;

/// A copy of a row view that outlives its page.
#[derive(Debug, Clone)]
struct OwnedRow {
    partition: Vec<Bytes>,
    clustering: Vec<Bytes>,
    static_row: Option<Row>,
    row: Option<Row>,
}

impl OwnedRow {
    fn of(view: &RowView<'_>) -> OwnedRow {
        OwnedRow {
            partition: view.partition.to_vec(),
            clustering: view.clustering.to_vec(),
            static_row: view.static_row.cloned(),
            row: view.row.cloned(),
        }
    }

    fn view(&self) -> RowView<'_> {
        RowView {
            partition: &self.partition,
            clustering: &self.clustering,
            static_row: self.static_row.as_ref(),
            row: self.row.as_ref(),
        }
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It made a new result row (or began a group).
    New,
    /// It went into the group at hand.
    Joined,
}

struct Group {
    keys: Vec<Option<Bytes>>,
    first: Option<OwnedRow>,
    aggregates: Vec<Aggregate>,
}

/// Gathers the rows of one page.
pub(super) struct Collector<'a> {
    plan: &'a SelectPlan,
    builder: RowsBuilder,
    group: Option<Group>,
    sorted: Vec<(ClusteringKey, OwnedRow)>,
    wrapped: bool,
}

impl<'a> Collector<'a> {
    /// An empty page.
    pub(super) fn new(plan: &'a SelectPlan) -> Collector<'a> {
        let builder = RowsBuilder::new(Arc::clone(&plan.metadata));
        Collector { plan, builder, group: None, sorted: Vec::new(), wrapped: false }
    }

    /// Bytes gathered so far.
    pub(super) fn size_bytes(&self) -> usize {
        self.builder.size_bytes()
    }

    /// Whether this row would begin a new result row.
    pub(super) fn begins_new(&self, view: &RowView<'_>) -> Result<bool, CqlError> {
        match &self.group {
            Some(group) if self.plan.is_grouped() => Ok(group.keys != self.keys(view)?),
            _ => Ok(true),
        }
    }

    fn keys(&self, view: &RowView<'_>) -> Result<Vec<Option<Bytes>>, CqlError> {
        self.plan.group_by.iter().flatten().map(|column| view.value(column)).collect()
    }

    /// Takes a row whose clustering key is `key`.
    pub(super) fn take(
        &mut self,
        view: RowView<'_>,
        key: Option<&ClusteringKey>,
        scope: &Scope<'_>,
    ) -> Result<Taken, CqlError> {
        let scope = Scope { row: Some(view), ..*scope };
        if self.plan.is_grouped() {
            return self.take_into_group(view, &scope);
        }
        if self.plan.sort_after {
            let key = key.cloned().unwrap_or_else(ClusteringKey::empty);
            self.sorted.push((key, OwnedRow::of(&view)));
            return Ok(Taken::New);
        }
        self.write_row(&scope)?;
        Ok(Taken::New)
    }

    fn take_into_group(&mut self, view: RowView<'_>, scope: &Scope<'_>) -> Result<Taken, CqlError> {
        let mut taken = Taken::Joined;
        if self.begins_new(&view)? {
            self.finish_group(scope)?;
            let keys = self.keys(&view)?;
            self.group =
                Some(Group { keys, first: Some(OwnedRow::of(&view)), aggregates: self.fresh_aggregates() });
            taken = Taken::New;
        }
        if let Some(group) = &mut self.group {
            for (aggregate, call) in group.aggregates.iter_mut().zip(&self.plan.aggregates) {
                match &call.argument {
                    Some(argument) => aggregate.add(argument.value(scope)?.as_ref())?,
                    None => aggregate.add(None)?,
                }
            }
        }
        Ok(taken)
    }

    fn fresh_aggregates(&self) -> Vec<Aggregate> {
        self.plan
            .aggregates
            .iter()
            .map(|call| Aggregate::new(call.kind, call.argument_type.clone()))
            .collect()
    }

    fn write_row(&mut self, scope: &Scope<'_>) -> Result<(), CqlError> {
        for column in &self.plan.columns {
            let value = column.value(scope)?;
            self.builder.push_cell(value.as_deref());
        }
        self.builder.end_row();
        if self.builder.size_bytes() > RESULT_SIZE_BYTES_MAX {
            return Err(CqlError::invalid(format!(
                "the result is larger than {RESULT_SIZE_BYTES_MAX} bytes; read it in pages or with a LIMIT"
            )));
        }
        Ok(())
    }

    fn finish_group(&mut self, scope: &Scope<'_>) -> Result<(), CqlError> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let mut results = Vec::with_capacity(group.aggregates.len());
        for aggregate in &group.aggregates {
            let (value, wrapped) = aggregate.finish()?;
            self.wrapped |= wrapped;
            results.push(value);
        }
        let scope = Scope { row: group.first.as_ref().map(OwnedRow::view), aggregates: &results, ..*scope };
        self.write_row(&scope)
    }

    /// The result of the page, and whether a sum wrapped around its type.
    pub(super) fn finish(mut self, scope: &Scope<'_>, limit: u32) -> Result<(Rows, bool), CqlError> {
        // Without GROUP BY there is one group, even over no rows at all.
        if self.plan.is_one_group() && self.group.is_none() {
            self.group = Some(Group { keys: Vec::new(), first: None, aggregates: self.fresh_aggregates() });
        }
        self.finish_group(scope)?;
        let mut rows = std::mem::take(&mut self.sorted);
        rows.sort_by(|a, b| match self.plan.direction {
            Direction::Forward => a.0.cmp(&b.0),
            Direction::Reverse => b.0.cmp(&a.0),
        });
        for (_, row) in rows.iter().take(limit as usize) {
            self.write_row(&Scope { row: Some(row.view()), ..*scope })?;
        }
        Ok((self.builder.finish(), self.wrapped))
    }
}
