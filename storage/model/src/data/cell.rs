//! [`Cell`]: the value of one column (or one element of a collection) in one row.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What kind of write a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CellKind {
    /// A value.
    Live,
    /// A value that dies by itself.
    Expiring {
        /// Seconds it was given to live.
        ttl: u32,
        /// Seconds since 1970 at which it is dead; fixed when written.
        expires_at: i64,
    },
    /// A cell tombstone; the value is empty.
    Dead {
        /// Local deletion time, seconds since 1970.
        local_time: i64,
    },
    /// A counter: the value is an encoded [`super::CounterState`], the timestamp its newest shard's.
    Counter,
}

/// One cell. The value is in wire bytes: a read copies it and never re-encodes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// Write timestamp, microseconds.
    pub timestamp: i64,
    /// Live, expiring, dead or counter.
    pub kind: CellKind,
    /// Wire bytes of the value; empty when dead.
    pub value: Bytes,
}

impl Cell {
    /// A live cell.
    pub fn live(timestamp: i64, value: impl Into<Bytes>) -> Cell {
        Cell { timestamp, kind: CellKind::Live, value: value.into() }
    }

    /// A cell that expires.
    pub fn expiring(timestamp: i64, ttl: u32, expires_at: i64, value: impl Into<Bytes>) -> Cell {
        Cell { timestamp, kind: CellKind::Expiring { ttl, expires_at }, value: value.into() }
    }

    /// A cell tombstone.
    pub fn dead(timestamp: i64, local_time: i64) -> Cell {
        Cell { timestamp, kind: CellKind::Dead { local_time }, value: Bytes::new() }
    }

    /// Whether a reader at `now_seconds` sees its value.
    pub fn is_live(&self, now_seconds: i64) -> bool {
        match self.kind {
            CellKind::Live | CellKind::Counter => true,
            CellKind::Expiring { expires_at, .. } => now_seconds < expires_at,
            CellKind::Dead { .. } => false,
        }
    }

    /// Seconds since which it acts as a tombstone, if it is dead or expired at `now_seconds`.
    pub fn dead_since(&self, now_seconds: i64) -> Option<i64> {
        match self.kind {
            CellKind::Live | CellKind::Counter => None,
            CellKind::Expiring { expires_at, .. } => (expires_at <= now_seconds).then_some(expires_at),
            CellKind::Dead { local_time } => Some(local_time),
        }
    }
}
