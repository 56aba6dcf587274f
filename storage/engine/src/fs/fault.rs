//! What goes wrong on a [`super::MemoryFileSystem`], as data: failures, crashes and what survives them.
//!
//! Calls are numbered from 1 in the order in which the file system sees them, reads included. A plan is
//! set before a run; a harness that wants "every call" counts a clean run first and then repeats it
//! once per number.

/// What a caller asked of the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `FileSystem::create`.
    Create,
    /// `FileSystem::open`.
    Open,
    /// `FileSystem::rename`.
    Rename,
    /// `FileSystem::remove`.
    Remove,
    /// `FileSystem::list`.
    List,
    /// `FileSystem::create_directory`.
    CreateDirectory,
    /// `FileSystem::sync_directory`.
    SyncDirectory,
    /// `FileSystem::lock`.
    Lock,
    /// `WritableFile::append`.
    Append,
    /// `WritableFile::sync`.
    Sync,
    /// `ReadableFile::read_exact_at`.
    Read,
}

/// An error that the file system answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// From which call on.
    pub call: u64,
    /// Only operations of this kind; `None`: any.
    pub operation: Option<Operation>,
    /// What the system answers, as on Linux: 5 is EIO, 28 ENOSPC, 30 EROFS, 24 EMFILE.
    pub errno: i32,
    /// Whether every later call (of that kind) fails too, or only the first.
    pub for_ever: bool,
}

/// What goes wrong, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// The call during which the machine stops. Its own effect counts as unsynced; it and every later
    /// call answer an error.
    pub crash_at: Option<u64>,
    /// Failures without a crash. A failed append or metadata change has no effect; a failed sync loses
    /// the unsynced bytes and the next sync says that all is well, as on ext4.
    pub failures: Vec<Failure>,
    /// Most bytes in all files together; an append beyond it writes what fits and answers ENOSPC.
    pub disk_limit_bytes: Option<u64>,
}

/// What becomes of bytes that were appended and not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnsyncedBytes {
    /// They reached the disk.
    Kept,
    /// They did not.
    Dropped,
    /// A random beginning of each file's unsynced tail reached the disk, in half of the cases with some
    /// of its bytes changed.
    Torn,
}

/// What becomes of names that were created, renamed or removed in a directory not synced since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnsyncedNames {
    /// The changes reached the disk.
    Kept,
    /// They did not.
    Dropped,
    /// Each change did or did not, by chance. A rename inside one directory is one change.
    Random,
}

/// How a machine comes up after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Restart {
    /// What became of unsynced bytes.
    pub bytes: UnsyncedBytes,
    /// What became of unsynced names.
    pub names: UnsyncedNames,
    /// Decides what is left to chance; equal seeds give equal disks.
    pub seed: u64,
}

impl Restart {
    /// Every combination of what happens to bytes and names, for one seed.
    pub fn variants(seed: u64) -> Vec<Restart> {
        let mut variants = Vec::with_capacity(9);
        for bytes in [UnsyncedBytes::Kept, UnsyncedBytes::Dropped, UnsyncedBytes::Torn] {
            for names in [UnsyncedNames::Kept, UnsyncedNames::Dropped, UnsyncedNames::Random] {
                variants.push(Restart { bytes, names, seed });
            }
        }
        variants
    }
}
