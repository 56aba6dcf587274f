//! [`EngineSettings`] and [`TableSettings`]: what an owner of the engine and a table may choose.
//!
//! Every field has its unit, its default and the reason for it. Settings are data: clock, file system and
//! directory are arguments of `Engine::open`.

use serde::{Deserialize, Serialize};

use model::key::ByteRange;
use model::limits::MUTATION_SIZE_BYTES_MAX;
use model::schema::TableId;

use crate::compaction::CompactionSettings;
use crate::error::Error;

/// Who does the background work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Background {
    /// Threads of the engine: log, apply, flush, compaction.
    #[default]
    Threads,
    /// Nobody: a write is logged and applied on its caller's thread, flush and compaction happen only
    /// when called. Equal calls then make equal file-system calls, which crash tests rely on.
    Manual,
}

/// When a write is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SyncMode {
    /// Before it is acknowledged; writes that wait together share one sync.
    #[default]
    Group,
    /// **Unsafe.** Up to `interval_millis` after it is acknowledged: a crash of the machine loses
    /// acknowledged writes. With [`Background::Manual`] it is as `Group`.
    UnsafePeriodic {
        /// Longest time between two syncs, milliseconds.
        interval_millis: u64,
    },
}

/// A mistake built in on purpose, so that a test can show that the crash programme finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeededDefect {
    /// The commit log is never synced.
    AcknowledgeBeforeSync,
    /// The names of new segments are not made durable.
    SkipDirectorySync,
    /// A segment is retired while a memtable still needs it.
    RetireTooEarly,
    /// Manifest edits are not synced.
    SkipManifestSync,
    /// A compaction purges tombstones that still cover data outside of it.
    PurgeTooMuch,
}

/// Settings of an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// Who does the background work. Default: threads.
    pub background: Background,
    /// When a write is durable. Default: before it is acknowledged.
    pub sync: SyncMode,
    /// Size at which a commit log segment is full, bytes. Default 32 MiB: a segment holds two largest
    /// mutations, and the log is retired in pieces small beside its limit.
    pub commit_log_segment_bytes: u64,
    /// Size of the commit log at which the memtables that hold its oldest segment are flushed, bytes.
    /// Default 256 MiB: about two seconds of replay.
    pub commit_log_bytes_max: u64,
    /// Writes that may wait for the commit log; more answer `Overloaded`. Default 16,384.
    pub write_queue_writes_max: usize,
    /// Bytes of the writes that may wait; more answer `Overloaded`. Default 64 MiB: four largest
    /// mutations.
    pub write_queue_bytes_max: usize,
    /// Bytes of all memtables. At half of it the largest is sealed and flushed; at all of it writers
    /// wait, then are answered `Overloaded`. Default 128 MiB.
    pub memtable_budget_bytes: usize,
    /// Bytes at which one region's memtable is sealed. Default 32 MiB: large enough for sequential
    /// writing, small enough that a flush takes under a second.
    pub memtable_region_bytes_max: usize,
    /// Longest time a writer waits for memtable memory, milliseconds. Default 5,000: below the drivers'
    /// usual request timeout.
    pub stall_millis_max: u64,
    /// Bytes of decoded blocks kept in memory. Default 64 MiB.
    pub block_cache_bytes: usize,
    /// Compactions that run at once. Default 1: on two cores the other serves requests.
    pub compaction_threads: usize,
    /// Size at which the manifest is rewritten, bytes. Default 4 MiB.
    pub manifest_bytes_max: u64,
    /// A mistake to find; only the crash programme's self-test sets it.
    #[serde(skip)]
    pub seeded_defect: Option<SeededDefect>,
}

impl Default for EngineSettings {
    fn default() -> EngineSettings {
        const MIB: usize = 1024 * 1024;
        EngineSettings {
            background: Background::Threads,
            sync: SyncMode::Group,
            commit_log_segment_bytes: 32 * MIB as u64,
            commit_log_bytes_max: 256 * MIB as u64,
            write_queue_writes_max: 16 * 1024,
            write_queue_bytes_max: 64 * MIB,
            memtable_budget_bytes: 128 * MIB,
            memtable_region_bytes_max: 32 * MIB,
            stall_millis_max: 5_000,
            block_cache_bytes: 64 * MIB,
            compaction_threads: 1,
            manifest_bytes_max: 4 * MIB as u64,
            seeded_defect: None,
        }
    }
}

impl EngineSettings {
    /// Checks relations between settings.
    ///
    /// Errors: `Invalid`, naming the setting.
    pub fn validate(&self) -> Result<(), Error> {
        let check = |good: bool, what: &str| if good { Ok(()) } else { Err(Error::Invalid(what.to_owned())) };
        check(
            (1024..=1024 * 1024 * 1024).contains(&self.commit_log_segment_bytes),
            "commit_log_segment_bytes must lie between 1 KiB and 1 GiB",
        )?;
        check(self.write_queue_writes_max > 0, "write_queue_writes_max must be above 0")?;
        check(
            self.write_queue_bytes_max >= MUTATION_SIZE_BYTES_MAX,
            "write_queue_bytes_max must hold a largest mutation (16 MiB)",
        )?;
        check(self.memtable_region_bytes_max > 0, "memtable_region_bytes_max must be above 0")?;
        check(self.memtable_budget_bytes > 0, "memtable_budget_bytes must be above 0")?;
        check(self.compaction_threads > 0, "compaction_threads must be above 0")?;
        if let SyncMode::UnsafePeriodic { interval_millis } = self.sync {
            check(interval_millis > 0, "interval_millis of the unsafe periodic sync must be above 0")?;
        }
        Ok(())
    }
}

/// Settings of a table. Make one with [`TableSettings::new`] and change its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TableSettings {
    /// Its identity.
    pub id: TableId,
    /// Its regions: ascending, disjoint, none empty. A write outside of all is `Invalid`.
    pub regions: Vec<ByteRange>,
    /// Seconds a tombstone is kept. Default 864,000 (ten days), as in Cassandra.
    pub gc_grace_seconds: u32,
    /// False-positive rate of the filter, between 0 and 1. Default 0.01.
    pub filter_fp_rate: f64,
    /// Whether blocks are compressed (LZ4). Default: yes.
    pub compress: bool,
    /// How sstables are compacted. Default: unified.
    #[serde(default)]
    pub compaction: CompactionSettings,
    /// Whether writes go to the commit log. Default: yes; if not, a crash loses what is not flushed.
    pub durable_writes: bool,
    /// Longest time data stays in a memtable, milliseconds; 0: no such limit (default).
    pub memtable_flush_period_millis: u32,
}

impl TableSettings {
    /// Settings of a table with everything at its default.
    pub fn new(id: TableId, regions: Vec<ByteRange>) -> TableSettings {
        TableSettings {
            id,
            regions,
            gc_grace_seconds: 864_000,
            filter_fp_rate: 0.01,
            compress: true,
            compaction: CompactionSettings::default(),
            durable_writes: true,
            memtable_flush_period_millis: 0,
        }
    }

    /// Errors: `Invalid`, naming the setting.
    pub fn validate(&self) -> Result<(), Error> {
        let invalid = |what: &str| Err(Error::Invalid(format!("table {}: {what}", self.id)));
        if self.regions.is_empty() || self.regions.iter().any(ByteRange::is_empty) {
            return invalid("a table needs regions, and none may be empty");
        }
        let in_order = |pair: &[ByteRange]| pair[0].end.as_ref().is_some_and(|end| *end <= pair[1].start);
        if !self.regions.windows(2).all(in_order) {
            return invalid("regions must ascend and be disjoint");
        }
        if !(self.filter_fp_rate > 0.0 && self.filter_fp_rate <= 1.0) {
            return invalid("filter_fp_rate must lie above 0 and at most at 1");
        }
        Ok(())
    }
}
