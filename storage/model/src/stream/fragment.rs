//! [`Fragment`] and the order law of a partition stream.
//!
//! A stream is partitions in ascending decorated key, each as:
//! `PartitionStart`, at most one `StaticRow`, then `Row` and `RangeTombstoneChange` by position, then
//! `PartitionEnd`.
//!
//! Forward: positions ascend. A change at position `p` says what deletion covers the positions at and
//! behind `p`, up to the next change; at one position the change comes before the row. After the last
//! change nothing is deleted (a stream that opens a deletion closes it before `PartitionEnd`).
//! Reverse: partitions still ascend, positions inside a partition descend. A change at `p` says what
//! deletion covers the positions *before* `p`, down to the next change; at one position the row comes
//! before the change. (So a range tombstone `[a, b)` is: forward change(a, D) … change(b, none);
//! reverse change(b, D) … change(a, none).) A position behind everything (`ByteRange::end` of `None`) is
//! written as [`Fragment::END_POSITION`].
//! Consecutive changes differ; a change at a position replaces the one before it.

use bytes::Bytes;

use crate::data::{Deletion, Row};
use crate::key::{ClusteringKey, DecoratedKey};

/// The order of positions inside a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Ascending clustering keys.
    #[default]
    Forward,
    /// Descending clustering keys.
    Reverse,
}

/// An item of a partition stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragment {
    /// A partition begins.
    PartitionStart {
        /// Its key.
        key: DecoratedKey,
        /// Deletion of the whole partition.
        deletion: Option<Deletion>,
    },
    /// The static row; its clustering key is empty.
    StaticRow(Row),
    /// From here on (see the order law) another deletion covers the rows.
    RangeTombstoneChange {
        /// Where.
        position: ClusteringKey,
        /// What covers from here on; `None`: nothing.
        deletion: Option<Deletion>,
    },
    /// A row.
    Row(Row),
    /// The partition ends.
    PartitionEnd,
}

impl Fragment {
    /// A position behind every clustering key (an encoded component never begins with 0xFF, and the
    /// bound after the empty prefix is the single byte 0xFF).
    pub const END_POSITION: Bytes = Bytes::from_static(&[0xFF]);
}
