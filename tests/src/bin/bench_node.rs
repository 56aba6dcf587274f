//! `./dev bench node`: what the engine does in a second, beside RocksDB's `db_bench` on the same disk.
//!
//! Three figures: durable point writes with 64 in flight, cached point reads, rows of a whole scan; each
//! with 16-byte keys and 100-byte values that compress to half, one client thread. The engines take turns,
//! because a shared machine changes from minute to minute: read the ratios, not the absolutes. Without
//! `db_bench` (Debian: `rocksdb-tools`) only our own figures are told.

#![expect(clippy::disallowed_methods, reason = "measures on the real clock and disk")]

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use bytes::Bytes;
use engine::fs::DiskFileSystem;
use engine::{Engine, EngineSettings, TableSettings};
use model::data::{Cell, ColumnData, MarkerKind, Mutation, PartitionUpdate, Row, RowMarker};
use model::key::{ByteRange, ClusteringKey, DecoratedKey, Token};
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{ColumnId, TableId};
use model::stream::{Fragment, FragmentSource};
use tests::wall_clock::WallClock;
use uuid::Uuid;

const ROUNDS: usize = 3;
const ROWS: u64 = 300_000;
const READS: u64 = 200_000;
const IN_FLIGHT: usize = 64;
/// As a node's tables have by default.
const REGIONS: u64 = 8;
const TABLE: TableId = TableId(Uuid::from_u128(1));

type Failure = Box<dyn std::error::Error>;

/// Operations a second.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    writes: f64,
    reads: f64,
    scanned: f64,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench node: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let place = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let directory = tempfile::tempdir_in(&place)?;
        let own = measure_engine(&directory.path().join("basalt"))?;
        println!("round {round}: basalt  {}", line(&own));
        ours.push(own);
        if let Some(other) = measure_rocksdb(&directory.path().join("rocksdb"))? {
            println!("round {round}: rocksdb {}", line(&other));
            theirs.push(other);
        }
    }
    let own = medians(&ours);
    if theirs.is_empty() {
        println!("node: {} (no db_bench to compare with)", line(&own));
        return Ok(());
    }
    let other = medians(&theirs);
    println!(
        "node: {} ratio_writes={:.2} ratio_reads={:.2} ratio_scan={:.2}",
        line(&own),
        own.writes / other.writes,
        own.reads / other.reads,
        own.scanned / other.scanned
    );
    Ok(())
}

fn line(figures: &Figures) -> String {
    let Figures { writes, reads, scanned } = figures;
    format!("writes_per_s={writes:.0} reads_per_s={reads:.0} scanned_rows_per_s={scanned:.0}")
}

fn medians(rounds: &[Figures]) -> Figures {
    let median = |figure: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Figures {
        writes: median(|figures| figures.writes),
        reads: median(|figures| figures.reads),
        scanned: median(|figures| figures.scanned),
    }
}

/// The n-th row: keys in no order, values half random and half equal.
fn mutation(number: u64) -> Mutation {
    let mixed = mix(number);
    let mut value = vec![7; 100];
    for (at, chunk) in value[..48].chunks_mut(8).enumerate() {
        chunk.copy_from_slice(&mix(mixed.wrapping_add(at as u64)).to_le_bytes());
    }
    let mut row = Row::empty(ClusteringKey::empty());
    row.marker = Some(RowMarker { timestamp: 1, kind: MarkerKind::Live });
    row.columns.push((ColumnId(1), ColumnData::Cell(Cell::live(1, value))));
    Mutation {
        table: TABLE,
        key: key(number),
        update: PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() },
    }
}

fn key(number: u64) -> DecoratedKey {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mix(number).to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    DecoratedKey::hashed(&bytes)
}

/// The finaliser of SplitMix64: a permutation of the numbers.
fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn regions() -> Vec<ByteRange> {
    let width = u64::MAX / REGIONS + 1;
    let bound = |index: u64| {
        let token = Token((index.wrapping_mul(width) ^ (1 << 63)) as i64);
        Bytes::copy_from_slice(&token.to_ordered_bytes())
    };
    let start = |index: u64| if index == 0 { Bytes::new() } else { bound(index) };
    let end = |index: u64| (index + 1 < REGIONS).then(|| bound(index + 1));
    (0..REGIONS).map(|index| ByteRange::new(start(index), end(index))).collect()
}

fn measure_engine(directory: &Path) -> Result<Figures, Failure> {
    let clock = Arc::new(WallClock);
    let settings = EngineSettings::default();
    let engine = Engine::open(Arc::new(DiskFileSystem), clock, directory.to_owned(), settings)?;
    engine.create_table(TableSettings::new(TABLE, regions()))?;

    // A slot in the channel is a write in flight: it is taken back when the write is told.
    let (told, outcomes) = sync_channel(IN_FLIGHT);
    for _ in 0..IN_FLIGHT {
        told.send(Ok(()))?;
    }
    let begun = Instant::now();
    for number in 0..ROWS {
        outcomes.recv()??;
        let told = told.clone();
        // Nobody listens any more only when an earlier write has failed.
        let done = Box::new(move |outcome| drop(told.send(outcome)));
        engine.apply(vec![mutation(number)], done);
    }
    for _ in 0..IN_FLIGHT {
        outcomes.recv()??;
    }
    let writes = per_second(ROWS, begun);

    engine.flush(None)?;
    engine.compact(None)?;
    read_points(&engine)?;
    let begun = Instant::now();
    read_points(&engine)?;
    let reads = per_second(READS, begun);
    let whole = ReadCommand::whole(TABLE, PartitionSelection::Range(ByteRange::all()));
    let begun = Instant::now();
    let found = count_rows(&engine, &whole)?;
    if found != ROWS {
        return Err(format!("the scan found {found} of {ROWS} rows").into());
    }
    Ok(Figures { writes, reads, scanned: per_second(ROWS, begun) })
}

fn read_points(engine: &Engine) -> Result<(), Failure> {
    for number in 0..READS {
        let wanted = key(mix(number) % ROWS);
        if count_rows(engine, &ReadCommand::whole(TABLE, PartitionSelection::One(wanted)))? != 1 {
            return Err("a row that was written is not there".into());
        }
    }
    Ok(())
}

fn count_rows(engine: &Engine, command: &ReadCommand) -> Result<u64, Failure> {
    let mut source = engine.read(command)?;
    let mut rows = 0;
    while let Some(fragment) = source.next()? {
        rows += u64::from(matches!(fragment, Fragment::Row(_)));
    }
    Ok(rows)
}

fn per_second(count: u64, begun: Instant) -> f64 {
    count as f64 / begun.elapsed().as_secs_f64()
}

/// The same with `db_bench`; `None` when there is none.
fn measure_rocksdb(directory: &Path) -> Result<Option<Figures>, Failure> {
    let each = ROWS / IN_FLIGHT as u64;
    let (threads, rows, reads) = (IN_FLIGHT.to_string(), ROWS.to_string(), READS.to_string());
    let (num, each) = (format!("--num={rows}"), format!("--num={each}"));
    let write = ["--benchmarks=fillrandom", "--sync=1", &format!("--threads={threads}"), &each];
    let Some(written) = db_bench(&directory.join("synced"), &write)? else { return Ok(None) };
    let read = [
        "--benchmarks=filluniquerandom,compact,readrandom,readrandom,readseq",
        &num,
        &format!("--reads={reads}"),
    ];
    let Some(told) = db_bench(&directory.join("loaded"), &read)? else { return Ok(None) };
    Ok(Some(Figures {
        writes: operations(&written, "fillrandom")?,
        reads: operations(&told, "readrandom")?,
        scanned: operations(&told, "readseq")?,
    }))
}

fn db_bench(directory: &Path, arguments: &[&str]) -> Result<Option<String>, Failure> {
    std::fs::create_dir_all(directory)?;
    let output = Command::new("db_bench")
        .arg(format!("--db={}", directory.display()))
        .args(["--key_size=16", "--value_size=100", "--compression_type=lz4", "--compression_ratio=0.5"])
        .args(["--bloom_bits=10", "--cache_size=67108864", "--write_buffer_size=33554432"])
        .args(["--max_background_jobs=2"])
        .args(arguments)
        .output();
    match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
        Ok(output) if output.status.success() => {
            Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned()))
        }
        Ok(output) => Err(format!("db_bench ended with {}", output.status).into()),
    }
}

/// Operations a second of the last line about `benchmark`.
fn operations(told: &str, benchmark: &str) -> Result<f64, Failure> {
    let lines = told.lines().rev().filter(|line| line.split_whitespace().next() == Some(benchmark));
    let words: Vec<&str> = lines.take(1).flat_map(str::split_whitespace).collect();
    let at = words.iter().position(|word| word.starts_with("ops/sec")).filter(|at| *at > 0);
    let figure = at.and_then(|at| words[at - 1].parse().ok());
    figure.ok_or_else(|| format!("db_bench told no ops/sec of {benchmark}").into())
}
