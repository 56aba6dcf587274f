//! [`SegmentWriter`]: one segment of the commit log being written.
//!
//! A segment gets its name only when its header is synced, so a damaged header is always corruption; and
//! its name is durable before a later record goes in, so no acknowledged record can vanish with it.

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
    /// A new segment in `directory` that begins with a record for each payload; answers the position
    /// behind each. Durable when this returns.
    ///
    /// The bytes are synced before the file gets its name: a segment that can be found has its header
    /// and first records, whatever call the machine stops in.
    pub(super) fn create<'a>(
        fs: &dyn FileSystem,
        directory: &Path,
        header: SegmentHeader,
        payloads: impl Iterator<Item = &'a [u8]>,
        sync_name: bool,
    ) -> Result<(SegmentWriter, Vec<ReplayPosition>), Error> {
        let unfinished = directory.join(header.id.unfinished_file_name());
        let path = directory.join(header.id.file_name());
        let file = fs.create_log(&unfinished).map_err(|error| Error::io("create", &unfinished, error))?;
        let mut writer = SegmentWriter {
            file,
            framing: Framing::new(header.id.0),
            id: header.id,
            length: 0,
            durable: HEADER_BYTES as u32,
            buffer: header.encode().to_vec(),
        };
        let mut positions = Vec::new();
        writer
            .append_buffer(payloads, &mut positions)
            .map_err(|error| Error::io("append to", &unfinished, error))?;
        writer.sync().map_err(|error| Error::io("sync", &unfinished, error))?;
        fs.rename(&unfinished, &path).map_err(|error| Error::io("rename", &unfinished, error))?;
        if sync_name {
            fs.sync_directory(directory).map_err(|error| Error::io("sync", directory, error))?;
        }
        Ok((writer, positions))
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
        self.append_buffer(payloads, positions)
    }

    fn append_buffer<'a>(
        &mut self,
        payloads: impl Iterator<Item = &'a [u8]>,
        positions: &mut Vec<ReplayPosition>,
    ) -> std::io::Result<()> {
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
