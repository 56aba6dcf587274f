//! [`Metrics`]: counters that the engine owns; [`EngineStatistics`]: what it tells of itself.
//!
//! No exporter here: the owner of the engine asks for statistics and shows them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use model::schema::TableId;

/// Counters since the engine was opened.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) writes: AtomicU64,
    pub(crate) writes_refused: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) stalls: AtomicU64,
    pub(crate) reads: AtomicU64,
    pub(crate) flushes: AtomicU64,
    pub(crate) flush_bytes: AtomicU64,
    pub(crate) flush_failures: AtomicU64,
    pub(crate) compactions: AtomicU64,
    pub(crate) compaction_bytes: AtomicU64,
    pub(crate) compaction_failures: AtomicU64,
    pub(crate) replayed_mutations: AtomicU64,
    pub(crate) skipped_mutations: AtomicU64,
}

impl Metrics {
    /// Adds one to a counter.
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Fills the counters of `statistics`.
    pub(crate) fn read_into(&self, statistics: &mut EngineStatistics) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        statistics.writes = read(&self.writes);
        statistics.writes_refused = read(&self.writes_refused);
        statistics.syncs = read(&self.syncs);
        statistics.stalls = read(&self.stalls);
        statistics.reads = read(&self.reads);
        statistics.flushes = read(&self.flushes);
        statistics.flush_bytes = read(&self.flush_bytes);
        statistics.flush_failures = read(&self.flush_failures);
        statistics.compactions = read(&self.compactions);
        statistics.compaction_bytes = read(&self.compaction_bytes);
        statistics.compaction_failures = read(&self.compaction_failures);
        statistics.replayed_mutations = read(&self.replayed_mutations);
        statistics.skipped_mutations = read(&self.skipped_mutations);
    }
}

/// What an engine tells of itself. Counts are since it was opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EngineStatistics {
    /// Apply calls that became durable and visible.
    pub writes: u64,
    /// Apply calls answered `Overloaded`.
    pub writes_refused: u64,
    /// Syncs of the commit log; `writes / syncs` is how many shared one.
    pub syncs: u64,
    /// Times the write path waited for memtable memory.
    pub stalls: u64,
    /// Read calls.
    pub reads: u64,
    /// Memtables written as sstables.
    pub flushes: u64,
    /// Bytes of those sstables.
    pub flush_bytes: u64,
    /// Flushes that failed; they are tried again.
    pub flush_failures: u64,
    /// Compactions installed.
    pub compactions: u64,
    /// Bytes they wrote.
    pub compaction_bytes: u64,
    /// Compactions that failed; their inputs stay.
    pub compaction_failures: u64,
    /// Mutations read from the commit log at opening.
    pub replayed_mutations: u64,
    /// Mutations skipped there: already flushed, or of tables dropped since.
    pub skipped_mutations: u64,
    /// Bytes of the commit log's segments.
    pub commit_log_bytes: u64,
    /// Segments of the commit log.
    pub commit_log_segments: usize,
    /// Bytes of all memtables.
    pub memtable_bytes: usize,
    /// Bytes of decoded blocks in the block cache.
    pub block_cache_bytes: u64,
    /// Blocks found there.
    pub block_cache_hits: u64,
    /// Blocks not found there.
    pub block_cache_misses: u64,
    /// The newest write timestamp of anything kept; `i64::MIN` when nothing is.
    pub newest_timestamp: i64,
    /// Why writes are refused until the engine is reopened, if they are.
    pub latched: Option<String>,
    /// By table.
    pub tables: BTreeMap<TableId, TableStatistics>,
}

/// What an engine tells of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableStatistics {
    /// Bytes of its memtables.
    pub memtable_bytes: usize,
    /// Partitions in its memtables; one in several is counted several times.
    pub memtable_partitions: usize,
    /// Its live sstables.
    pub sstables: usize,
    /// Their bytes.
    pub sstable_bytes: u64,
    /// Partitions in them; one in several is counted several times.
    pub sstable_partitions: u64,
}
