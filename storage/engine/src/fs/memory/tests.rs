//! The forgetful disk itself: what it loses, keeps and refuses, beyond the contract that every disk keeps.

use super::*;
use crate::fs::{Failure, conformance};

const ROOT: &str = "/data";

fn file_system() -> MemoryFileSystem {
    let fs = MemoryFileSystem::new();
    fs.create_directory(Path::new(ROOT)).unwrap();
    fs
}

fn path(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

fn restart(fs: &MemoryFileSystem, bytes: UnsyncedBytes, names: UnsyncedNames) -> MemoryFileSystem {
    fs.restart(Restart { bytes, names, seed: 1 })
}

fn read(fs: &MemoryFileSystem, name: &str) -> Vec<u8> {
    fs.read_all(&path(name), 1 << 20).unwrap()
}

#[test]
fn keeps_the_contract_of_the_disk_seam() {
    conformance(|name| {
        let fs = file_system();
        fs.create_directory(&path(name)).unwrap();
        (Arc::new(fs), path(name))
    });
}

#[test]
fn unsynced_bytes_are_kept_dropped_or_torn_as_told() {
    let fs = file_system();
    let mut file = fs.create(&path("a")).unwrap();
    fs.sync_directory(Path::new(ROOT)).unwrap();
    file.append(b"synced").unwrap();
    file.sync().unwrap();
    file.append(b"+unsynced").unwrap();
    fs.crash();
    assert!(file.append(b"late").is_err());
    let kept = restart(&fs, UnsyncedBytes::Kept, UnsyncedNames::Dropped);
    assert_eq!(read(&kept, "a"), b"synced+unsynced");
    let dropped = restart(&fs, UnsyncedBytes::Dropped, UnsyncedNames::Dropped);
    assert_eq!(read(&dropped, "a"), b"synced");
    let mut lengths = BTreeSet::new();
    let mut corrupt = false;
    for seed in 0..100 {
        let torn = fs.restart(Restart { bytes: UnsyncedBytes::Torn, names: UnsyncedNames::Kept, seed });
        let found = read(&torn, "a");
        assert!(found.starts_with(b"synced"), "synced bytes are never touched");
        corrupt |= !b"synced+unsynced".starts_with(&found[..]);
        lengths.insert(found.len());
    }
    assert!(lengths.len() > 5 && corrupt, "torn tails vary: {lengths:?}");
}

#[test]
fn unsynced_names_are_kept_dropped_or_left_to_chance() {
    let fs = file_system();
    for name in ["old", "gone"] {
        fs.create(&path(name)).unwrap().append(name.as_bytes()).unwrap();
    }
    fs.sync_directory(Path::new(ROOT)).unwrap();
    fs.create(&path("new.tmp")).unwrap();
    fs.rename(&path("old"), &path("renamed")).unwrap();
    fs.remove(&path("gone")).unwrap();
    let names = |variant| restart(&fs, UnsyncedBytes::Kept, variant).list(Path::new(ROOT)).unwrap();
    assert_eq!(names(UnsyncedNames::Kept), ["new.tmp", "renamed"]);
    assert_eq!(names(UnsyncedNames::Dropped), ["gone", "old"]);
    let mut seen = BTreeSet::new();
    for seed in 0..100 {
        let after = fs.restart(Restart { bytes: UnsyncedBytes::Kept, names: UnsyncedNames::Random, seed });
        let names = after.list(Path::new(ROOT)).unwrap();
        assert_ne!(
            names.contains(&"old".to_owned()),
            names.contains(&"renamed".to_owned()),
            "a rename inside a directory happens whole or not at all"
        );
        seen.insert(names);
    }
    assert_eq!(seen.len(), 8, "three changes, each by chance: {seen:?}");
}

#[test]
fn a_rename_keeps_bytes_that_were_synced_under_the_old_name() {
    let fs = file_system();
    let mut file = fs.create(&path("a.tmp")).unwrap();
    file.append(b"whole").unwrap();
    file.sync().unwrap();
    fs.rename(&path("a.tmp"), &path("a")).unwrap();
    fs.sync_directory(Path::new(ROOT)).unwrap();
    let after = restart(&fs, UnsyncedBytes::Dropped, UnsyncedNames::Dropped);
    assert_eq!(after.list(Path::new(ROOT)).unwrap(), ["a"]);
    assert_eq!(read(&after, "a"), b"whole");
}

#[test]
fn a_failed_sync_loses_the_bytes_and_the_next_one_says_ok() {
    let fs = file_system();
    let mut file = fs.create(&path("a")).unwrap();
    fs.sync_directory(Path::new(ROOT)).unwrap();
    file.append(b"1111").unwrap();
    file.sync().unwrap();
    file.append(b"2222").unwrap();
    let failure = Failure { call: 0, operation: Some(Operation::Sync), errno: 5, for_ever: false };
    fs.set_plan(FaultPlan { failures: vec![failure], ..FaultPlan::default() });
    assert_eq!(file.sync().unwrap_err().raw_os_error(), Some(5));
    file.sync().unwrap();
    assert_eq!(read(&fs, "a"), b"11112222", "the page cache still shows them");
    let lost = restart(&fs, UnsyncedBytes::Kept, UnsyncedNames::Kept);
    assert_eq!(read(&lost, "a"), b"1111");

    let fs = lost;
    fs.remove(&path("a")).unwrap();
    let mut file = fs.create(&path("a")).unwrap();
    file.append(b"1111").unwrap();
    fs.set_plan(FaultPlan { failures: vec![failure], ..FaultPlan::default() });
    assert!(file.sync().is_err());
    file.append(b"2222").unwrap();
    file.sync().unwrap();
    let holed = restart(&fs, UnsyncedBytes::Dropped, UnsyncedNames::Kept);
    assert_eq!(read(&holed, "a"), b"\0\0\0\x002222");
}

#[test]
fn every_call_is_counted_and_the_planned_one_stops_the_machine() {
    let workload = |fs: &MemoryFileSystem| -> io::Result<()> {
        fs.create_directory(Path::new(ROOT))?;
        let _lock = fs.lock(&path("lock"))?;
        let mut file = fs.create(&path("a.tmp"))?;
        file.append(b"bytes")?;
        file.sync()?;
        fs.rename(&path("a.tmp"), &path("a"))?;
        fs.sync_directory(Path::new(ROOT))?;
        fs.open(&path("a"))?.read_exact_at(&mut [0; 5], 0)?;
        fs.list(Path::new(ROOT))?;
        fs.remove(&path("a"))
    };
    let clean = MemoryFileSystem::new();
    workload(&clean).unwrap();
    assert_eq!(clean.calls(), 11);
    for call in 1..=11 {
        let fs = MemoryFileSystem::new();
        fs.set_plan(FaultPlan { crash_at: Some(call), ..FaultPlan::default() });
        assert!(workload(&fs).is_err());
        assert!(fs.has_crashed());
        assert_eq!(fs.calls(), call, "after a crash nothing is counted");
        for restart in Restart::variants(call) {
            let after = fs.restart(restart);
            assert!(workload(&after).is_ok() || after.list(Path::new(ROOT)).is_ok());
        }
        let durable = restart(&fs, UnsyncedBytes::Dropped, UnsyncedNames::Dropped);
        if call > 7 {
            assert_eq!(read(&durable, "a"), b"bytes", "synced file, synced name");
        }
    }
}

#[test]
fn failures_happen_once_or_for_ever_and_to_the_operation_they_name() {
    let fs = file_system();
    let at = fs.calls();
    let failure = |call, operation, for_ever| Failure { call, operation, errno: 24, for_ever };
    fs.set_plan(FaultPlan { failures: vec![failure(at + 1, None, false)], ..FaultPlan::default() });
    assert_eq!(fs.create(&path("a")).err().unwrap().raw_os_error(), Some(24));
    assert!(fs.list(Path::new(ROOT)).unwrap().is_empty(), "a failed call has no effect");
    fs.create(&path("a")).unwrap();
    let opens = failure(at, Some(Operation::Open), true);
    fs.set_plan(FaultPlan { failures: vec![opens], ..FaultPlan::default() });
    assert!(fs.open(&path("a")).is_err());
    assert!(fs.list(Path::new(ROOT)).is_ok());
    assert!(fs.open(&path("a")).is_err());
}

#[test]
fn a_full_disk_takes_what_fits_and_frees_what_is_removed() {
    let fs = file_system();
    fs.set_plan(FaultPlan { disk_limit_bytes: Some(10), ..FaultPlan::default() });
    let mut a = fs.create(&path("a")).unwrap();
    a.append(b"12345678").unwrap();
    let mut b = fs.create(&path("b")).unwrap();
    assert_eq!(b.append(b"abcd").unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(read(&fs, "b"), b"ab");
    fs.remove(&path("a")).unwrap();
    b.append(b"cd").unwrap();
    assert_eq!(read(&fs, "b"), b"abcd");
}
