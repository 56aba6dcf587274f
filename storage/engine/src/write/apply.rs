//! [`Tables`]: the open tables, and how a logged write becomes visible in their memtables.
//!
//! The write path in one screen: `Engine::apply` checks and encodes, the commit log makes durable, and
//! here each mutation goes into the active memtable of its region, in log order, on one thread. A
//! mutation of a table that was dropped meanwhile is dropped with it.

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::clock::Clock;
use model::data::Mutation;
use model::schema::TableId;

use super::MemtableBudget;
use crate::commit_log::{PendingWrite, ReplayPosition, Visible};
use crate::config::{EngineSettings, TableSettings};
use crate::error::Error;
use crate::metrics::Metrics;
use crate::region::{RegionStore, TableStore};
use crate::signal::Signal;

/// The open tables.
pub(crate) struct Tables {
    open: ArcSwap<BTreeMap<TableId, TableStore>>,
    pub(crate) budget: MemtableBudget,
    /// Held while the mutations of a write go in, and while a memtable is sealed. Were one sealed in
    /// between, its flush would name the write's position, and what went into the next memtable would be
    /// skipped by replay.
    whole_writes: Mutex<()>,
    /// Everything logged up to here is in memtables or sstables.
    applied: Mutex<ReplayPosition>,
    /// Raised when something was sealed or memory is short.
    pub(crate) flush_wanted: Signal,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    region_bytes_max: usize,
    stall: Duration,
}

impl Tables {
    pub(crate) fn new(settings: &EngineSettings, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Tables {
        Tables {
            open: ArcSwap::default(),
            budget: MemtableBudget::new(settings.memtable_budget_bytes),
            whole_writes: Mutex::default(),
            applied: Mutex::new(ReplayPosition::ZERO),
            flush_wanted: Signal::default(),
            clock,
            metrics,
            region_bytes_max: settings.memtable_region_bytes_max,
            stall: Duration::from_millis(settings.stall_millis_max),
        }
    }

    /// Every open table.
    pub(crate) fn all(&self) -> Arc<BTreeMap<TableId, TableStore>> {
        self.open.load_full()
    }

    /// An open table.
    ///
    /// Errors: `Invalid` when there is none of this id.
    pub(crate) fn table(&self, id: TableId) -> Result<TableStore, Error> {
        let open = self.open.load();
        open.get(&id).cloned().ok_or_else(|| Error::Invalid(format!("there is no table {id}")))
    }

    /// Opens a table, or replaces its settings. The caller holds the lock of schema changes.
    pub(crate) fn publish(&self, table: TableStore) {
        let mut open = BTreeMap::clone(&self.open.load());
        open.insert(table.settings.id, table);
        self.open.store(Arc::new(open));
    }

    /// Closes a table. The caller holds the lock of schema changes.
    pub(crate) fn withdraw(&self, id: TableId) {
        let mut open = BTreeMap::clone(&self.open.load());
        open.remove(&id);
        self.open.store(Arc::new(open));
    }

    /// A table's settings, if it is open.
    pub(crate) fn settings(&self, id: TableId) -> Option<Arc<TableSettings>> {
        self.open.load().get(&id).map(|table| table.settings.clone())
    }

    /// Says how far the log was replayed, before writes are taken.
    pub(crate) fn start_after(&self, position: ReplayPosition) {
        *self.applied.lock() = position;
    }

    /// Everything logged up to here is in memtables or sstables.
    pub(crate) fn applied(&self) -> ReplayPosition {
        *self.applied.lock()
    }

    /// Puts the mutations of one write into their memtables. Called in log order, by one thread at a time.
    pub(crate) fn insert_write(&self, mutations: Vec<Mutation>, position: Option<ReplayPosition>) {
        let open = self.open.load();
        let mut full: Vec<&Arc<RegionStore>> = Vec::new();
        {
            let _whole = self.whole_writes.lock();
            for mutation in mutations {
                let table = open.get(&mutation.table);
                let Some(region) = table.and_then(|table| table.region_of(&mutation.key)) else {
                    Metrics::count(&self.metrics.skipped_mutations);
                    continue;
                };
                let state = region.state.read();
                let active = &state.memtables.active;
                self.budget.grow(active.insert(&mutation.key, mutation.update, position));
                if active.size_bytes() > self.region_bytes_max {
                    full.push(region);
                }
            }
        }
        for region in full {
            self.seal(region);
        }
    }

    /// Seals the region's active memtable, if it holds anything.
    pub(crate) fn seal(&self, region: &RegionStore) -> bool {
        let _whole = self.whole_writes.lock();
        let mut state = region.state.write();
        let size = state.memtables.active.size_bytes();
        let sealed = state.memtables.seal(self.clock.monotonic_nanos());
        if sealed {
            self.budget.seal(size);
            self.flush_wanted.raise();
        }
        sealed
    }

    /// Seals the largest active memtable of all.
    fn seal_largest(&self) {
        let open = self.open.load();
        let largest = open
            .values()
            .flat_map(|table| table.regions.iter())
            .max_by_key(|region| region.state.read().memtables.active.size_bytes());
        if let Some(region) = largest {
            self.seal(region);
        }
    }
}

impl Visible for Tables {
    fn make_room(&self, may_wait: bool) -> Result<(), Error> {
        if !self.budget.is_full() {
            return Ok(());
        }
        Metrics::count(&self.metrics.stalls);
        self.flush_wanted.raise();
        self.budget.wait_for_room(if may_wait { self.stall } else { Duration::ZERO })
    }

    fn insert(&self, write: &mut PendingWrite, position: Option<ReplayPosition>) {
        self.insert_write(std::mem::take(&mut write.mutations), position);
    }

    fn inserted_up_to(&self, position: Option<ReplayPosition>) {
        if let Some(position) = position {
            *self.applied.lock() = position;
        }
        if self.budget.wants_seal() {
            self.seal_largest();
        }
    }
}
