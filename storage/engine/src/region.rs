//! [`RegionStore`]: memtables and sstables of one table's key range; [`TableStore`]: a table's regions.
//!
//! Writes of a region come from one thread at a time, in log order. Readers take a view (a few clones
//! under a short lock) and hold nothing afterwards. Memtables and sstables stand under one lock, so a
//! view never misses data that is just being flushed, and never sees it twice.

use parking_lot::{Mutex, RwLock};
use std::fmt;
use std::sync::Arc;

use model::key::{ByteRange, DecoratedKey};
use model::schema::TableId;

use crate::commit_log::ReplayPosition;
use crate::config::TableSettings;
use crate::memtable::MemtableList;
use crate::sstable::Sstable;

/// Identity of a region: its table, and its place among the table's regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RegionId {
    pub(crate) table: TableId,
    pub(crate) index: usize,
}

impl fmt::Display for RegionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.table, self.index)
    }
}

/// One table's data in one key range.
#[derive(Debug)]
pub(crate) struct RegionStore {
    pub(crate) id: RegionId,
    /// The decorated keys it holds.
    pub(crate) range: ByteRange,
    pub(crate) state: RwLock<RegionState>,
    /// Held while memtables of the region are flushed or dropped: they leave in order.
    pub(crate) flushing: Mutex<()>,
    /// Held while sstables of the region are compacted.
    pub(crate) compacting: Mutex<()>,
}

/// What a region holds right now.
#[derive(Debug)]
pub(crate) struct RegionState {
    pub(crate) memtables: MemtableList,
    /// In the order in which they were installed.
    pub(crate) sstables: Vec<LeveledSstable>,
    /// All before it is in sstables.
    pub(crate) flushed: ReplayPosition,
}

/// A live sstable with the level it was written for; 0 for flushed ones.
#[derive(Debug, Clone)]
pub(crate) struct LeveledSstable {
    pub(crate) sstable: Arc<Sstable>,
    pub(crate) level: u32,
}

impl RegionState {
    /// Its live sstables.
    pub(crate) fn sstables(&self) -> impl Iterator<Item = &Arc<Sstable>> {
        self.sstables.iter().map(|leveled| &leveled.sstable)
    }
}

impl RegionStore {
    /// A region without data.
    pub(crate) fn new(
        id: RegionId,
        range: ByteRange,
        flushed: ReplayPosition,
        now_nanos: u64,
    ) -> RegionStore {
        let state = RegionState { memtables: MemtableList::new(now_nanos), sstables: Vec::new(), flushed };
        RegionStore {
            id,
            range,
            state: RwLock::new(state),
            flushing: Mutex::new(()),
            compacting: Mutex::new(()),
        }
    }

    /// The first log position that only its memtables hold.
    pub(crate) fn first_unflushed(&self) -> Option<ReplayPosition> {
        let state = self.state.read();
        state.memtables.iter().filter_map(|memtable| memtable.span()).map(|(first, _)| first).min()
    }
}

/// A table that is open.
#[derive(Debug, Clone)]
pub(crate) struct TableStore {
    pub(crate) settings: Arc<TableSettings>,
    /// Ascending by range.
    pub(crate) regions: Arc<[Arc<RegionStore>]>,
}

impl TableStore {
    /// A table without data.
    pub(crate) fn new(settings: TableSettings, now_nanos: u64) -> TableStore {
        let regions = settings.regions.iter().enumerate().map(|(index, range)| {
            let id = RegionId { table: settings.id, index };
            Arc::new(RegionStore::new(id, range.clone(), ReplayPosition::ZERO, now_nanos))
        });
        TableStore { regions: regions.collect(), settings: Arc::new(settings) }
    }

    /// The region that holds `key`.
    pub(crate) fn region_of(&self, key: &DecoratedKey) -> Option<&Arc<RegionStore>> {
        let behind = self.regions.partition_point(|region| &region.range.start[..] <= key.as_bytes());
        let region = self.regions.get(behind.checked_sub(1)?)?;
        region.range.contains(key.as_bytes()).then_some(region)
    }
}
