//! Generators of tables for property tests: few keys and positions, so that slices, bounds and block
//! borders meet, with tombstones of every level.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use model::data::{
    Cell, CollectionCells, ColumnData, CounterShard, CounterState, Deletion, MarkerKind, PartitionUpdate,
    RangeTombstone, Row, RowMarker,
};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::schema::ColumnId;
use model::stream::{BoxedSource, Direction, Fragment, FragmentSource, PartitionSource};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use crate::error::Error;

/// A table in memory: what the files are compared with.
pub(crate) type Table = BTreeMap<DecoratedKey, PartitionUpdate>;

fn timestamp() -> impl Strategy<Value = i64> {
    1..6i64
}

fn deletion() -> impl Strategy<Value = Deletion> {
    (timestamp(), 95..100i64).prop_map(|(timestamp, local_time)| Deletion { timestamp, local_time })
}

fn value() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..6).prop_map(Bytes::from),
        1 => (0..200usize).prop_map(|length| Bytes::from(vec![7; length])),
    ]
}

fn plain_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        4 => (timestamp(), value()).prop_map(|(timestamp, value)| Cell::live(timestamp, value)),
        1 => (timestamp(), 1..3u32, 98..103i64, value())
            .prop_map(|(timestamp, ttl, at, value)| Cell::expiring(timestamp, ttl, at, value)),
        1 => (timestamp(), 95..100i64).prop_map(|(timestamp, at)| Cell::dead(timestamp, at)),
    ]
}

fn counter_cell() -> impl Strategy<Value = Cell> {
    let live = vec((0..3u8, timestamp(), 0..3i64, -2..3i64), 1..3).prop_map(|shards| {
        let shards = shards.into_iter().map(|(node, timestamp, clock, count)| CounterShard {
            node: [node; 16],
            timestamp,
            clock,
            count,
        });
        CounterState::new(CounterState::NEVER, shards.collect()).to_cell()
    });
    prop_oneof![
        4 => live.prop_filter_map("a counter has a shard", |cell| cell),
        1 => (timestamp(), 95..100i64).prop_map(|(timestamp, at)| Cell::dead(timestamp, at)),
    ]
}

fn collection() -> impl Strategy<Value = CollectionCells> {
    (option::of(deletion()), btree_map(1..9u8, plain_cell(), 0..4)).prop_map(|(deletion, cells)| {
        let cells = cells.into_iter().map(|(path, cell)| (Bytes::from(vec![path]), cell)).collect();
        CollectionCells { deletion, cells }
    })
}

/// Columns 0 and 1 are plain, 2 is a counter, 3 and 300 are collections: a column keeps its kind.
fn columns() -> impl Strategy<Value = Vec<(ColumnId, ColumnData)>> {
    let cells = (
        option::weighted(0.4, plain_cell()),
        option::weighted(0.3, plain_cell()),
        option::weighted(0.2, counter_cell()),
    );
    (cells, option::weighted(0.2, collection()), option::weighted(0.1, collection())).prop_map(
        |((a, b, counter), c, d)| {
            let cells = [(0, a), (1, b), (2, counter)]
                .into_iter()
                .filter_map(|(id, cell)| Some((ColumnId(id), ColumnData::Cell(cell?))));
            let collections = [(3, c), (300, d)]
                .into_iter()
                .filter_map(|(id, cells)| Some((ColumnId(id), ColumnData::Collection(cells?))));
            cells.chain(collections).collect()
        },
    )
}

fn row(clustering: Bytes) -> impl Strategy<Value = Row> {
    let marker = (timestamp(), option::weighted(0.3, (1..3u32, 98..103i64))).prop_map(|(timestamp, ttl)| {
        let kind = match ttl {
            Some((ttl, expires_at)) => MarkerKind::Expiring { ttl, expires_at },
            None => MarkerKind::Live,
        };
        RowMarker { timestamp, kind }
    });
    (option::of(marker), option::weighted(0.2, deletion()), columns()).prop_map(
        move |(marker, deletion, columns)| Row {
            clustering: ClusteringKey(clustering.clone()),
            marker,
            deletion,
            columns,
        },
    )
}

/// Positions of rows, of prefixes before rows, and of bounds behind them.
fn position() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        1 => Just(Bytes::new()),
        1 => Just(Fragment::END_POSITION),
        8 => (1..12u8).prop_map(|a| Bytes::from(vec![a])),
        4 => (1..12u8, 1..4u8).prop_map(|(a, b)| Bytes::from(vec![a, b])),
        2 => (1..12u8).prop_map(|a| Bytes::from(vec![a, 0xFF])),
    ]
}

fn range() -> impl Strategy<Value = ByteRange> {
    (position(), option::weighted(0.8, position())).prop_map(|(start, end)| match end {
        Some(end) if end < start => ByteRange::new(end, Some(start)),
        end => ByteRange::new(start, end),
    })
}

/// Ascending, disjoint slices, some of which touch; often everything, sometimes nothing.
pub(crate) fn slices() -> impl Strategy<Value = Vec<ByteRange>> {
    let some = (btree_set(position(), 0..9), any::<bool>(), any::<u16>()).prop_map(|(bounds, open, skip)| {
        let bounds: Vec<Bytes> = bounds.into_iter().collect();
        let pairs = bounds.windows(2).enumerate().filter(|(at, _)| skip & (1 << at) == 0);
        let mut slices: Vec<ByteRange> =
            pairs.map(|(_, pair)| ByteRange::new(pair[0].clone(), Some(pair[1].clone()))).collect();
        if open && let Some(last) = bounds.last() {
            slices.push(ByteRange::new(last.clone(), None));
        }
        slices
    });
    prop_oneof![1 => Just(vec![ByteRange::all()]), 3 => some]
}

fn partition() -> impl Strategy<Value = PartitionUpdate> {
    let keys = prop_oneof![
        1 => Just(vec![Bytes::new()]),
        2 => btree_set((1..12u8, 1..4u8), 0..4)
            .prop_map(|keys| keys.into_iter().map(|(a, b)| Bytes::from(vec![a, b])).collect()),
        2 => btree_set((1..12u8, 1..4u8), 0..30)
            .prop_map(|keys| keys.into_iter().map(|(a, b)| Bytes::from(vec![a, b])).collect()),
    ];
    let rows = keys.prop_flat_map(|keys: Vec<Bytes>| keys.into_iter().map(row).collect::<Vec<_>>());
    let tombstone = || (range(), deletion()).prop_map(|(range, deletion)| RangeTombstone { range, deletion });
    (
        option::weighted(0.2, deletion()),
        option::weighted(0.3, row(Bytes::new())),
        prop_oneof![Just(3usize), Just(12)].prop_flat_map(move |most| vec(tombstone(), 0..most)),
        rows,
    )
        .prop_map(|(deletion, static_row, range_tombstones, rows)| {
            let static_row = static_row.map(|row| Row { marker: None, deletion: None, ..row });
            PartitionUpdate { deletion, static_row, range_tombstones, rows }
        })
}

/// Keys of which some are prefixes of others: the engine does not care.
pub(crate) fn key() -> impl Strategy<Value = DecoratedKey> {
    vec(1..4u8, 1..3).prop_map(|bytes| DecoratedKey(bytes.into()))
}

/// A table with at least one partition.
pub(crate) fn table() -> impl Strategy<Value = Table> {
    btree_map(key(), partition(), 1..8)
}

/// The stream of `table` for the partitions that `wanted` lets through.
pub(crate) fn told(
    table: &Table,
    wanted: impl Fn(&DecoratedKey) -> bool,
    slices: &[ByteRange],
    static_row: bool,
    direction: Direction,
) -> Chain {
    let parts = table.iter().filter(|(key, _)| wanted(key)).map(|(key, update)| {
        let source: BoxedSource<Error> =
            Box::new(PartitionSource::new(key.clone(), update.clone(), slices, static_row, direction));
        source
    });
    Chain(parts.collect::<Vec<_>>().into_iter())
}

/// Sources told one behind the other.
pub(crate) struct Chain(std::vec::IntoIter<BoxedSource<Error>>);

impl FragmentSource for Chain {
    type Error = Error;

    fn next(&mut self) -> Result<Option<Fragment>, Error> {
        while let Some(source) = self.0.as_mut_slice().first_mut() {
            if let Some(fragment) = source.next()? {
                return Ok(Some(fragment));
            }
            self.0.next();
        }
        Ok(None)
    }
}

/// All of `table`, in order.
pub(crate) fn whole(table: &Table) -> Chain {
    told(table, |_| true, &[ByteRange::all()], true, Direction::Forward)
}

/// A table of `partitions` partitions of `rows` rows each, with a value of `length` bytes in each row.
pub(crate) fn regular_table(partitions: u32, rows: u32, length: usize) -> Table {
    let row = |number: u32| Row {
        clustering: ClusteringKey(Bytes::copy_from_slice(&clustering(number))),
        marker: Some(RowMarker { timestamp: 1_000, kind: MarkerKind::Live }),
        deletion: None,
        columns: vec![(ColumnId(1), ColumnData::Cell(Cell::live(1_000, vec![number as u8; length])))],
    };
    let rows: Vec<Row> = (0..rows).map(row).collect();
    let update = PartitionUpdate { rows, ..PartitionUpdate::default() };
    (0..partitions).map(|number| (DecoratedKey::hashed(&number.to_be_bytes()), update.clone())).collect()
}

/// Clustering key of row `number` of a regular table.
pub(crate) fn clustering(number: u32) -> [u8; 5] {
    let [a, b, c, d] = number.to_be_bytes();
    [1, a, b, c, d]
}

/// Slices as a reader takes them.
pub(crate) fn shared(slices: &[ByteRange]) -> Arc<[ByteRange]> {
    slices.to_vec().into()
}
