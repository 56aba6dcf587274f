//! [`SstableWriter`]: a partition stream, in order, becomes one synced file.
//!
//! On the data's way: memtable or merge -> **writer** -> file -> manifest. Appends are large; memory is
//! one block, the append buffer, the index and eight bytes a partition for the filter.
//! Left out: syncing the directory, which whoever installs the file does once for several of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use model::data::Deletion;
use model::key::{ClusteringKey, DecoratedKey};
use model::stream::{Fragment, FragmentSource};

use super::block::BlockBuilder;
use super::envelope::seal;
use super::format::{BlockKind, Footer, Section};
use super::index::{Continuation, INDEX_BLOCK_SIZE_BYTES, IndexEntry};
use super::metadata::{MetadataBuilder, SstableMetadata};
use crate::error::Error;
use crate::filter::FilterBuilder;
use crate::fs::{FileSystem, WritableFile};

/// Bytes gathered before they are given to the file.
const APPEND_SIZE_BYTES: usize = 256 * 1024;

/// How sstables of a table are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WriterSettings {
    /// A data block is closed once it has this many bytes before compression. 16 KiB: small enough for
    /// a point read, large enough to compress.
    pub block_size_bytes: usize,
    /// Whether blocks are compressed (LZ4) where that makes them smaller.
    pub compress: bool,
    /// Share of absent keys that the filter lets through; 1 or more means no filter.
    pub filter_fp_rate: f64,
}

impl Default for WriterSettings {
    fn default() -> WriterSettings {
        WriterSettings { block_size_bytes: 16 * 1024, compress: true, filter_fp_rate: 0.01 }
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What is in it.
    pub metadata: SstableMetadata,
    /// Its length.
    pub size_bytes: u64,
}

/// Writes one sstable.
pub struct SstableWriter {
    file: Box<dyn WritableFile>,
    path: PathBuf,
    settings: WriterSettings,
    /// What was not given to the file yet.
    unwritten: Vec<u8>,
    /// Length of the file once it has everything.
    length: u64,
    block: BlockBuilder,
    /// How the block being built begins.
    block_start: Option<(Bytes, Option<Continuation>)>,
    /// Index entries encoded so far, and where the blocks of them end.
    index: Vec<u8>,
    index_block_ends: Vec<usize>,
    raw: Vec<u8>,
    scratch: Vec<u8>,
    raw_size_bytes: u64,
    filter: FilterBuilder,
    metadata: MetadataBuilder,
    last_key: Option<DecoratedKey>,
    partition: Option<OpenPartition>,
}

/// The partition being written.
struct OpenPartition {
    key: Bytes,
    deletion: Option<Deletion>,
    has_static: bool,
    open: Option<Deletion>,
    last: Option<(ClusteringKey, bool)>,
}

impl SstableWriter {
    /// A new file at `path`. Errors: the file system's, when the name is taken among others.
    pub fn create(
        fs: &dyn FileSystem,
        path: &Path,
        settings: WriterSettings,
    ) -> Result<SstableWriter, Error> {
        let file = fs.create(path).map_err(|error| Error::io("create", path, error))?;
        Ok(SstableWriter {
            file,
            path: path.to_owned(),
            settings,
            unwritten: Vec::with_capacity(APPEND_SIZE_BYTES + settings.block_size_bytes),
            length: 0,
            block: BlockBuilder::default(),
            block_start: None,
            index: Vec::new(),
            index_block_ends: Vec::new(),
            raw: Vec::new(),
            scratch: Vec::new(),
            raw_size_bytes: 0,
            filter: FilterBuilder::new(settings.filter_fp_rate),
            metadata: MetadataBuilder::new(),
            last_key: None,
            partition: None,
        })
    }

    /// Bytes of closed blocks so far: about what the file will have, without its index and filter.
    pub fn size_bytes(&self) -> u64 {
        self.length
    }

    /// The next fragment of the stream.
    ///
    /// Errors: the disk's, and `Failed` for a fragment that breaks the order law; the file is of no use
    /// after either.
    pub fn append(&mut self, fragment: &Fragment) -> Result<(), Error> {
        match fragment {
            Fragment::PartitionStart { key, deletion } => return self.begin_partition(key, *deletion),
            Fragment::StaticRow(row) => {
                let partition = self.partition.as_mut().ok_or_else(|| out_of_order("a static row"))?;
                if partition.has_static || partition.last.is_some() {
                    return Err(out_of_order("a static row"));
                }
                partition.has_static = true;
                self.metadata.row(row, true);
                self.block.push_row(row, true);
                // The block is never closed here: what a partition begins with stays together.
                return Ok(());
            }
            Fragment::Row(row) => {
                self.step_to(&row.clustering, true)?;
                self.begin_block(&row.clustering.0);
                self.metadata.row(row, false);
                self.block.push_row(row, false);
            }
            Fragment::RangeTombstoneChange { position, deletion } => {
                self.step_to(position, false)?;
                self.begin_block(&position.0);
                self.metadata.change(&position.0, *deletion);
                self.block.push_change(position.as_bytes(), *deletion);
                if let Some(partition) = &mut self.partition {
                    partition.open = *deletion;
                }
            }
            Fragment::PartitionEnd => {
                let partition = self.partition.take().ok_or_else(|| out_of_order("a partition end"))?;
                if partition.open.is_some() {
                    return Err(out_of_order("a partition end under an open range tombstone"));
                }
                return Ok(());
            }
        }
        self.close_full_block()
    }

    fn begin_partition(&mut self, key: &DecoratedKey, deletion: Option<Deletion>) -> Result<(), Error> {
        if self.partition.is_some() || self.last_key.as_ref().is_some_and(|last| last >= key) {
            return Err(out_of_order("a partition"));
        }
        self.close_full_block()?;
        if self.block.is_empty() {
            self.block_start = Some((key.0.clone(), None));
        }
        self.block.push_partition(key.as_bytes(), deletion);
        self.filter.add(key);
        self.metadata.partition(key, deletion);
        self.last_key = Some(key.clone());
        self.partition =
            Some(OpenPartition { key: key.0.clone(), deletion, has_static: false, open: None, last: None });
        Ok(())
    }

    /// Moves on to a position of the partition. Errors: it is not behind the last one.
    fn step_to(&mut self, position: &ClusteringKey, is_row: bool) -> Result<(), Error> {
        let partition = self.partition.as_mut().ok_or_else(|| out_of_order("a row or change"))?;
        if let Some((last, last_is_row)) = &partition.last
            && (last, *last_is_row) >= (position, is_row)
        {
            return Err(out_of_order("a position"));
        }
        partition.last = Some((position.clone(), is_row));
        Ok(())
    }

    /// Notes how the block begins, when the next entry is its first.
    fn begin_block(&mut self, position: &Bytes) {
        if self.block.is_empty()
            && let Some(partition) = &self.partition
        {
            let continuation = Continuation {
                position: position.clone(),
                open: partition.open,
                partition_deletion: partition.deletion,
                has_static: partition.has_static,
            };
            self.block_start = Some((partition.key.clone(), Some(continuation)));
        }
    }

    fn close_full_block(&mut self) -> Result<(), Error> {
        if self.block.size_bytes() >= self.settings.block_size_bytes { self.close_block() } else { Ok(()) }
    }

    fn close_block(&mut self) -> Result<(), Error> {
        let Some((key, continuation)) = self.block_start.take() else { return Ok(()) };
        let mut raw = std::mem::take(&mut self.raw);
        self.block.finish(&mut raw);
        self.raw_size_bytes += raw.len() as u64;
        let offset = self.length;
        self.put_block(&raw, BlockKind::Data)?;
        self.raw = raw;
        let length = u32::try_from(self.length - offset).map_err(|_| {
            Error::Invalid(format!("a row of {} bytes is too large for an sstable", self.raw.len()))
        })?;
        IndexEntry { key, continuation, offset, length }.encode(&mut self.index);
        let block_begins = self.index_block_ends.last().copied().unwrap_or(0);
        if self.index.len() - block_begins >= INDEX_BLOCK_SIZE_BYTES {
            self.index_block_ends.push(self.index.len());
        }
        Ok(())
    }

    fn put_block(&mut self, raw: &[u8], kind: BlockKind) -> Result<(), Error> {
        let before = self.unwritten.len();
        // A filter is random bits: there is nothing to compress.
        let compress = self.settings.compress && kind != BlockKind::Filter;
        seal(raw, kind, compress, self.length, &mut self.scratch, &mut self.unwritten);
        self.length += (self.unwritten.len() - before) as u64;
        if self.unwritten.len() >= APPEND_SIZE_BYTES { self.write_out() } else { Ok(()) }
    }

    fn write_out(&mut self) -> Result<(), Error> {
        self.file.append(&self.unwritten).map_err(|error| Error::io("append to", &self.path, error))?;
        self.unwritten.clear();
        Ok(())
    }

    /// Ends the file: index, filter, metadata, footer, sync.
    ///
    /// Durability: the file's bytes are on disk when it returns, its name after the directory is synced.
    /// Errors: the disk's; `Failed` when no partition was written or one is still open.
    pub fn finish(mut self) -> Result<Written, Error> {
        if self.partition.is_some() {
            return Err(out_of_order("the end of the stream"));
        }
        self.close_block()?;
        let metadata = std::mem::replace(&mut self.metadata, MetadataBuilder::new())
            .finish(self.raw_size_bytes)
            .ok_or_else(|| Error::failed("an sstable without partitions is not written"))?;

        let index_at = self.length;
        let index = std::mem::take(&mut self.index);
        let mut ends = std::mem::take(&mut self.index_block_ends);
        if ends.last().copied().unwrap_or(0) < index.len() {
            ends.push(index.len());
        }
        let mut begins = 0;
        for end in ends {
            self.put_block(&index[begins..end], BlockKind::Index)?;
            begins = end;
        }
        let filter_at = self.length;
        let filter = std::mem::replace(&mut self.filter, FilterBuilder::new(1.0)).finish();
        self.put_block(&filter, BlockKind::Filter)?;
        let metadata_at = self.length;
        self.put_block(&metadata.encode(), BlockKind::Metadata)?;
        let section = |offset, end| Section { offset, length: end - offset };
        let footer = Footer {
            index: section(index_at, filter_at),
            filter: section(filter_at, metadata_at),
            metadata: section(metadata_at, self.length),
        };
        let footer = footer.encode();
        self.unwritten.extend_from_slice(&footer);
        self.length += footer.len() as u64;
        self.write_out()?;
        self.file.sync().map_err(|error| Error::io("sync", &self.path, error))?;
        Ok(Written { metadata, size_bytes: self.length })
    }
}

fn out_of_order(what: &str) -> Error {
    Error::failed(format!("{what} out of order in a stream to be written"))
}

/// Writes all of `source` into a new file at `path`. Without a partition no file is made.
///
/// Durability and errors: as [`SstableWriter::finish`]; the source's errors too. After an error the
/// half-written file is removed, if the file system still lets it.
pub fn write_sstable<S>(
    fs: &Arc<dyn FileSystem>,
    path: &Path,
    settings: WriterSettings,
    mut source: S,
) -> Result<Option<Written>, Error>
where
    S: FragmentSource,
    Error: From<S::Error>,
{
    let Some(first) = source.next()? else { return Ok(None) };
    let mut writer = SstableWriter::create(&**fs, path, settings)?;
    let write = || -> Result<Written, Error> {
        writer.append(&first)?;
        while let Some(fragment) = source.next()? {
            writer.append(&fragment)?;
        }
        writer.finish()
    };
    match write() {
        Ok(written) => Ok(Some(written)),
        Err(error) => {
            // What stays behind is known to nobody and goes at the next start.
            let _ = fs.remove(path);
            Err(error)
        }
    }
}
