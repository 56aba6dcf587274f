//! [`CounterState`]: what a counter cell holds: one shard a node, each a running sum.
//!
//! A node only ever replaces its own shard, by one with a higher clock, so shards of different nodes
//! merge without coordination and a replayed shard is not counted twice. The value of a counter cell is
//! the encoded state; the cell's timestamp is its newest shard's.
//! Invariants of a state: shards ascend by node, no node twice, and every shard is younger than
//! `deleted_at`. Merging such states keeps them so, and commutes, associates and is idempotent.
//! A cell that holds no shard does not exist: it is absent, or a tombstone.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Cell, CellKind};
use crate::error::DecodeError;

/// Bytes of `deleted_at` at the head of an encoded state.
const HEAD_SIZE_BYTES: usize = 8;
/// Bytes of one encoded shard: node, timestamp, clock, count.
const SHARD_SIZE_BYTES: usize = 16 + 8 + 8 + 8;

/// One node's part of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CounterShard {
    /// Id of the node that alone writes this shard.
    pub node: [u8; 16],
    /// Write timestamp of the newest increment in it, microseconds.
    pub timestamp: i64,
    /// Number of increments in it; grows by one with each.
    pub clock: i64,
    /// Sum of the increments in it.
    pub count: i64,
}

impl CounterShard {
    fn age(&self) -> (i64, i64, i64) {
        (self.timestamp, self.clock, self.count)
    }
}

/// All that is known of one counter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CounterState {
    deleted_at: i64,
    shards: Vec<CounterShard>,
}

impl CounterState {
    /// `deleted_at` of a counter that was never deleted.
    pub const NEVER: i64 = i64::MIN;

    /// A state of these shards, in any order; of two of one node the newer stays.
    pub fn new(deleted_at: i64, mut shards: Vec<CounterShard>) -> CounterState {
        shards.retain(|shard| shard.timestamp > deleted_at);
        shards.sort_by(|a, b| a.node.cmp(&b.node).then(b.age().cmp(&a.age())));
        shards.dedup_by(|later, kept| later.node == kept.node);
        CounterState { deleted_at, shards }
    }

    /// Newest deletion among surviving shards, microseconds; [`CounterState::NEVER`] when none.
    pub fn deleted_at(&self) -> i64 {
        self.deleted_at
    }

    /// The shards, ascending by node.
    pub fn shards(&self) -> &[CounterShard] {
        &self.shards
    }

    /// The shard of `node`.
    pub fn shard(&self, node: &[u8; 16]) -> Option<&CounterShard> {
        self.shards.binary_search_by_key(node, |shard| shard.node).ok().map(|at| &self.shards[at])
    }

    /// The counter's value: the sum of its shards, wrapping as CQL's counters do.
    pub fn total(&self) -> i64 {
        self.shards.iter().fold(0, |sum, shard| sum.wrapping_add(shard.count))
    }

    /// What both know together.
    pub fn merge(&self, other: &CounterState) -> CounterState {
        let mut shards = Vec::with_capacity(self.shards.len().max(other.shards.len()));
        let (mut left, mut right) = (self.shards.iter().peekable(), other.shards.iter().peekable());
        loop {
            shards.push(match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a.node == b.node => {
                    let newer = if a.age() >= b.age() { **a } else { **b };
                    left.next();
                    right.next();
                    newer
                }
                (Some(a), Some(b)) if b.node < a.node => {
                    let shard = **b;
                    right.next();
                    shard
                }
                (Some(a), _) => {
                    let shard = **a;
                    left.next();
                    shard
                }
                (None, Some(b)) => {
                    let shard = **b;
                    right.next();
                    shard
                }
                (None, None) => break,
            });
        }
        let mut merged = CounterState { deleted_at: self.deleted_at, shards };
        merged.delete(other.deleted_at);
        merged
    }

    /// Remembers a deletion of the counter at `timestamp`.
    pub fn delete(&mut self, timestamp: i64) {
        self.deleted_at = self.deleted_at.max(timestamp);
        let deleted_at = self.deleted_at;
        self.shards.retain(|shard| shard.timestamp > deleted_at);
    }

    /// Drops what a deletion at `timestamp` that stands elsewhere (on the row, its range or partition)
    /// covers, an older deletion of the counter itself included.
    pub fn shadow(&mut self, timestamp: i64) {
        self.shards.retain(|shard| shard.timestamp > timestamp);
        if self.deleted_at <= timestamp {
            self.deleted_at = CounterState::NEVER;
        }
    }

    /// The counter cell of this state; `None` when no shard is left.
    pub fn to_cell(&self) -> Option<Cell> {
        let timestamp = self.shards.iter().map(|shard| shard.timestamp).max()?;
        Some(Cell { timestamp, kind: CellKind::Counter, value: self.encode() })
    }

    /// The value bytes of a counter cell.
    ///
    /// Shape: `deleted_at`, then the shards, each node, timestamp, clock, count; integers little endian.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(HEAD_SIZE_BYTES + self.shards.len() * SHARD_SIZE_BYTES);
        out.put_i64_le(self.deleted_at);
        for shard in &self.shards {
            out.put_slice(&shard.node);
            out.put_i64_le(shard.timestamp);
            out.put_i64_le(shard.clock);
            out.put_i64_le(shard.count);
        }
        out.freeze()
    }

    /// The state of [`CounterState::encode`].
    ///
    /// Errors: bytes that are no state, or a state that breaks the invariants in this file's head.
    pub fn decode(bytes: &[u8]) -> Result<CounterState, DecodeError> {
        let integer = |at: usize| {
            bytes
                .get(at..)
                .and_then(|rest| rest.first_chunk::<8>())
                .map(|chunk| i64::from_le_bytes(*chunk))
                .ok_or_else(|| DecodeError::new("counter state is cut short", at))
        };
        let deleted_at = integer(0)?;
        let body = bytes.len() - HEAD_SIZE_BYTES;
        if body == 0 || !body.is_multiple_of(SHARD_SIZE_BYTES) {
            return Err(DecodeError::new("counter state is not whole shards", bytes.len()));
        }
        let mut shards: Vec<CounterShard> = Vec::with_capacity(body / SHARD_SIZE_BYTES);
        for at in (HEAD_SIZE_BYTES..bytes.len()).step_by(SHARD_SIZE_BYTES) {
            let mut node = [0; 16];
            node.copy_from_slice(&bytes[at..at + 16]);
            let shard = CounterShard {
                node,
                timestamp: integer(at + 16)?,
                clock: integer(at + 24)?,
                count: integer(at + 32)?,
            };
            if shards.last().is_some_and(|last| last.node >= node) {
                return Err(DecodeError::new("counter shards do not ascend by node", at));
            }
            if shard.timestamp <= deleted_at {
                return Err(DecodeError::new("counter shard is older than the counter's deletion", at));
            }
            shards.push(shard);
        }
        Ok(CounterState { deleted_at, shards })
    }
}
