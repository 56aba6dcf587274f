//! The disk seam: every file access of the engine goes through [`FileSystem`].
//!
//! What the traits promise is what POSIX and ext4 promise, no more: an append is durable after `sync`
//! of its file; a new, renamed or removed name is durable after `sync_directory` of its directory.

use std::io;
use std::path::Path;
use std::sync::Arc;

/// A file being written, by one writer, from its beginning.
pub trait WritableFile: Send {
    /// Writes all of `bytes` behind what is there. After an error the file's tail is unknown.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything appended so far durable (fdatasync). After an error nothing appended since the
    /// last good sync may be relied on, even if a later sync succeeds: never retry.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file being read, at any offset, by any number of readers. It stays readable after its name is
/// removed.
pub trait ReadableFile: Send + Sync {
    /// Fills `buffer` from `offset`. Errors: `UnexpectedEof` when the file is too short.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Its length in bytes when it was opened.
    fn length(&self) -> u64;
}

/// Files by path.
pub trait FileSystem: Send + Sync + 'static {
    /// A new file at `path`. Errors: `AlreadyExists` when the name is taken.
    fn create(&self, path: &Path) -> io::Result<Box<dyn WritableFile>>;

    /// As `create`, for a file that is synced after almost every append. It may be longer than what was
    /// appended, also after a crash; then zeros follow.
    fn create_log(&self, path: &Path) -> io::Result<Box<dyn WritableFile>> {
        self.create(path)
    }

    /// The file at `path`, for reading.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn ReadableFile>>;

    /// Gives the file another name, replacing what had it. Durable after `sync_directory` of both.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file's name.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Names (not paths) of the files and directories in `directory`, sorted.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// Makes `directory` and its parents; it may be there already. Durable when it returns.
    fn create_directory(&self, directory: &Path) -> io::Result<()>;

    /// Makes the names in `directory` durable.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;

    /// Takes the lock file at `path` for as long as the returned guard lives.
    /// Errors: `WouldBlock` when another process holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>>;

    /// The whole file, at most `limit_bytes`. Errors: `InvalidData` when it is longer.
    fn read_all(&self, path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
        let file = self.open(path)?;
        if file.length() > limit_bytes {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "file is longer than its limit"));
        }
        let mut bytes = vec![0; file.length() as usize];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }
}
