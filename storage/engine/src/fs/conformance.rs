//! The contract of the disk seam, as a test that every implementation runs.
//!
//! It checks what can be seen without a crash: what survives one is the business of
//! [`super::MemoryFileSystem`] and its tests.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::FileSystem;

type Subject = (Arc<dyn FileSystem>, PathBuf);

/// Runs the contract. `make` gives a file system and an existing, empty directory of that name in it.
///
/// # Panics
/// When the implementation breaks the contract.
pub fn conformance(make: impl Fn(&str) -> Subject) {
    appended_bytes_are_read_back(make("append"));
    names_are_taken_once_and_moved_whole(make("names"));
    a_file_stays_readable_without_its_name(make("removed"));
    directories_are_made_with_their_parents(make("directories"));
    reading_stops_at_the_end(make("end"));
    a_lock_has_one_holder(make("lock"));
}

fn write(fs: &dyn FileSystem, path: &Path, bytes: &[u8]) {
    let mut file = fs.create(path).expect("a free name can be created");
    file.append(bytes).expect("a new file takes bytes");
    file.sync().expect("a new file can be synced");
}

fn read(fs: &dyn FileSystem, path: &Path) -> Vec<u8> {
    fs.read_all(path, 1 << 20).expect("a written file can be read")
}

fn kind<T>(outcome: std::io::Result<T>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

fn appended_bytes_are_read_back((fs, root): Subject) {
    let path = root.join("a");
    let mut file = fs.create(&path).expect("a free name can be created");
    file.append(b"one").expect("append");
    file.append(b"").expect("append nothing");
    file.append(b"two").expect("append");
    assert_eq!(read(&*fs, &path), b"onetwo", "appended bytes are visible before a sync");
    file.sync().expect("sync");
    file.append(b"three").expect("append");
    drop(file);
    assert_eq!(read(&*fs, &path), b"onetwothree");
    assert_eq!(kind(fs.read_all(&path, 10)), Some(ErrorKind::InvalidData), "limit of read_all");
}

fn names_are_taken_once_and_moved_whole((fs, root): Subject) {
    let (a, b) = (root.join("a"), root.join("b"));
    write(&*fs, &a, b"a");
    write(&*fs, &b, b"b");
    assert_eq!(kind(fs.create(&a).map(drop)), Some(ErrorKind::AlreadyExists));
    assert_eq!(fs.list(&root).expect("list"), ["a", "b"]);
    fs.rename(&a, &b).expect("a rename replaces");
    assert_eq!(fs.list(&root).expect("list"), ["b"]);
    assert_eq!(read(&*fs, &b), b"a");
    fs.sync_directory(&root).expect("a directory can be synced");
    assert_eq!(kind(fs.rename(&a, &b)), Some(ErrorKind::NotFound));
    assert_eq!(kind(fs.remove(&a)), Some(ErrorKind::NotFound));
    assert_eq!(kind(fs.open(&a).map(drop)), Some(ErrorKind::NotFound));
    fs.create_directory(&root.join("d")).expect("create directory");
    fs.rename(&b, &root.join("d").join("c")).expect("a rename moves between directories");
    assert_eq!(fs.list(&root).expect("list"), ["d"]);
    assert_eq!(read(&*fs, &root.join("d").join("c")), b"a");
}

fn a_file_stays_readable_without_its_name((fs, root): Subject) {
    let path = root.join("a");
    write(&*fs, &path, b"still here");
    let file = fs.open(&path).expect("open");
    fs.remove(&path).expect("remove");
    let mut buffer = [0; 5];
    file.read_exact_at(&mut buffer, 6 - 1).expect("an open file outlives its name");
    assert_eq!(&buffer, b" here");
    write(&*fs, &path, b"another");
    file.read_exact_at(&mut buffer, 0).expect("a new file of that name is another file");
    assert_eq!(&buffer, b"still");
}

fn directories_are_made_with_their_parents((fs, root): Subject) {
    let deep = root.join("x").join("y").join("z");
    fs.create_directory(&deep).expect("parents are made");
    fs.create_directory(&deep).expect("a directory may be there already");
    assert_eq!(fs.list(&root).expect("list"), ["x"]);
    assert!(fs.list(&deep).expect("list").is_empty());
    write(&*fs, &deep.join("f"), b"f");
    assert_eq!(fs.list(&deep).expect("list"), ["f"]);
    assert_eq!(kind(fs.list(&root.join("nowhere"))), Some(ErrorKind::NotFound));
    assert_eq!(kind(fs.create(&root.join("nowhere").join("f")).map(drop)), Some(ErrorKind::NotFound));
    assert!(fs.create_directory(&deep.join("f")).is_err(), "a file is no directory");
}

fn reading_stops_at_the_end((fs, root): Subject) {
    let path = root.join("a");
    write(&*fs, &path, b"12345");
    let file = fs.open(&path).expect("open");
    assert_eq!(file.length(), 5);
    let mut buffer = [0; 3];
    file.read_exact_at(&mut buffer, 2).expect("read up to the end");
    assert_eq!(&buffer, b"345");
    assert_eq!(kind(file.read_exact_at(&mut buffer, 3)), Some(ErrorKind::UnexpectedEof));
    assert_eq!(kind(file.read_exact_at(&mut buffer, 1 << 40)), Some(ErrorKind::UnexpectedEof));
    file.read_exact_at(&mut [], 5).expect("nothing can be read at the end");
}

fn a_lock_has_one_holder((fs, root): Subject) {
    let path = root.join("lock");
    let held = fs.lock(&path).expect("a free lock is taken");
    assert_eq!(kind(fs.lock(&path).map(drop)), Some(ErrorKind::WouldBlock));
    drop(held);
    let _again = fs.lock(&path).expect("a lock is free once its guard is gone");
}
