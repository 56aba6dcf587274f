//! Files say what was written into them, in any slices and direction, or that they are damaged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use model::data::{Cell, CellKind, ColumnData, Deletion, Row};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{ColumnSelection, PartitionSelection};
use model::schema::ColumnId;
use model::stream::{Direction, Fragment, FragmentList, FragmentSource, InvalidStream, Validate, read_all};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::format::BlockKind;
use super::generate::{Table, clustering, key, regular_table, shared, slices, table, told, whole};
use super::*;
use crate::cache::BlockCache;
use crate::error::Error;
use crate::fs::{DiskFileSystem, Failure, FaultPlan, FileSystem, MemoryFileSystem, Operation};

const ID: SstableId = SstableId(7);

fn path() -> PathBuf {
    Path::new("/").join(ID.file_name())
}

struct Subject {
    fs: MemoryFileSystem,
    cache: Arc<BlockCache>,
    written: Written,
}

fn write(table: &Table, settings: WriterSettings) -> Subject {
    let fs = MemoryFileSystem::new();
    let shared: Arc<dyn FileSystem> = Arc::new(fs.clone());
    let written = write_sstable(&shared, &path(), settings, whole(table)).unwrap().unwrap();
    Subject { fs, cache: Arc::new(BlockCache::new(1 << 20)), written }
}

impl Subject {
    fn open(&self) -> Result<Arc<Sstable>, Error> {
        Sstable::open(&self.fs, &path(), ID, self.cache.clone())
    }
}

fn fragments(source: SstableSource, direction: Direction) -> Vec<Fragment> {
    read_all(Validate::new(source, direction)).unwrap()
}

fn settings(block_size_bytes: usize, compress: bool) -> WriterSettings {
    WriterSettings { block_size_bytes, compress, filter_fp_rate: 0.01 }
}

fn any_settings() -> impl Strategy<Value = WriterSettings> {
    let size = prop_oneof![Just(1usize), 1..60usize, 60..1_000usize, Just(16 * 1024)];
    (size, any::<bool>()).prop_map(|(size, compress)| settings(size, compress))
}

fn selection() -> impl Strategy<Value = PartitionSelection> {
    prop_oneof![
        3 => key().prop_map(PartitionSelection::One),
        1 => Just(PartitionSelection::Range(ByteRange::all())),
        1 => (key(), key()).prop_map(|(a, b)| PartitionSelection::Range(ByteRange::new(a.0, Some(b.0)))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_was_written_is_read_back_in_any_slices_and_direction(
        table in table(),
        settings in any_settings(),
        reads in prop::collection::vec(
            (selection(), slices(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()), 1..8
        ),
    ) {
        let sstable = write(&table, settings).open().unwrap();
        for (partitions, slices, static_row, few_columns, backwards, pass) in reads {
            let direction = if backwards { Direction::Reverse } else { Direction::Forward };
            let columns = match few_columns {
                true => ColumnSelection::Only(vec![ColumnId(0), ColumnId(3)]),
                false => ColumnSelection::All,
            };
            let wanted = |key: &DecoratedKey| match &partitions {
                PartitionSelection::One(one) => one == key,
                PartitionSelection::Range(range) => range.contains(key.as_bytes()),
            };
            let mut expected = read_all(told(&table, wanted, &slices, static_row, direction)).unwrap();
            for fragment in &mut expected {
                if let Fragment::Row(row) | Fragment::StaticRow(row) = fragment {
                    without_values(row, &columns);
                }
            }
            let caching = if pass { Caching::Pass } else { Caching::Fill };
            let source = sstable.source(
                partitions.clone(), shared(&slices), static_row, columns, direction, caching,
            );
            prop_assert_eq!(fragments(source, direction), expected);
        }
    }

    #[test]
    fn metadata_never_lets_a_reader_skip_what_is_there(table in table(), slices in slices()) {
        let subject = write(&table, settings(100, true));
        let sstable = subject.open().unwrap();
        prop_assert_eq!(sstable.metadata(), &subject.written.metadata);
        prop_assert_eq!(sstable.size_bytes(), subject.written.size_bytes);
        let metadata = sstable.metadata();
        prop_assert_eq!(metadata.partitions, table.len() as u64);
        for key in table.keys() {
            prop_assert!(sstable.may_contain(key));
            prop_assert!(metadata.key_range().contains(key.as_bytes()));
            prop_assert!(sstable.overlaps(&ByteRange::exactly(&key.0)));
        }
        let inside = read_all(told(&table, |_| true, &slices, false, Direction::Forward)).unwrap();
        let rows = inside
            .iter()
            .any(|fragment| matches!(fragment, Fragment::Row(_) | Fragment::RangeTombstoneChange { .. }));
        prop_assert!(!rows || metadata.may_contain_rows(&slices));
        for fragment in read_all(whole(&table)).unwrap() {
            if let Fragment::PartitionStart { deletion: Some(deletion), .. }
            | Fragment::RangeTombstoneChange { deletion: Some(deletion), .. } = fragment
            {
                let Deletion { timestamp, local_time } = deletion;
                prop_assert!(metadata.min_timestamp <= timestamp && timestamp <= metadata.max_timestamp);
                prop_assert!(metadata.min_dead_since.unwrap() <= local_time);
                prop_assert!(metadata.all_dead_since.is_none_or(|all| local_time <= all));
            }
        }
    }
}

/// A cell that is not wanted keeps its row alive; only its value is left out.
fn without_values(row: &mut Row, columns: &ColumnSelection) {
    let empty = |cell: &mut Cell| {
        if cell.kind != CellKind::Counter {
            cell.value = Bytes::new();
        }
    };
    for (_, data) in row.columns.iter_mut().filter(|(id, _)| !columns.contains(*id)) {
        match data {
            ColumnData::Cell(cell) => empty(cell),
            ColumnData::Collection(collection) => {
                collection.cells.iter_mut().for_each(|(_, cell)| empty(cell))
            }
        }
    }
}

/// Partitions of every shape in some 700 bytes.
fn small_table() -> Table {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = table().prop_filter("several blocks", |table| {
        let rows: usize = table.values().map(|update| update.rows.len()).sum();
        table.len() >= 3 && (12..30).contains(&rows)
    });
    strategy.new_tree(&mut runner).unwrap().current()
}

#[test]
fn every_changed_byte_is_found_by_whoever_uses_it() {
    for compress in [false, true] {
        let table = small_table();
        let subject = write(&table, settings(120, compress));
        let expected = read_all(whole(&table)).unwrap();
        for at in 0..subject.written.size_bytes as usize {
            subject.fs.tamper(&path(), |bytes| bytes[at] ^= 0x10).unwrap();
            let outcome = subject.open().and_then(|sstable| read_all(sstable.scan(ByteRange::all())));
            match outcome {
                Err(Error::Corruption(found)) => assert!(found.offset <= at as u64 && found.file == path()),
                other => panic!("byte {at} of {}: {other:?}", subject.written.size_bytes),
            }
            // Whoever reads only a part sees that part as it was written, or the damage.
            if let Ok(sstable) = subject.open() {
                for key in table.keys() {
                    let source = sstable.source(
                        PartitionSelection::One(key.clone()),
                        shared(&[ByteRange::all()]),
                        true,
                        ColumnSelection::All,
                        Direction::Reverse,
                        Caching::Pass,
                    );
                    match read_all(source) {
                        Ok(found) => {
                            let only = |other: &DecoratedKey| other == key;
                            let all = [ByteRange::all()];
                            let source = told(&table, only, &all, true, Direction::Reverse);
                            assert_eq!(found, read_all(source).unwrap());
                        }
                        Err(error) => assert!(matches!(error, Error::Corruption(_))),
                    }
                }
            }
            subject.fs.tamper(&path(), |bytes| bytes[at] ^= 0x10).unwrap();
        }
        let sstable = subject.open().unwrap();
        assert_eq!(read_all(sstable.scan(ByteRange::all())).unwrap(), expected);
    }
}

/// Changes a raw block and puts it back under a right checksum: what a writer's bug would leave.
fn rewrite_block(bytes: &mut Vec<u8>, offset: usize, change: impl FnOnce(&mut Vec<u8>)) {
    let length = 16 + u32::from_le_bytes(bytes[offset + 4..offset + 8].try_into().unwrap()) as usize;
    let kind = match bytes[offset + 8] {
        1 => BlockKind::Data,
        2 => BlockKind::Index,
        3 => BlockKind::Filter,
        _ => BlockKind::Metadata,
    };
    let sealed = Bytes::copy_from_slice(&bytes[offset..offset + length]);
    let mut raw = super::envelope::open(&sealed, offset as u64, kind).unwrap().to_vec();
    change(&mut raw);
    let mut out = Vec::new();
    super::envelope::seal(&raw, kind, false, offset as u64, &mut Vec::new(), &mut out);
    bytes.splice(offset..offset + length, out);
}

#[test]
fn nonsense_under_a_right_checksum_never_panics_or_hangs() {
    let table = small_table();
    let subject = write(&table, settings(120, false));
    let whole = subject.fs.read_all(&path(), 1 << 20).unwrap();
    let (mut offset, mut found) = (0, 0);
    while offset < whole.len() - 64 {
        let length = 16 + u32::from_le_bytes(whole[offset + 4..offset + 8].try_into().unwrap()) as usize;
        for at in 0..length - 16 {
            for value in [0x00, 0xFF, whole[offset + 16 + at] ^ 0x04] {
                let mut damaged = whole.clone();
                rewrite_block(&mut damaged, offset, |raw| raw[at] = value);
                subject.fs.tamper(&path(), |bytes| *bytes = damaged).unwrap();
                found += usize::from(read_everything(&subject, &table).is_err());
            }
        }
        offset += length;
    }
    assert!(found > 1_000, "{found} of {} changes are found by their content", 3 * whole.len());
}

/// Every partition by itself and all together, both ways, with a limit on what may come.
fn read_everything(subject: &Subject, table: &Table) -> Result<(), Error> {
    let sstable = Sstable::open(&subject.fs, &path(), ID, Arc::new(BlockCache::new(0)))?;
    let slices = shared(&[
        ByteRange::new(Bytes::new(), Some(Bytes::from_static(&[3, 2]))),
        ByteRange::new(Bytes::from_static(&[5]), None),
    ]);
    let ones = table.keys().cloned().map(PartitionSelection::One);
    for partitions in ones.chain([PartitionSelection::Range(ByteRange::all())]) {
        for direction in [Direction::Forward, Direction::Reverse] {
            let source = sstable.source(
                partitions.clone(),
                slices.clone(),
                true,
                ColumnSelection::All,
                direction,
                Caching::Pass,
            );
            let mut source = Validate::new(source, direction);
            for _ in 0..10_000 {
                match source.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(InvalidStream::Source(error)) => return Err(error),
                    Err(InvalidStream::Order(what)) => return Err(Error::failed(what)),
                }
            }
        }
    }
    Ok(())
}

#[test]
fn every_cut_is_found_when_the_file_is_opened() {
    let subject = write(&small_table(), settings(120, true));
    let whole = subject.fs.read_all(&path(), 1 << 20).unwrap();
    for length in 0..whole.len() {
        subject.fs.tamper(&path(), |bytes| bytes.truncate(length)).unwrap();
        let outcome = subject.open();
        assert!(matches!(outcome, Err(Error::Corruption(_))), "cut to {length}: {outcome:?}");
        subject.fs.tamper(&path(), |bytes| bytes.clone_from(&whole)).unwrap();
    }
    subject.fs.tamper(&path(), |bytes| bytes.push(0)).unwrap();
    assert!(matches!(subject.open(), Err(Error::Corruption(_))), "a byte too many");
}

#[test]
fn a_block_in_the_place_of_another_is_found() {
    let table = regular_table(8, 1, 100);
    let subject = write(&table, settings(1, false));
    let sstable = subject.open().unwrap();
    let (first, second) = (sstable.index.get(1).clone(), sstable.index.get(2).clone());
    assert_eq!(first.length, second.length);
    subject
        .fs
        .tamper(&path(), |bytes| {
            let (a, b) = bytes.split_at_mut(second.offset as usize);
            a[first.offset as usize..][..first.length as usize]
                .swap_with_slice(&mut b[..first.length as usize]);
        })
        .unwrap();
    let outcome = read_all(subject.open().unwrap().scan(ByteRange::all()));
    assert!(matches!(outcome, Err(Error::Corruption(found)) if found.offset == first.offset));
}

fn read_row(sstable: &Arc<Sstable>, key: &DecoratedKey, row: u32, direction: Direction) -> Vec<Fragment> {
    let slice = ByteRange::exactly(&Bytes::copy_from_slice(&clustering(row)));
    let source = sstable.source(
        PartitionSelection::One(key.clone()),
        shared(&[slice]),
        true,
        ColumnSelection::All,
        direction,
        Caching::Fill,
    );
    fragments(source, direction)
}

#[test]
fn a_row_of_a_wide_partition_costs_one_block() {
    let table = regular_table(3, 2_000, 50);
    let subject = write(&table, settings(1_000, true));
    let sstable = subject.open().unwrap();
    assert!(sstable.index.len() > 100);
    let key = table.keys().nth(1).unwrap();
    for (number, direction) in
        [(3, Direction::Forward), (1_000, Direction::Forward), (1_500, Direction::Reverse)]
    {
        let before = subject.fs.calls();
        let found = read_row(&sstable, key, number, direction);
        assert_eq!(subject.fs.calls(), before + 1, "row {number}: one block, one read");
        assert_eq!(found.len(), 3);
        assert!(matches!(&found[1], Fragment::Row(row) if row.clustering.as_bytes() == clustering(number)));
        read_row(&sstable, key, number, direction);
        assert_eq!(subject.fs.calls(), before + 1, "row {number}: the block is cached");
    }
    let statistics = subject.cache.statistics();
    assert_eq!((statistics.hits, statistics.misses), (3, 3));
}

#[test]
fn scans_read_ahead_and_compaction_leaves_the_cache_alone() {
    let table = regular_table(200, 10, 50);
    let subject = write(&table, settings(1_000, false));
    let sstable = subject.open().unwrap();
    let blocks = sstable.index.len() as u64;
    let before = subject.fs.calls();
    let everything = read_all(sstable.scan(ByteRange::all())).unwrap();
    assert_eq!(everything, read_all(whole(&table)).unwrap());
    assert_eq!(subject.fs.calls() - before, 1, "less than 256 KiB are read at once");
    assert_eq!(subject.cache.statistics().size_bytes, 0);
    let before = subject.fs.calls();
    let source = sstable.source(
        PartitionSelection::Range(ByteRange::all()),
        shared(&[ByteRange::all()]),
        true,
        ColumnSelection::All,
        Direction::Forward,
        Caching::Fill,
    );
    assert_eq!(fragments(source, Direction::Forward), everything);
    let reads = subject.fs.calls() - before;
    assert!(reads <= 9, "{reads} reads for {blocks} blocks");
    assert!(subject.cache.statistics().size_bytes > 100_000);
}

#[test]
fn a_key_that_is_not_there_is_mostly_known_without_reading() {
    let table = regular_table(1_000, 1, 10);
    let subject = write(&table, WriterSettings::default());
    let sstable = subject.open().unwrap();
    let absent = (10_000..11_000u32).map(|number| DecoratedKey::hashed(&number.to_be_bytes()));
    let maybe = absent.clone().filter(|key| sstable.may_contain(key)).count();
    assert!(maybe < 50, "{maybe} of 1,000");
    for key in absent.take(100) {
        let source = sstable.source(
            PartitionSelection::One(key),
            shared(&[ByteRange::all()]),
            true,
            ColumnSelection::All,
            Direction::Forward,
            Caching::Fill,
        );
        assert_eq!(fragments(source, Direction::Forward), []);
    }
    assert!(sstable.memory_size_bytes() < 10_000);
}

#[test]
fn a_block_of_more_than_64_kib_is_read_like_any_other() {
    let mut table = regular_table(30, 20, 300);
    table
        .extend([(DecoratedKey("large".into()), regular_table(1, 2, 200_000).into_values().next().unwrap())]);
    let sstable = write(&table, settings(150_000, false)).open().unwrap();
    assert!(sstable.index.len() < 10);
    assert_eq!(read_all(sstable.scan(ByteRange::all())).unwrap(), read_all(whole(&table)).unwrap());
    for key in table.keys() {
        assert_eq!(read_row(&sstable, key, 1, Direction::Forward).len(), 3);
    }
}

#[test]
fn fragments_out_of_order_are_not_written() {
    let start = |key: &'static str| Fragment::PartitionStart {
        key: DecoratedKey(Bytes::from_static(key.as_bytes())),
        deletion: None,
    };
    let row = |position: &'static str| {
        Fragment::Row(Row::empty(ClusteringKey(Bytes::from_static(position.as_bytes()))))
    };
    let opens = |position: &'static str| Fragment::RangeTombstoneChange {
        position: ClusteringKey(Bytes::from_static(position.as_bytes())),
        deletion: Some(Deletion { timestamp: 1, local_time: 1 }),
    };
    let end = || Fragment::PartitionEnd;
    let statics = || Fragment::StaticRow(Row::default());
    let cases = [
        ("keys descend", vec![start("b"), end(), start("a"), end()]),
        ("a key twice", vec![start("b"), end(), start("b"), end()]),
        ("rows descend", vec![start("a"), row("2"), row("1"), end()]),
        ("a row twice", vec![start("a"), row("2"), row("2"), end()]),
        ("a change behind the row at its position", vec![start("a"), row("2"), opens("2"), end()]),
        ("an open range at the end", vec![start("a"), opens("2"), end()]),
        ("a static row behind a row", vec![start("a"), row("2"), statics(), end()]),
        ("two static rows", vec![start("a"), statics(), statics(), end()]),
        ("a row outside", vec![start("a"), end(), row("2")]),
        ("no end", vec![start("a"), row("2")]),
    ];
    for (what, fragments) in cases {
        let fs: Arc<dyn FileSystem> = Arc::new(MemoryFileSystem::new());
        let source = FragmentList::<Error>::new(fragments);
        let outcome = write_sstable(&fs, &path(), WriterSettings::default(), source);
        assert!(matches!(outcome, Err(Error::Failed { .. })), "{what}: {outcome:?}");
        assert_eq!(fs.list(Path::new("/")).unwrap(), [""; 0], "{what}: nothing stays behind");
    }
}

#[test]
fn an_empty_stream_makes_no_file() {
    let fs: Arc<dyn FileSystem> = Arc::new(MemoryFileSystem::new());
    let source = FragmentList::<Error>::new(vec![]);
    assert_eq!(write_sstable(&fs, &path(), WriterSettings::default(), source).unwrap(), None);
    assert!(fs.list(Path::new("/")).unwrap().is_empty());
}

#[test]
fn a_failed_read_is_the_disks_and_not_corruption() {
    let subject = write(&regular_table(10, 10, 10), settings(100, true));
    let sstable = subject.open().unwrap();
    let failure = Failure { call: 0, operation: Some(Operation::Read), errno: 5, for_ever: false };
    subject.fs.set_plan(FaultPlan { failures: vec![failure], ..FaultPlan::default() });
    let mut source = sstable.scan(ByteRange::all());
    assert!(matches!(source.next(), Err(Error::Io { .. })));
    assert!(matches!(source.next(), Ok(None)), "it has ended");
    let outcome = read_all(Validate::new(sstable.scan(ByteRange::all()), Direction::Forward));
    assert!(!matches!(outcome, Err(InvalidStream::Source(_))), "the next reader reads again");
}

#[test]
fn a_failed_write_says_so_and_leaves_no_file() {
    let table = regular_table(300, 20, 60);
    let clean = write(&table, settings(1_000, false));
    let calls = clean.fs.calls();
    assert!(calls >= 4, "create, several appends, sync: {calls}");
    let plans = (1..=calls)
        .map(|call| {
            let failure = Failure { call, operation: None, errno: 5, for_ever: false };
            FaultPlan { failures: vec![failure], ..FaultPlan::default() }
        })
        .chain(
            [1, 300_000, clean.written.size_bytes - 1]
                .map(|limit| FaultPlan { disk_limit_bytes: Some(limit), ..FaultPlan::default() }),
        );
    for plan in plans {
        let memory = MemoryFileSystem::new();
        memory.set_plan(plan.clone());
        let fs: Arc<dyn FileSystem> = Arc::new(memory.clone());
        let outcome = write_sstable(&fs, &path(), settings(1_000, false), whole(&table));
        assert!(matches!(outcome, Err(Error::Io { .. })), "{plan:?}: {outcome:?}");
        assert!(memory.list(Path::new("/")).unwrap().is_empty(), "{plan:?}");
    }
}

#[test]
fn what_was_finished_survives_a_crash() {
    use crate::fs::Restart;
    let table = small_table();
    let subject = write(&table, settings(120, true));
    subject.fs.sync_directory(Path::new("/")).unwrap();
    for restart in Restart::variants(3) {
        let fs = subject.fs.restart(restart);
        let sstable = Sstable::open(&fs, &path(), ID, subject.cache.clone()).unwrap();
        assert_eq!(read_all(sstable.scan(ByteRange::all())).unwrap(), read_all(whole(&table)).unwrap());
    }
}

#[test]
fn file_names_name_their_sstable() {
    assert_eq!(SstableId(255).file_name(), "00000000000000ff.sst");
    assert_eq!(SstableId::from_file_name("00000000000000ff.sst"), Some(SstableId(255)));
    for name in ["", ".sst", "ff.sst", "00000000000000FF.sst", "+0000000000000ff.sst", "00000000000000ff.tmp"]
    {
        assert_eq!(SstableId::from_file_name(name), None, "{name}");
    }
}

/// The table of the committed fixture. It never changes: files of version 1 must say this for ever.
fn fixture_table() -> Table {
    use model::data::{PartitionUpdate, RangeTombstone};
    let mut table = regular_table(5, 20, 30);
    let deletion = Deletion { timestamp: 2_000, local_time: 1_700_000_000 };
    let bound = |number: u32| Bytes::copy_from_slice(&clustering(number));
    let tombstone = RangeTombstone { range: ByteRange::new(bound(3), Some(bound(9))), deletion };
    let cell = ColumnData::Cell(Cell::expiring(3_000, 60, 1_700_000_060, &b"static"[..]));
    let update = PartitionUpdate {
        deletion: Some(Deletion { timestamp: 500, local_time: 1_600_000_000 }),
        static_row: Some(Row { columns: vec![(ColumnId(9), cell)], ..Row::default() }),
        range_tombstones: vec![tombstone],
        rows: regular_table(1, 40, 10).into_values().next().unwrap().rows,
    };
    table.insert(DecoratedKey::hashed(b"wide"), update);
    table
}

#[test]
fn files_of_version_1_say_what_they_said() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join("v1");
    let table = fixture_table();
    for (name, compress) in [("sstable-plain.sst", false), ("sstable-lz4.sst", true)] {
        let fixture = fixtures.join(name);
        let today = {
            let subject = write(&table, settings(512, compress));
            subject.fs.read_all(&path(), 1 << 20).unwrap()
        };
        if std::env::var_os("UPDATE").is_some() {
            DiskFileSystem.create_directory(&fixtures).unwrap();
            let _ = DiskFileSystem.remove(&fixture);
            DiskFileSystem.create(&fixture).unwrap().append(&today).unwrap();
        }
        let cache = Arc::new(BlockCache::new(1 << 20));
        let sstable = Sstable::open(&DiskFileSystem, &fixture, ID, cache).unwrap();
        assert_eq!(read_all(sstable.scan(ByteRange::all())).unwrap(), read_all(whole(&table)).unwrap());
        assert!(table.keys().all(|key| sstable.may_contain(key)));
        assert_eq!(sstable.metadata().rows, 140);
        // How well LZ4 compresses may change with its crate; nothing else may.
        if !compress {
            let then = DiskFileSystem.read_all(&fixture, 1 << 20).unwrap();
            assert!(today == then, "bytes have changed: raise the version and add a fixture");
        }
    }
}
