//! Damaged files are refused with file and place, and never panic; torn tails are not damage.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use engine::fs::{FileSystem, MemoryFileSystem};
use engine::{Background, Engine, EngineSettings, Error, TableSettings};
use model::clock::ManualClock;
use model::data::{Cell, ColumnData, Mutation, PartitionUpdate, Row};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{ColumnId, TableId};
use model::stream::{Fragment, read_all};
use uuid::Uuid;

const TABLE: TableId = TableId(Uuid::from_u128(7));

fn open(fs: &MemoryFileSystem) -> Result<Engine, Error> {
    let settings = EngineSettings {
        background: Background::Manual,
        commit_log_segment_bytes: 1024,
        ..EngineSettings::default()
    };
    Engine::open(Arc::new(fs.clone()), Arc::new(ManualClock::at(1)), PathBuf::from("/data"), settings)
}

fn write(position: u8) -> Mutation {
    let mut row = Row::empty(ClusteringKey(Bytes::from(vec![position])));
    row.columns.push((ColumnId(1), ColumnData::Cell(Cell::live(1, vec![position; 100]))));
    let update = PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() };
    Mutation { table: TABLE, key: DecoratedKey(Bytes::from_static(b"k")), update }
}

fn rows(engine: &Engine) -> usize {
    let whole = ReadCommand::whole(TABLE, PartitionSelection::Range(ByteRange::all()));
    let fragments = read_all(engine.read(&whole).expect("the table is there")).expect("it is readable");
    fragments.iter().filter(|fragment| matches!(fragment, Fragment::Row(_))).count()
}

/// A disk with a table of 30 rows over several segments, nothing flushed.
fn written() -> MemoryFileSystem {
    let fs = MemoryFileSystem::new();
    let engine = open(&fs).expect("an empty directory opens");
    engine.create_table(TableSettings::new(TABLE, vec![ByteRange::all()])).expect("a new table");
    (0..30).for_each(|position| engine.apply_and_wait(vec![write(position)]).expect("a good write"));
    drop(engine);
    fs
}

fn files(fs: &MemoryFileSystem, directory: &str) -> Vec<PathBuf> {
    let names = fs.list(Path::new(directory)).expect("the directory is there");
    names.into_iter().map(|name| Path::new(directory).join(name)).collect()
}

fn again(fs: &MemoryFileSystem) -> MemoryFileSystem {
    fs.restart(engine::fs::Restart {
        bytes: engine::fs::UnsyncedBytes::Kept,
        names: engine::fs::UnsyncedNames::Kept,
        seed: 1,
    })
}

#[test]
fn a_changed_byte_of_the_commit_log_is_corruption_or_a_torn_tail_and_never_a_lost_middle() {
    let fs = written();
    let segments = files(&fs, "/data/commitlog");
    assert!(segments.len() > 3);
    let lengths: Vec<u64> =
        segments.iter().map(|path| fs.open(path).expect("it is there").length()).collect();
    for (place, path) in segments.iter().enumerate() {
        let length = lengths[place];
        for at in (0..length).step_by(37) {
            let damaged = again(&fs);
            damaged.tamper(path, |bytes| bytes[at as usize] ^= 0x20).expect("it is there");
            match open(&damaged) {
                Err(Error::Corruption(found)) => assert_eq!(found.file, *path),
                Err(error) => assert!(at < 36, "byte {at} of {}: {error}", path.display()),
                Ok(engine) => {
                    // Only the records of the newest segment behind the damage may be missing, and only
                    // when no later record vouches for them.
                    assert_eq!(place, segments.len() - 1, "byte {at} of {}", path.display());
                    assert!(rows(&engine) >= 29, "byte {at}: {} rows", rows(&engine));
                }
            }
        }
    }
}

#[test]
fn a_missing_segment_is_named() {
    let fs = written();
    let segments = files(&fs, "/data/commitlog");
    for path in &segments[..segments.len() - 1] {
        let damaged = again(&fs);
        damaged.remove(path).expect("it is there");
        let error = open(&damaged).err().expect("records are missing");
        assert!(matches!(&error, Error::Corruption(found) if found.file == *path), "{error}");
    }
}

#[test]
fn a_newest_segment_cut_anywhere_opens_with_the_whole_records_before_the_cut() {
    let fs = written();
    let newest = files(&fs, "/data/commitlog").pop().expect("there is one");
    let length = fs.open(&newest).expect("it is there").length();
    let mut before = 0;
    for cut in 36..=length {
        let torn = again(&fs);
        torn.tamper(&newest, |bytes| bytes.truncate(cut as usize)).expect("it is there");
        let engine = open(&torn).expect("a torn tail is no damage");
        let found = rows(&engine);
        assert!(found >= before && found <= 30, "cut at {cut}");
        before = found;
    }
    assert_eq!(before, 30);
}

#[test]
fn zeros_behind_the_records_of_segments_are_no_records() {
    let fs = written();
    for path in files(&fs, "/data/commitlog") {
        fs.tamper(&path, |bytes| bytes.resize(bytes.len() + 70_000, 0)).expect("it is there");
    }
    for _ in 0..2 {
        assert_eq!(rows(&open(&fs).expect("nothing is damaged")), 30);
    }
}

#[test]
fn a_changed_byte_of_the_manifest_is_refused_unless_it_is_the_tail() {
    let fs = written();
    let manifest = files(&fs, "/data/manifest").into_iter().find(|path| !path.ends_with("CURRENT"));
    let manifest = manifest.expect("there is one");
    let length = fs.open(&manifest).expect("it is there").length();
    for at in (0..length).step_by(7) {
        let damaged = again(&fs);
        damaged.tamper(&manifest, |bytes| bytes[at as usize] ^= 0x04).expect("it is there");
        match open(&damaged) {
            Err(Error::Corruption(found)) => assert_eq!(found.file, manifest),
            Err(error) => assert!(at < 24, "byte {at}: {error}"),
            // The last edit is indistinguishable from one that a crash tore: here, the table's creation.
            Ok(engine) => assert!(engine.table_ids().is_empty(), "byte {at}"),
        }
    }
}

#[test]
fn files_of_a_newer_version_are_refused_with_both_versions() {
    for directory in ["/data/commitlog", "/data/manifest"] {
        let fs = written();
        let path = files(&fs, directory).into_iter().find(|path| !path.ends_with("CURRENT"));
        let path = path.expect("there is one");
        fs.tamper(&path, |bytes| bytes[8] = 9).expect("it is there");
        let error = open(&fs).err().expect("it is too new").to_string();
        assert!(error.contains("version 9") && error.contains("up to 1"), "{error}");
    }
}

#[test]
fn a_missing_or_shortened_sstable_is_named() {
    let fs = written();
    let engine = open(&fs).expect("it opens again");
    engine.flush(None).expect("a good disk");
    drop(engine);
    let sstable = files(&fs, &format!("/data/tables/{TABLE}")).pop().expect("it was flushed");
    let missing = again(&fs);
    missing.remove(&sstable).expect("it is there");
    let error = open(&missing).err().expect("an sstable is missing").to_string();
    assert!(error.contains(&sstable.display().to_string()), "{error}");
    let short = again(&fs);
    short.tamper(&sstable, |bytes| bytes.truncate(bytes.len() - 1)).expect("it is there");
    assert!(matches!(open(&short), Err(Error::Corruption(_))));
}

#[test]
fn a_lost_manifest_is_named_and_nothing_is_removed_for_it() {
    let fs = written();
    let engine = open(&fs).expect("it opens again");
    engine.flush(None).expect("a good disk");
    drop(engine);
    fs.remove(Path::new("/data/manifest/CURRENT")).expect("it is there");
    let directory = format!("/data/tables/{TABLE}");
    for segment in files(&fs, "/data/commitlog") {
        assert!(matches!(open(&fs), Err(Error::Corruption(_))));
        fs.remove(&segment).expect("it is there");
    }
    assert!(matches!(open(&fs), Err(Error::Corruption(_))), "sstables without a manifest");
    assert_eq!(files(&fs, &directory).len(), 1);
}

#[test]
fn files_that_no_edit_names_go_at_opening_and_their_ids_are_not_used_again() {
    let fs = written();
    let orphan = PathBuf::from(format!("/data/tables/{TABLE}/00000000000000ff.sst"));
    fs.create(&orphan).expect("the name is free");
    let engine = open(&fs).expect("it opens");
    engine.flush(None).expect("a good disk");
    let names = fs.list(orphan.parent().expect("a directory")).expect("it is there");
    assert_eq!(names, ["0000000000000100.sst"]);
}
