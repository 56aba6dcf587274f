//! [`Environment`]: what executing a statement needs from the node.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use model::clock::{Clock, TimestampSource};
use model::random::Random;
use model::schema::Schema;
use model::types::timeuuid;
use uuid::Uuid;

use super::functions::FunctionContext;
use crate::node::storage::Storage;

/// Handed to every execution; one a node.
pub(crate) struct Environment {
    /// Reads and writes.
    pub(crate) storage: Arc<Storage>,
    /// The schema now; published whole by the schema's writer.
    pub(crate) schema: Arc<ArcSwap<Schema>>,
    /// Time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Write timestamps.
    pub(crate) timestamps: Arc<TimestampSource>,
    /// Chance.
    pub(crate) random: Arc<dyn Random>,
    /// This node's id, which names its counter shards.
    pub(crate) node_id: Uuid,
    /// Last tick (100 ns) given to a timeuuid.
    pub(crate) last_tick: AtomicI64,
    /// Clock sequence and node bits of our timeuuids.
    pub(crate) timeuuid_node: AtomicU64,
}

impl Environment {
    /// The next write timestamp, microseconds.
    pub(crate) fn next_timestamp(&self) -> i64 {
        self.timestamps.next(&*self.clock)
    }

    /// Local time, seconds since 1970.
    pub(crate) fn now_seconds(&self) -> i64 {
        self.clock.now_seconds()
    }

    /// A tick (100 ns since 1970) that was never given before by this process.
    pub(crate) fn next_tick(&self) -> i64 {
        let now = self.clock.now_micros().saturating_mul(10);
        let mut last = self.last_tick.load(Ordering::Relaxed);
        loop {
            let next = now.max(last + 1);
            match self.last_tick.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return next,
                Err(seen) => last = seen,
            }
        }
    }

    /// The timeuuid of a tick, with this node's bits.
    pub(crate) fn timeuuid_of(&self, tick: i64) -> Uuid {
        timeuuid::from_parts(tick, self.timeuuid_node.load(Ordering::Relaxed))
    }
}

impl FunctionContext for Environment {
    fn now_millis(&self) -> i64 {
        self.clock.now_micros().div_euclid(1000)
    }

    fn next_timeuuid(&self) -> Uuid {
        self.timeuuid_of(self.next_tick())
    }

    fn next_uuid(&self) -> Uuid {
        self.random.next_uuid()
    }
}
