//! [`CommitLog`]: append, sync, retire.
//!
//! Written by one thread at a time. Invariants: a new segment is begun only when every record of the one
//! before is durable; segments are retired oldest first, after the manifest says that the log begins
//! behind them. Left out: who waits for whom (`group_commit`), and what replay makes of it (`replay`).

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format::{HEADER_BYTES, SegmentHeader};
use super::segment::SegmentWriter;
use super::{ReplayPosition, SegmentId};
use crate::config::{EngineSettings, SeededDefect};
use crate::error::Error;
use crate::fs::FileSystem;

/// The segments on disk and their sizes; shared by the log's writer and whoever retires segments.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    sizes: Mutex<BTreeMap<SegmentId, u64>>,
}

impl Segments {
    pub(super) fn new(sizes: BTreeMap<SegmentId, u64>) -> Segments {
        Segments { sizes: Mutex::new(sizes) }
    }

    /// Bytes of all segments.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.sizes.lock().values().sum()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sizes.lock().len()
    }

    /// The oldest.
    pub(crate) fn first(&self) -> Option<SegmentId> {
        self.sizes.lock().keys().next().copied()
    }

    /// The newest; it takes the new records.
    pub(crate) fn last(&self) -> Option<SegmentId> {
        self.sizes.lock().keys().next_back().copied()
    }

    fn set(&self, id: SegmentId, size: u64) {
        self.sizes.lock().insert(id, size);
    }

    /// Removes the files of the segments before `start`. The manifest must say so already; a crash in
    /// between leaves files that the next opening removes.
    pub(crate) fn retire_before(
        &self,
        fs: &dyn FileSystem,
        directory: &Path,
        start: SegmentId,
    ) -> Result<usize, Error> {
        let mut retired = 0;
        while let Some(id) = self.first().filter(|id| *id < start) {
            let path = directory.join(id.file_name());
            fs.remove(&path).map_err(|error| Error::io("remove", &path, error))?;
            self.sizes.lock().remove(&id);
            retired += 1;
        }
        Ok(retired)
    }
}

/// The writing end of the commit log.
pub(crate) struct CommitLog {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    segment_bytes_max: u64,
    defect: Option<SeededDefect>,
    current: SegmentWriter,
    segments: Arc<Segments>,
}

impl CommitLog {
    /// Begins a log whose first new segment follows what a replay found, with a record for each payload;
    /// answers the position behind each. Durable when this returns.
    pub(super) fn begin<'a>(
        fs: Arc<dyn FileSystem>,
        directory: PathBuf,
        settings: &EngineSettings,
        header: SegmentHeader,
        segments: Segments,
        payloads: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(CommitLog, Vec<ReplayPosition>), Error> {
        let sync_name = settings.seeded_defect != Some(SeededDefect::SkipDirectorySync);
        let (current, positions) = SegmentWriter::create(&*fs, &directory, header, payloads, sync_name)?;
        segments.set(header.id, u64::from(current.length()));
        let log = CommitLog {
            fs,
            directory,
            segment_bytes_max: settings.commit_log_segment_bytes,
            defect: settings.seeded_defect,
            current,
            segments: Arc::new(segments),
        };
        Ok((log, positions))
    }

    /// The segments on disk.
    pub(crate) fn segments(&self) -> Arc<Segments> {
        self.segments.clone()
    }

    /// Appends a record for each payload, all in one segment; answers the position behind each.
    ///
    /// Durability: none before [`CommitLog::sync`].
    /// Errors: after one, nothing may be appended any more: the tail of the file is unknown.
    pub(crate) fn append<'a>(
        &mut self,
        payloads: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<Vec<ReplayPosition>, Error> {
        let size = SegmentWriter::size_of(payloads.clone());
        let length = u64::from(self.current.length());
        if length > HEADER_BYTES as u64 && length + size > self.segment_bytes_max {
            self.begin_segment()?;
        }
        let mut positions = Vec::new();
        self.current
            .append(payloads, &mut positions)
            .map_err(|error| Error::io("append to", &self.path(), error))?;
        self.segments.set(self.current.id(), u64::from(self.current.length()));
        Ok(positions)
    }

    /// Makes every appended record durable.
    ///
    /// Errors: never retried; what was appended since the last sync may be lost.
    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        if self.defect == Some(SeededDefect::AcknowledgeBeforeSync) {
            self.current.pretend_synced();
            return Ok(());
        }
        self.current.sync().map_err(|error| Error::io("sync", &self.path(), error))
    }

    /// Whether something was appended since the last sync.
    pub(crate) fn has_unsynced(&self) -> bool {
        self.current.has_unsynced()
    }

    fn path(&self) -> PathBuf {
        self.directory.join(self.current.id().file_name())
    }

    fn begin_segment(&mut self) -> Result<(), Error> {
        if self.current.has_unsynced() {
            self.sync()?;
        }
        let header = SegmentHeader {
            id: self.current.id().next(),
            previous: self.current.id(),
            previous_length: self.current.length(),
        };
        let sync_name = self.defect != Some(SeededDefect::SkipDirectorySync);
        let none = std::iter::empty();
        self.current = SegmentWriter::create(&*self.fs, &self.directory, header, none, sync_name)?.0;
        self.segments.set(header.id, HEADER_BYTES as u64);
        Ok(())
    }
}
