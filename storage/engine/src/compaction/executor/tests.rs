//! Compacting changes files and never what a reader sees.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use model::key::DecoratedKey;
use model::stream::{Validate, live_row, read_all};
use proptest::prelude::*;

use super::super::max_purgeable_timestamp;
use super::*;
use crate::cache::BlockCache;
use crate::fs::{FaultPlan, MemoryFileSystem, Restart};
use crate::sstable::generate::{Table, regular_table, table, whole};
use crate::sstable::write_sstable;

const NOW_SECONDS: i64 = 100;

fn settings() -> WriterSettings {
    WriterSettings { block_size_bytes: 200, ..WriterSettings::default() }
}

/// Writes each table as an sstable; ids from 1.
fn written(fs: &MemoryFileSystem, tables: &[Table]) -> Vec<Arc<Sstable>> {
    let shared: Arc<dyn FileSystem> = Arc::new(fs.clone());
    let write = |(at, table): (usize, &Table)| {
        let id = SstableId(at as u64 + 1);
        let path = Path::new("/").join(id.file_name());
        write_sstable(&shared, &path, settings(), whole(table)).unwrap().unwrap();
        open(fs, id, &path)
    };
    tables.iter().enumerate().map(write).collect()
}

fn open(fs: &MemoryFileSystem, id: SstableId, path: &Path) -> Arc<Sstable> {
    Sstable::open(fs, path, id, Arc::new(BlockCache::new(1 << 16))).unwrap()
}

fn policy(gc_before_seconds: i64, others: Vec<Arc<Sstable>>) -> PurgePolicy {
    let max_purgeable_timestamp = max_purgeable_timestamp(others, |_| None);
    PurgePolicy { now_seconds: NOW_SECONDS, gc_before_seconds, max_purgeable_timestamp }
}

fn compact(
    fs: &MemoryFileSystem,
    inputs: &[Arc<Sstable>],
    purge: PurgePolicy,
    output_size_bytes_max: u64,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Vec<Output>, Error> {
    let mut next = 100;
    let mut next_output = || {
        next += 1;
        let id = SstableId(next);
        (id, Path::new("/").join(id.file_name()))
    };
    Compaction {
        fs,
        inputs: inputs.to_vec(),
        purge,
        settings: settings(),
        output_size_bytes_max,
        next_output: &mut next_output,
        go_on,
    }
    .run()
}

type Seen = BTreeMap<(DecoratedKey, Option<Bytes>), model::data::Row>;

/// What readers see of the sstables together at a moment: live rows, static rows under no position.
fn seen(sstables: &[Arc<Sstable>], now_seconds: i64) -> Seen {
    let sources = sstables.iter().map(|sstable| {
        let source: BoxedSource<Error> = Box::new(sstable.scan(ByteRange::all()));
        source
    });
    let merged = Validate::new(Merge::new(sources.collect(), Direction::Forward), Direction::Forward);
    let mut seen = Seen::new();
    let mut partition = None;
    for fragment in read_all(merged).unwrap() {
        let (position, row) = match fragment {
            Fragment::PartitionStart { key, .. } => {
                partition = Some(key);
                continue;
            }
            Fragment::StaticRow(row) => (None, row),
            Fragment::Row(row) => (Some(row.clustering.0.clone()), row),
            _ => continue,
        };
        if let Some(live) = live_row(&row, now_seconds) {
            seen.insert((partition.clone().unwrap(), position), live);
        }
    }
    seen
}

fn difference(before: &Seen, after: &Seen) -> String {
    let mut places: Vec<_> = before.keys().chain(after.keys()).collect();
    places.retain(|place| before.get(place) != after.get(place));
    places.first().map_or(String::new(), |place| {
        format!("at {place:?}\nbefore {:?}\nafter  {:?}", before.get(place), after.get(place))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn readers_see_the_same_before_and_after_any_compaction(
        tables in prop::collection::vec(table(), 1..5),
        chosen in 1..16usize,
        gc_before in 94..102i64,
        output_size in prop_oneof![Just(1u64), Just(300), Just(u64::MAX)],
    ) {
        let fs = MemoryFileSystem::new();
        let sstables = written(&fs, &tables);
        let (inputs, others): (Vec<_>, Vec<_>) =
            sstables.iter().cloned().partition(|sstable| chosen & (1 << (sstable.id().0 - 1)) != 0);
        prop_assume!(!inputs.is_empty());
        let outputs =
            compact(&fs, &inputs, policy(gc_before, others.clone()), output_size, &mut |_| true).unwrap();
        let mut after = others;
        for output in &outputs {
            let sstable = open(&fs, output.id, &output.path);
            prop_assert_eq!(&output.written.metadata, sstable.metadata());
            after.push(sstable);
        }
        let ranges: Vec<_> =
            outputs.iter().map(|output| &output.written.metadata).map(|m| (&m.first_key, &m.last_key)).collect();
        prop_assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "outputs are a run");
        for now in [NOW_SECONDS, NOW_SECONDS + 10] {
            let (before, now) = (seen(&sstables, now), seen(&after, now));
            prop_assert!(before == now, "{}", difference(&before, &now));
        }
        // Without others, everything past gc grace is gone.
        if after.len() == outputs.len() {
            for output in &outputs {
                prop_assert!(output.written.metadata.min_dead_since.is_none_or(|since| since >= gc_before));
            }
        }
    }
}

#[test]
fn an_output_ends_at_the_partition_that_makes_it_large_enough() {
    let fs = MemoryFileSystem::new();
    let sstables = written(&fs, &[regular_table(40, 10, 40)]);
    let mut told = 0;
    let outputs = compact(&fs, &sstables, policy(0, vec![]), 2_000, &mut |bytes| {
        told += bytes;
        true
    })
    .unwrap();
    assert!((3..20).contains(&outputs.len()), "{}", outputs.len());
    let partitions: u64 = outputs.iter().map(|output| output.written.metadata.partitions).sum();
    assert_eq!(partitions, 40);
    assert!(told > 2_000);
}

#[test]
fn a_stopped_compaction_leaves_nothing_behind() {
    let fs = MemoryFileSystem::new();
    let sstables = written(&fs, &[regular_table(40, 10, 40), regular_table(20, 10, 40)]);
    let names = fs.list(Path::new("/")).unwrap();
    let mut asked = 0;
    let outcome = compact(&fs, &sstables, policy(0, vec![]), 2_000, &mut |_| {
        asked += 1;
        asked < 25
    });
    assert!(matches!(outcome, Err(Error::Failed { latched: false, .. })), "{outcome:?}");
    assert_eq!(fs.list(Path::new("/")).unwrap(), names);
}

#[test]
fn a_crash_anywhere_in_a_compaction_leaves_its_inputs_whole() {
    let tables = [regular_table(20, 5, 40), regular_table(10, 5, 60)];
    let clean = MemoryFileSystem::new();
    let before = seen(&written(&clean, &tables), 0);
    let inputs = written_again(&clean);
    let start = clean.calls();
    compact(&clean, &inputs, policy(0, vec![]), 1_000, &mut |_| true).unwrap();
    let calls = clean.calls() - start;
    assert!(calls > 10);
    for call in 1..=calls {
        let fs = MemoryFileSystem::new();
        let inputs = written(&fs, &tables);
        fs.sync_directory(Path::new("/")).unwrap();
        fs.set_plan(FaultPlan { crash_at: Some(fs.calls() + call), ..FaultPlan::default() });
        let outcome = compact(&fs, &inputs, policy(0, vec![]), 1_000, &mut |_| true);
        assert!(matches!(outcome, Err(Error::Io { .. })), "call {call}: {outcome:?}");
        for restart in Restart::variants(call) {
            assert_eq!(seen(&written_again(&fs.restart(restart)), 0), before);
        }
    }
}

/// The two sstables that are there already.
fn written_again(fs: &MemoryFileSystem) -> Vec<Arc<Sstable>> {
    [SstableId(1), SstableId(2)]
        .into_iter()
        .map(|id| open(fs, id, &Path::new("/").join(id.file_name())))
        .collect()
}
