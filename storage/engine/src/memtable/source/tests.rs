//! The lazy sources tell exactly what the plain one tells of the same update.

use model::data::{Cell, ColumnData, Deletion, MarkerKind, PartitionUpdate, RangeTombstone, RowMarker};
use model::schema::ColumnId;
use model::stream::{Merge, read_all};
use proptest::prelude::*;

use super::*;
use crate::memtable::Memtable;

fn key(byte: u8) -> DecoratedKey {
    DecoratedKey(Bytes::from(vec![b'k', byte]))
}

fn row(position: u8, timestamp: i64) -> Row {
    Row {
        clustering: ClusteringKey(Bytes::from(vec![position])),
        marker: Some(RowMarker { timestamp, kind: MarkerKind::Live }),
        deletion: None,
        columns: vec![(ColumnId(1), ColumnData::Cell(Cell::live(timestamp, vec![position])))],
    }
}

fn range(start: u8, end: Option<u8>) -> ByteRange {
    ByteRange::new(vec![start], end.map(|end| vec![end].into()))
}

fn update() -> impl Strategy<Value = PartitionUpdate> {
    let rows = prop::collection::btree_map(1..120u8, 1..9i64, 0..60)
        .prop_map(|rows| rows.into_iter().map(|(position, timestamp)| row(position, timestamp)).collect());
    let deletion = || (1..9i64).prop_map(|timestamp| Deletion { timestamp, local_time: timestamp });
    let tombstone = (1..120u8, prop::option::of(1..120u8), deletion()).prop_map(|(start, end, deletion)| {
        RangeTombstone { range: range(start, end.map(|end| start.saturating_add(end))), deletion }
    });
    (rows, prop::collection::vec(tombstone, 0..4), prop::option::weighted(0.2, deletion())).prop_map(
        |(rows, range_tombstones, deletion)| PartitionUpdate {
            deletion,
            static_row: None,
            range_tombstones,
            rows,
        },
    )
}

fn slices() -> impl Strategy<Value = Vec<ByteRange>> {
    prop::collection::btree_set(1..130u8, 0..6).prop_map(|bounds| {
        let bounds: Vec<u8> = bounds.into_iter().collect();
        bounds.chunks(2).map(|pair| range(pair[0], pair.get(1).copied())).collect()
    })
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Forward), Just(Direction::Reverse)]
}

fn merged(sources: Vec<model::stream::BoxedSource<Error>>, direction: Direction) -> Vec<Fragment> {
    read_all(Merge::new(sources, direction)).expect("memory does not fail")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_memtable_tells_the_merge_of_the_updates_it_took(
        updates in prop::collection::vec((0..3u8, update()), 1..6),
        slices in slices(),
        direction in direction(),
    ) {
        let memtable = Memtable::new(0);
        for (partition, update) in &updates {
            memtable.insert(&key(*partition), update.clone(), None);
        }
        let plain = updates.iter().map(|(partition, update)| -> model::stream::BoxedSource<Error> {
            Box::new(PartitionSource::new(key(*partition), update.clone(), &slices, true, direction))
        });
        let expected = merged(plain.collect(), direction);
        let scan = memtable.snapshot().source(&ByteRange::all(), slices.as_slice().into(), true, direction);
        prop_assert_eq!(merged(vec![Box::new(scan)], direction), expected.clone());

        let points = (0..3u8).filter_map(|partition| {
            let held = memtable.partition(&key(partition))?;
            let held = Arc::unwrap_or_clone(held);
            let source = MemPartitionSource::new(key(partition), held, &slices, true, direction);
            Some(merged(vec![Box::new(source)], direction))
        });
        prop_assert_eq!(points.flatten().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_snapshot_does_not_see_what_is_written_later() {
    let memtable = Memtable::new(0);
    let write = |partition: u8, position: u8| {
        let update = PartitionUpdate { rows: vec![row(position, 1)], ..PartitionUpdate::default() };
        memtable.insert(&key(partition), update, None);
    };
    (0..100).for_each(|position| write(1, position));
    let before = memtable.snapshot();
    let told = |snapshot: &crate::memtable::MemtableSnapshot| {
        let all = vec![ByteRange::all()];
        read_all(snapshot.source(&ByteRange::all(), all.as_slice().into(), true, Direction::Forward))
            .expect("memory does not fail")
            .len()
    };
    let fragments = told(&before);
    (100..110).for_each(|position| write(1, position));
    write(2, 1);
    assert_eq!(told(&before), fragments);
    assert_eq!(told(&memtable.snapshot()), fragments + 10 + 3);
}

#[test]
fn a_scan_keeps_to_its_keys_even_across_chunks() {
    let memtable = Memtable::new(0);
    for partition in 0..200 {
        let update = PartitionUpdate { rows: vec![row(1, 1)], ..PartitionUpdate::default() };
        memtable.insert(&key(partition), update, None);
    }
    let keys = ByteRange::new(vec![b'k', 10], Some(vec![b'k', 150].into()));
    let all = vec![ByteRange::all()];
    let source = memtable.snapshot().source(&keys, all.as_slice().into(), true, Direction::Forward);
    let told: Vec<u8> = read_all(source)
        .expect("memory does not fail")
        .into_iter()
        .filter_map(|fragment| match fragment {
            Fragment::PartitionStart { key, .. } => Some(key.as_bytes()[1]),
            _ => None,
        })
        .collect();
    assert_eq!(told, (10..150).collect::<Vec<u8>>());
}
