//! The laws of the conflict rule, on data made so that ties are common.

use bytes::Bytes;
use proptest::prelude::*;

use super::super::generate::*;
use super::super::*;
use crate::key::ClusteringKey;
use crate::schema::ColumnId;

fn row() -> impl Strategy<Value = Row> {
    row_at(ClusteringKey::empty())
}

fn settled(mut row: Row) -> Row {
    row.settle();
    row
}

fn shadowed(mut row: Row, deletion: Deletion) -> Row {
    row.settle();
    row.shadow(deletion);
    row
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn plain_cells_reconcile_in_any_order_and_grouping(
        a in plain_cell(), b in plain_cell(), c in plain_cell()
    ) {
        prop_assert_eq!(reconcile_cells(a.clone(), a.clone()), a.clone());
        prop_assert_eq!(reconcile_cells(a.clone(), b.clone()), reconcile_cells(b.clone(), a.clone()));
        prop_assert_eq!(
            reconcile_cells(reconcile_cells(a.clone(), b.clone()), c.clone()),
            reconcile_cells(a, reconcile_cells(b, c))
        );
    }

    #[test]
    fn counter_cells_reconcile_in_any_order_and_grouping(
        a in counter_cell(), b in counter_cell(), c in counter_cell()
    ) {
        prop_assert_eq!(reconcile_cells(a.clone(), a.clone()), a.clone());
        prop_assert_eq!(reconcile_cells(a.clone(), b.clone()), reconcile_cells(b.clone(), a.clone()));
        prop_assert_eq!(
            reconcile_cells(reconcile_cells(a.clone(), b.clone()), c.clone()),
            reconcile_cells(a, reconcile_cells(b, c))
        );
    }

    #[test]
    fn counter_states_merge_in_any_order_and_grouping(
        a in counter_state(), b in counter_state(), c in counter_state()
    ) {
        prop_assert_eq!(a.merge(&a), a.clone());
        prop_assert_eq!(a.merge(&b), b.merge(&a));
        prop_assert_eq!(a.merge(&b).merge(&c), a.merge(&b.merge(&c)));
        if !a.shards().is_empty() {
            prop_assert_eq!(CounterState::decode(&a.encode()), Ok(a));
        }
    }

    #[test]
    fn markers_and_deletions_reconcile_in_any_order(a in marker(), b in marker(), c in deletion(), d in deletion()) {
        prop_assert_eq!(reconcile_markers(Some(a), Some(b)), reconcile_markers(Some(b), Some(a)));
        prop_assert_eq!(reconcile_markers(Some(a), None), Some(a));
        prop_assert_eq!(reconcile_deletions(Some(c), Some(d)), reconcile_deletions(Some(d), Some(c)));
        prop_assert_eq!(reconcile_deletions(None, Some(d)), Some(d));
    }

    #[test]
    fn rows_merge_in_any_order_and_grouping(a in row(), b in row(), c in row()) {
        prop_assert_eq!(merge_rows(a.clone(), a.clone()), settled(a.clone()));
        prop_assert_eq!(merge_rows(a.clone(), b.clone()), merge_rows(b.clone(), a.clone()));
        prop_assert_eq!(
            merge_rows(merge_rows(a.clone(), b.clone()), c.clone()),
            merge_rows(a, merge_rows(b, c))
        );
    }

    #[test]
    fn a_shadow_may_fall_before_or_after_a_merge(a in row(), b in row(), d in deletion(), e in deletion()) {
        let late = shadowed(merge_rows(a.clone(), b.clone()), d);
        let early = shadowed(merge_rows(shadowed(a.clone(), d), b), d);
        prop_assert_eq!(late, early);
        prop_assert_eq!(shadowed(shadowed(a.clone(), d), e), shadowed(a, d.max(e)));
    }

    #[test]
    fn updates_merge_in_any_order_and_grouping(
        a in partition_update(), b in partition_update(), c in partition_update()
    ) {
        let canonical = |mut update: PartitionUpdate| {
            update.rows.iter_mut().for_each(Row::settle);
            update.static_row.iter_mut().for_each(Row::settle);
            update.range_tombstones.sort_by_key(|t| (t.range.start.clone(), t.range.end.clone(), t.deletion));
            update.range_tombstones.dedup_by(|later, kept| {
                let same = later.range == kept.range;
                if same { kept.deletion = later.deletion.max(kept.deletion); }
                same
            });
            update
        };
        prop_assert_eq!(canonical(a.clone().merge(a.clone())), canonical(a.clone()));
        prop_assert_eq!(canonical(a.clone().merge(b.clone())), canonical(b.clone().merge(a.clone())));
        prop_assert_eq!(
            canonical(a.clone().merge(b.clone()).merge(c.clone())),
            canonical(a.merge(b.merge(c)))
        );
    }

    #[test]
    fn sorted_lists_merge_as_maps_do(
        a in proptest::collection::btree_map(0..40u8, 0..9u32, 0..30),
        b in proptest::collection::btree_map(0..40u8, 0..9u32, 0..30),
    ) {
        let mut list: Vec<(u8, u32)> = a.clone().into_iter().collect();
        super::super::sorted::merge_sorted(
            &mut list,
            b.clone().into_iter().collect(),
            |(x, _), (y, _)| x.cmp(y),
            |(_, into), (_, from)| *into += from,
        );
        let mut map = a;
        for (key, number) in b {
            *map.entry(key).or_default() += number;
        }
        prop_assert_eq!(list, map.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn the_winner_of_each_pair_is_the_documented_one() {
    let dead = Cell::dead(5, 100);
    let expiring = Cell::expiring(5, 10, 200, &b"z"[..]);
    let live = Cell::live(5, &b"z"[..]);
    let cases = [
        ("a later live cell beats a tombstone", Cell::live(6, &b"a"[..]), dead.clone()),
        ("on a tie dead beats live", dead.clone(), live.clone()),
        ("on a tie dead beats expiring", dead.clone(), expiring.clone()),
        ("on a tie expiring beats live", expiring.clone(), live.clone()),
        ("on a tie the later death wins", Cell::dead(5, 101), dead),
        ("on a tie the later expiry wins", Cell::expiring(5, 1, 201, &b"a"[..]), expiring),
        ("on a tie the larger value wins", live, Cell::live(5, &b"a"[..])),
        ("a longer value is larger", Cell::live(5, &b"aa"[..]), Cell::live(5, &b"a"[..])),
    ];
    for (what, winner, loser) in cases {
        assert_eq!(reconcile_cells(winner.clone(), loser.clone()), winner, "{what}");
        assert_eq!(reconcile_cells(loser, winner.clone()), winner, "{what}");
    }
}

#[test]
fn a_tombstone_on_a_counter_drops_older_shards_and_keeps_younger_ones() {
    let shard = |node: u8, timestamp| CounterShard { node: [node; 16], timestamp, clock: 1, count: 10 };
    let cell = CounterState::new(CounterState::NEVER, vec![shard(1, 3), shard(2, 7)]).to_cell().unwrap();
    assert_eq!(cell.timestamp, 7);
    let left = reconcile_cells(cell.clone(), Cell::dead(5, 0));
    let state = CounterState::decode(&left.value).unwrap();
    assert_eq!((state.deleted_at(), state.total()), (5, 10));
    // The node that comes late with its old shard does not bring it back.
    let late = CounterState::new(CounterState::NEVER, vec![shard(1, 4)]).to_cell().unwrap();
    assert_eq!(reconcile_cells(left, late), reconcile_cells(cell.clone(), Cell::dead(5, 0)));
    assert_eq!(reconcile_cells(cell, Cell::dead(7, 0)), Cell::dead(7, 0));
}

#[test]
fn a_collection_deletion_drops_older_elements_only() {
    let collection = |deletion, cells: &[(u8, i64)]| {
        let cells = cells.iter().map(|(path, at)| (Bytes::from(vec![*path]), Cell::live(*at, ""))).collect();
        Row {
            columns: vec![(ColumnId(9), ColumnData::Collection(CollectionCells { deletion, cells }))],
            ..Row::default()
        }
    };
    let at = |timestamp| Some(Deletion { timestamp, local_time: 0 });
    let merged = merge_rows(collection(None, &[(1, 4), (2, 5), (3, 6)]), collection(at(5), &[(4, 6)]));
    assert_eq!(merged, collection(at(5), &[(3, 6), (4, 6)]));
}

#[test]
fn a_row_deletion_spares_what_was_written_after_it() {
    let deletion = Some(Deletion { timestamp: 5, local_time: 0 });
    let row = Row {
        marker: Some(RowMarker { timestamp: 5, kind: MarkerKind::Live }),
        columns: vec![
            (ColumnId(1), ColumnData::Cell(Cell::live(5, "old"))),
            (ColumnId(2), ColumnData::Cell(Cell::live(6, "new"))),
        ],
        ..Row::default()
    };
    let merged = merge_rows(row, Row { deletion, ..Row::default() });
    assert_eq!(merged.marker, None);
    assert_eq!(merged.deletion, deletion);
    assert_eq!(merged.columns, vec![(ColumnId(2), ColumnData::Cell(Cell::live(6, "new")))]);
}

#[test]
fn counter_bytes_that_are_no_state_are_refused() {
    let shard = CounterShard { node: [1; 16], timestamp: 3, clock: 1, count: 10 };
    let good = CounterState::new(2, vec![shard]).encode();
    assert!(CounterState::decode(&good).is_ok());
    for cut in 0..good.len() {
        assert!(CounterState::decode(&good[..cut]).is_err(), "{cut} bytes");
    }
    let twice = [&good[..], &good[8..]].concat();
    assert!(CounterState::decode(&twice).is_err(), "a node twice");
    let mut covered = good.to_vec();
    covered[0] = 3;
    assert!(CounterState::decode(&covered).is_err(), "a shard at its deletion's timestamp");
}
