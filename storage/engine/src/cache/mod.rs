//! What the engine keeps of its files in memory.

mod block_cache;

pub use block_cache::{BlockCache, CacheStatistics};
