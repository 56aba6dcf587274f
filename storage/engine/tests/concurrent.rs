//! Readers beside writers, flushes and compactions: a mutation is seen whole or not at all.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use engine::fs::{DiskFileSystem, MemoryFileSystem};
use engine::{Background, Engine, EngineSettings, SyncMode, TableSettings};
use model::clock::ManualClock;
use model::data::{Cell, ColumnData, Mutation, PartitionUpdate, Row};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{ColumnId, TableId};
use model::stream::{Direction, Fragment, read_all};
use uuid::Uuid;

const TABLE: TableId = TableId(Uuid::from_u128(7));
const PARTITIONS: u8 = 4;
const ROWS: u8 = 50;

fn key(partition: u8) -> DecoratedKey {
    DecoratedKey(Bytes::from(vec![partition]))
}

/// Every row of a partition gets the same value.
fn write(partition: u8, round: i64) -> Mutation {
    let rows = (1..=ROWS).map(|position| {
        let mut row = Row::empty(ClusteringKey(Bytes::from(vec![position])));
        let value = round.to_be_bytes().to_vec();
        row.columns.push((ColumnId(1), ColumnData::Cell(Cell::live(round, value))));
        row
    });
    let update = PartitionUpdate { rows: rows.collect(), ..PartitionUpdate::default() };
    Mutation { table: TABLE, key: key(partition), update }
}

/// The value all rows of each told partition have.
fn rounds(engine: &Engine, command: &ReadCommand) -> Vec<i64> {
    let mut rounds: Vec<i64> = Vec::new();
    let mut values: Vec<i64> = Vec::new();
    for fragment in read_all(engine.read(command).expect("the table is there")).expect("it is readable") {
        match fragment {
            Fragment::PartitionStart { .. } => values.clear(),
            Fragment::Row(row) => {
                let Some(ColumnData::Cell(cell)) = row.column(ColumnId(1)) else { panic!("a cell") };
                values.push(i64::from_be_bytes(cell.value[..].try_into().expect("eight bytes")));
            }
            Fragment::PartitionEnd => {
                assert_eq!(values.len(), usize::from(ROWS));
                assert!(values.iter().all(|value| *value == values[0]), "half a mutation: {values:?}");
                rounds.push(values[0]);
            }
            _ => {}
        }
    }
    rounds
}

#[test]
fn a_reader_never_sees_half_a_mutation_nor_time_run_backwards() {
    let settings = EngineSettings {
        memtable_region_bytes_max: 16 * 1024,
        memtable_budget_bytes: 512 * 1024,
        commit_log_segment_bytes: 64 * 1024,
        commit_log_bytes_max: 512 * 1024,
        ..EngineSettings::default()
    };
    let fs = Arc::new(MemoryFileSystem::new());
    let clock = Arc::new(ManualClock::at(1));
    let engine = Engine::open(fs, clock, PathBuf::from("/data"), settings).expect("an empty directory opens");
    let regions = vec![ByteRange::new(vec![], Some(vec![2].into())), ByteRange::new(vec![2], None)];
    engine.create_table(TableSettings::new(TABLE, regions)).expect("a new table");
    for partition in 0..PARTITIONS {
        engine.apply_and_wait(vec![write(partition, 0)]).expect("a good write");
    }
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for partition in 0..PARTITIONS {
            let engine = &engine;
            let ended = &ended;
            scope.spawn(move || {
                let mut last = 0;
                let direction = if partition % 2 == 0 { Direction::Forward } else { Direction::Reverse };
                let one = ReadCommand {
                    direction,
                    ..ReadCommand::whole(TABLE, PartitionSelection::One(key(partition)))
                };
                let all = ReadCommand::whole(TABLE, PartitionSelection::Range(ByteRange::all()));
                while !ended.load(Ordering::Relaxed) {
                    let seen = rounds(engine, &one);
                    assert!(seen.len() == 1 && seen[0] >= last, "{seen:?} after {last}");
                    last = seen[0];
                    let seen = rounds(engine, &all);
                    assert!(seen.len() == usize::from(PARTITIONS) && seen[usize::from(partition)] >= last);
                    last = seen[usize::from(partition)];
                }
            });
        }
        for round in 1..150 {
            for partition in 0..PARTITIONS {
                engine.apply_and_wait(vec![write(partition, round)]).expect("a good write");
            }
            if round % 40 == 0 {
                engine.compact(None).expect("a good disk");
            }
        }
        ended.store(true, Ordering::Relaxed);
    });
    let statistics = engine.statistics();
    assert!(statistics.flushes > 2, "{statistics:?}");
    assert!(statistics.commit_log_segments < 12, "{statistics:?}");
    let all = ReadCommand::whole(TABLE, PartitionSelection::Range(ByteRange::all()));
    assert_eq!(rounds(&engine, &all), vec![149; usize::from(PARTITIONS)]);
}

#[test]
fn a_closed_engine_on_a_real_disk_has_everything_in_either_sync_mode() {
    for sync in [SyncMode::Group, SyncMode::UnsafePeriodic { interval_millis: 5 }] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let open = || {
            let settings =
                EngineSettings { background: Background::Threads, sync, ..EngineSettings::default() };
            let clock = Arc::new(ManualClock::at(1));
            Engine::open(Arc::new(DiskFileSystem), clock, directory.path().to_owned(), settings)
                .expect("the directory opens")
        };
        let engine = open();
        engine.create_table(TableSettings::new(TABLE, vec![ByteRange::all()])).expect("a new table");
        for partition in 0..PARTITIONS {
            engine.apply_and_wait(vec![write(partition, 3)]).expect("a good write");
        }
        drop(engine);
        let all = ReadCommand::whole(TABLE, PartitionSelection::Range(ByteRange::all()));
        let engine = open();
        assert_eq!(rounds(&engine, &all), vec![3; usize::from(PARTITIONS)]);
        engine.flush(None).expect("a good disk");
        engine.compact(None).expect("a good disk");
        drop(engine);
        assert_eq!(rounds(&open(), &all), vec![3; usize::from(PARTITIONS)]);
    }
}
