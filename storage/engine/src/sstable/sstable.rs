//! [`Sstable`]: an open file with its metadata, filter and index in memory, ready to be read.
//!
//! On the data's way: manifest -> **sstable** -> [`SstableSource`] -> merge. Immutable and shared between
//! threads; it stays readable after its name is removed, until the last reader drops it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use model::DecodeError;
use model::key::{ByteRange, DecoratedKey};
use model::read::{ColumnSelection, PartitionSelection};
use model::stream::Direction;
use serde::{Deserialize, Serialize};

use super::block_reader::Caching;
use super::envelope::{open, open_detached};
use super::format::{BLOCK_HEADER_SIZE_BYTES, BlockKind, FOOTER_SIZE_BYTES, Footer, Section};
use super::index::Index;
use super::metadata::SstableMetadata;
use super::source::SstableSource;
use crate::cache::BlockCache;
use crate::error::Error;
use crate::filter::Filter;
use crate::fs::{FileSystem, ReadableFile};

/// Names an sstable of this node; rises with each file, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SstableId(pub u64);

impl SstableId {
    /// Name of its file. Names sort as ids do.
    pub fn file_name(self) -> String {
        format!("{:016x}.sst", self.0)
    }

    /// The id of a file name; `None` when the name is no sstable's.
    pub fn from_file_name(name: &str) -> Option<SstableId> {
        let digits = name.strip_suffix(".sst").filter(|digits| digits.len() == 16)?;
        let id = SstableId(u64::from_str_radix(digits, 16).ok()?);
        (id.file_name() == name).then_some(id)
    }
}

impl fmt::Display for SstableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An open sstable.
pub struct Sstable {
    id: SstableId,
    path: PathBuf,
    pub(super) file: Arc<dyn ReadableFile>,
    pub(super) cache: Arc<BlockCache>,
    pub(super) index: Index,
    metadata: SstableMetadata,
    filter: Filter,
}

impl fmt::Debug for Sstable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sstable").field("id", &self.id).field("path", &self.path).finish_non_exhaustive()
    }
}

impl Sstable {
    /// Opens the file at `path`: reads and checks everything but the data blocks.
    ///
    /// Errors: the disk's; `Corruption` when the file is not a whole sstable of this version.
    pub fn open(
        fs: &dyn FileSystem,
        path: &Path,
        id: SstableId,
        cache: Arc<BlockCache>,
    ) -> Result<Arc<Sstable>, Error> {
        let file = fs.open(path).map_err(|error| Error::io("open", path, error))?;
        let length = file.length();
        let footer_at = length
            .checked_sub(FOOTER_SIZE_BYTES as u64)
            .ok_or_else(|| Error::corruption(path, 0, "a file too short for an sstable"))?;
        let read = |buffer: &mut [u8], offset: u64| {
            file.read_exact_at(buffer, offset).map_err(|error| Error::io("read", path, error))
        };
        let mut footer = [0; FOOTER_SIZE_BYTES];
        read(&mut footer, footer_at)?;
        let footer =
            Footer::decode(&footer, length).map_err(|error| Error::undecodable(path, footer_at, &error))?;

        // The sections lie one behind the other and end where the footer begins: one read for all. The
        // footer's check has proved that they are not longer than the file.
        let sections_at = footer.index.offset;
        let mut sections = vec![0; (footer_at - sections_at) as usize];
        read(&mut sections, sections_at)?;
        let sections = Bytes::from(sections);
        let bytes_of = |section: Section| {
            let begins = (section.offset - sections_at) as usize;
            sections.slice(begins..begins + section.length as usize)
        };
        let corrupt = |offset: u64| move |error: DecodeError| Error::undecodable(path, offset, &error);

        let raw = open(&bytes_of(footer.metadata), footer.metadata.offset, BlockKind::Metadata)
            .map_err(corrupt(footer.metadata.offset))?;
        let metadata = SstableMetadata::decode(raw).map_err(corrupt(footer.metadata.offset))?;
        let raw = open(&bytes_of(footer.filter), footer.filter.offset, BlockKind::Filter)
            .map_err(corrupt(footer.filter.offset))?;
        let filter = Filter::decode(&raw).map_err(corrupt(footer.filter.offset))?;
        let index = read_index(bytes_of(footer.index), footer.index.offset)
            .map_err(|(offset, error)| Error::undecodable(path, offset, &error))?;
        if index.len() == 0 || index.end_offset() != footer.index.offset {
            let what = "the index does not fit the data blocks before it";
            return Err(Error::corruption(path, footer.index.offset, what));
        }
        Ok(Arc::new(Sstable { id, path: path.to_owned(), file, cache, index, metadata, filter }))
    }

    /// Its id.
    pub fn id(&self) -> SstableId {
        self.id
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What can be known without reading rows.
    pub fn metadata(&self) -> &SstableMetadata {
        &self.metadata
    }

    /// Length of its file.
    pub fn size_bytes(&self) -> u64 {
        self.file.length()
    }

    /// Bytes that index and filter take in memory as long as it is open.
    pub fn memory_size_bytes(&self) -> usize {
        self.index.size_bytes() + self.filter.size_bytes()
    }

    /// Whether partition `key` may be in it: by key range and filter. `false` is certain.
    pub fn may_contain(&self, key: &DecoratedKey) -> bool {
        self.may_contain_hashed(key, Filter::hash(key))
    }

    /// [`Sstable::may_contain`] with `hash` from [`Filter::hash`], for asking many sstables.
    pub fn may_contain_hashed(&self, key: &DecoratedKey, hash: u64) -> bool {
        self.metadata.first_key <= *key && *key <= self.metadata.last_key && self.filter.may_contain(hash)
    }

    /// Whether one of its partitions may lie in `range`.
    pub fn overlaps(&self, range: &ByteRange) -> bool {
        range.start <= self.metadata.last_key.0
            && range.end.as_ref().is_none_or(|end| self.metadata.first_key.0 < *end)
    }

    /// The stream of `partitions` in it: rows and range tombstones inside `slices` (ascending,
    /// disjoint), static rows if wanted, positions in `direction`. Cells outside `columns` come without
    /// their values: they keep their row alive. A partition that is here is told even when nothing of it
    /// lies in the slices.
    pub fn source(
        self: &Arc<Self>,
        partitions: PartitionSelection,
        slices: Arc<[ByteRange]>,
        static_row: bool,
        columns: ColumnSelection,
        direction: Direction,
        caching: Caching,
    ) -> SstableSource {
        SstableSource::new(self.clone(), partitions, slices, static_row, columns, direction, caching)
    }

    /// The stream of everything in it whose key lies in `range`, past the cache: for compaction and
    /// streaming.
    pub fn scan(self: &Arc<Self>, range: ByteRange) -> SstableSource {
        self.source(
            PartitionSelection::Range(range),
            Arc::from([ByteRange::all()]),
            true,
            ColumnSelection::All,
            Direction::Forward,
            Caching::Pass,
        )
    }
}

/// The index of the blocks of an index section that lies at `offset`. Errors come with their offset.
fn read_index(mut section: Bytes, mut offset: u64) -> Result<Index, (u64, DecodeError)> {
    let mut index = Index::new();
    while !section.is_empty() {
        let stored =
            section.get(4..8).map(|length| u32::from_le_bytes([length[0], length[1], length[2], length[3]]));
        let length = stored.map_or(usize::MAX, |stored| stored as usize + BLOCK_HEADER_SIZE_BYTES);
        if length > section.len() {
            return Err((offset, DecodeError::new("an index block is cut short", 0)));
        }
        let raw = open_detached(&section.split_to(length), offset, BlockKind::Index)
            .map_err(|error| (offset, error))?;
        index.extend(raw).map_err(|error| (offset, error))?;
        offset += length as u64;
    }
    Ok(index)
}
