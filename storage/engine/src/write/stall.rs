//! [`MemtableBudget`]: slows writers before memory runs away.
//!
//! Counts the bytes of all memtables. Below half of the budget nothing happens; from there on the largest
//! memtable is sealed and flushed; at the budget writers wait for flushes, and are refused when that
//! takes too long.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::Error;

/// Memory of all memtables against its limit.
#[derive(Debug)]
pub(crate) struct MemtableBudget {
    limit: usize,
    active: AtomicUsize,
    sealed: AtomicUsize,
    freed: (Mutex<()>, Condvar),
}

impl MemtableBudget {
    pub(crate) fn new(limit: usize) -> MemtableBudget {
        MemtableBudget {
            limit,
            active: AtomicUsize::new(0),
            sealed: AtomicUsize::new(0),
            freed: Default::default(),
        }
    }

    /// Bytes of all memtables.
    pub(crate) fn used(&self) -> usize {
        self.active.load(Ordering::Relaxed) + self.sealed.load(Ordering::Relaxed)
    }

    /// An active memtable grew, or shrank.
    pub(crate) fn grow(&self, bytes: isize) {
        match usize::try_from(bytes) {
            Ok(bytes) => self.active.fetch_add(bytes, Ordering::Relaxed),
            Err(_) => self.active.fetch_sub(bytes.unsigned_abs(), Ordering::Relaxed),
        };
    }

    /// An active memtable of this size was sealed.
    pub(crate) fn seal(&self, bytes: usize) {
        self.sealed.fetch_add(bytes, Ordering::Relaxed);
        self.active.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A sealed memtable of this size is gone.
    pub(crate) fn free(&self, bytes: usize) {
        let _guard = self.freed.0.lock();
        self.sealed.fetch_sub(bytes, Ordering::Relaxed);
        self.freed.1.notify_all();
    }

    /// Whether the largest active memtable should be sealed.
    pub(crate) fn wants_seal(&self) -> bool {
        self.active.load(Ordering::Relaxed) > self.limit / 2
    }

    /// Whether writers have to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.used() >= self.limit
    }

    /// Waits until there is room, at most `patience`.
    ///
    /// Errors: `Overloaded` when there is none by then.
    pub(crate) fn wait_for_room(&self, patience: Duration) -> Result<(), Error> {
        let mut guard = self.freed.0.lock();
        while self.is_full() {
            if self.freed.1.wait_for(&mut guard, patience).timed_out() && self.is_full() {
                return Err(Error::Overloaded(format!(
                    "memtables hold {} of {} bytes and flushing does not keep up",
                    self.used(),
                    self.limit
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_budget_refuses_and_a_flush_makes_room() {
        let budget = MemtableBudget::new(100);
        budget.grow(60);
        assert!(budget.wants_seal() && !budget.is_full());
        budget.seal(60);
        assert!(!budget.wants_seal());
        budget.grow(45);
        budget.grow(-5);
        assert!(matches!(budget.wait_for_room(Duration::ZERO), Err(Error::Overloaded(_))));
        budget.free(60);
        assert!(budget.wait_for_room(Duration::ZERO).is_ok());
        assert_eq!(budget.used(), 40);
    }
}
