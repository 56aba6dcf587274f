//! [`MemoryFileSystem`]: a disk in memory that forgets, tears and fails on order.
//!
//! For tests, crash harnesses and simulation. It promises what the disk seam promises and no more: bytes
//! survive a crash when their file was synced, names when their directory was. Every call is counted and
//! a [`FaultPlan`] says which of them fail or stop the machine; [`MemoryFileSystem::restart`] gives the
//! disk that is found afterwards, as a new file system. The same crash can be restarted in many ways.
//! Left out: links and removed directories, which the engine does not use.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use model::random::{Random, SeededRandom};
use parking_lot::Mutex;

use super::{
    FaultPlan, FileSystem, Operation, ReadableFile, Restart, UnsyncedBytes, UnsyncedNames, WritableFile,
};

const ENOSPC: i32 = 28;

/// A file system in memory. Clones share one disk.
#[derive(Clone, Default)]
pub struct MemoryFileSystem {
    disk: Arc<Mutex<Disk>>,
}

#[derive(Default)]
struct Disk {
    calls: u64,
    crashed: bool,
    plan: FaultPlan,
    /// By index of `plan.failures`: whether it has happened.
    spent: Vec<bool>,
    directories: BTreeMap<PathBuf, Directory>,
    locks: BTreeSet<PathBuf>,
}

#[derive(Default)]
struct Directory {
    names: BTreeMap<String, File>,
    durable: BTreeMap<String, File>,
    /// What happened to `names` since the last sync, in order.
    unsynced: Vec<NameChange>,
}

#[derive(Clone)]
struct NameChange {
    removed: Option<String>,
    added: Option<(String, File)>,
}

type File = Arc<Mutex<Contents>>;

#[derive(Default, Clone)]
struct Contents {
    /// What readers see.
    bytes: Vec<u8>,
    /// What is on the disk.
    durable: Vec<u8>,
    /// Where the bytes begin that the system still has to write. Bytes between the durable end and here
    /// were lost by a failed sync: they read as zeros once something behind them is written.
    unsynced_from: usize,
}

impl Contents {
    fn write_back(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.durable.resize(self.unsynced_from, 0);
        self.durable.extend_from_slice(&self.bytes[self.unsynced_from..self.unsynced_from + count]);
        self.unsynced_from += count;
    }

    fn unsynced(&self) -> usize {
        self.bytes.len() - self.unsynced_from
    }
}

impl Directory {
    fn change(&mut self, removed: Option<String>, added: Option<(String, File)>) {
        let change = NameChange { removed, added };
        apply(&mut self.names, &change);
        self.unsynced.push(change);
    }
}

fn apply(names: &mut BTreeMap<String, File>, change: &NameChange) {
    if let Some(name) = &change.removed {
        names.remove(name);
    }
    if let Some((name, file)) = &change.added {
        names.insert(name.clone(), file.clone());
    }
}

impl Disk {
    /// Counts a call and says whether it goes on. `Err` is a failure without effect; `Ok(true)` means
    /// that the call takes effect and then the machine stops.
    fn enter(&mut self, operation: Operation) -> io::Result<bool> {
        if self.crashed {
            return Err(stopped());
        }
        self.calls += 1;
        if self.plan.crash_at.is_some_and(|call| call <= self.calls) {
            self.crashed = true;
            return Ok(true);
        }
        for (failure, spent) in self.plan.failures.iter().zip(&mut self.spent) {
            let due = failure.call <= self.calls && failure.operation.is_none_or(|only| only == operation);
            if due && (failure.for_ever || !*spent) {
                *spent = true;
                return Err(io::Error::from_raw_os_error(failure.errno));
            }
        }
        Ok(false)
    }

    fn directory(&mut self, path: &Path) -> io::Result<&mut Directory> {
        self.directories.get_mut(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn bytes_used(&self) -> u64 {
        self.directories
            .values()
            .flat_map(|directory| directory.names.values())
            .map(|file| file.lock().bytes.len() as u64)
            .sum()
    }
}

fn stopped() -> io::Error {
    io::Error::other("the machine has stopped")
}

fn finish<T>(crashed: bool, answer: T) -> io::Result<T> {
    if crashed { Err(stopped()) } else { Ok(answer) }
}

/// Directory and name of a path. Paths are compared as written, without `.` parts.
fn split(path: &Path) -> io::Result<(PathBuf, String)> {
    let path = normal(path);
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    match (path.parent(), name) {
        (Some(parent), Some(name)) => Ok((parent.to_owned(), name)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn normal(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

impl MemoryFileSystem {
    /// An empty disk without faults.
    pub fn new() -> MemoryFileSystem {
        let file_system = MemoryFileSystem::default();
        for root in ["", "/"] {
            file_system.disk.lock().directories.insert(PathBuf::from(root), Directory::default());
        }
        file_system
    }

    /// Sets what goes wrong from now on. Calls keep their numbers: the next one is
    /// [`MemoryFileSystem::calls`] + 1.
    pub fn set_plan(&self, plan: FaultPlan) {
        let mut disk = self.disk.lock();
        disk.spent = vec![false; plan.failures.len()];
        disk.plan = plan;
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.disk.lock().calls
    }

    /// Whether the machine has stopped.
    pub fn has_crashed(&self) -> bool {
        self.disk.lock().crashed
    }

    /// Stops the machine now: every later call answers an error.
    pub fn crash(&self) {
        self.disk.lock().crashed = true;
    }

    /// Stops the machine, if it runs, and gives the disk that it finds when it comes up again: without
    /// plan, locks and open files, with its calls counted from 1.
    pub fn restart(&self, restart: Restart) -> MemoryFileSystem {
        let mut disk = self.disk.lock();
        disk.crashed = true;
        let random = SeededRandom::new(restart.seed);
        let mut directories = BTreeMap::new();
        // A file may have two names (a rename half done): both must lead to the same bytes.
        let mut survivors: BTreeMap<*const Mutex<Contents>, File> = BTreeMap::new();
        for (path, directory) in &disk.directories {
            let mut names = match restart.names {
                UnsyncedNames::Kept => directory.names.clone(),
                UnsyncedNames::Dropped | UnsyncedNames::Random => directory.durable.clone(),
            };
            if restart.names == UnsyncedNames::Random {
                for change in directory.unsynced.iter().filter(|_| chance(&random)) {
                    apply(&mut names, change);
                }
            }
            for file in names.values_mut() {
                *file = survivors
                    .entry(Arc::as_ptr(file))
                    .or_insert_with(|| Arc::new(Mutex::new(survivor(&file.lock(), restart.bytes, &random))))
                    .clone();
            }
            let directory = Directory { durable: names.clone(), names, unsynced: Vec::new() };
            directories.insert(path.clone(), directory);
        }
        MemoryFileSystem { disk: Arc::new(Mutex::new(Disk { directories, ..Disk::default() })) }
    }

    /// Changes what is on the disk behind everybody's back: bytes of `path` go through `change`.
    /// Errors: `NotFound`.
    pub fn tamper(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let mut disk = self.disk.lock();
        let file = disk.directory(&parent)?.names.get(&name).ok_or(io::ErrorKind::NotFound)?.clone();
        let mut contents = file.lock();
        change(&mut contents.bytes);
        contents.durable = contents.bytes.clone();
        contents.unsynced_from = contents.bytes.len();
        Ok(())
    }
}

fn chance(random: &SeededRandom) -> bool {
    random.next_u64() >> 63 == 1
}

/// What a crash leaves of a file.
fn survivor(before: &Contents, variant: UnsyncedBytes, random: &SeededRandom) -> Contents {
    let mut after = before.clone();
    let tail = after.unsynced();
    match variant {
        UnsyncedBytes::Kept => after.write_back(tail),
        UnsyncedBytes::Dropped => {}
        UnsyncedBytes::Torn if tail == 0 => {}
        UnsyncedBytes::Torn => {
            let kept = (random.next_u64() % (tail as u64 + 1)) as usize;
            let from = after.unsynced_from;
            after.write_back(kept);
            if kept > 0 && chance(random) {
                for _ in 0..=random.next_u64() % 4 {
                    let at = from + (random.next_u64() % kept as u64) as usize;
                    after.durable[at] = random.next_u64() as u8;
                }
            }
        }
    }
    let bytes = after.durable;
    Contents { durable: bytes.clone(), unsynced_from: bytes.len(), bytes }
}

impl FileSystem for MemoryFileSystem {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WritableFile>> {
        let (parent, name) = split(path)?;
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::Create)?;
        let taken = disk.directories.contains_key(&normal(path));
        let directory = disk.directory(&parent)?;
        if taken || directory.names.contains_key(&name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = File::default();
        directory.change(None, Some((name, file.clone())));
        finish(crashed, Box::new(MemoryWritableFile { disk: self.disk.clone(), file }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn ReadableFile>> {
        let (parent, name) = split(path)?;
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::Open)?;
        let file = disk.directory(&parent)?.names.get(&name).ok_or(io::ErrorKind::NotFound)?.clone();
        let length = file.lock().bytes.len() as u64;
        finish(crashed, Arc::new(MemoryReadableFile { disk: self.disk.clone(), file, length }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((from_parent, from_name), (to_parent, to_name)) = (split(from)?, split(to)?);
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::Rename)?;
        if disk.directories.contains_key(&normal(to)) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        disk.directory(&to_parent)?;
        let source = disk.directory(&from_parent)?;
        let file = source.names.get(&from_name).ok_or(io::ErrorKind::NotFound)?.clone();
        if from_parent == to_parent {
            if from_name != to_name {
                source.change(Some(from_name), Some((to_name, file)));
            }
        } else {
            source.change(Some(from_name), None);
            disk.directory(&to_parent)?.change(None, Some((to_name, file)));
        }
        finish(crashed, ())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::Remove)?;
        let directory = disk.directory(&parent)?;
        if !directory.names.contains_key(&name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        directory.change(Some(name), None);
        finish(crashed, ())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let path = normal(directory);
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::List)?;
        let mut names: BTreeSet<String> = disk.directory(&path)?.names.keys().cloned().collect();
        for child in disk.directories.keys().filter(|child| child.parent() == Some(&path)) {
            names.extend(child.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
        finish(crashed, names.into_iter().collect())
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        let path = normal(directory);
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::CreateDirectory)?;
        for ancestor in path.ancestors() {
            if let Ok((parent, name)) = split(ancestor)
                && disk.directories.get(&parent).is_some_and(|parent| parent.names.contains_key(&name))
            {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
        }
        for ancestor in path.ancestors() {
            disk.directories.entry(ancestor.to_owned()).or_default();
        }
        finish(crashed, ())
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::SyncDirectory)?;
        let directory = disk.directory(&normal(directory))?;
        // A machine that stops during a sync has not synced: what survives is left to the restart.
        if !crashed {
            directory.durable = directory.names.clone();
            directory.unsynced.clear();
        }
        finish(crashed, ())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        let path = normal(path);
        let (parent, name) = split(&path)?;
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::Lock)?;
        let directory = disk.directory(&parent)?;
        if !directory.names.contains_key(&name) {
            directory.change(None, Some((name, File::default())));
        }
        if !disk.locks.insert(path.clone()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        // No guard is made on the way out of a crash: its drop takes the lock that is held here.
        if crashed {
            return Err(stopped());
        }
        Ok(Box::new(MemoryLock { disk: self.disk.clone(), path }))
    }
}

struct MemoryLock {
    disk: Arc<Mutex<Disk>>,
    path: PathBuf,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.disk.lock().locks.remove(&self.path);
    }
}

struct MemoryWritableFile {
    disk: Arc<Mutex<Disk>>,
    file: File,
}

impl WritableFile for MemoryWritableFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk.lock();
        let crashed = disk.enter(Operation::Append)?;
        let room = match disk.plan.disk_limit_bytes {
            Some(limit) => limit.saturating_sub(disk.bytes_used()),
            None => u64::MAX,
        };
        let fits = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        self.file.lock().bytes.extend_from_slice(&bytes[..fits]);
        if fits < bytes.len() && !crashed {
            return Err(io::Error::from_raw_os_error(ENOSPC));
        }
        finish(crashed, ())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.disk.lock();
        let outcome = disk.enter(Operation::Sync);
        let mut contents = self.file.lock();
        match outcome {
            Ok(false) => {
                let tail = contents.unsynced();
                contents.write_back(tail);
                Ok(())
            }
            Ok(true) => Err(stopped()),
            Err(error) => {
                if !disk.crashed {
                    contents.unsynced_from = contents.bytes.len();
                }
                Err(error)
            }
        }
    }
}

struct MemoryReadableFile {
    disk: Arc<Mutex<Disk>>,
    file: File,
    length: u64,
}

impl ReadableFile for MemoryReadableFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let crashed = self.disk.lock().enter(Operation::Read)?;
        let contents = self.file.lock();
        let found = usize::try_from(offset)
            .ok()
            .and_then(|from| contents.bytes.get(from..from.checked_add(buffer.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(found);
        finish(crashed, ())
    }

    fn length(&self) -> u64 {
        self.length
    }
}

#[cfg(test)]
mod tests;
