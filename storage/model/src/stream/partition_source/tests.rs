//! Range tombstones become changes that the order law allows and that say what the tombstones said.

use proptest::prelude::*;
use std::convert::Infallible;

use super::super::model::{direction, slices};
use super::super::{Validate, read_all};
use super::*;
use crate::data::generate::partition_update;

fn told(update: &PartitionUpdate, slices: &[ByteRange], direction: Direction) -> Vec<Fragment> {
    let key = DecoratedKey("key".into());
    let source = PartitionSource::<Infallible>::new(key, update.clone(), slices, true, direction);
    read_all(Validate::new(source, direction)).unwrap()
}

fn tombstone(start: &'static str, end: Option<&'static str>, timestamp: i64) -> RangeTombstone {
    let range = ByteRange::new(start, end.map(Bytes::from));
    RangeTombstone { range, deletion: Deletion { timestamp, local_time: 0 } }
}

/// The changes as text: position, then the deletion's timestamp or `-`.
fn changes(tombstones: Vec<RangeTombstone>, slices: &[ByteRange], direction: Direction) -> String {
    let update = PartitionUpdate { range_tombstones: tombstones, ..PartitionUpdate::default() };
    let told = told(&update, slices, direction);
    let changes = told.iter().filter_map(|fragment| match fragment {
        Fragment::RangeTombstoneChange { position, deletion } => {
            let deletion = deletion.map_or("-".to_string(), |deletion| deletion.timestamp.to_string());
            Some(format!("{}:{deletion}", position.as_bytes().escape_ascii()))
        }
        _ => None,
    });
    changes.collect::<Vec<_>>().join(" ")
}

proptest! {
    #[test]
    fn one_update_obeys_the_order_law_in_any_slices(
        update in partition_update(), slices in slices(), direction in direction()
    ) {
        let told = told(&update, &slices, direction);
        let mut rows: Vec<Row> = told
            .iter()
            .filter_map(|fragment| match fragment {
                Fragment::Row(row) => Some(row.clone()),
                _ => None,
            })
            .collect();
        if direction == Direction::Reverse {
            rows.reverse();
        }
        let inside = |row: &&Row| slices.iter().any(|slice| slice.contains(row.clustering.as_bytes()));
        prop_assert_eq!(rows, update.rows.iter().filter(inside).cloned().collect::<Vec<_>>());
    }
}

#[test]
fn overlapping_tombstones_become_changes() {
    let all = [ByteRange::all()];
    let cases = [
        ("one", vec![tombstone("a", Some("c"), 1)], "a:1 c:-", "c:1 a:-"),
        ("to the end", vec![tombstone("a", None, 1)], r"a:1 \xff:-", r"\xff:1 a:-"),
        ("of nothing", vec![tombstone("c", Some("c"), 1), tombstone("d", Some("b"), 1)], "", ""),
        (
            "a stronger one inside",
            vec![tombstone("a", Some("z"), 1), tombstone("c", Some("d"), 2)],
            "a:1 c:2 d:1 z:-",
            "z:1 d:2 c:1 a:-",
        ),
        (
            "a weaker one inside says nothing",
            vec![tombstone("c", Some("d"), 1), tombstone("a", Some("z"), 2)],
            "a:2 z:-",
            "z:2 a:-",
        ),
        (
            "overlapping",
            vec![tombstone("a", Some("m"), 1), tombstone("g", Some("z"), 2)],
            "a:1 g:2 z:-",
            "z:2 g:1 a:-",
        ),
        (
            "touching and equal",
            vec![tombstone("a", Some("m"), 1), tombstone("m", Some("z"), 1)],
            "a:1 z:-",
            "z:1 a:-",
        ),
        (
            "touching and different",
            vec![tombstone("a", Some("m"), 1), tombstone("m", Some("z"), 2)],
            "a:1 m:2 z:-",
            "z:2 m:1 a:-",
        ),
        (
            "apart",
            vec![tombstone("m", Some("z"), 1), tombstone("a", Some("c"), 1)],
            "a:1 c:- m:1 z:-",
            "z:1 m:- c:1 a:-",
        ),
    ];
    for (what, tombstones, forward, reverse) in cases {
        assert_eq!(changes(tombstones.clone(), &all, Direction::Forward), forward, "{what}");
        assert_eq!(changes(tombstones, &all, Direction::Reverse), reverse, "{what}, reverse");
    }
}

#[test]
fn changes_open_and_close_at_the_borders_of_slices() {
    let slice = |start: &'static str, end: Option<&'static str>| ByteRange::new(start, end.map(Bytes::from));
    let cases = [
        ("inside", vec![slice("c", Some("e"))], "c:1 e:-", "e:1 c:-"),
        ("two", vec![slice("", Some("c")), slice("e", None)], "a:1 c:- e:1 z:-", "z:1 e:- c:1 a:-"),
        ("two that touch", vec![slice("b", Some("c")), slice("c", Some("d"))], "b:1 d:-", "d:1 b:-"),
        ("beside", vec![slice("", Some("a")), slice("z", None)], "", ""),
        ("none", vec![], "", ""),
    ];
    for (what, slices, forward, reverse) in cases {
        let tombstones = || vec![tombstone("a", Some("z"), 1)];
        assert_eq!(changes(tombstones(), &slices, Direction::Forward), forward, "{what}");
        assert_eq!(changes(tombstones(), &slices, Direction::Reverse), reverse, "{what}, reverse");
    }
}

#[test]
fn a_partition_without_wanted_static_row_or_rows_still_tells_its_deletion() {
    let deletion = Some(Deletion { timestamp: 3, local_time: 0 });
    let update = PartitionUpdate {
        deletion,
        static_row: Some(Row::default()),
        rows: vec![Row::empty(ClusteringKey("a".into()))],
        ..PartitionUpdate::default()
    };
    let key = DecoratedKey("key".into());
    let source = PartitionSource::<Infallible>::new(key.clone(), update, &[], false, Direction::Forward);
    let expected = [Fragment::PartitionStart { key, deletion }, Fragment::PartitionEnd];
    assert_eq!(read_all(source).unwrap(), expected);
}
