//! [`Deletion`]: when something was deleted; [`RangeTombstone`]: over which rows.

use serde::{Deserialize, Serialize};

use crate::key::ByteRange;

/// A deletion of a partition, range, row or collection: everything written at or before its timestamp
/// is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Deletion {
    /// Write timestamp, microseconds.
    pub timestamp: i64,
    /// Local deletion time, seconds since 1970; gc grace counts from it.
    pub local_time: i64,
}

impl Deletion {
    /// Whether a write at `timestamp` is dead under this deletion. On a tie the deletion wins.
    pub fn covers(&self, timestamp: i64) -> bool {
        timestamp <= self.timestamp
    }
}

/// A deletion of the rows whose clustering keys lie in a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeTombstone {
    /// Which rows, by clustering bytes.
    pub range: ByteRange,
    /// Since when they are dead.
    pub deletion: Deletion,
}
