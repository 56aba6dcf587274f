//! Many writes in flight when the machine stops: what was told is there, and each write whole or not.
//!
//! The crash programme has one write in flight at a time; here writes share log records' batches and
//! syncs, and the threads are the engine's own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use engine::fs::{FaultPlan, MemoryFileSystem, Restart};
use engine::{Engine, EngineSettings, Error, TableSettings};
use model::clock::ManualClock;
use model::data::{Cell, ColumnData, Mutation, PartitionUpdate, Row};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::random::{Random, SeededRandom};
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{ColumnId, TableId};
use model::stream::{Fragment, read_all};
use uuid::Uuid;

const TABLE: TableId = TableId(Uuid::from_u128(7));
const WRITES: u8 = 200;
/// Every write goes to a partition in each region.
const PARTITIONS: [u8; 2] = [1, 200];

fn open(fs: &MemoryFileSystem) -> Result<Engine, Error> {
    let settings = EngineSettings {
        commit_log_segment_bytes: 8 * 1024,
        memtable_region_bytes_max: 16 * 1024,
        ..EngineSettings::default()
    };
    Engine::open(Arc::new(fs.clone()), Arc::new(ManualClock::at(1)), PathBuf::from("/data"), settings)
}

fn write(number: u8) -> Vec<Mutation> {
    let mutation = |partition: u8| {
        let mut row = Row::empty(ClusteringKey(Bytes::from(vec![1, number])));
        row.columns.push((ColumnId(1), ColumnData::Cell(Cell::live(1, vec![number; 40]))));
        let update = PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() };
        Mutation { table: TABLE, key: DecoratedKey(Bytes::from(vec![partition])), update }
    };
    PARTITIONS.map(mutation).to_vec()
}

/// Numbers of the writes that a partition has.
fn found(engine: &Engine, partition: u8) -> BTreeSet<u8> {
    let key = DecoratedKey(Bytes::from(vec![partition]));
    let one = ReadCommand::whole(TABLE, PartitionSelection::One(key));
    let fragments = read_all(engine.read(&one).expect("the table is there")).expect("it is readable");
    let rows = fragments.iter().filter_map(|fragment| match fragment {
        Fragment::Row(row) => Some(row.clustering.as_bytes()[1]),
        _ => None,
    });
    rows.collect()
}

/// Writes everything at once on a machine that stops at a call; answers the disk and what was told.
fn crash_at(call: u64) -> (MemoryFileSystem, BTreeSet<u8>) {
    let fs = MemoryFileSystem::new();
    let engine = open(&fs).expect("an empty directory opens");
    let regions = vec![ByteRange::new(vec![], Some(vec![100].into())), ByteRange::new(vec![100], None)];
    engine.create_table(TableSettings::new(TABLE, regions)).expect("a new table");
    fs.set_plan(FaultPlan { crash_at: Some(fs.calls() + call), ..FaultPlan::default() });
    let told = Arc::new(Mutex::new(BTreeSet::new()));
    for number in 0..WRITES {
        // Now and then somebody waits, or one batch would take them all.
        if number % 8 == 7 {
            if engine.apply_and_wait(write(number)).is_ok() {
                told.lock().expect("nobody panics with it").insert(number);
            }
            continue;
        }
        let told = told.clone();
        let done = move |outcome: Result<(), Error>| {
            if outcome.is_ok() {
                told.lock().expect("nobody panics with it").insert(number);
            }
        };
        engine.apply(write(number), Box::new(done));
    }
    drop(engine);
    let told = told.lock().expect("nobody panics with it").clone();
    (fs, told)
}

#[test]
fn writes_in_flight_are_whole_or_not_there_and_told_ones_are_there() {
    let random = SeededRandom::new(1);
    let (mut partly, mut lost_some) = (0, 0);
    for round in 0..60u64 {
        let (fs, told) = crash_at(1 + random.next_u64() % 90);
        partly += u32::from(!told.is_empty() && told.len() < usize::from(WRITES));
        for restart in Restart::variants(round) {
            let disk = fs.restart(restart);
            let engine = open(&disk).unwrap_or_else(|error| panic!("round {round}, {restart:?}: {error}"));
            let there = PARTITIONS.map(|partition| found(&engine, partition));
            assert_eq!(there[0], there[1], "round {round}, {restart:?}: half a write");
            let missing: Vec<_> = told.difference(&there[0]).collect();
            assert!(missing.is_empty(), "round {round}, {restart:?}: {missing:?} were told and are lost");
            lost_some += u32::from(there[0].len() < usize::from(WRITES));
        }
    }
    assert!(partly > 10 && lost_some > 10, "the crashes came too late: {partly}, {lost_some}");
}
