//! [`SegmentWriter`]: one segment of the commit log being written.
//!
//! A segment is made with its header synced and its name durable before the first record goes in, so a
//! damaged header with records behind it is always corruption.

use std::path::Path;

use super::format::{HEADER_BYTES, SegmentHeader};
use super::{ReplayPosition, SegmentId};
use crate::error::Error;
use crate::fs::{FileSystem, WritableFile};
use crate::record_log::{Framing, RECORD_HEAD_BYTES};

/// The segment that takes new records.
pub(super) struct SegmentWriter {
    file: Box<dyn WritableFile>,
    framing: Framing,
    id: SegmentId,
    /// Bytes appended.
    length: u32,
    /// Bytes synced.
    durable: u32,
    buffer: Vec<u8>,
}

impl SegmentWriter {
    /// A new segment in `directory`, durable when this returns.
    pub(super) fn create(
        fs: &dyn FileSystem,
        directory: &Path,
        header: SegmentHeader,
        sync_name: bool,
    ) -> Result<SegmentWriter, Error> {
        let path = directory.join(header.id.file_name());
        let mut file = fs.create(&path).map_err(|error| Error::io("create", &path, error))?;
        file.append(&header.encode()).map_err(|error| Error::io("append to", &path, error))?;
        file.sync().map_err(|error| Error::io("sync", &path, error))?;
        if sync_name {
            fs.sync_directory(directory).map_err(|error| Error::io("sync", directory, error))?;
        }
        let length = HEADER_BYTES as u32;
        Ok(SegmentWriter {
            file,
            framing: Framing::new(header.id.0),
            id: header.id,
            length,
            durable: length,
            buffer: Vec::new(),
        })
    }

    pub(super) fn id(&self) -> SegmentId {
        self.id
    }

    pub(super) fn length(&self) -> u32 {
        self.length
    }

    pub(super) fn has_unsynced(&self) -> bool {
        self.durable < self.length
    }

    /// Bytes the records of `payloads` take.
    pub(super) fn size_of<'a>(payloads: impl Iterator<Item = &'a [u8]>) -> u64 {
        payloads.map(|payload| (RECORD_HEAD_BYTES + payload.len()) as u64).sum()
    }

    /// Appends a record for each payload with one write; answers the position behind each.
    pub(super) fn append<'a>(
        &mut self,
        payloads: impl Iterator<Item = &'a [u8]>,
        positions: &mut Vec<ReplayPosition>,
    ) -> std::io::Result<()> {
        self.buffer.clear();
        for payload in payloads {
            self.framing.put(self.durable, payload, &mut self.buffer);
            let offset = self.length + self.buffer.len() as u32;
            positions.push(ReplayPosition { segment: self.id, offset });
        }
        self.file.append(&self.buffer)?;
        self.length += self.buffer.len() as u32;
        // One large write must not hold its memory for ever.
        self.buffer.shrink_to(1024 * 1024);
        Ok(())
    }

    /// Makes all records durable.
    pub(super) fn sync(&mut self) -> std::io::Result<()> {
        self.file.sync()?;
        self.durable = self.length;
        Ok(())
    }

    /// Claims durability without asking for it. Only the crash programme's self-test does this.
    pub(super) fn pretend_synced(&mut self) {
        self.durable = self.length;
    }
}
