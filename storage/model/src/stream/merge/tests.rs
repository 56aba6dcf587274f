//! Merge against a naive model, in both directions, over random slices, with ties everywhere.

use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::convert::Infallible;

use super::super::model::*;
use super::super::{FragmentList, PartitionSource, Validate, live_row, read_all};
use super::*;
use crate::data::generate::NOW_SECONDS;
use crate::data::{Cell, ColumnData, PartitionUpdate, RangeTombstone};
use crate::key::ByteRange;
use crate::schema::ColumnId;

fn merged(sources: &Sources, slices: &[ByteRange], direction: Direction) -> Vec<Fragment> {
    let sources = sources.iter().map(|source| open(source, slices, direction)).collect();
    read_all(Validate::new(Merge::new(sources, direction), direction)).unwrap()
}

/// A stream taken apart: by partition its deletion, static row, rows, and range deletion at each probe.
#[derive(Default)]
struct Told {
    deletion: Option<Deletion>,
    static_row: Option<Row>,
    rows: BTreeMap<Bytes, Row>,
    changes: Vec<(Bytes, Option<Deletion>)>,
}

impl Told {
    /// The range deletion the stream tells at `position`.
    fn range_at(&self, position: &Bytes, direction: Direction) -> Option<Deletion> {
        let mut changes = self.changes.iter();
        let last = match direction {
            Direction::Forward => changes.rfind(|(at, _)| at <= position),
            Direction::Reverse => changes.rfind(|(at, _)| at > position),
        };
        last.and_then(|(_, deletion)| *deletion)
    }
}

fn take_apart(fragments: &[Fragment]) -> BTreeMap<u8, Told> {
    let mut partitions = BTreeMap::new();
    let mut told = Told::default();
    let mut current = 0;
    for fragment in fragments {
        match fragment.clone() {
            Fragment::PartitionStart { key, deletion } => {
                current = key.as_bytes()[0];
                told = Told { deletion, ..Told::default() };
            }
            Fragment::StaticRow(row) => told.static_row = Some(row),
            Fragment::RangeTombstoneChange { position, deletion } => {
                told.changes.push((position.0, deletion))
            }
            Fragment::Row(row) => {
                told.rows.insert(row.clustering.0.clone(), row);
            }
            Fragment::PartitionEnd => {
                partitions.insert(current, std::mem::take(&mut told));
            }
        }
    }
    partitions
}

/// Whether nothing is left in `row` that a deletion at `dead_until`, or its own, covers.
fn is_settled(row: &Row, dead_until: Option<Deletion>) -> bool {
    let is_younger = |data: &Row, deletion: Option<Deletion>| {
        let oldest = data.timestamp_span().map(|span| span.oldest);
        deletion.is_none_or(|deletion| oldest.is_none_or(|oldest| oldest > deletion.timestamp))
    };
    let content = Row { deletion: None, ..row.clone() };
    let collections_are_settled = row.columns.iter().all(|(_, data)| match data {
        ColumnData::Cell(_) => true,
        ColumnData::Collection(collection) => collection
            .cells
            .iter()
            .all(|(_, cell)| collection.deletion.is_none_or(|deletion| cell.timestamp > deletion.timestamp)),
    });
    !row.is_empty()
        && is_younger(row, dead_until)
        && is_younger(&content, row.deletion)
        && collections_are_settled
}

fn seen(row: Option<&Row>) -> Seen {
    row.and_then(|row| live_row(row, NOW_SECONDS)).as_ref().map(seen_of_live_row).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_merge_tells_what_the_model_knows(
        sources in sources(), slices in slices(), direction in direction()
    ) {
        let told = take_apart(&merged(&sources, &slices, direction));
        let nothing = Told::default();
        for key in 0..3u8 {
            let updates: Vec<&PartitionUpdate> = sources.iter().filter_map(|source| source.get(&key)).collect();
            let told = told.get(&key).unwrap_or(&nothing);
            prop_assert_eq!(told.deletion, partition_deletion(&updates));

            prop_assert!(told.static_row.iter().all(|row| is_settled(row, told.deletion)));
            let parts: Vec<&Row> = updates.iter().filter_map(|update| update.static_row.as_ref()).collect();
            let expected = seen_of_parts(&parts, told.deletion, NOW_SECONDS);
            prop_assert_eq!(seen(told.static_row.as_ref()), expected, "static row of {}", key);

            for position in probes() {
                if !slices.iter().any(|slice| slice.contains(&position)) {
                    prop_assert!(!told.rows.contains_key(&position), "a row outside the slices");
                    prop_assert_eq!(told.range_at(&position, direction), None, "outside the slices");
                    continue;
                }
                let range = range_deletion(&updates, &position);
                prop_assert_eq!(told.range_at(&position, direction), range, "{:?} of {}", position, key);
                prop_assert!(
                    told.rows.get(&position).is_none_or(|row| is_settled(row, told.deletion.max(range))),
                    "{:?} of {}", position, key
                );
                let parts: Vec<&Row> = updates
                    .iter()
                    .flat_map(|update| &update.rows)
                    .filter(|row| row.clustering.0 == position)
                    .collect();
                let expected = seen_of_parts(&parts, told.deletion.max(range), NOW_SECONDS);
                prop_assert_eq!(seen(told.rows.get(&position)), expected, "{:?} of {}", position, key);
            }
        }
    }

    #[test]
    fn merging_in_any_grouping_gives_the_same_stream(
        sources in sources(), slices in slices(), direction in direction(), split: prop::sample::Index
    ) {
        let whole = merged(&sources, &slices, direction);
        let split = split.index(sources.len() + 1);
        let group = |part: &[BTreeMap<u8, PartitionUpdate>]| -> BoxedSource<Infallible> {
            Box::new(Merge::new(part.iter().map(|source| open(source, &slices, direction)).collect(), direction))
        };
        let grouped = Merge::new(vec![group(&sources[split..]), group(&sources[..split])], direction);
        prop_assert_eq!(&read_all(grouped).unwrap(), &whole);

        // A merged stream merges with itself, or alone, to itself.
        let list = || -> BoxedSource<Infallible> { Box::new(FragmentList::new(whole.clone())) };
        prop_assert_eq!(&read_all(Merge::new(vec![list()], direction)).unwrap(), &whole);
        prop_assert_eq!(&read_all(Merge::new(vec![list(), list()], direction)).unwrap(), &whole);
    }

    #[test]
    fn updates_merged_before_give_the_same_stream(
        sources in sources(), slices in slices(), direction in direction()
    ) {
        let mut together: BTreeMap<u8, PartitionUpdate> = BTreeMap::new();
        for source in &sources {
            for (key, update) in source {
                let before = together.remove(key).unwrap_or_default();
                together.insert(*key, before.merge(update.clone()));
            }
        }
        prop_assert_eq!(merged(&vec![together], &slices, direction), merged(&sources, &slices, direction));
    }

    #[test]
    fn reading_in_reverse_tells_the_same_backwards(sources in sources(), slices in slices()) {
        let forward = take_apart(&merged(&sources, &slices, Direction::Forward));
        let reverse = take_apart(&merged(&sources, &slices, Direction::Reverse));
        prop_assert!(forward.keys().eq(reverse.keys()));
        for (key, told) in &forward {
            prop_assert_eq!(&told.rows, &reverse[key].rows);
            prop_assert_eq!(&told.static_row, &reverse[key].static_row);
            for probe in probes() {
                prop_assert_eq!(
                    told.range_at(&probe, Direction::Forward),
                    reverse[key].range_at(&probe, Direction::Reverse)
                );
            }
        }
    }
}

fn update_of_row(key: &'static str, timestamp: i64) -> PartitionUpdate {
    let cell = ColumnData::Cell(Cell::live(timestamp, "v"));
    let row = Row { columns: vec![(ColumnId(0), cell)], ..Row::empty(ClusteringKey(key.into())) };
    PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() }
}

fn source_of(key: &'static str, update: PartitionUpdate) -> BoxedSource<Infallible> {
    let all = [ByteRange::all()];
    Box::new(PartitionSource::new(DecoratedKey(key.into()), update, &all, true, Direction::Forward))
}

#[test]
fn a_partition_of_which_nothing_is_left_is_not_told() {
    let tombstone = |timestamp| RangeTombstone {
        range: ByteRange::new("a", Some("c".into())),
        deletion: Deletion { timestamp, local_time: 0 },
    };
    let empty = source_of("p", PartitionUpdate::default());
    let mut merge = Merge::new(vec![empty, source_of("q", update_of_row("b", 1))], Direction::Forward);
    let Ok(Some(Fragment::PartitionStart { key, .. })) = merge.next() else { panic!("a partition") };
    assert_eq!(key.as_bytes(), b"q");

    // But a partition whose rows are all dead still tells why.
    let dead = PartitionUpdate { range_tombstones: vec![tombstone(5)], ..update_of_row("b", 1) };
    let told = read_all(Merge::new(vec![source_of("p", dead)], Direction::Forward)).unwrap();
    assert_eq!(told.len(), 4, "start, two changes, end: {told:?}");
}

#[test]
fn a_failing_source_fails_the_merge() {
    struct Failing(u32);
    impl FragmentSource for Failing {
        type Error = String;
        fn next(&mut self) -> Result<Option<Fragment>, String> {
            self.0 += 1;
            match self.0 {
                1 => Ok(Some(Fragment::PartitionStart { key: DecoratedKey("p".into()), deletion: None })),
                _ => Err("the disk is gone".to_string()),
            }
        }
    }
    let mut merge = Merge::new(vec![Box::new(Failing(0))], Direction::Forward);
    assert_eq!(merge.next(), Err("the disk is gone".to_string()));
}

#[test]
fn sources_are_not_read_past_the_partition_that_is_told() {
    struct Counting(FragmentList<Infallible>, std::sync::Arc<std::sync::atomic::AtomicUsize>);
    impl FragmentSource for Counting {
        type Error = Infallible;
        fn next(&mut self) -> Result<Option<Fragment>, Infallible> {
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.0.next()
        }
    }
    let fragments = read_all(source_of("p", update_of_row("a", 1))).unwrap();
    let length = fragments.len();
    let read = std::sync::Arc::default();
    let source = Counting(FragmentList::new(fragments), std::sync::Arc::clone(&read));
    let mut merge = Merge::new(vec![Box::new(source)], Direction::Forward);
    while merge.next() != Ok(Some(Fragment::PartitionEnd)) {}
    assert_eq!(read.load(std::sync::atomic::Ordering::Relaxed), length);
    assert_eq!(merge.next(), Ok(None));
}
