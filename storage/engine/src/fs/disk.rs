//! [`DiskFileSystem`]: the machine's own file system. The only file of the engine with `std::fs`.
//!
//! On the data's way: everything durable passes here. `sync` is fdatasync, which writes the file's
//! length too; a name is made durable by fsync of its directory.
//! Left out: retries. An error is passed on as it came.

#![expect(clippy::disallowed_methods, reason = "this module implements the disk seam")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::{FileSystem, ReadableFile, WritableFile};

/// The machine's own file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiskFileSystem;

struct DiskWritableFile(File);

impl WritableFile for DiskWritableFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Zeros written ahead of a log's end, in bytes. A sync that changes the file's length costs a commit of
/// the file system's journal besides the data; over bytes that are there already it does not.
const ZEROS_AHEAD_BYTES: u64 = 1024 * 1024;

/// A file that is longer than what was appended to it, by zeros, until it is closed.
struct DiskLogFile {
    file: File,
    /// Bytes appended.
    length: u64,
    /// Where the zeros end.
    zeroed: u64,
}

impl WritableFile for DiskLogFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.length + bytes.len() as u64;
        if end > self.zeroed {
            let zeros = vec![0; ZEROS_AHEAD_BYTES as usize];
            // Without room for zeros there may still be room for the bytes.
            if self.file.write_all_at(&zeros, end).is_ok() {
                self.zeroed = end + ZEROS_AHEAD_BYTES;
            }
        }
        self.file.write_all_at(bytes, self.length)?;
        self.length = end;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

impl Drop for DiskLogFile {
    fn drop(&mut self) {
        // Only saves space: who reads the file stops at the zeros anyway.
        let _ = self.file.set_len(self.length);
    }
}

struct DiskReadableFile {
    file: File,
    length: u64,
}

impl ReadableFile for DiskReadableFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn length(&self) -> u64 {
        self.length
    }
}

/// Holds the lock until the file is closed.
struct DiskLock(#[expect(dead_code, reason = "held for its drop, which unlocks")] File);

impl FileSystem for DiskFileSystem {
    fn create(&self, path: &Path) -> io::Result<Box<dyn WritableFile>> {
        Ok(Box::new(DiskWritableFile(OpenOptions::new().write(true).create_new(true).open(path)?)))
    }

    fn create_log(&self, path: &Path) -> io::Result<Box<dyn WritableFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Box::new(DiskLogFile { file, length: 0, zeroed: 0 }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn ReadableFile>> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Arc::new(DiskReadableFile { file, length: metadata.len() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        let mut missing = vec![directory];
        while let Some(parent) = missing.last().and_then(|path| path.parent()) {
            if parent.as_os_str().is_empty() || parent.is_dir() {
                break;
            }
            missing.push(parent);
        }
        // The directory itself is in the list even when it exists: a process that died between making
        // it and syncing its parent leaves a name that looks durable and is not.
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                outcome => outcome?,
            }
            match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => self.sync_directory(parent)?,
                Some(_) => self.sync_directory(Path::new("."))?,
                None => {}
            }
        }
        Ok(())
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(DiskLock(file))),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_contract_of_the_disk_seam() {
        let root = tempfile::tempdir().unwrap();
        super::super::conformance(|name| {
            let directory = root.path().join(name);
            fs::create_dir(&directory).unwrap();
            (Arc::new(DiskFileSystem), directory)
        });
    }
}
