//! [`Change`]: one step of a manifest edit. An edit is a list of them, installed as a whole.

use serde::{Deserialize, Serialize};

use model::schema::TableId;

use crate::commit_log::{ReplayPosition, SegmentId};
use crate::config::TableSettings;
use crate::sstable::SstableId;

/// What the manifest says of a live sstable; the rest stands in the file's own metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveSstable {
    /// Its id, which names its file.
    pub id: SstableId,
    /// Bytes of the file: a file of another length is not the one that was installed.
    pub size_bytes: u64,
    /// Level it was written for; 0 for flushed ones.
    pub level: u32,
}

/// One step of a manifest edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// A table is there, without data.
    TableCreated(TableSettings),
    /// A table has other settings; its regions are the same.
    TableAltered(TableSettings),
    /// A table and its data are gone.
    TableDropped(TableId),
    /// Log records at or before `position` are in sstables, or dropped, for a region.
    Flushed {
        /// The region's table.
        table: TableId,
        /// The region's place in it.
        region: usize,
        /// Behind the last such record.
        position: ReplayPosition,
    },
    /// An sstable is live.
    SstableAdded {
        /// Its table.
        table: TableId,
        /// Its region's place in the table.
        region: usize,
        /// Which.
        sstable: LiveSstable,
    },
    /// An sstable is no longer live.
    SstableRemoved {
        /// Its table.
        table: TableId,
        /// Its region's place in the table.
        region: usize,
        /// Which.
        id: SstableId,
    },
    /// The commit log begins here: what is before is needed by no region.
    LogStarts(SegmentId),
}
