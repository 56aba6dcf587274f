//! [`MemtableList`]: one active memtable, many sealed.
//!
//! Plain data under its region's lock. Invariants: sealed memtables are oldest first and none is empty;
//! positions of a later one are behind those of an earlier one, so they are flushed in this order.

use std::sync::Arc;

use super::Memtable;

/// The memtables of a region.
#[derive(Debug, Clone)]
pub(crate) struct MemtableList {
    /// Takes the writes.
    pub(crate) active: Arc<Memtable>,
    /// Wait for their flush, oldest first.
    pub(crate) sealed: Vec<Arc<Memtable>>,
}

impl MemtableList {
    /// A list with an empty active memtable.
    pub(crate) fn new(now_nanos: u64) -> MemtableList {
        MemtableList { active: Arc::new(Memtable::new(now_nanos)), sealed: Vec::new() }
    }

    /// Seals the active memtable, if it holds anything.
    pub(crate) fn seal(&mut self, now_nanos: u64) -> bool {
        if self.active.is_empty() {
            return false;
        }
        let fresh = Arc::new(Memtable::new(now_nanos));
        self.sealed.push(std::mem::replace(&mut self.active, fresh));
        true
    }

    /// Takes a flushed memtable off the list.
    pub(crate) fn remove(&mut self, flushed: &Arc<Memtable>) {
        self.sealed.retain(|sealed| !Arc::ptr_eq(sealed, flushed));
    }

    /// The least write timestamp that any of them holds; `i64::MAX` when they are empty.
    pub(crate) fn oldest_timestamp(&self) -> i64 {
        self.iter().map(|memtable| memtable.oldest_timestamp()).min().unwrap_or(i64::MAX)
    }

    /// Newest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Memtable>> {
        std::iter::once(&self.active).chain(self.sealed.iter().rev())
    }
}
