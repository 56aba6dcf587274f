//! Each way of breaking the order law is caught, and by its own message.

use bytes::Bytes;
use std::convert::Infallible;

use super::super::{FragmentList, read_all};
use super::*;
use crate::data::{Cell, CollectionCells};
use crate::schema::ColumnId;

fn start(key: &'static str) -> Fragment {
    Fragment::PartitionStart { key: DecoratedKey(key.into()), deletion: None }
}

fn row(key: &'static str) -> Fragment {
    Fragment::Row(Row::empty(ClusteringKey(key.into())))
}

fn static_row(key: &'static str) -> Fragment {
    Fragment::StaticRow(Row::empty(ClusteringKey(key.into())))
}

/// A change at `position`; timestamp 0 closes.
fn change(position: &'static str, timestamp: i64) -> Fragment {
    let deletion = (timestamp != 0).then_some(Deletion { timestamp, local_time: 0 });
    Fragment::RangeTombstoneChange { position: ClusteringKey(position.into()), deletion }
}

const END: Fragment = Fragment::PartitionEnd;

fn with_columns(columns: Vec<(ColumnId, ColumnData)>) -> Fragment {
    Fragment::Row(Row { columns, ..Row::default() })
}

fn outcome(fragments: Vec<Fragment>, direction: Direction) -> Result<(), String> {
    let source = FragmentList::<Infallible>::new(fragments);
    match read_all(Validate::new(source, direction)) {
        Ok(_) => Ok(()),
        Err(InvalidStream::Order(what)) => Err(what),
        Err(InvalidStream::Source(never)) => match never {},
    }
}

#[test]
fn what_obeys_the_law_passes() {
    let forward = vec![
        start("p"),
        static_row(""),
        change("a", 1),
        row("a"),
        row("b"),
        change("c", 2),
        change("d", 0),
        row("d"),
        END,
        start("q"),
        END,
    ];
    assert_eq!(outcome(forward, Direction::Forward), Ok(()));
    let reverse = vec![start("p"), row("d"), change("d", 2), change("c", 1), row("a"), change("a", 0), END];
    assert_eq!(outcome(reverse, Direction::Reverse), Ok(()));
    assert_eq!(outcome(vec![], Direction::Forward), Ok(()));
}

#[test]
fn each_way_of_breaking_the_law_is_caught() {
    use Direction::{Forward, Reverse};
    let cell = || ColumnData::Cell(Cell::live(1, "v"));
    let elements = |paths: [&'static str; 2]| {
        let cells = paths.map(|path| (Bytes::from(path), Cell::live(1, ""))).to_vec();
        ColumnData::Collection(CollectionCells { deletion: None, cells })
    };
    let cases = [
        (Forward, vec![start("q"), END, start("p"), END], "does not ascend"),
        (Forward, vec![start("p"), END, start("p"), END], "does not ascend"),
        (Reverse, vec![start("q"), END, start("p"), END], "does not ascend"),
        (Forward, vec![start("p"), start("q"), END], "inside another"),
        (Forward, vec![row("a")], "outside a partition"),
        (Forward, vec![start("p"), END, change("a", 1)], "outside a partition"),
        (Forward, vec![END], "outside a partition"),
        (Forward, vec![start("p")], "ends inside a partition"),
        (Forward, vec![start("p"), row("a"), static_row(""), END], "behind the front"),
        (Forward, vec![start("p"), static_row(""), static_row(""), END], "behind the front"),
        (Forward, vec![start("p"), static_row("a"), END], "with a clustering key"),
        (Forward, vec![start("p"), row("b"), row("a"), END], "does not run Forward"),
        (Forward, vec![start("p"), row("a"), row("a"), END], "does not run Forward"),
        (Reverse, vec![start("p"), row("a"), row("b"), END], "does not run Reverse"),
        (Forward, vec![start("p"), row("a"), change("a", 1), change("b", 0), END], "does not run Forward"),
        (Reverse, vec![start("p"), change("b", 1), row("b"), change("a", 0), END], "does not run Reverse"),
        (Forward, vec![start("p"), change("a", 1), change("a", 0), END], "does not run Forward"),
        (Forward, vec![start("p"), change("a", 0), END], "changes nothing"),
        (Forward, vec![start("p"), change("a", 1), change("b", 1), change("c", 0), END], "changes nothing"),
        (Forward, vec![start("p"), change("a", 1), END], "open where its partition ends"),
        (
            Forward,
            vec![start("p"), with_columns(vec![(ColumnId(1), cell()), (ColumnId(0), cell())]), END],
            "columns of row",
        ),
        (
            Forward,
            vec![start("p"), with_columns(vec![(ColumnId(1), elements(["b", "a"]))]), END],
            "paths of column #1",
        ),
    ];
    for (direction, fragments, expected) in cases {
        let shown = format!("{fragments:?}");
        let outcome = outcome(fragments, direction);
        assert!(outcome.as_ref().is_err_and(|what| what.contains(expected)), "{outcome:?} of {shown}");
    }
}

#[test]
fn a_source_must_not_be_asked_behind_its_end() {
    let mut source = Validate::new(FragmentList::<Infallible>::new(vec![]), Direction::Forward);
    assert_eq!(source.next(), Ok(None));
    assert!(source.next().is_err());
}
