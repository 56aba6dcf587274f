//! A naive model of a table for tests: every write kept apart, every question answered by looking at all.
//!
//! It shares no code with the merge or the conflict rule, so that a mistake in either shows.

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::{BoxedSource, Direction, Fragment, PartitionSource};
use crate::data::generate::{partition_update, position};
use crate::data::{
    Cell, CellKind, ColumnData, CounterShard, CounterState, Deletion, MarkerKind, PartitionUpdate, Row,
};
use crate::key::{ByteRange, DecoratedKey};
use crate::schema::ColumnId;
use proptest::prelude::*;

/// What each source holds, by partition.
pub(super) type Sources = Vec<BTreeMap<u8, PartitionUpdate>>;

/// Up to four sources over three partitions, so that most partitions are in several.
pub(super) fn sources() -> impl Strategy<Value = Sources> {
    prop::collection::vec(prop::collection::btree_map(0..3u8, partition_update(), 0..3), 0..5)
}

/// Ascending, disjoint slices, some of which touch; often everything.
pub(super) fn slices() -> impl Strategy<Value = Vec<ByteRange>> {
    let some = (prop::collection::btree_set(position(), 0..7), any::<bool>(), any::<u8>()).prop_map(
        |(bounds, to_the_end, skip)| {
            let bounds: Vec<Bytes> = bounds.into_iter().collect();
            let mut slices: Vec<ByteRange> = bounds
                .windows(2)
                .map(|pair| ByteRange::new(pair[0].clone(), Some(pair[1].clone())))
                .enumerate()
                .filter(|(index, _)| skip & (1 << index) == 0)
                .map(|(_, slice)| slice)
                .collect();
            if to_the_end && let Some(last) = bounds.last() {
                slices.push(ByteRange::new(last.clone(), None));
            }
            slices
        },
    );
    prop_oneof![1 => Just(vec![ByteRange::all()]), 2 => some]
}

pub(super) fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Forward), Just(Direction::Reverse)]
}

/// A source that tells its partitions one behind the other.
struct Chain {
    parts: std::collections::VecDeque<PartitionSource<Infallible>>,
}

impl super::FragmentSource for Chain {
    type Error = Infallible;

    fn next(&mut self) -> Result<Option<Fragment>, Infallible> {
        while let Some(part) = self.parts.front_mut() {
            if let Some(fragment) = part.next()? {
                return Ok(Some(fragment));
            }
            self.parts.pop_front();
        }
        Ok(None)
    }
}

pub(super) fn open(
    source: &BTreeMap<u8, PartitionUpdate>,
    slices: &[ByteRange],
    direction: Direction,
) -> BoxedSource<Infallible> {
    let parts = source.iter().map(|(key, update)| {
        PartitionSource::new(DecoratedKey(vec![*key].into()), update.clone(), slices, true, direction)
    });
    Box::new(Chain { parts: parts.collect() })
}

/// Every position the generators can make, and some between.
pub(super) fn probes() -> Vec<Bytes> {
    let mut probes = vec![Bytes::new()];
    for a in 0..9u8 {
        probes.push(vec![a].into());
        probes.push(vec![a, 0xFF].into());
    }
    probes
}

/// The strongest of the deletions that the updates have over `position`, the partition's apart.
pub(super) fn range_deletion(updates: &[&PartitionUpdate], position: &[u8]) -> Option<Deletion> {
    let tombstones = updates.iter().flat_map(|update| &update.range_tombstones);
    let over = tombstones.filter(|tombstone| tombstone.range.contains(position));
    let strongest = over.map(|tombstone| (tombstone.deletion.timestamp, tombstone.deletion.local_time)).max();
    let strongest = strongest.map(|(timestamp, local_time)| Deletion { timestamp, local_time });
    strongest.filter(|deletion| {
        partition_deletion(updates).is_none_or(|whole| deletion.timestamp > whole.timestamp)
    })
}

pub(super) fn partition_deletion(updates: &[&PartitionUpdate]) -> Option<Deletion> {
    let all = updates.iter().filter_map(|update| update.deletion);
    let strongest = all.map(|deletion| (deletion.timestamp, deletion.local_time)).max();
    strongest.map(|(timestamp, local_time)| Deletion { timestamp, local_time })
}

/// What a reader sees of a row, as text: marker, plain cells, elements and counter totals.
pub(super) type Seen = BTreeMap<String, String>;

/// What a reader must see at `now` of the row that has these `parts`, under a covering deletion.
pub(super) fn seen_of_parts(parts: &[&Row], covering: Option<Deletion>, now: i64) -> Seen {
    let row_deletion = parts.iter().filter_map(|row| row.deletion.map(|deletion| deletion.timestamp)).max();
    let dead_until = row_deletion.max(covering.map(|deletion| deletion.timestamp)).unwrap_or(i64::MIN);
    let mut seen = Seen::new();

    let markers = parts.iter().filter_map(|row| row.marker);
    let newest = markers.filter(|marker| marker.timestamp > dead_until).max_by_key(|marker| {
        let (expires, expires_at, ttl) = match marker.kind {
            MarkerKind::Live => (0, 0, 0),
            MarkerKind::Expiring { ttl, expires_at } => (1, expires_at, ttl),
        };
        (marker.timestamp, expires, expires_at, ttl)
    });
    if let Some(marker) = newest {
        let live = match marker.kind {
            MarkerKind::Live => true,
            MarkerKind::Expiring { expires_at, .. } => expires_at > now,
        };
        if live {
            seen.insert("marker".to_string(), marker.timestamp.to_string());
        }
    }

    let ids: BTreeSet<ColumnId> =
        parts.iter().flat_map(|row| row.columns.iter().map(|(id, _)| *id)).collect();
    for id in ids {
        let data: Vec<&ColumnData> = parts.iter().filter_map(|row| row.column(id)).collect();
        // Every cell of the column with its path, and the deletions over the whole of it.
        let mut cells: BTreeMap<Option<&Bytes>, Vec<&Cell>> = BTreeMap::new();
        let mut dead_until = dead_until;
        for data in data {
            match data {
                ColumnData::Cell(cell) => cells.entry(None).or_default().push(cell),
                ColumnData::Collection(collection) => {
                    dead_until = dead_until.max(collection.deletion.map_or(i64::MIN, |d| d.timestamp));
                    for (path, cell) in &collection.cells {
                        cells.entry(Some(path)).or_default().push(cell);
                    }
                }
            }
        }
        for (path, cells) in cells {
            if let Some(text) = seen_of_cells(&cells, dead_until, now) {
                seen.insert(format!("{id} {path:?}"), text);
            }
        }
    }
    seen
}

fn seen_of_cells(cells: &[&Cell], dead_until: i64, now: i64) -> Option<String> {
    if cells.iter().any(|cell| cell.kind == CellKind::Counter) {
        let tombstones = cells.iter().filter(|cell| matches!(cell.kind, CellKind::Dead { .. }));
        let states: Vec<CounterState> = cells
            .iter()
            .filter(|cell| cell.kind == CellKind::Counter)
            .map(|cell| CounterState::decode(&cell.value).unwrap())
            .collect();
        let deleted = tombstones.map(|cell| cell.timestamp).chain(states.iter().map(|s| s.deleted_at()));
        let dead_until = deleted.max().unwrap_or(i64::MIN).max(dead_until);
        let mut newest: BTreeMap<[u8; 16], CounterShard> = BTreeMap::new();
        for shard in states.iter().flat_map(|state| state.shards()) {
            let age = |shard: &CounterShard| (shard.timestamp, shard.clock, shard.count);
            let slot = newest.entry(shard.node).or_insert(*shard);
            if age(shard) > age(slot) {
                *slot = *shard;
            }
        }
        newest.retain(|_, shard| shard.timestamp > dead_until);
        let total: i64 = newest.values().map(|shard| shard.count).sum();
        return (!newest.is_empty()).then(|| format!("total {total}"));
    }
    let newest = cells.iter().filter(|cell| cell.timestamp > dead_until).max_by_key(|cell| {
        let (rank, at, ttl) = match cell.kind {
            CellKind::Dead { local_time } => (2, local_time, 0),
            CellKind::Expiring { ttl, expires_at } => (1, expires_at, ttl),
            _ => (0, 0, 0),
        };
        (cell.timestamp, rank, at, ttl, &cell.value)
    })?;
    let live = match newest.kind {
        CellKind::Live => true,
        CellKind::Expiring { expires_at, .. } => expires_at > now,
        _ => false,
    };
    live.then(|| format!("{} at {}", String::from_utf8_lossy(&newest.value).escape_debug(), newest.timestamp))
}

/// As [`seen_of_parts`], of a row as a reader got it.
pub(super) fn seen_of_live_row(row: &Row) -> Seen {
    seen_of_parts(&[row], None, i64::MIN)
}
