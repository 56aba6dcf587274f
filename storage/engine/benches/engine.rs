//! How fast a whole engine writes, flushes, compacts and reads, on a disk in memory: what is left is CPU.
//!
//! Prints a line a measurement: one thread, 100-byte rows of five columns, reads from memtable and from
//! cached sstables. It judges nothing; comparisons with other systems are `./dev bench node`.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use engine::fs::MemoryFileSystem;
use engine::{Background, Engine, EngineSettings, TableSettings};
use model::clock::ManualClock;
use model::data::{Cell, ColumnData, MarkerKind, Mutation, PartitionUpdate, Row, RowMarker};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{ColumnSelection, PartitionSelection, ReadCommand};
use model::schema::{ColumnId, TableId};
use model::stream::{Direction, Fragment, FragmentSource};

const ROWS: u32 = 200_000;
const READS: u32 = 100_000;

fn row(number: u32, timestamp: i64) -> Row {
    let mixed = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let column = |id: u32, value: Vec<u8>| (ColumnId(id), ColumnData::Cell(Cell::live(timestamp, value)));
    Row {
        clustering: clustering(number),
        marker: Some(RowMarker { timestamp, kind: MarkerKind::Live }),
        deletion: None,
        columns: vec![
            column(3, mixed.to_be_bytes().to_vec()),
            column(4, format!("user{}@example.com", mixed >> 40).into_bytes()),
            column(5, vec![0; 8]),
            column(6, [mixed.to_le_bytes(), mixed.rotate_left(17).to_le_bytes()].concat()),
            column(7, b"some state".to_vec()),
        ],
    }
}

fn clustering(number: u32) -> ClusteringKey {
    let [a, b, c, d] = number.to_be_bytes();
    ClusteringKey(Bytes::copy_from_slice(&[1, a, b, c, d]))
}

fn key(number: u32) -> DecoratedKey {
    DecoratedKey::hashed(&number.to_be_bytes())
}

fn measure(what: &str, rows: u32, run: impl FnOnce()) {
    let begin = Instant::now();
    run();
    let seconds = begin.elapsed().as_secs_f64();
    let rows = f64::from(rows);
    println!("{what:<44} {:>10.0} rows/s  {:>8.0} ns/row", rows / seconds, seconds * 1e9 / rows);
}

fn count(engine: &Engine, command: &ReadCommand) -> u32 {
    let mut source = engine.read(command).expect("the table is there");
    let mut rows = 0;
    while let Some(fragment) = source.next().expect("memory does not fail") {
        rows += u32::from(matches!(black_box(&fragment), Fragment::Row(_)));
    }
    rows
}

fn main() {
    for (name, width) in [("one row a partition", 1), ("partitions of 1,000 rows", 1_000)] {
        println!("{name}");
        bench(width);
    }
}

fn bench(width: u32) {
    let settings = EngineSettings {
        background: Background::Manual,
        memtable_region_bytes_max: usize::MAX,
        memtable_budget_bytes: usize::MAX,
        block_cache_bytes: 1 << 30,
        ..EngineSettings::default()
    };
    let fs = Arc::new(MemoryFileSystem::new());
    let clock = Arc::new(ManualClock::at(1_000_000));
    let engine = Engine::open(fs, clock, PathBuf::from("/data"), settings).expect("an empty disk");
    let table = TableId(uuid::Uuid::from_u128(7));
    engine.create_table(TableSettings::new(table, vec![ByteRange::all()])).expect("a new table");

    let write = |share: u32, of: u32, timestamp: i64| {
        for number in (0..ROWS).filter(|number| number % of == share) {
            let rows = vec![row(number % width, timestamp)];
            let update = PartitionUpdate { rows, ..PartitionUpdate::default() };
            engine
                .apply_and_wait(vec![Mutation { table, key: key(number / width), update }])
                .expect("memory does not fail");
        }
    };
    let reads = |what: &str| {
        let whole = ReadCommand::whole(table, PartitionSelection::Range(ByteRange::all()));
        measure(&format!("{what}: scan, first"), ROWS, || assert_eq!(count(&engine, &whole), ROWS));
        measure(&format!("{what}: scan"), ROWS, || assert_eq!(count(&engine, &whole), ROWS));
        measure(&format!("{what}: single rows"), READS, || {
            for read in 0..READS {
                let number = read.wrapping_mul(2_654_435_761) % ROWS;
                let position = clustering(number % width);
                let command = ReadCommand {
                    table,
                    partitions: PartitionSelection::One(key(number / width)),
                    slices: vec![ByteRange::exactly(&position.0)],
                    static_row: false,
                    columns: ColumnSelection::All,
                    direction: Direction::Forward,
                };
                assert_eq!(count(&engine, &command), 1);
            }
        });
    };
    measure("write", ROWS, || write(0, 1, 1_000));
    reads("memtable");
    measure("flush", ROWS, || engine.flush(None).expect("memory does not fail"));
    reads("one sstable");
    for share in 0..3 {
        write(share, 4, 2_000);
        engine.flush(None).expect("memory does not fail");
    }
    reads("four sstables");
    measure("compact", ROWS * 7 / 4, || engine.compact(None).expect("memory does not fail"));
    reads("compacted");
    engine.close();
}
