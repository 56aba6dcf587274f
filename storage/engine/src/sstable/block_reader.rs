//! [`BlockReader`]: one reader's way to the data blocks: cache first, then the file, several at a time.
//!
//! A reader that goes from block to block reads ahead: each time it has to go to the file again it reads
//! twice as many blocks at once, up to a limit. Blocks are checked and decompressed when they are used,
//! not when they are read.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use model::DecodeError;
use model::stream::Direction;

use super::block::Block;
use super::envelope::{open, open_detached};
use super::format::BlockKind;
use super::sstable::Sstable;
use crate::error::Error;

/// Most bytes read ahead at once.
const READ_AHEAD_SIZE_BYTES_MAX: u64 = 256 * 1024;

/// How a reader uses the block cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Looks there first and leaves what it reads.
    Fill,
    /// Neither: reads large pieces from the file. For compaction and streaming, which touch every block
    /// once and would push out what others need.
    Pass,
}

/// Reads blocks of one sstable.
pub(super) struct BlockReader {
    pub(super) sstable: Arc<Sstable>,
    direction: Direction,
    caching: Caching,
    /// Sealed blocks read from the file and not used yet, as they lie there.
    window: Range<usize>,
    sealed: Bytes,
    /// How many blocks the next read of the file takes.
    next_count: usize,
}

impl BlockReader {
    pub(super) fn new(sstable: Arc<Sstable>, direction: Direction, caching: Caching) -> BlockReader {
        let next_count = match caching {
            Caching::Fill => 1,
            Caching::Pass => usize::MAX,
        };
        BlockReader { sstable, direction, caching, window: 0..0, sealed: Bytes::new(), next_count }
    }

    /// Block `number`, given that the reader will want only blocks of `wanted`.
    pub(super) fn block(&mut self, number: usize, wanted: Range<usize>) -> Result<Block, Error> {
        let entry = self.sstable.index.get(number);
        let (offset, length) = (entry.offset, entry.length as usize);
        if self.caching == Caching::Fill
            && let Some(block) = self.sstable.cache.get(self.sstable.id(), offset)
        {
            return Ok(block);
        }
        if !self.window.contains(&number) {
            self.read_window(number, wanted)?;
        }
        let begins = (offset - self.sstable.index.get(self.window.start).offset) as usize;
        let sealed = self.sealed.slice(begins..begins + length);
        // What goes into the cache must not hold the other blocks of the window.
        let open = if self.caching == Caching::Fill && self.window.len() > 1 { open_detached } else { open };
        let block = open(&sealed, offset, BlockKind::Data)
            .and_then(Block::parse)
            .map_err(|error| self.corrupt(number, &error))?;
        if self.caching == Caching::Fill {
            self.sstable.cache.insert(self.sstable.id(), offset, block.clone());
        }
        Ok(block)
    }

    fn read_window(&mut self, number: usize, wanted: Range<usize>) -> Result<(), Error> {
        let index = &self.sstable.index;
        let follows_window = match self.direction {
            Direction::Forward => number == self.window.end,
            Direction::Reverse => number + 1 == self.window.start,
        };
        if !follows_window && self.caching == Caching::Fill {
            self.next_count = 1;
        }
        let mut window = number..number + 1;
        let mut length = u64::from(index.get(number).length);
        while window.len() < self.next_count {
            let next = match self.direction {
                Direction::Forward => Some(window.end),
                Direction::Reverse => window.start.checked_sub(1),
            };
            let Some(next) = next.filter(|next| wanted.contains(next)) else { break };
            length += u64::from(index.get(next).length);
            if length > READ_AHEAD_SIZE_BYTES_MAX {
                break;
            }
            window = window.start.min(next)..window.end.max(next + 1);
        }
        let begins = index.get(window.start).offset;
        let last = index.get(window.end - 1);
        // The index has been checked to end where the data blocks end, inside the file.
        let mut sealed = vec![0; (last.offset + u64::from(last.length) - begins) as usize];
        self.sstable
            .file
            .read_exact_at(&mut sealed, begins)
            .map_err(|error| Error::io("read", self.sstable.path(), error))?;
        self.next_count = self.next_count.saturating_mul(2);
        self.window = window;
        self.sealed = sealed.into();
        Ok(())
    }

    /// The corruption of block `number` that a decoding error means.
    pub(super) fn corrupt(&self, number: usize, error: &DecodeError) -> Error {
        let what = format!("data block {number}: {} (byte {} of it)", error.what, error.offset);
        Error::corruption(self.sstable.path(), self.sstable.index.get(number).offset, what)
    }
}
