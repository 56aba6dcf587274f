//! [`Interior`]: what the engine's door, its threads and its recovery share.
//!
//! Here are the calls that change the set of tables. Lock order: `tables_changing`, then a region's
//! `flushing`, then the manifest's, then a region's `state`.

use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::clock::Clock;
use model::schema::TableId;

use crate::cache::BlockCache;
use crate::commit_log::Segments;
use crate::config::{EngineSettings, TableSettings};
use crate::error::Error;
use crate::fs::FileSystem;
use crate::latch::Latch;
use crate::manifest::{Change, Manifest};
use crate::metrics::{EngineStatistics, Metrics, TableStatistics};
use crate::region::TableStore;
use crate::signal::Signal;
use crate::sstable::SstableId;
use crate::write::Tables;

/// What the parts of an open engine share.
pub(crate) struct Interior {
    pub(crate) fs: Arc<dyn FileSystem>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directories: Directories,
    pub(crate) settings: EngineSettings,
    pub(crate) tables: Arc<Tables>,
    pub(crate) manifest: Manifest,
    pub(crate) segments: Arc<Segments>,
    pub(crate) cache: Arc<BlockCache>,
    /// The id the next new sstable gets.
    pub(crate) next_sstable: AtomicU64,
    /// Raised when there is something to compact.
    pub(crate) compaction_wanted: Signal,
    /// Held while segments are retired.
    pub(crate) retiring: Mutex<()>,
    pub(crate) latch: Arc<Latch>,
    pub(crate) metrics: Arc<Metrics>,
    /// Held while the set of tables, or a table's settings, change.
    pub(crate) tables_changing: Mutex<()>,
    /// Keeps other processes out for as long as it lives.
    pub(crate) _lock: Box<dyn Send + Sync>,
}

/// Where an engine's files are.
#[derive(Debug, Clone)]
pub(crate) struct Directories {
    pub(crate) commit_log: PathBuf,
    pub(crate) manifest: PathBuf,
    pub(crate) tables: PathBuf,
    pub(crate) lock: PathBuf,
}

impl Directories {
    /// The layout under `root`.
    pub(crate) fn under(root: &std::path::Path) -> Directories {
        Directories {
            commit_log: root.join("commitlog"),
            manifest: root.join("manifest"),
            tables: root.join("tables"),
            lock: root.join("LOCK"),
        }
    }

    /// Where a table's sstables are.
    pub(crate) fn table(&self, id: TableId) -> PathBuf {
        self.tables.join(id.to_string())
    }
}

impl Interior {
    /// An id that no sstable had.
    pub(crate) fn new_sstable_id(&self) -> SstableId {
        SstableId(self.next_sstable.fetch_add(1, Ordering::Relaxed))
    }

    /// Where an sstable's file is.
    pub(crate) fn sstable_path(&self, table: TableId, id: SstableId) -> PathBuf {
        self.directories.table(table).join(id.file_name())
    }

    /// See `Engine::create_table`.
    pub(crate) fn create_table(&self, settings: TableSettings) -> Result<(), Error> {
        settings.validate()?;
        let _changing = self.tables_changing.lock();
        let directory = self.directories.table(settings.id);
        self.fs.create_directory(&directory).map_err(|error| Error::io("create", &directory, error))?;
        let table = TableStore::new(settings.clone(), self.clock.monotonic_nanos());
        self.manifest.install(&[Change::TableCreated(settings)], || self.tables.publish(table))
    }

    /// See `Engine::alter_table`.
    pub(crate) fn alter_table(&self, settings: TableSettings) -> Result<(), Error> {
        settings.validate()?;
        let _changing = self.tables_changing.lock();
        let before = self.tables.table(settings.id)?;
        let table = TableStore { settings: Arc::new(settings.clone()), ..before };
        self.manifest.install(&[Change::TableAltered(settings)], || self.tables.publish(table))
    }

    /// See `Engine::statistics`.
    pub(crate) fn statistics(&self) -> EngineStatistics {
        let cache = self.cache.statistics();
        let mut statistics = EngineStatistics {
            commit_log_bytes: self.segments.size_bytes(),
            commit_log_segments: self.segments.count(),
            memtable_bytes: self.tables.budget.used(),
            block_cache_bytes: cache.size_bytes,
            block_cache_hits: cache.hits,
            block_cache_misses: cache.misses,
            latched: self.latch.reason().map(str::to_owned),
            newest_timestamp: i64::MIN,
            ..EngineStatistics::default()
        };
        self.metrics.read_into(&mut statistics);
        for (id, table) in self.tables.all().iter() {
            let mut of_table = TableStatistics::default();
            for region in table.regions.iter() {
                let state = region.state.read();
                for memtable in state.memtables.iter() {
                    statistics.newest_timestamp =
                        statistics.newest_timestamp.max(memtable.newest_timestamp());
                    of_table.memtable_bytes += memtable.size_bytes();
                    of_table.memtable_partitions += memtable.snapshot().partition_count();
                }
                for sstable in state.sstables() {
                    statistics.newest_timestamp =
                        statistics.newest_timestamp.max(sstable.metadata().max_timestamp);
                    of_table.sstables += 1;
                    of_table.sstable_bytes += sstable.size_bytes();
                    of_table.sstable_partitions += sstable.metadata().partitions;
                }
            }
            statistics.tables.insert(*id, of_table);
        }
        statistics
    }

    /// Ends background work: threads that wait for a signal return.
    pub(crate) fn close(&self) {
        self.tables.flush_wanted.close();
        self.compaction_wanted.close();
    }
}
