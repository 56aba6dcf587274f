//! Purging changes nothing that a reader could see, now or later, whatever lies in other sources.

use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::convert::Infallible;

use super::super::model::*;
use super::super::{
    BoxedSource, Direction, FragmentList, Merge, Validate, digest_stream, live_row, read_all,
};
use super::*;
use crate::data::generate::NOW_SECONDS;
use crate::data::{CollectionCells, PartitionUpdate, RowMarker};
use crate::key::{ByteRange, ClusteringKey};
use crate::schema::ColumnId;

const ALL: fn() -> [ByteRange; 1] = || [ByteRange::all()];

fn merge(sources: &[BTreeMap<u8, PartitionUpdate>], direction: Direction) -> Merge<Infallible> {
    Merge::new(sources.iter().map(|source| open(source, &ALL(), direction)).collect(), direction)
}

/// What a reader sees at `now`: the live rows of each partition, with their static row under "".
fn visible(fragments: Vec<Fragment>, now: i64) -> Vec<(DecoratedKey, &'static str, Bytes, Seen)> {
    let mut visible = vec![];
    let mut current = DecoratedKey(Bytes::new());
    for fragment in fragments {
        let (place, row) = match fragment {
            Fragment::PartitionStart { key, .. } => {
                current = key;
                continue;
            }
            Fragment::StaticRow(row) => ("static", row),
            Fragment::Row(row) => ("row", row),
            _ => continue,
        };
        if let Some(live) = live_row(&row, now) {
            visible.push((current.clone(), place, row.clustering.0.clone(), seen_of_live_row(&live)));
        }
    }
    visible
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_purged_compaction_never_changes_what_is_read_with_the_other_sources(
        compacted in sources(),
        others in sources(),
        direction in direction(),
        gc_before in NOW_SECONDS - 4..NOW_SECONDS + 2,
        later in 0..4i64,
    ) {
        let oldest_elsewhere: BTreeMap<u8, i64> = (0..3u8)
            .filter_map(|key| {
                let spans = others.iter().filter_map(|source| source.get(&key)?.timestamp_span());
                Some((key, spans.map(|span| span.oldest).min()?))
            })
            .collect();
        let policy = PurgePolicy {
            now_seconds: NOW_SECONDS,
            gc_before_seconds: gc_before,
            max_purgeable_timestamp: Box::new(move |key| {
                oldest_elsewhere.get(&key.as_bytes()[0]).copied().unwrap_or(i64::MAX)
            }),
        };
        let purged = Validate::new(Purge::new(merge(&compacted, direction), policy), direction);
        let purged: BoxedSource<Infallible> = Box::new(FragmentList::new(read_all(purged).unwrap()));

        let mut with_purged = vec![purged];
        with_purged.extend(others.iter().map(|source| open(source, &ALL(), direction)));
        let now = NOW_SECONDS + later;
        let after = visible(read_all(Merge::new(with_purged, direction)).unwrap(), now);
        let all: Vec<_> = compacted.iter().chain(&others).cloned().collect();
        prop_assert_eq!(after, visible(read_all(merge(&all, direction)).unwrap(), now));
    }

    #[test]
    fn replicas_that_compacted_differently_digest_alike_after_a_purge(
        sources in sources(), gc_before in NOW_SECONDS - 4..NOW_SECONDS + 2
    ) {
        let forward = Direction::Forward;
        let for_read = || PurgePolicy::for_read(NOW_SECONDS, gc_before);
        let uncompacted = digest_stream(Purge::new(merge(&sources, forward), for_read())).unwrap();
        // This replica compacted a little earlier, when less was past gc grace.
        let earlier = PurgePolicy::for_read(NOW_SECONDS - 1, gc_before - 1);
        let compacted = Purge::new(merge(&sources, forward), earlier);
        let compacted = digest_stream(Purge::new(compacted, for_read())).unwrap();
        prop_assert_eq!(uncompacted, compacted);
    }

    #[test]
    fn nothing_goes_that_may_still_be_needed(sources in sources(), direction in direction()) {
        let policy = PurgePolicy {
            now_seconds: i64::MIN,
            gc_before_seconds: i64::MAX,
            max_purgeable_timestamp: Box::new(|_| i64::MIN),
        };
        let purged = read_all(Purge::new(merge(&sources, direction), policy)).unwrap();
        prop_assert_eq!(purged, read_all(merge(&sources, direction)).unwrap());
    }
}

const TOMBSTONE_TIMESTAMP: i64 = 10;
const LOCAL_TIME: i64 = 100;

fn row(fill: impl FnOnce(&mut Row)) -> Vec<Fragment> {
    let mut row = Row::empty(ClusteringKey("k".into()));
    fill(&mut row);
    vec![Fragment::Row(row)]
}

/// A partition of one tombstone, for each level there is.
fn tombstones() -> Vec<(&'static str, Vec<Fragment>)> {
    let deletion = Deletion { timestamp: TOMBSTONE_TIMESTAMP, local_time: LOCAL_TIME };
    let marker = MarkerKind::Expiring { ttl: 1, expires_at: LOCAL_TIME };
    let expired = || Cell::expiring(TOMBSTONE_TIMESTAMP, 1, LOCAL_TIME, "v");
    let dead = || Cell::dead(TOMBSTONE_TIMESTAMP, LOCAL_TIME);
    let column = |data| vec![(ColumnId(0), data)];
    let element =
        |cell| ColumnData::Collection(CollectionCells { deletion: None, cells: vec![("p".into(), cell)] });
    let collection = ColumnData::Collection(CollectionCells { deletion: Some(deletion), cells: vec![] });
    let change = |position: &'static str, deletion| Fragment::RangeTombstoneChange {
        position: ClusteringKey(position.into()),
        deletion,
    };
    let parts = vec![
        ("partition", None, vec![]),
        ("range", Some(()), vec![change("a", Some(deletion)), change("b", None)]),
        ("row", Some(()), row(|row| row.deletion = Some(deletion))),
        (
            "expired marker",
            Some(()),
            row(|row| row.marker = Some(RowMarker { timestamp: TOMBSTONE_TIMESTAMP, kind: marker })),
        ),
        ("cell", Some(()), row(|row| row.columns = column(ColumnData::Cell(dead())))),
        ("expired cell", Some(()), row(|row| row.columns = column(ColumnData::Cell(expired())))),
        ("collection", Some(()), row(|row| row.columns = column(collection))),
        ("element", Some(()), row(|row| row.columns = column(element(dead())))),
        ("expired element", Some(()), row(|row| row.columns = column(element(expired())))),
    ];
    parts
        .into_iter()
        .map(|(what, inside, fragments)| {
            let deletion = if inside.is_none() { Some(deletion) } else { None };
            let start = Fragment::PartitionStart { key: DecoratedKey("key".into()), deletion };
            let whole = std::iter::once(start).chain(fragments).chain([Fragment::PartitionEnd]);
            (what, whole.collect())
        })
        .collect()
}

fn purged(fragments: Vec<Fragment>, gc_before: i64, max_purgeable: i64) -> Vec<Fragment> {
    let policy = PurgePolicy {
        now_seconds: LOCAL_TIME,
        gc_before_seconds: gc_before,
        max_purgeable_timestamp: Box::new(move |_| max_purgeable),
    };
    read_all(Purge::new(FragmentList::<Infallible>::new(fragments), policy)).unwrap()
}

#[test]
fn a_tombstone_of_any_level_goes_when_it_is_old_and_covers_nothing_elsewhere() {
    for (what, fragments) in tombstones() {
        let length = fragments.len();
        let left = |gc_before, max| purged(fragments.clone(), gc_before, max).len();
        assert_eq!(left(LOCAL_TIME + 1, TOMBSTONE_TIMESTAMP + 1), 0, "{what}: past gc grace, nothing older");
        assert_eq!(left(LOCAL_TIME, TOMBSTONE_TIMESTAMP + 1), length, "{what}: within gc grace");
        assert_eq!(left(LOCAL_TIME + 1, TOMBSTONE_TIMESTAMP), length, "{what}: something as old elsewhere");
    }
}

#[test]
fn an_expired_cell_that_stays_loses_its_value_only() {
    let cells = row(|row| {
        let cell = |expires_at| ColumnData::Cell(Cell::expiring(1, 5, expires_at, "v"));
        row.columns = vec![(ColumnId(0), cell(LOCAL_TIME)), (ColumnId(1), cell(LOCAL_TIME + 1))];
    });
    let start = Fragment::PartitionStart { key: DecoratedKey("key".into()), deletion: None };
    let whole = [vec![start], cells, vec![Fragment::PartitionEnd]].concat();
    let left = purged(whole, 0, i64::MAX);
    let Fragment::Row(row) = &left[1] else { panic!("a row") };
    let cell = |expires_at, value: &'static str| ColumnData::Cell(Cell::expiring(1, 5, expires_at, value));
    assert_eq!(row.column(ColumnId(0)), Some(&cell(LOCAL_TIME, "")));
    assert_eq!(row.column(ColumnId(1)), Some(&cell(LOCAL_TIME + 1, "v")));
}

#[test]
fn the_policy_is_asked_once_a_partition_and_only_for_old_tombstones() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = |fragments: Vec<Fragment>, gc_before| {
        let counter = std::sync::Arc::clone(&asked);
        counter.store(0, std::sync::atomic::Ordering::Relaxed);
        let policy = PurgePolicy {
            now_seconds: LOCAL_TIME,
            gc_before_seconds: gc_before,
            max_purgeable_timestamp: Box::new(move |_| {
                counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                0
            }),
        };
        read_all(Purge::new(FragmentList::<Infallible>::new(fragments), policy)).unwrap();
        asked.load(std::sync::atomic::Ordering::Relaxed)
    };
    let (_, partition) = tombstones().remove(1);
    let (_, mut two_rows) = tombstones().remove(2);
    two_rows.insert(
        2,
        row(|row| {
            row.clustering = ClusteringKey("l".into());
            row.deletion = Some(Deletion { timestamp: 1, local_time: 1 });
        })
        .remove(0),
    );
    assert_eq!(count(partition, LOCAL_TIME), 0);
    assert_eq!(count(two_rows, LOCAL_TIME + 1), 1);
}
