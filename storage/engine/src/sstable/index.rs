//! [`Index`]: where each data block begins, by partition key and position inside the partition.
//!
//! Partition index and row index in one: an entry a block. A block that begins inside a partition has
//! the position of its first entry, the range deletion open there, and what the partition's start says,
//! so that a slice of a wide partition is read without the blocks before it.
//! Kept in memory whole; its size is counted. Order: by key, then position, as the blocks lie.

use std::cmp::Ordering;

use bytes::{Buf, Bytes};
use model::DecodeError;
use model::codec::fragment::{decode_deletion, encode_deletion};
use model::codec::varint::{get_uvarint, put_uvarint};
use model::data::Deletion;

use super::format::BLOCK_HEADER_SIZE_BYTES;

/// Index entries are gathered into blocks of about this size.
pub(super) const INDEX_BLOCK_SIZE_BYTES: usize = 32 * 1024;

const CONTINUES: u8 = 1 << 0;
const OPEN: u8 = 1 << 1;
const DELETED: u8 = 1 << 2;
const HAS_STATIC: u8 = 1 << 3;

/// How a block that begins inside a partition finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Continuation {
    /// Position of the block's first entry.
    pub(super) position: Bytes,
    /// The range deletion open before the first entry.
    pub(super) open: Option<Deletion>,
    /// Deletion of the whole partition.
    pub(super) partition_deletion: Option<Deletion>,
    /// Whether the partition has a static row; it lies in the block where the partition begins.
    pub(super) has_static: bool,
}

/// One data block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexEntry {
    /// Key of the partition of its first entry.
    pub(super) key: Bytes,
    /// Set when that partition begins in an earlier block.
    pub(super) continuation: Option<Continuation>,
    /// Where the block lies in the file.
    pub(super) offset: u64,
    /// Its length there, header included.
    pub(super) length: u32,
}

impl IndexEntry {
    /// Appends all but the offset: blocks lie one behind the other.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let mut flags = 0;
        if let Some(continuation) = &self.continuation {
            flags |= CONTINUES;
            flags |= if continuation.open.is_some() { OPEN } else { 0 };
            flags |= if continuation.partition_deletion.is_some() { DELETED } else { 0 };
            flags |= if continuation.has_static { HAS_STATIC } else { 0 };
        }
        out.push(flags);
        put_uvarint(out, u64::from(self.length));
        put_uvarint(out, self.key.len() as u64);
        out.extend_from_slice(&self.key);
        if let Some(continuation) = &self.continuation {
            put_uvarint(out, continuation.position.len() as u64);
            out.extend_from_slice(&continuation.position);
            for deletion in [continuation.open, continuation.partition_deletion].into_iter().flatten() {
                encode_deletion(deletion, out);
            }
        }
    }

    fn decode(input: &mut Bytes, offset: u64) -> Result<IndexEntry, DecodeError> {
        if input.is_empty() {
            return Err(DecodeError::new("an index entry is missing", 0));
        }
        let flags = input.get_u8();
        if flags & !(CONTINUES | OPEN | DELETED | HAS_STATIC) != 0 || (flags & CONTINUES == 0 && flags != 0) {
            return Err(DecodeError::new(format!("index entry flags {flags:#04x}"), 0));
        }
        let length = u32::try_from(get_uvarint(input)?)
            .map_err(|_| DecodeError::new("a block's length does not fit 32 bits", 0))?;
        if (length as usize) < BLOCK_HEADER_SIZE_BYTES {
            return Err(DecodeError::new("a block shorter than its header", 0));
        }
        let key = byte_string(input)?;
        let mut continuation = None;
        if flags & CONTINUES != 0 {
            let position = byte_string(input)?;
            let open = if flags & OPEN != 0 { Some(decode_deletion(input)?) } else { None };
            let partition_deletion = if flags & DELETED != 0 { Some(decode_deletion(input)?) } else { None };
            let has_static = flags & HAS_STATIC != 0;
            continuation = Some(Continuation { position, open, partition_deletion, has_static });
        }
        Ok(IndexEntry { key, continuation, offset, length })
    }

    fn position(&self) -> Option<&[u8]> {
        self.continuation.as_ref().map(|continuation| &continuation.position[..])
    }

    /// Compares the beginning of the block with a place: `None` is the beginning of the partition.
    fn compare(&self, key: &[u8], position: Option<&[u8]>) -> Ordering {
        self.key[..].cmp(key).then_with(|| self.position().cmp(&position))
    }
}

fn byte_string(input: &mut Bytes) -> Result<Bytes, DecodeError> {
    let length = get_uvarint(input)?;
    if length > input.len() as u64 {
        return Err(DecodeError::new("an index entry is cut short", 0));
    }
    Ok(input.split_to(length as usize))
}

/// All data blocks of an sstable.
#[derive(Debug)]
pub(super) struct Index {
    entries: Vec<IndexEntry>,
    /// The first eight bytes of each entry's key as a number, which orders most keys (those of hashed
    /// tables begin with their token) without following a pointer.
    prefixes: Vec<u64>,
    /// Bytes of the raw blocks that the entries share.
    raw_bytes: usize,
}

impl Index {
    pub(super) fn new() -> Index {
        Index { entries: Vec::new(), prefixes: Vec::new(), raw_bytes: 0 }
    }

    /// Adds the entries of one raw index block.
    ///
    /// Errors: bytes that are no entries, or entries out of order.
    pub(super) fn extend(&mut self, mut raw: Bytes) -> Result<(), DecodeError> {
        self.raw_bytes += raw.len();
        let whole = raw.len();
        while !raw.is_empty() {
            let at = whole - raw.len();
            let offset = self.end_offset();
            let entry = IndexEntry::decode(&mut raw, offset)
                .map_err(|error| DecodeError::new(error.what, at + error.offset))?;
            let in_order = match self.entries.last() {
                None => entry.continuation.is_none(),
                // A change may end one block and the row at its position begin the next, so positions
                // may be equal.
                Some(last) => match entry.position() {
                    Some(position) => last.compare(&entry.key, Some(position)).is_le(),
                    None => last.key < entry.key,
                },
            };
            if !in_order || entry.offset.checked_add(u64::from(entry.length)).is_none() {
                return Err(DecodeError::new("index entries are out of order", at));
            }
            self.prefixes.push(prefix_of(&entry.key));
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Where the last block ends in the file.
    pub(super) fn end_offset(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.offset + u64::from(last.length))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, block: usize) -> &IndexEntry {
        &self.entries[block]
    }

    /// How block `block` continues a partition; `None` also when there is no such block.
    pub(super) fn continuation(&self, block: usize) -> Option<&Continuation> {
        self.entries.get(block).and_then(|entry| entry.continuation.as_ref())
    }

    /// Bytes it takes in memory.
    pub(super) fn size_bytes(&self) -> usize {
        self.raw_bytes
            + self.entries.capacity() * size_of::<IndexEntry>()
            + self.prefixes.capacity() * size_of::<u64>()
    }

    /// How many blocks, of those from `from` on, come before the first for which `is_before` does not
    /// hold. It holds for blocks of keys below `key`, and not for those of keys above it.
    fn count_before(&self, key: &[u8], from: usize, is_before: impl Fn(&IndexEntry) -> bool) -> usize {
        let prefix = prefix_of(key);
        let low = from + self.prefixes[from..].partition_point(|other| *other < prefix);
        let high = low + self.prefixes[low..].partition_point(|other| *other == prefix);
        low - from + self.entries[low..high].partition_point(is_before)
    }

    /// The block in which partition `key` begins, if it is here; else where it would.
    pub(super) fn block_of_key(&self, key: &[u8]) -> usize {
        self.count_before(key, 0, |entry| entry.compare(key, None).is_le()).saturating_sub(1)
    }

    /// The last block that begins at or before `position` of partition `key`, which begins in block
    /// `home`.
    pub(super) fn block_at(&self, key: &[u8], position: &[u8], home: usize) -> usize {
        home + self.count_before(key, home + 1, |entry| entry.compare(key, Some(position)).is_le())
    }

    /// The last block that begins before `position` of partition `key`, which begins in block `home`.
    pub(super) fn block_before(&self, key: &[u8], position: &[u8], home: usize) -> usize {
        home + self.count_before(key, home + 1, |entry| entry.compare(key, Some(position)).is_lt())
    }

    /// The last block of partition `key`, which begins in block `home`.
    pub(super) fn last_block(&self, key: &[u8], home: usize) -> usize {
        if self.continuation(home + 1).is_none() {
            return home;
        }
        home + self.count_before(key, home + 1, |entry| &entry.key[..] <= key)
    }

    /// How many blocks begin before `key`, or all.
    pub(super) fn blocks_before(&self, key: Option<&[u8]>) -> usize {
        match key {
            Some(key) => self.count_before(key, 0, |entry| &entry.key[..] < key),
            None => self.entries.len(),
        }
    }
}

/// Equal for equal keys; a smaller one means a smaller key.
fn prefix_of(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = key.len().min(8);
    bytes[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(bytes)
}
