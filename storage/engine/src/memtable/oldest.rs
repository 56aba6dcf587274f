//! The oldest write timestamp in an update: below it, a memtable holds back no purge.

use model::data::{CellKind, ColumnData, CounterState, PartitionUpdate, Row};

/// The lowest write timestamp anywhere in `update`; `i64::MAX` when it says nothing.
pub(super) fn oldest_timestamp(update: &PartitionUpdate) -> i64 {
    let deletions = update.deletion.iter().map(|deletion| deletion.timestamp);
    let ranges = update.range_tombstones.iter().map(|tombstone| tombstone.deletion.timestamp);
    let rows = update.static_row.iter().chain(&update.rows).map(oldest_of_row);
    deletions.chain(ranges).chain(rows).min().unwrap_or(i64::MAX)
}

fn oldest_of_row(row: &Row) -> i64 {
    let mut oldest = i64::MAX;
    if let Some(marker) = &row.marker {
        oldest = oldest.min(marker.timestamp);
    }
    if let Some(deletion) = &row.deletion {
        oldest = oldest.min(deletion.timestamp);
    }
    for (_, data) in &row.columns {
        oldest = oldest.min(match data {
            // A counter's shards may be older than the cell, whose timestamp is the newest shard's.
            ColumnData::Cell(cell) if cell.kind == CellKind::Counter => CounterState::decode(&cell.value)
                .ok()
                .and_then(|state| state.shards().iter().map(|shard| shard.timestamp).min())
                .unwrap_or(i64::MIN),
            ColumnData::Cell(cell) => cell.timestamp,
            ColumnData::Collection(collection) => collection
                .cells
                .iter()
                .map(|(_, cell)| cell.timestamp)
                .chain(collection.deletion.iter().map(|deletion| deletion.timestamp))
                .min()
                .unwrap_or(i64::MAX),
        });
    }
    oldest
}
