//! [`Memtable`]: insert, snapshot, size.
//!
//! One thread inserts, in log order; any number read. Invariants: a reader's snapshot never changes and
//! holds no lock; an update is seen whole or not at all; `span` covers the log records of everything in
//! it, so the log is needed from its first segment on until the memtable is flushed.

use imbl::OrdMap;
use parking_lot::RwLock;
use std::sync::Arc;

use model::data::PartitionUpdate;
use model::key::{ByteRange, DecoratedKey};
use model::stream::Direction;

use super::{MemPartition, MemtableSource};
use crate::commit_log::ReplayPosition;

/// Accounted for a partition beyond its key and content: map node, `Arc`, fixed fields.
const PARTITION_OVERHEAD_BYTES: usize = 192;

/// Mutations of one region in memory, by decorated key.
#[derive(Debug)]
pub(crate) struct Memtable {
    contents: RwLock<Contents>,
    /// Clock reading when it became active.
    pub(crate) created_at_nanos: u64,
}

#[derive(Debug)]
struct Contents {
    index: OrdMap<DecoratedKey, Arc<MemPartition>>,
    size_bytes: usize,
    oldest_timestamp: i64,
    newest_timestamp: i64,
    span: Option<(ReplayPosition, ReplayPosition)>,
}

/// An unchanging view of a memtable.
#[derive(Debug, Clone)]
pub(crate) struct MemtableSnapshot {
    index: OrdMap<DecoratedKey, Arc<MemPartition>>,
}

impl Memtable {
    /// An empty memtable.
    pub(crate) fn new(created_at_nanos: u64) -> Memtable {
        let contents = Contents {
            index: OrdMap::new(),
            size_bytes: 0,
            oldest_timestamp: i64::MAX,
            newest_timestamp: i64::MIN,
            span: None,
        };
        Memtable { contents: RwLock::new(contents), created_at_nanos }
    }

    /// Merges an update in; answers how many bytes the memtable grew (or shrank). `position` is behind
    /// its log record, if it has one; positions never fall from call to call.
    pub(crate) fn insert(
        &self,
        key: &DecoratedKey,
        update: PartitionUpdate,
        position: Option<ReplayPosition>,
    ) -> isize {
        let times = update.timestamp_span();
        let mut contents = self.contents.write();
        let contents = &mut *contents;
        if let Some(times) = times {
            contents.oldest_timestamp = contents.oldest_timestamp.min(times.oldest);
            contents.newest_timestamp = contents.newest_timestamp.max(times.newest);
        }
        if let Some(position) = position {
            let first = contents.span.map_or(position, |(first, _)| first);
            debug_assert!(contents.span.is_none_or(|(_, last)| last <= position), "log order");
            contents.span = Some((first, position));
        }
        let growth = match contents.index.get_mut(key) {
            Some(partition) => Arc::make_mut(partition).merge(update),
            None => {
                let mut partition = MemPartition::default();
                let fixed = key.as_bytes().len() + PARTITION_OVERHEAD_BYTES;
                let growth = partition.merge(update) + fixed as isize;
                contents.index.insert(key.clone(), Arc::new(partition));
                growth
            }
        };
        contents.size_bytes = contents.size_bytes.saturating_add_signed(growth);
        growth
    }

    /// What it knows of one partition.
    pub(crate) fn partition(&self, key: &DecoratedKey) -> Option<Arc<MemPartition>> {
        self.contents.read().index.get(key).cloned()
    }

    /// All of it, as it is now.
    pub(crate) fn snapshot(&self) -> MemtableSnapshot {
        MemtableSnapshot { index: self.contents.read().index.clone() }
    }

    /// Bytes it takes, by its own account.
    pub(crate) fn size_bytes(&self) -> usize {
        self.contents.read().size_bytes
    }

    /// Whether nothing was inserted.
    pub(crate) fn is_empty(&self) -> bool {
        self.contents.read().index.is_empty()
    }

    /// Below this write timestamp it holds nothing; `i64::MAX` when empty.
    pub(crate) fn oldest_timestamp(&self) -> i64 {
        self.contents.read().oldest_timestamp
    }

    /// Above this write timestamp it holds nothing; `i64::MIN` when empty.
    pub(crate) fn newest_timestamp(&self) -> i64 {
        self.contents.read().newest_timestamp
    }

    /// First and last position of what was inserted, if any of it was logged.
    pub(crate) fn span(&self) -> Option<(ReplayPosition, ReplayPosition)> {
        self.contents.read().span
    }
}

impl MemtableSnapshot {
    /// Whether it knows nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// How many partitions it knows.
    pub(crate) fn partition_count(&self) -> usize {
        self.index.len()
    }

    /// The stream of the partitions in `keys`.
    pub(crate) fn source(
        &self,
        keys: &ByteRange,
        slices: Arc<[ByteRange]>,
        static_row: bool,
        direction: Direction,
    ) -> MemtableSource {
        MemtableSource::new(self.index.clone(), keys, slices, static_row, direction)
    }
}
