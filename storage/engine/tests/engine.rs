//! The engine through its door: what is written is read, and is still there after reopening.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use engine::fs::{FileSystem, MemoryFileSystem};
use engine::{Background, Engine, EngineSettings, Error, TableSettings};
use model::clock::ManualClock;
use model::data::{Cell, ColumnData, MarkerKind, Mutation, PartitionUpdate, Row, RowMarker};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{ColumnId, TableId};
use model::stream::{Direction, Fragment, read_all};
use uuid::Uuid;

const TABLE: TableId = TableId(Uuid::from_u128(7));

fn open(fs: &MemoryFileSystem, background: Background) -> Result<Engine, Error> {
    let settings = EngineSettings { background, ..EngineSettings::default() };
    let fs: Arc<dyn FileSystem> = Arc::new(fs.clone());
    Engine::open(fs, Arc::new(ManualClock::at(1_000_000)), PathBuf::from("/data"), settings)
}

fn three_regions() -> TableSettings {
    let at = |byte: u8| Bytes::from(vec![byte]);
    let regions = vec![
        ByteRange::new(at(0), Some(at(80))),
        ByteRange::new(at(80), Some(at(160))),
        ByteRange::new(at(160), None),
    ];
    TableSettings::new(TABLE, regions)
}

fn key(partition: u8) -> DecoratedKey {
    DecoratedKey(Bytes::from(vec![partition, 1]))
}

fn write(partition: u8, position: u8, timestamp: i64) -> Mutation {
    let row = Row {
        clustering: ClusteringKey(Bytes::from(vec![position])),
        marker: Some(RowMarker { timestamp, kind: MarkerKind::Live }),
        deletion: None,
        columns: vec![(ColumnId(1), ColumnData::Cell(Cell::live(timestamp, vec![position])))],
    };
    Mutation {
        table: TABLE,
        key: key(partition),
        update: PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() },
    }
}

/// (partition, position) of every row, in the order told.
fn rows(engine: &Engine, command: &ReadCommand) -> Vec<(u8, u8)> {
    let mut partition = 0;
    let mut found = Vec::new();
    for fragment in read_all(engine.read(command).expect("the command is good")).expect("the disk is good") {
        match fragment {
            Fragment::PartitionStart { key, .. } => partition = key.as_bytes()[0],
            Fragment::Row(row) => found.push((partition, row.clustering.as_bytes()[0])),
            _ => {}
        }
    }
    found
}

fn everything() -> ReadCommand {
    ReadCommand::whole(TABLE, PartitionSelection::Range(ByteRange::all()))
}

#[test]
fn what_is_acknowledged_is_read_at_once_and_after_reopening() {
    for background in [Background::Manual, Background::Threads] {
        let fs = MemoryFileSystem::new();
        let engine = open(&fs, background).expect("an empty directory opens");
        engine.create_table(three_regions()).expect("a new table");
        for partition in [200, 3, 100] {
            engine
                .apply_and_wait(vec![write(partition, 2, 1), write(partition, 1, 1)])
                .expect("a good write");
        }
        let expected = vec![(3, 1), (3, 2), (100, 1), (100, 2), (200, 1), (200, 2)];
        assert_eq!(rows(&engine, &everything()), expected);
        engine.close();
        drop(engine);
        for _ in 0..3 {
            let engine = open(&fs, background).expect("it opens again");
            assert_eq!(engine.table_ids(), vec![TABLE]);
            assert_eq!(rows(&engine, &everything()), expected);
            let one = ReadCommand::whole(TABLE, PartitionSelection::One(key(100)));
            assert_eq!(rows(&engine, &one), vec![(100, 1), (100, 2)]);
            let back = ReadCommand { direction: Direction::Reverse, ..one };
            assert_eq!(rows(&engine, &back), vec![(100, 2), (100, 1)]);
        }
    }
}

#[test]
fn many_writers_share_syncs_and_nothing_is_lost() {
    let fs = MemoryFileSystem::new();
    let engine = open(&fs, Background::Threads).expect("an empty directory opens");
    engine.create_table(three_regions()).expect("a new table");
    let (told, outcomes) = std::sync::mpsc::sync_channel(1000);
    for position in 0..250u8 {
        for partition in [1, 90, 170] {
            let told = told.clone();
            let mutation = write(partition, position, 1);
            engine.apply(vec![mutation], Box::new(move |outcome| told.send(outcome).expect("room for all")));
        }
    }
    for _ in 0..750 {
        outcomes.recv().expect("every write is told").expect("every write is good");
    }
    let statistics = engine.statistics();
    assert_eq!(statistics.writes, 750);
    assert!(statistics.syncs <= 750);
    drop(engine);
    let engine = open(&fs, Background::Threads).expect("it opens again");
    assert_eq!(rows(&engine, &everything()).len(), 750);
}

#[test]
fn truncating_and_dropping_last_across_reopening() {
    let fs = MemoryFileSystem::new();
    let engine = open(&fs, Background::Manual).expect("an empty directory opens");
    engine.create_table(three_regions()).expect("a new table");
    engine.apply_and_wait(vec![write(1, 1, 1), write(170, 1, 1)]).expect("a good write");
    engine.truncate(TABLE).expect("the table is there");
    assert_eq!(rows(&engine, &everything()), vec![]);
    engine.apply_and_wait(vec![write(1, 2, 1)]).expect("a good write");
    drop(engine);
    let engine = open(&fs, Background::Manual).expect("it opens again");
    assert_eq!(rows(&engine, &everything()), vec![(1, 2)]);
    engine.drop_table(TABLE).expect("the table is there");
    assert!(matches!(engine.read(&everything()), Err(Error::Invalid(_))));
    drop(engine);
    let engine = open(&fs, Background::Manual).expect("it opens again");
    assert_eq!(engine.table_ids(), vec![]);
    assert!(matches!(engine.apply_and_wait(vec![write(1, 1, 1)]), Err(Error::Invalid(_))));
}

#[test]
fn a_second_opening_is_refused_while_the_first_lives() {
    let fs = MemoryFileSystem::new();
    let first = open(&fs, Background::Manual).expect("an empty directory opens");
    let second = open(&fs, Background::Manual).err().expect("the lock is taken");
    assert!(second.to_string().contains("open in another process"), "{second}");
    drop(first);
    open(&fs, Background::Manual).expect("the lock is free again");
}

#[test]
fn requests_that_make_no_sense_are_named() {
    let fs = MemoryFileSystem::new();
    let engine = open(&fs, Background::Manual).expect("an empty directory opens");
    assert!(matches!(engine.create_table(TableSettings::new(TABLE, vec![])), Err(Error::Invalid(_))));
    engine.create_table(three_regions()).expect("a new table");
    assert!(matches!(engine.create_table(three_regions()), Err(Error::Invalid(_))));
    let mut split = three_regions();
    split.regions.pop();
    assert!(matches!(engine.alter_table(split), Err(Error::Invalid(_))));
    let overlapping = ReadCommand { slices: vec![ByteRange::all(), ByteRange::all()], ..everything() };
    assert!(matches!(engine.read(&overlapping), Err(Error::Invalid(_))));
    let outside = TableSettings::new(TableId(Uuid::from_u128(8)), vec![ByteRange::new(vec![9], None)]);
    let table = outside.id;
    engine.create_table(outside).expect("a new table");
    let mutation = Mutation { table, ..write(1, 1, 1) };
    assert!(matches!(engine.apply_and_wait(vec![mutation]), Err(Error::Invalid(_))));
}

#[test]
fn a_failed_sync_refuses_every_later_write_until_reopening() {
    let fs = MemoryFileSystem::new();
    let engine = open(&fs, Background::Manual).expect("an empty directory opens");
    engine.create_table(three_regions()).expect("a new table");
    engine.apply_and_wait(vec![write(1, 1, 1)]).expect("a good write");
    let failure = engine::fs::Failure {
        call: 0,
        operation: Some(engine::fs::Operation::Sync),
        errno: 5,
        for_ever: false,
    };
    fs.set_plan(engine::fs::FaultPlan { failures: vec![failure], ..Default::default() });
    for _ in 0..2 {
        let refused = engine.apply_and_wait(vec![write(1, 2, 1)]);
        assert!(matches!(refused, Err(Error::Failed { latched: true, .. })), "{refused:?}");
    }
    assert_eq!(rows(&engine, &everything()), vec![(1, 1)]);
    drop(engine);
    let engine = open(&fs, Background::Manual).expect("it opens again");
    engine.apply_and_wait(vec![write(1, 3, 1)]).expect("writes are taken again");
    // The failed write was readable, so it may be there now; then it must stay.
    let seen = rows(&engine, &everything());
    drop(engine);
    let fs = fs.restart(engine::fs::Restart {
        bytes: engine::fs::UnsyncedBytes::Dropped,
        names: engine::fs::UnsyncedNames::Dropped,
        seed: 1,
    });
    let engine = open(&fs, Background::Manual).expect("it opens after a crash");
    assert_eq!(rows(&engine, &everything()), seen);
}

#[test]
fn memory_that_cannot_be_flushed_answers_overloaded_until_the_disk_is_well() {
    let fs = MemoryFileSystem::new();
    let settings = EngineSettings {
        memtable_budget_bytes: 256 * 1024,
        memtable_region_bytes_max: 32 * 1024,
        stall_millis_max: 20,
        ..EngineSettings::default()
    };
    let clock = Arc::new(ManualClock::at(1_000_000));
    let engine = Engine::open(Arc::new(fs.clone()), clock, PathBuf::from("/data"), settings);
    let engine = engine.expect("an empty directory opens");
    engine.create_table(three_regions()).expect("a new table");
    // Sstables cannot be made; the commit log stays in its first segment.
    let failure = engine::fs::Failure {
        call: 0,
        operation: Some(engine::fs::Operation::Create),
        errno: 28,
        for_ever: true,
    };
    fs.set_plan(engine::fs::FaultPlan { failures: vec![failure], ..Default::default() });
    let large = |timestamp: i64| {
        let mut mutation = write(timestamp as u8, 1, timestamp);
        mutation.update.rows[0].columns[0].1 = ColumnData::Cell(Cell::live(timestamp, vec![7; 10_000]));
        mutation
    };
    let refused = (0..200).find_map(|at| engine.apply_and_wait(vec![large(at)]).err());
    assert!(matches!(refused, Some(Error::Overloaded(_))), "{refused:?}");
    assert!(!rows(&engine, &everything()).is_empty(), "reads go on");

    fs.set_plan(engine::fs::FaultPlan::default());
    engine.flush(None).expect("the disk is well");
    engine.apply_and_wait(vec![large(250)]).expect("there is room again");
    let statistics = engine.statistics();
    assert!(statistics.writes_refused > 0 && statistics.flush_failures > 0, "{statistics:?}");
}

/// A memtable was once sealed between two mutations of one write. Its flush then named the write's log
/// position, and after a crash replay skipped what had gone into the next memtable.
#[test]
fn a_memtable_is_never_sealed_inside_a_write() {
    let settings = EngineSettings {
        background: Background::Manual,
        memtable_region_bytes_max: 1,
        ..EngineSettings::default()
    };
    let clock = Arc::new(ManualClock::at(1_000_000));
    // The machine stops at every call of the flush: between two memtables, if there were two.
    for call in 1..40 {
        let fs = MemoryFileSystem::new();
        let root = PathBuf::from("/data");
        let engine = Engine::open(Arc::new(fs.clone()), clock.clone(), root, settings.clone());
        let engine = engine.expect("an empty directory opens");
        engine.create_table(three_regions()).expect("a new table");
        let whole = vec![write(1, 1, 1), write(1, 2, 1), write(2, 1, 1)];
        engine.apply_and_wait(whole).expect("a good write");
        let crash_at = Some(fs.calls() + call);
        fs.set_plan(engine::fs::FaultPlan { crash_at, ..Default::default() });
        let _ = engine.flush(None);
        drop(engine);
        let restart = engine::fs::Restart {
            bytes: engine::fs::UnsyncedBytes::Dropped,
            names: engine::fs::UnsyncedNames::Dropped,
            seed: 1,
        };
        let engine = open(&fs.restart(restart), Background::Manual).expect("it opens after the crash");
        assert_eq!(rows(&engine, &everything()), vec![(1, 1), (1, 2), (2, 1)], "call {call}");
    }
}
