//! Files of each format version, as committed, still open.
//!
//! The fixture is a whole data directory. `WRITE_FIXTURE=1` writes it anew, for a new version only.

#![expect(clippy::disallowed_methods, reason = "fixtures are copied on the real disk")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use engine::fs::DiskFileSystem;
use engine::{Background, Engine, EngineSettings, TableSettings};
use model::clock::ManualClock;
use model::data::{Cell, ColumnData, MarkerKind, Mutation, PartitionUpdate, Row, RowMarker};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{ColumnId, TableId};
use model::stream::{Fragment, read_all};
use uuid::Uuid;

const TABLE: TableId = TableId(Uuid::from_u128(0xF1));
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
/// The data directory inside a version's fixtures.
const NODE: &str = "commit_log_and_manifest";

fn open(root: PathBuf) -> Engine {
    let settings = EngineSettings { background: Background::Manual, ..EngineSettings::default() };
    let fs = Arc::new(DiskFileSystem);
    Engine::open(fs, Arc::new(ManualClock::at(1_000_000)), root, settings).expect("it opens")
}

fn write(partition: &str, position: u8) -> Mutation {
    let row = Row {
        clustering: ClusteringKey(Bytes::from(vec![position])),
        marker: Some(RowMarker { timestamp: 1, kind: MarkerKind::Live }),
        deletion: None,
        columns: vec![(ColumnId(1), ColumnData::Cell(Cell::live(1, vec![position])))],
    };
    let update = PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() };
    Mutation { table: TABLE, key: DecoratedKey(Bytes::copy_from_slice(partition.as_bytes())), update }
}

/// A data directory with two sstables, and two records in the log only.
fn write_fixture(root: &Path) {
    let engine = open(root.to_owned());
    engine.create_table(TableSettings::new(TABLE, vec![ByteRange::all()])).expect("a new table");
    for flushed in [1, 2] {
        engine.apply_and_wait(vec![write("a", flushed), write("b", flushed)]).expect("a good write");
        engine.flush(Some(TABLE)).expect("a good disk");
    }
    for logged in [3, 4] {
        engine.apply_and_wait(vec![write("b", logged), write("c", logged)]).expect("a good write");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a temporary directory");
    for entry in std::fs::read_dir(from).expect("the fixture is there") {
        let path = entry.expect("it can be listed").path();
        let target = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("it can be copied");
        }
    }
}

#[test]
fn data_directories_of_every_version_open_and_tell_what_was_written() {
    let newest = Path::new(FIXTURES).join("v1").join(NODE);
    if std::env::var_os("WRITE_FIXTURE").is_some() {
        let _ = std::fs::remove_dir_all(&newest);
        write_fixture(&newest);
    }
    let mut versions = 0;
    for entry in std::fs::read_dir(FIXTURES).expect("there are fixtures") {
        let fixture = entry.expect("it can be listed").path().join(NODE);
        if !fixture.join("manifest").join("CURRENT").exists() {
            continue;
        }
        versions += 1;
        let root = tempfile::tempdir().expect("a temporary directory");
        copy(&fixture, root.path());
        let engine = open(root.path().to_owned());
        let whole = ReadCommand::whole(TABLE, PartitionSelection::Range(ByteRange::all()));
        let mut partition = Bytes::new();
        let mut found = Vec::new();
        for fragment in read_all(engine.read(&whole).expect("the table is there")).expect("it is readable") {
            match fragment {
                Fragment::PartitionStart { key, .. } => partition = key.0,
                Fragment::Row(row) => found.push((partition[0], row.clustering.as_bytes()[0])),
                _ => {}
            }
        }
        let expected =
            [(b'a', 1), (b'a', 2), (b'b', 1), (b'b', 2), (b'b', 3), (b'b', 4), (b'c', 3), (b'c', 4)];
        assert_eq!(found, expected, "{}", fixture.display());
    }
    assert!(versions > 0, "no fixture was found");
}
