//! [`BlockCache`]: decoded blocks of sstables in a bounded number of bytes.
//!
//! On the data's way: a reader asks here before it asks the file. Blocks are shared, so what a reader
//! holds outlives its eviction. Sstable ids are never used twice, so nothing has to be taken out when a
//! file goes.

use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::sstable::{Block, SstableId};

/// A block is about this long; decides how many entries the cache plans for.
const BLOCK_SIZE_BYTES_EXPECTED: u64 = 16 * 1024;

#[derive(Clone)]
struct BlockWeighter;

impl Weighter<(SstableId, u64), Block> for BlockWeighter {
    fn weight(&self, _: &(SstableId, u64), block: &Block) -> u64 {
        block.size_bytes() as u64
    }
}

/// Decoded blocks by sstable and offset.
pub struct BlockCache {
    blocks: Cache<(SstableId, u64), Block, BlockWeighter>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// How a cache has served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheStatistics {
    /// Lookups that found their block.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Bytes held now.
    pub size_bytes: u64,
    /// Most bytes it holds.
    pub capacity_bytes: u64,
}

impl BlockCache {
    /// A cache of at most `capacity_bytes`. A block larger than a part of it may not be kept at all.
    pub fn new(capacity_bytes: u64) -> BlockCache {
        let entries = usize::try_from(capacity_bytes / BLOCK_SIZE_BYTES_EXPECTED).unwrap_or(usize::MAX);
        BlockCache {
            blocks: Cache::with_weighter(entries.clamp(16, 1 << 24), capacity_bytes, BlockWeighter),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    pub(crate) fn get(&self, sstable: SstableId, offset: u64) -> Option<Block> {
        let block = self.blocks.get(&(sstable, offset));
        let counter = if block.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        block
    }

    pub(crate) fn insert(&self, sstable: SstableId, offset: u64, block: Block) {
        self.blocks.insert((sstable, offset), block);
    }

    /// How it has served so far.
    pub fn statistics(&self) -> CacheStatistics {
        CacheStatistics {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            size_bytes: self.blocks.weight(),
            capacity_bytes: self.blocks.capacity(),
        }
    }
}

impl std::fmt::Debug for BlockCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.statistics().fmt(f)
    }
}
