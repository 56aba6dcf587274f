//! Generators of data for property tests: few keys, few timestamps, so that writes meet and tie.
//!
//! Rows are well formed (columns and paths ascend, kinds stay with their column) but not settled: a row
//! may hold cells its own deletion covers, as a client's batch may.

use bytes::Bytes;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::{
    Cell, CollectionCells, ColumnData, CounterShard, CounterState, Deletion, MarkerKind, Mutation,
    PartitionUpdate, RangeTombstone, Row, RowMarker,
};
use crate::key::{ByteRange, ClusteringKey, DecoratedKey};
use crate::schema::{ColumnId, TableId};

/// The moment that divides the generated expiries into past and future.
pub(crate) const NOW_SECONDS: i64 = 1_000;

pub(crate) fn timestamp() -> impl Strategy<Value = i64> {
    1..6i64
}

pub(crate) fn local_time() -> impl Strategy<Value = i64> {
    NOW_SECONDS - 3..NOW_SECONDS
}

pub(crate) fn deletion() -> impl Strategy<Value = Deletion> {
    (timestamp(), local_time()).prop_map(|(timestamp, local_time)| Deletion { timestamp, local_time })
}

fn expiry() -> impl Strategy<Value = (u32, i64)> {
    (1..3u32, NOW_SECONDS - 2..NOW_SECONDS + 3)
}

fn value() -> impl Strategy<Value = Bytes> {
    vec(0..3u8, 0..3).prop_map(Bytes::from)
}

pub(crate) fn marker() -> impl Strategy<Value = RowMarker> {
    let kind = prop_oneof![
        Just(MarkerKind::Live),
        expiry().prop_map(|(ttl, expires_at)| MarkerKind::Expiring { ttl, expires_at }),
    ];
    (timestamp(), kind).prop_map(|(timestamp, kind)| RowMarker { timestamp, kind })
}

pub(crate) fn plain_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        3 => (timestamp(), value()).prop_map(|(timestamp, value)| Cell::live(timestamp, value)),
        1 => (timestamp(), expiry(), value())
            .prop_map(|(timestamp, (ttl, at), value)| Cell::expiring(timestamp, ttl, at, value)),
        1 => (timestamp(), local_time()).prop_map(|(timestamp, at)| Cell::dead(timestamp, at)),
    ]
}

pub(crate) fn counter_state() -> impl Strategy<Value = CounterState> {
    let shard = (0..3u8, timestamp(), 0..3i64, -2..3i64).prop_map(|(node, timestamp, clock, count)| {
        CounterShard { node: [node; 16], timestamp, clock, count }
    });
    (prop_oneof![Just(CounterState::NEVER), 0..4i64], vec(shard, 0..4))
        .prop_map(|(deleted_at, shards)| CounterState::new(deleted_at, shards))
}

pub(crate) fn counter_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        3 => counter_state().prop_filter_map("a counter cell holds a shard", |state| state.to_cell()),
        1 => (timestamp(), local_time()).prop_map(|(timestamp, at)| Cell::dead(timestamp, at)),
    ]
}

pub(crate) fn collection() -> impl Strategy<Value = CollectionCells> {
    (option::weighted(0.3, deletion()), btree_map(0..4u8, plain_cell(), 0..4)).prop_map(
        |(deletion, cells)| {
            let cells = cells.into_iter().map(|(path, cell)| (Bytes::from(vec![path + 1]), cell)).collect();
            CollectionCells { deletion, cells }
        },
    )
}

/// Columns 0 and 1 are plain, 2 is a counter, 3 and 70 are collections.
fn columns() -> impl Strategy<Value = Vec<(ColumnId, ColumnData)>> {
    (
        option::of(plain_cell()),
        option::of(plain_cell()),
        option::weighted(0.3, counter_cell()),
        option::weighted(0.4, collection()),
        option::weighted(0.2, collection()),
    )
        .prop_map(|(a, b, counter, c, d)| {
            let cells = [(0, a), (1, b), (2, counter)];
            let collections = [(3, c), (70, d)];
            let cells = cells.into_iter().filter_map(|(id, cell)| Some((id, ColumnData::Cell(cell?))));
            let collections =
                collections.into_iter().filter_map(|(id, data)| Some((id, ColumnData::Collection(data?))));
            cells.chain(collections).map(|(id, data)| (ColumnId(id), data)).collect()
        })
}

pub(crate) fn row_at(clustering: ClusteringKey) -> impl Strategy<Value = Row> {
    (option::of(marker()), option::weighted(0.3, deletion()), columns()).prop_map(
        move |(marker, deletion, columns)| Row { clustering: clustering.clone(), marker, deletion, columns },
    )
}

/// Positions are one or two bytes of few values, so that prefixes, bounds and rows meet.
pub(crate) fn position() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        1 => Just(Bytes::new()),
        6 => (1..8u8).prop_map(|a| Bytes::from(vec![a])),
        2 => (1..8u8).prop_map(|a| Bytes::from(vec![a, 0xFF])),
    ]
}

pub(crate) fn range() -> impl Strategy<Value = ByteRange> {
    (position(), option::weighted(0.85, position())).prop_map(|(start, end)| match end {
        Some(end) if end < start => ByteRange::new(end, Some(start)),
        end => ByteRange::new(start, end),
    })
}

pub(crate) fn partition_update() -> impl Strategy<Value = PartitionUpdate> {
    let row = |key: u8| row_at(ClusteringKey(Bytes::from(vec![key])));
    let tombstone = (range(), deletion()).prop_map(|(range, deletion)| RangeTombstone { range, deletion });
    (
        option::weighted(0.2, deletion()),
        option::weighted(0.3, row_at(ClusteringKey::empty())),
        vec(tombstone, 0..4),
        btree_map(1..8u8, any::<()>(), 0..5)
            .prop_flat_map(move |keys| keys.into_keys().map(row).collect::<Vec<_>>()),
    )
        .prop_map(|(deletion, static_row, range_tombstones, rows)| {
            let static_row = static_row.map(|row| Row { marker: None, deletion: None, ..row });
            PartitionUpdate { deletion, static_row, range_tombstones, rows }
        })
}

pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    (any::<u128>(), vec(any::<u8>(), 0..20), partition_update()).prop_map(|(table, key, update)| Mutation {
        table: TableId(uuid::Uuid::from_u128(table)),
        key: DecoratedKey(key.into()),
        update,
    })
}
