//! [`Writes`]: changes -> mutations, those of one partition merged into one.
//!
//! Counters are collected until all changes are in, so that two additions in one batch both count: a node's
//! shard of a counter is a running sum that is replaced whole.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::data::{
    Cell, ColumnData, CounterShard, CounterState, Mutation, PartitionUpdate, RangeTombstone, Row,
};
use model::key::{ClusteringKey, DecoratedKey};
use model::schema::{ColumnId, TableId};
use model::types::{ColumnType, collection, compare_values};
use uuid::Uuid;

use super::super::row_view::damaged;
use super::before::{Before, PartitionBefore};
use super::change::{Action, Change, Target};
use super::list_path::ListPaths;
use super::modify_plan::{ModifyKind, Operation};
use super::row_builder::{RowBuilder, WriteTime};
use crate::error::CqlError;

/// Where a counter is: its partition, its row (`None`: the static row) and its column.
type CounterPlace = (TableId, DecoratedKey, Option<ClusteringKey>, ColumnId);

/// Mutations in the making.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    updates: BTreeMap<(TableId, DecoratedKey), PartitionUpdate>,
    counts: BTreeMap<CounterPlace, i64>,
}

impl Writes {
    /// Adds what `change` writes at `timestamp`.
    ///
    /// Errors: Invalid, for list indexes that are not there and values that no element can have.
    pub(crate) fn add(
        &mut self,
        change: &Change<'_>,
        timestamp: i64,
        now_seconds: i64,
        before: &Before,
        paths: ListPaths<'_>,
    ) -> Result<(), CqlError> {
        let time = WriteTime { timestamp, ttl: change.ttl, now_seconds };
        let table = change.plan.table.id;
        for key in &change.keys {
            let partition = before.partition(table, key);
            let mut update = PartitionUpdate::default();
            match &change.target {
                Target::Partition => update.deletion = Some(time.deletion()),
                Target::Ranges(ranges) => {
                    update.range_tombstones = ranges
                        .iter()
                        .map(|range| RangeTombstone { range: range.clone(), deletion: time.deletion() })
                        .collect();
                }
                Target::Static => {
                    update.static_row = self.row(change, key, None, time, partition, paths)?;
                }
                Target::Rows(rows) => {
                    for clustering in rows {
                        let row = self.row(change, key, Some(clustering), time, partition, paths)?;
                        update.rows.extend(row);
                    }
                    if change.actions.iter().any(|(operation, _)| operation.is_static) {
                        update.static_row = self.row(change, key, None, time, partition, paths)?;
                    }
                }
            }
            self.merge(table, key, update);
        }
        Ok(())
    }

    /// The row (`None`: the static row) that a change writes; `None` when it says nothing.
    fn row(
        &mut self,
        change: &Change<'_>,
        key: &DecoratedKey,
        clustering: Option<&ClusteringKey>,
        time: WriteTime,
        before: Option<&PartitionBefore>,
        paths: ListPaths<'_>,
    ) -> Result<Option<Row>, CqlError> {
        let mut builder = RowBuilder::new(clustering.cloned().unwrap_or_default(), time);
        if clustering.is_some() {
            if change.plan.marks_row {
                builder.insert_marker();
            }
            if change.plan.kind == ModifyKind::Delete && change.plan.operations.is_empty() {
                builder.delete_row();
            }
        }
        let row_before = before.and_then(|before| before.row(clustering));
        for (operation, action) in &change.actions {
            if operation.is_static != clustering.is_none() {
                continue;
            }
            if let Action::Count(by) = action {
                let place = (change.plan.table.id, key.clone(), clustering.cloned(), operation.column);
                let sum = self.counts.entry(place).or_default();
                *sum = sum.wrapping_add(*by);
                continue;
            }
            write_action(&mut builder, operation, action, row_before, paths)?;
        }
        let row = builder.finish();
        Ok((!row.is_empty()).then_some(row))
    }

    fn merge(&mut self, table: TableId, key: &DecoratedKey, update: PartitionUpdate) {
        if update.is_empty() {
            return;
        }
        let into = self.updates.entry((table, key.clone())).or_default();
        *into = std::mem::take(into).merge(update);
    }

    /// The mutations. Counters get `timestamp`, or one past whatever they meet.
    ///
    /// Errors: a stored counter that does not decode, or one from the end of time.
    pub(crate) fn finish(
        mut self,
        before: &Before,
        node: Uuid,
        timestamp: i64,
    ) -> Result<Vec<Mutation>, CqlError> {
        for ((table, key, clustering, column), by) in std::mem::take(&mut self.counts) {
            let partition = before.partition(table, &key);
            let row = partition.and_then(|partition| partition.row(clustering.as_ref()));
            let newest = partition.and_then(|partition| partition.newest);
            let cell = count(row, column, by, node, past(newest, timestamp)?)?;
            let mut row = Row::empty(clustering.clone().unwrap_or_default());
            row.columns.push((column, ColumnData::Cell(cell)));
            let mut update = PartitionUpdate::default();
            match clustering {
                Some(_) => update.rows.push(row),
                None => update.static_row = Some(row),
            }
            self.merge(table, &key, update);
        }
        Ok(self.updates.into_iter().map(|((table, key), update)| Mutation { table, key, update }).collect())
    }
}

/// `timestamp`, or one past `newest` where that is later.
///
/// Errors: Invalid, when no timestamp is past `newest`.
pub(crate) fn past(newest: Option<i64>, timestamp: i64) -> Result<i64, CqlError> {
    match newest {
        None => Ok(timestamp),
        Some(newest) => match newest.checked_add(1) {
            Some(next) => Ok(timestamp.max(next)),
            None => Err(CqlError::invalid(
                "the row was written with the largest timestamp there is; nothing can be written after it",
            )),
        },
    }
}

/// This node's shard after one more addition.
fn count(row: Option<&Row>, column: ColumnId, by: i64, node: Uuid, timestamp: i64) -> Result<Cell, CqlError> {
    let mut shard = CounterShard { node: *node.as_bytes(), timestamp, clock: 1, count: by };
    if let Some(ColumnData::Cell(cell)) = row.and_then(|row| row.column(column)) {
        let state = CounterState::decode(&cell.value).map_err(damaged)?;
        if let Some(own) = state.shard(node.as_bytes()) {
            shard.clock = own.clock.saturating_add(1);
            shard.count = own.count.wrapping_add(by);
        }
    }
    CounterState::new(CounterState::NEVER, vec![shard])
        .to_cell()
        .ok_or_else(|| CqlError::invalid("a counter cannot be written at the smallest timestamp"))
}

fn write_action(
    builder: &mut RowBuilder,
    operation: &Operation,
    action: &Action,
    before: Option<&Row>,
    paths: ListPaths<'_>,
) -> Result<(), CqlError> {
    let (id, kind) = (operation.column, &operation.column_type);
    match action {
        Action::Set(value) => {
            let mut next = list_paths(kind, value.as_ref(), paths, false)?;
            builder.set(id, kind, value.clone(), &mut next)
        }
        Action::Add(value) => {
            let mut next = list_paths(kind, Some(value), paths, false)?;
            builder.add(id, kind, value, &mut next)
        }
        Action::Prepend(value) => {
            let mut next = list_paths(kind, Some(value), paths, true)?;
            builder.add(id, kind, value, &mut next)
        }
        Action::Discard(value) => {
            // Both a set's elements and a map's keys come as a set.
            builder.discard(id, kind, value)
        }
        Action::DiscardFromList(unwanted) => {
            let ColumnType::List { element, .. } = kind else {
                return Err(CqlError::server("elements taken from a list that is none"));
            };
            for (path, cell) in list_cells(before, id) {
                if unwanted.iter().any(|other| compare_values(element, &cell.value, other).is_eq()) {
                    builder.delete_element(id, path.clone());
                }
            }
            Ok(())
        }
        Action::SetPath(path, value) => {
            builder.set_element(id, path.clone(), value.clone());
            Ok(())
        }
        Action::SetIndex(index, value) => {
            let cells = list_cells(before, id);
            if cells.is_empty() {
                let what = if value.is_some() { "set an element on" } else { "delete an element from" };
                return Err(CqlError::invalid(format!(
                    "Attempted to {what} a list which is null: {}",
                    operation.name
                )));
            }
            let at = usize::try_from(*index).ok().and_then(|at| cells.get(at)).ok_or_else(|| {
                CqlError::invalid(format!("List index {index} out of bound, list has size {}", cells.len()))
            })?;
            builder.set_element(id, at.0.clone(), value.clone());
            Ok(())
        }
        Action::Delete => {
            builder.delete(id, kind);
            Ok(())
        }
        Action::Count(_) => Err(CqlError::server("an addition to a counter among plain writes")),
    }
}

/// Cells of the live list in a row.
fn list_cells(row: Option<&Row>, id: ColumnId) -> &[(Bytes, Cell)] {
    match row.and_then(|row| row.column(id)) {
        Some(ColumnData::Collection(cells)) => &cells.cells,
        _ => &[],
    }
}

/// Paths for the elements of `value`, one after the other; none where `kind` is no non-frozen list.
fn list_paths(
    kind: &ColumnType,
    value: Option<&Bytes>,
    paths: ListPaths<'_>,
    before: bool,
) -> Result<impl FnMut() -> Bytes + use<>, CqlError> {
    let count = match (kind, value) {
        (ColumnType::List { frozen: false, .. }, Some(value)) => collection::split_list(value)?.len(),
        _ => 0,
    };
    let made = if before { paths.before(count)? } else { paths.behind(count)? };
    let mut made = made.into_iter();
    Ok(move || made.next().unwrap_or_default())
}
