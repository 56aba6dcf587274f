//! The one conflict rule: which of two writes to the same place stays.
//!
//! Memtable, read merge, compaction and (between replicas) read repair all decide here. The rule is a
//! total order on writes, so that the order of arrival never matters: merging commutes, associates and
//! is idempotent on settled rows.
//! Cells: the higher timestamp wins; on a tie dead beats expiring and expiring beats live, whatever
//! the clock says (else two replicas that look at different moments would disagree); then the later
//! death, then the larger value. Counters merge shard by shard; a tombstone on a counter drops its older
//! shards. What a deletion covers falls away: a collection's under its deletion, a row's under the row's.
//! A column is always plain, or counter, or collection, because column ids are never reused; two kinds
//! in one column still give one answer here, but no law is claimed for it.

use std::cmp::Ordering;

use super::sorted::merge_sorted;
use super::{
    Cell, CellKind, CollectionCells, ColumnData, CounterState, Deletion, MarkerKind, Mutation,
    PartitionUpdate, Row, RowMarker,
};
use crate::key::ByteRange;

/// The cell that stays of two written to the same place.
pub fn reconcile_cells(mut a: Cell, b: Cell) -> Cell {
    reconcile_cell_into(&mut a, b);
    a
}

/// The stronger of two deletions: higher timestamp, then later local time.
pub fn reconcile_deletions(a: Option<Deletion>, b: Option<Deletion>) -> Option<Deletion> {
    a.max(b)
}

/// The marker that stays of two: higher timestamp; on a tie expiring beats live, then the later expiry.
pub fn reconcile_markers(a: Option<RowMarker>, b: Option<RowMarker>) -> Option<RowMarker> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if marker_strength(&a) >= marker_strength(&b) { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// All that two parts of one row know together, settled (see [`Row::settle`]). The rows have the same
/// clustering key.
pub fn merge_rows(mut a: Row, b: Row) -> Row {
    a.merge_from(b);
    a
}

fn marker_strength(marker: &RowMarker) -> (i64, bool, i64, u32) {
    match marker.kind {
        MarkerKind::Live => (marker.timestamp, false, 0, 0),
        MarkerKind::Expiring { ttl, expires_at } => (marker.timestamp, true, expires_at, ttl),
    }
}

fn reconcile_cell_into(a: &mut Cell, b: Cell) {
    if (a.kind == CellKind::Counter || b.kind == CellKind::Counter) && reconcile_counter_into(a, &b) {
        return;
    }
    if compare_strength(a, &b) == Ordering::Less {
        *a = b;
    }
}

/// Strength of cells that are not both counters, and of counters whose bytes are none.
fn compare_strength(a: &Cell, b: &Cell) -> Ordering {
    fn rank(kind: CellKind) -> (u8, i64, u32) {
        match kind {
            CellKind::Live => (0, 0, 0),
            CellKind::Expiring { ttl, expires_at } => (1, expires_at, ttl),
            CellKind::Dead { local_time } => (2, local_time, 0),
            CellKind::Counter => (3, 0, 0),
        }
    }
    a.timestamp
        .cmp(&b.timestamp)
        .then_with(|| rank(a.kind).cmp(&rank(b.kind)))
        .then_with(|| a.value.cmp(&b.value))
}

/// Reconciles when at least one side is a counter; answers false when it is not counter against counter
/// or tombstone, or when the bytes are no counter state: then the plain order decides.
fn reconcile_counter_into(a: &mut Cell, b: &Cell) -> bool {
    let state_of = |cell: &Cell| match cell.kind {
        CellKind::Counter => CounterState::decode(&cell.value).ok(),
        _ => None,
    };
    match (state_of(a), state_of(b)) {
        (Some(left), Some(right)) => {
            if a.value != b.value {
                *a =
                    left.merge(&right).to_cell().expect("the state with the newer deletion keeps its shards");
            }
            true
        }
        (Some(mut state), None) if matches!(b.kind, CellKind::Dead { .. }) => {
            state.delete(b.timestamp);
            *a = state.to_cell().unwrap_or_else(|| b.clone());
            true
        }
        (None, Some(mut state)) if matches!(a.kind, CellKind::Dead { .. }) => {
            state.delete(a.timestamp);
            if let Some(cell) = state.to_cell() {
                *a = cell;
            }
            true
        }
        _ => false,
    }
}

/// Whether anything of `cell` is left under `deletion`; a counter may lose shards only.
fn shadow_cell(cell: &mut Cell, deletion: Deletion) -> bool {
    if cell.kind == CellKind::Counter
        && let Ok(mut state) = CounterState::decode(&cell.value)
    {
        let oldest = state.shards().iter().map(|shard| shard.timestamp).min();
        let touched = oldest.is_some_and(|oldest| deletion.covers(oldest))
            || (state.deleted_at() != CounterState::NEVER && deletion.covers(state.deleted_at()));
        if !touched {
            return true;
        }
        state.shadow(deletion.timestamp);
        return match state.to_cell() {
            Some(left) => {
                *cell = left;
                true
            }
            None => false,
        };
    }
    !deletion.covers(cell.timestamp)
}

fn compare_ranges(a: &ByteRange, b: &ByteRange) -> Ordering {
    a.start.cmp(&b.start).then_with(|| a.end.cmp(&b.end))
}

impl CollectionCells {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.deletion.is_none() && self.cells.is_empty()
    }

    /// Merges `other` into it; settles.
    pub fn merge_from(&mut self, other: CollectionCells) {
        self.deletion = reconcile_deletions(self.deletion, other.deletion);
        merge_sorted(
            &mut self.cells,
            other.cells,
            |(a, _), (b, _)| a.cmp(b),
            |(_, into), (_, from)| reconcile_cell_into(into, from),
        );
        self.settle();
    }

    /// Drops the elements its own deletion covers.
    pub fn settle(&mut self) {
        if let Some(deletion) = self.deletion {
            self.cells.retain_mut(|(_, cell)| shadow_cell(cell, deletion));
        }
    }

    /// Drops what `deletion` covers, an older deletion included.
    pub fn shadow(&mut self, deletion: Deletion) {
        if self.deletion.is_some_and(|own| deletion.covers(own.timestamp)) {
            self.deletion = None;
        }
        self.cells.retain_mut(|(_, cell)| shadow_cell(cell, deletion));
    }
}

impl ColumnData {
    /// Merges `other` into it; settles.
    pub fn merge_from(&mut self, other: ColumnData) {
        match (&mut *self, other) {
            (ColumnData::Cell(into), ColumnData::Cell(from)) => reconcile_cell_into(into, from),
            (ColumnData::Collection(into), ColumnData::Collection(from)) => into.merge_from(from),
            (ColumnData::Cell(_), other @ ColumnData::Collection(_)) => *self = other,
            (ColumnData::Collection(_), ColumnData::Cell(_)) => {}
        }
    }

    /// Drops what `deletion` covers; answers whether anything is left.
    pub fn shadow(&mut self, deletion: Deletion) -> bool {
        match self {
            ColumnData::Cell(cell) => shadow_cell(cell, deletion),
            ColumnData::Collection(collection) => {
                collection.shadow(deletion);
                !collection.is_empty()
            }
        }
    }
}

impl Row {
    /// Merges another part of the same row into it; settles.
    pub fn merge_from(&mut self, other: Row) {
        debug_assert_eq!(self.clustering, other.clustering, "only parts of one row merge");
        self.marker = reconcile_markers(self.marker, other.marker);
        self.deletion = reconcile_deletions(self.deletion, other.deletion);
        merge_sorted(
            &mut self.columns,
            other.columns,
            |(a, _), (b, _)| a.cmp(b),
            |(_, into), (_, from)| into.merge_from(from),
        );
        self.settle();
    }

    /// Drops what its own deletions (the row's, each collection's) cover. A row that came from
    /// [`merge_rows`] or from a merged stream is settled.
    pub fn settle(&mut self) {
        if let Some(deletion) = self.deletion {
            self.shadow_content(deletion);
        }
        for (_, data) in &mut self.columns {
            if let ColumnData::Collection(collection) = data {
                collection.settle();
            }
        }
        self.columns.retain(|(_, data)| match data {
            ColumnData::Cell(_) => true,
            ColumnData::Collection(collection) => !collection.is_empty(),
        });
    }

    /// Drops what a deletion of the partition or of a range around the row covers: marker, cells,
    /// collection cells, and weaker deletions.
    pub fn shadow(&mut self, deletion: Deletion) {
        if self.deletion.is_some_and(|own| deletion.covers(own.timestamp)) {
            self.deletion = None;
        }
        self.shadow_content(deletion);
    }

    fn shadow_content(&mut self, deletion: Deletion) {
        if self.marker.is_some_and(|marker| deletion.covers(marker.timestamp)) {
            self.marker = None;
        }
        self.columns.retain_mut(|(_, data)| data.shadow(deletion));
    }
}

impl PartitionUpdate {
    /// All that two updates of one partition say together. Rows are settled where they met; what the
    /// partition's and the ranges' deletions cover stays until a stream is merged.
    pub fn merge(mut self, other: PartitionUpdate) -> PartitionUpdate {
        self.deletion = reconcile_deletions(self.deletion, other.deletion);
        match (&mut self.static_row, other.static_row) {
            (Some(into), Some(from)) => into.merge_from(from),
            (into @ None, from) => *into = from,
            (Some(_), None) => {}
        }
        // Lists made here ascend by range, so a range deleted again and again is kept once; a list that
        // does not ascend only keeps more than it must.
        merge_sorted(
            &mut self.range_tombstones,
            other.range_tombstones,
            |a, b| compare_ranges(&a.range, &b.range),
            |into, from| into.deletion = into.deletion.max(from.deletion),
        );
        merge_sorted(&mut self.rows, other.rows, |a, b| a.clustering.cmp(&b.clustering), Row::merge_from);
        self
    }
}

impl Mutation {
    /// Merges another mutation of the same partition into it.
    pub fn merge(mut self, other: Mutation) -> Mutation {
        debug_assert!(
            self.table == other.table && self.key == other.key,
            "only one partition's mutations merge"
        );
        self.update = self.update.merge(other.update);
        self
    }
}

#[cfg(test)]
mod tests;
