//! Oldest and newest write timestamp of data: what sources are skipped by and tombstones are kept for.
//!
//! A counter cell counts with its oldest shard too: its own timestamp is its newest shard's, and a
//! tombstone between the two still has work to do.

use super::{Cell, CellKind, ColumnData, CounterState, Deletion, PartitionUpdate, RangeTombstone, Row};

/// From the oldest to the newest write timestamp, both inclusive, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampSpan {
    /// The oldest.
    pub oldest: i64,
    /// The newest.
    pub newest: i64,
}

impl TimestampSpan {
    /// The span of one timestamp.
    pub fn at(timestamp: i64) -> TimestampSpan {
        TimestampSpan { oldest: timestamp, newest: timestamp }
    }

    /// The span from the older oldest to the newer newest.
    pub fn union(self, other: TimestampSpan) -> TimestampSpan {
        TimestampSpan { oldest: self.oldest.min(other.oldest), newest: self.newest.max(other.newest) }
    }
}

fn union(spans: impl Iterator<Item = TimestampSpan>) -> Option<TimestampSpan> {
    spans.reduce(TimestampSpan::union)
}

fn span_of(deletion: &Deletion) -> TimestampSpan {
    TimestampSpan::at(deletion.timestamp)
}

impl Cell {
    /// The span of what it holds.
    pub fn timestamp_span(&self) -> TimestampSpan {
        let mut span = TimestampSpan::at(self.timestamp);
        if self.kind == CellKind::Counter
            && let Ok(state) = CounterState::decode(&self.value)
        {
            let deleted_at = Some(state.deleted_at()).filter(|at| *at != CounterState::NEVER);
            let times = state.shards().iter().map(|shard| shard.timestamp).chain(deleted_at);
            span = times.map(TimestampSpan::at).fold(span, TimestampSpan::union);
        }
        span
    }
}

impl ColumnData {
    /// The span of its cells and deletion.
    pub fn timestamp_span(&self) -> Option<TimestampSpan> {
        match self {
            ColumnData::Cell(cell) => Some(cell.timestamp_span()),
            ColumnData::Collection(collection) => {
                let cells = collection.cells.iter().map(|(_, cell)| cell.timestamp_span());
                union(cells.chain(collection.deletion.as_ref().map(span_of)))
            }
        }
    }
}

impl Row {
    /// The span of all it holds; `None` when it holds nothing.
    pub fn timestamp_span(&self) -> Option<TimestampSpan> {
        let columns = self.columns.iter().filter_map(|(_, data)| data.timestamp_span());
        let marker = self.marker.map(|marker| TimestampSpan::at(marker.timestamp));
        union(columns.chain(marker).chain(self.deletion.as_ref().map(span_of)))
    }
}

impl RangeTombstone {
    /// The span of its one timestamp.
    pub fn timestamp_span(&self) -> TimestampSpan {
        span_of(&self.deletion)
    }
}

impl PartitionUpdate {
    /// The span of all it holds; `None` when it holds nothing.
    pub fn timestamp_span(&self) -> Option<TimestampSpan> {
        let rows = self.rows.iter().chain(&self.static_row).filter_map(Row::timestamp_span);
        let ranges = self.range_tombstones.iter().map(RangeTombstone::timestamp_span);
        union(rows.chain(ranges).chain(self.deletion.as_ref().map(span_of)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::CounterShard;

    #[test]
    fn a_counter_spans_all_its_shards_and_its_deletion() {
        let shard = |node: u8, timestamp| CounterShard { node: [node; 16], timestamp, clock: 1, count: 1 };
        let cell = |deleted_at| {
            CounterState::new(deleted_at, vec![shard(1, 9), shard(2, 5)]).to_cell().unwrap().timestamp_span()
        };
        assert_eq!(cell(CounterState::NEVER), TimestampSpan { oldest: 5, newest: 9 });
        assert_eq!(cell(3), TimestampSpan { oldest: 3, newest: 9 });
    }
}
