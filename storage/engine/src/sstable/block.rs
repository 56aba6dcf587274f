//! [`Block`]: entries one behind the other, and tables that find them. [`BlockBuilder`] makes one.
//!
//! Shape: entries; offset of each entry; entry numbers of the partition starts; entry numbers of the
//! range tombstone changes; three counts (u32); width of the tables' numbers (2 or 4 bytes).
//! So a partition, a position inside it, and the deletion open there are binary searches inside the
//! block, and reading backwards is as cheap as forwards.
//! A block that was read has tables that are in order and inside it; entries are checked when decoded.

use std::ops::Range;

use bytes::Bytes;
use model::DecodeError;
use model::data::{Deletion, Row};
use model::read::ColumnSelection;

use super::entry::{self, EntryKind};

const COUNTS_SIZE_BYTES: usize = 3 * 4;

/// Collects entries.
#[derive(Default)]
pub(super) struct BlockBuilder {
    entries: Vec<u8>,
    offsets: Vec<u32>,
    starts: Vec<u32>,
    changes: Vec<u32>,
}

impl BlockBuilder {
    pub(super) fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Its size so far; at most a few bytes off.
    pub(super) fn size_bytes(&self) -> usize {
        self.entries.len() + 2 * (self.offsets.len() + self.starts.len() + self.changes.len())
    }

    pub(super) fn push_partition(&mut self, key: &[u8], deletion: Option<Deletion>) {
        self.starts.push(self.offsets.len() as u32);
        self.offsets.push(self.entries.len() as u32);
        entry::put_partition(key, deletion, &mut self.entries);
    }

    pub(super) fn push_row(&mut self, row: &Row, is_static: bool) {
        self.offsets.push(self.entries.len() as u32);
        entry::put_row(row, is_static, &mut self.entries);
    }

    pub(super) fn push_change(&mut self, position: &[u8], deletion: Option<Deletion>) {
        self.changes.push(self.offsets.len() as u32);
        self.offsets.push(self.entries.len() as u32);
        entry::put_change(position, deletion, &mut self.entries);
    }

    /// The raw bytes; the builder is empty again and keeps its memory.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.entries);
        let wide = self.entries.len() > usize::from(u16::MAX);
        let tables = [&self.offsets, &self.starts, &self.changes];
        for number in tables.into_iter().flatten() {
            if wide {
                out.extend_from_slice(&number.to_le_bytes());
            } else {
                out.extend_from_slice(&(*number as u16).to_le_bytes());
            }
        }
        for table in tables {
            out.extend_from_slice(&(table.len() as u32).to_le_bytes());
        }
        out.push(if wide { 4 } else { 2 });
        self.entries.clear();
        self.offsets.clear();
        self.starts.clear();
        self.changes.clear();
    }
}

/// A block in memory. Cheap to clone: clones share the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    raw: Bytes,
    wide: bool,
    entries: u32,
    starts: u32,
    changes: u32,
    /// Where the entries end and the table of their offsets begins.
    tables_at: u32,
}

impl Block {
    /// The block of raw bytes.
    ///
    /// Errors: tables that do not fit, are not in order, or point outside.
    pub(super) fn parse(raw: Bytes) -> Result<Block, DecodeError> {
        let (&width, counted) =
            raw.split_last().ok_or_else(|| DecodeError::new("a block without bytes", 0))?;
        let wide = match width {
            2 => false,
            4 => true,
            other => return Err(DecodeError::new(format!("table width {other}"), counted.len())),
        };
        let counts_at = counted
            .len()
            .checked_sub(COUNTS_SIZE_BYTES)
            .ok_or_else(|| DecodeError::new("a block without tables", 0))?;
        let count = |at: usize| {
            let bytes = &counted[counts_at + 4 * at..counts_at + 4 * at + 4];
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        };
        let (entries, starts, changes) = (count(0), count(1), count(2));
        let numbers = u64::from(entries) + u64::from(starts) + u64::from(changes);
        let tables_at = (counts_at as u64)
            .checked_sub(numbers * u64::from(width))
            .and_then(|at| u32::try_from(at).ok())
            .ok_or_else(|| DecodeError::new("a block's tables are larger than it", counts_at))?;
        let block = Block { wide, entries, starts, changes, tables_at, raw };
        block.check()?;
        Ok(block)
    }

    fn check(&self) -> Result<(), DecodeError> {
        let disorder = |what: &str| DecodeError::new(format!("{what} of a block are out of order"), 0);
        if self.entries == 0 || self.number(0) != 0 {
            return Err(disorder("entries"));
        }
        let ascending = |from: usize, count: usize, limit: usize| {
            (from..from + count).is_sorted_by(|a, b| self.number(*a) < self.number(*b))
                && (count == 0 || self.number(from + count - 1) < limit)
        };
        let (entries, starts, changes) = (self.len(), self.starts as usize, self.changes as usize);
        if !ascending(0, entries, self.tables_at as usize) {
            return Err(disorder("entries"));
        }
        if !ascending(entries, starts, entries) {
            return Err(disorder("partitions"));
        }
        if !ascending(entries + starts, changes, entries) {
            return Err(disorder("changes"));
        }
        Ok(())
    }

    /// Number `at` of the three tables taken together.
    fn number(&self, at: usize) -> usize {
        let width = if self.wide { 4 } else { 2 };
        let at = self.tables_at as usize + at * width;
        let bytes = &self.raw[at..at + width];
        if self.wide {
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
        } else {
            usize::from(u16::from_le_bytes([bytes[0], bytes[1]]))
        }
    }

    /// How many entries it has; at least one.
    pub(super) fn len(&self) -> usize {
        self.entries as usize
    }

    /// Bytes it takes in memory.
    pub(crate) fn size_bytes(&self) -> usize {
        self.raw.len() + size_of::<Block>()
    }

    /// How many partitions begin in it.
    pub(super) fn start_count(&self) -> usize {
        self.starts as usize
    }

    /// Entry number of the `slot`th partition start, or behind the last entry when there are fewer.
    pub(super) fn start(&self, slot: usize) -> usize {
        if slot < self.start_count() { self.number(self.len() + slot) } else { self.len() }
    }

    fn entry_range(&self, at: usize) -> Range<usize> {
        let end = if at + 1 < self.len() { self.number(at + 1) } else { self.tables_at as usize };
        self.number(at)..end
    }

    /// Kind and key or position of entry `at`.
    pub(super) fn head(&self, at: usize) -> Result<(EntryKind, &[u8]), DecodeError> {
        let entry = &self.raw[self.entry_range(at)];
        let (kind, key) = entry::head(entry)?;
        Ok((kind, &entry[key]))
    }

    /// The wanted columns of the row of entry `at`.
    pub(super) fn row(&self, at: usize, columns: &ColumnSelection) -> Result<Row, DecodeError> {
        entry::row(self.raw.slice(self.entry_range(at)), columns)
    }

    /// Key or position of entry `at`, and its deletion: a partition's, or what a change changes to.
    pub(super) fn keyed(&self, at: usize) -> Result<(Bytes, Option<Deletion>), DecodeError> {
        let range = self.entry_range(at);
        let (kind, key) = entry::head(&self.raw[range.clone()])?;
        let present = match kind {
            EntryKind::Partition { deleted: present } | EntryKind::Change { opens: present } => present,
            other => return Err(DecodeError::new(format!("a {other:?} entry has no deletion"), range.start)),
        };
        let deletion = entry::deletion(self.raw.slice(range.start + key.end..range.end), present)?;
        Ok((self.raw.slice(range.start + key.start..range.start + key.end), deletion))
    }

    /// The first slot whose partition has a key not before `key`; `start_count` when there is none.
    pub(super) fn lower_bound_of_key(&self, key: &[u8]) -> Result<usize, DecodeError> {
        let (mut low, mut high) = (0, self.start_count());
        while low < high {
            let middle = low.midpoint(high);
            if self.head(self.start(middle))?.1 < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The first entry among `within`, the items of one partition, whose position is not before
    /// `position`.
    pub(super) fn lower_bound_of_position(
        &self,
        within: Range<usize>,
        position: &[u8],
    ) -> Result<usize, DecodeError> {
        let (mut low, mut high) = (within.start, within.end);
        while low < high {
            let middle = low.midpoint(high);
            if self.head(middle)?.1 < position {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The last range tombstone change among entries `within`, if there is one: what it changes to.
    pub(super) fn last_change(&self, within: Range<usize>) -> Result<Option<Option<Deletion>>, DecodeError> {
        let base = self.len() + self.start_count();
        let (mut low, mut high) = (0, self.changes as usize);
        while low < high {
            let middle = low.midpoint(high);
            if self.number(base + middle) < within.end {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        match low.checked_sub(1).map(|slot| self.number(base + slot)) {
            Some(entry) if within.contains(&entry) => Ok(Some(self.keyed(entry)?.1)),
            _ => Ok(None),
        }
    }
}
