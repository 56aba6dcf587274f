//! [`Engine`]: open, apply, read, flush, compact, close.
//!
//! The door of the crate. Everything may be called from any thread; `apply` and `read` do not wait for
//! the disk, the other calls do.

use parking_lot::{Condvar, Mutex};
use std::path::PathBuf;
use std::sync::Arc;

use model::clock::Clock;
use model::data::Mutation;
use model::limits::MUTATION_SIZE_BYTES_MAX;
use model::read::ReadCommand;
use model::schema::TableId;

use crate::commit_log::{Completion, GroupCommit, PendingWrite, encode_mutations};
use crate::config::{Background, EngineSettings, TableSettings};
use crate::error::Error;
use crate::fs::FileSystem;
use crate::interior::Interior;
use crate::metrics::{EngineStatistics, Metrics};
use crate::read::{EngineSource, check_command};
use crate::recovery;
use crate::threads::Worker;

/// One node's data.
pub struct Engine {
    interior: Arc<Interior>,
    commit: GroupCommit,
    workers: Mutex<Vec<Worker>>,
}

impl Engine {
    /// Opens the data in `root`, or begins there.
    ///
    /// Errors: `Failed` when another process has it open or its format is newer; `Corruption` with file
    /// and offset; `Io`.
    pub fn open(
        fs: Arc<dyn FileSystem>,
        clock: Arc<dyn Clock>,
        root: PathBuf,
        settings: EngineSettings,
    ) -> Result<Engine, Error> {
        settings.validate()?;
        let (interior, log) = recovery::open(fs, clock.clone(), root, settings)?;
        let commit = GroupCommit::start(
            log,
            &interior.settings,
            interior.latch.clone(),
            interior.metrics.clone(),
            clock,
            interior.tables.clone(),
        )?;
        let engine = Engine { interior, commit, workers: Mutex::default() };
        if engine.interior.settings.background == Background::Threads {
            engine.spawn_workers()?;
        }
        Ok(engine)
    }

    fn spawn_workers(&self) -> Result<(), Error> {
        let mut workers = self.workers.lock();
        let interior = self.interior.clone();
        workers.push(Worker::spawn("basalt-flush", move || interior.run_flush())?);
        for _ in 0..self.interior.settings.compaction_threads {
            let interior = self.interior.clone();
            workers.push(Worker::spawn("basalt-compact", move || interior.run_compactions())?);
        }
        Ok(())
    }

    /// Makes a table. Durable when it returns.
    ///
    /// Errors: `Invalid` for settings that cannot be, or an id that is there.
    pub fn create_table(&self, settings: TableSettings) -> Result<(), Error> {
        self.interior.create_table(settings)
    }

    /// Gives a table other settings; its regions stay. Durable when it returns.
    ///
    /// Errors: `Invalid` for an unknown table or other regions.
    pub fn alter_table(&self, settings: TableSettings) -> Result<(), Error> {
        self.interior.alter_table(settings)
    }

    /// Drops a table with its data. Durable when it returns.
    ///
    /// Errors: `Invalid` for an unknown table.
    pub fn drop_table(&self, table: TableId) -> Result<(), Error> {
        self.interior.drop_table(table)
    }

    /// Drops everything that was acknowledged before the call. Durable when it returns.
    ///
    /// Errors: `Invalid` for an unknown table.
    pub fn truncate(&self, table: TableId) -> Result<(), Error> {
        self.interior.truncate(table)
    }

    /// Ids of the tables, ascending.
    pub fn table_ids(&self) -> Vec<TableId> {
        self.interior.tables.all().keys().copied().collect()
    }

    /// A table's settings.
    pub fn table_settings(&self, table: TableId) -> Option<TableSettings> {
        self.interior.tables.settings(table).map(|settings| TableSettings::clone(&settings))
    }

    /// Writes `mutations`: all of them or none survive a crash; each is seen by reads whole or not at
    /// all. Does not wait. `done` is told once, here or on a thread of the engine: be quick in it.
    ///
    /// Durability: when `done` is told `Ok` the write is durable and visible.
    /// Limits: the mutations together at most `MUTATION_SIZE_BYTES_MAX` bytes.
    /// Errors: `Overloaded` (not written), `Invalid` (not written), `Failed` (may or may not be there
    /// after reopening).
    pub fn apply(&self, mutations: Vec<Mutation>, done: Completion) {
        match self.prepare(mutations) {
            Ok((payload, mutations, size_bytes)) => {
                self.commit.submit(PendingWrite { payload, mutations, size_bytes, done });
            }
            Err(error) => done(Err(error)),
        }
    }

    /// [`Engine::apply`], and waits for it.
    ///
    /// Errors: as `apply`.
    pub fn apply_and_wait(&self, mutations: Vec<Mutation>) -> Result<(), Error> {
        let outcome = Arc::new((Mutex::new(None), Condvar::new()));
        let told = outcome.clone();
        self.apply(
            mutations,
            Box::new(move |result| {
                *told.0.lock() = Some(result);
                told.1.notify_one();
            }),
        );
        let mut result = outcome.0.lock();
        loop {
            match result.take() {
                Some(result) => return result,
                None => outcome.1.wait(&mut result),
            }
        }
    }

    fn prepare(&self, mutations: Vec<Mutation>) -> Result<(Vec<u8>, Vec<Mutation>, usize), Error> {
        let tables = self.interior.tables.all();
        let (mut size, mut durable) = (0, Vec::with_capacity(mutations.len()));
        for mutation in &mutations {
            size += mutation.size_bytes();
            let table = tables
                .get(&mutation.table)
                .ok_or_else(|| Error::Invalid(format!("there is no table {}", mutation.table)))?;
            if table.region_of(&mutation.key).is_none() {
                return Err(Error::Invalid(format!("table {}: no region holds the key", mutation.table)));
            }
            if table.settings.durable_writes {
                durable.push(mutation);
            }
        }
        if size > MUTATION_SIZE_BYTES_MAX {
            return Err(Error::Invalid(format!(
                "a write of {size} bytes is larger than the limit of {MUTATION_SIZE_BYTES_MAX} bytes"
            )));
        }
        let payload = if durable.is_empty() { Vec::new() } else { encode_mutations(durable.into_iter()) };
        Ok((payload, mutations, size))
    }

    /// Reads from a snapshot taken now; the stream is lazy and holds no lock.
    ///
    /// Errors: `Invalid` for an unknown table or slices out of order.
    pub fn read(&self, command: &ReadCommand) -> Result<EngineSource, Error> {
        check_command(command)?;
        Metrics::count(&self.interior.metrics.reads);
        Ok(EngineSource::new(&self.interior.tables.table(command.table)?, command))
    }

    /// Writes the memtables of a table (or of all) to sstables and waits for it.
    ///
    /// Errors: `Invalid` for an unknown table; what the disk says.
    pub fn flush(&self, table: Option<TableId>) -> Result<(), Error> {
        self.interior.flush(table)
    }

    /// Merges the sstables of a table (or of all), region by region, into as few as its strategy
    /// allows, and waits for it.
    ///
    /// Errors: as [`Engine::flush`].
    pub fn compact(&self, table: Option<TableId>) -> Result<(), Error> {
        self.interior.compact(table)
    }

    /// Runs the compactions that are due by the tables' strategies, until none is. With
    /// [`Background::Threads`] the engine does so by itself.
    ///
    /// Errors: what the disk says; compactions that ran before stay.
    pub fn run_due_compactions(&self) -> Result<(), Error> {
        self.interior.run_due_compactions()
    }

    /// What the engine tells of itself.
    pub fn statistics(&self) -> EngineStatistics {
        self.interior.statistics()
    }

    /// Finishes every write that was taken in and ends all threads. Later writes are refused. What is in
    /// memtables stays in the commit log and is replayed at the next opening.
    pub fn close(&self) {
        self.commit.close();
        self.interior.close();
        for worker in std::mem::take(&mut *self.workers.lock()) {
            worker.join();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}
