//! How fast sstables are written, scanned and asked for single rows, in memory and from a warm cache.
//!
//! Prints a line a measurement: rows a second of one thread, on 100-byte rows of five columns. It judges
//! nothing; comparisons with other systems are `./dev bench node`.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use engine::Error;
use engine::cache::BlockCache;
use engine::fs::{FileSystem, MemoryFileSystem};
use engine::sstable::{Caching, Sstable, SstableId, WriterSettings, write_sstable};
use model::data::{Cell, ColumnData, MarkerKind, Row, RowMarker};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{ColumnSelection, PartitionSelection};
use model::schema::ColumnId;
use model::stream::{BoxedSource, Direction, Fragment, FragmentList, FragmentSource, Merge};

const ROWS: u32 = 400_000;

fn row(number: u32) -> Row {
    let mixed = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let column = |id: u32, value: Vec<u8>| (ColumnId(id), ColumnData::Cell(Cell::live(1_000_000, value)));
    Row {
        clustering: clustering(number),
        marker: Some(RowMarker { timestamp: 1_000_000, kind: MarkerKind::Live }),
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

/// `ROWS` rows in partitions of `width`.
fn fragments(width: u32) -> Vec<Fragment> {
    let mut keys: Vec<DecoratedKey> =
        (0..ROWS / width).map(|number| DecoratedKey::hashed(&number.to_be_bytes())).collect();
    keys.sort();
    let mut fragments = vec![];
    for key in keys {
        fragments.push(Fragment::PartitionStart { key, deletion: None });
        fragments.extend((0..width).map(|number| Fragment::Row(row(number))));
        fragments.push(Fragment::PartitionEnd);
    }
    fragments
}

fn measure(what: &str, rows: u64, run: impl FnOnce() -> u64) {
    let begin = Instant::now();
    let counted = run();
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(counted, rows, "{what}");
    println!(
        "{what:<44} {:>10.0} rows/s  {:>8.0} ns/row",
        rows as f64 / seconds,
        seconds * 1e9 / rows as f64
    );
}

fn count(mut source: impl FragmentSource<Error = Error>) -> u64 {
    let mut rows = 0;
    while let Some(fragment) = source.next().expect("the file is whole") {
        rows += u64::from(matches!(black_box(&fragment), Fragment::Row(_)));
    }
    rows
}

fn main() {
    for (name, width) in [("one row a partition", 1), ("partitions of 10,000 rows", 10_000)] {
        for compress in [true, false] {
            println!("{name}, {}", if compress { "LZ4" } else { "not compressed" });
            bench(width, compress);
        }
    }
}

fn bench(width: u32, compress: bool) {
    let fs: Arc<dyn FileSystem> = Arc::new(MemoryFileSystem::new());
    let (path, rows) = (Path::new("/bench.sst"), u64::from(ROWS));
    let settings = WriterSettings { compress, ..WriterSettings::default() };
    let source = FragmentList::<Error>::new(fragments(width));
    measure("write", rows, || {
        write_sstable(&fs, path, settings, source).expect("memory does not fail").expect("rows").metadata.rows
    });
    let cache = Arc::new(BlockCache::new(1 << 30));
    let sstable = Sstable::open(&*fs, path, SstableId(1), cache).expect("the file is whole");
    let everything = PartitionSelection::Range(ByteRange::all());
    let all: Arc<[ByteRange]> = Arc::from([ByteRange::all()]);
    let source = |partitions: PartitionSelection, slices: &Arc<[ByteRange]>, direction| {
        sstable.source(partitions, slices.clone(), true, ColumnSelection::All, direction, Caching::Fill)
    };
    measure("scan past the cache", rows, || count(sstable.scan(ByteRange::all())));
    measure("scan, filling the cache", rows, || count(source(everything.clone(), &all, Direction::Forward)));
    measure("scan from the cache", rows, || count(source(everything.clone(), &all, Direction::Forward)));
    measure("scan from the cache, reverse", rows, || {
        count(source(everything.clone(), &all, Direction::Reverse))
    });
    measure("scan from the cache through a merge of one", rows, || {
        let lane: BoxedSource<Error> = Box::new(source(everything.clone(), &all, Direction::Forward));
        count(Merge::new(vec![lane], Direction::Forward))
    });
    let reads: Vec<(DecoratedKey, Arc<[ByteRange]>)> = (0..100_000u32)
        .map(|number| {
            let mixed = number.wrapping_mul(2_654_435_761);
            let partition = mixed % (ROWS / width);
            let position = clustering(mixed.rotate_left(16) % width);
            (DecoratedKey::hashed(&partition.to_be_bytes()), Arc::from([ByteRange::exactly(&position.0)]))
        })
        .collect();
    measure("single rows from the cache", reads.len() as u64, || {
        let read = |(key, slices): &(DecoratedKey, Arc<[ByteRange]>)| {
            assert!(sstable.may_contain(key));
            count(source(PartitionSelection::One(key.clone()), slices, Direction::Forward))
        };
        reads.iter().map(read).sum()
    });
}
