//! [`Storage`]: where statements read and write; the one place where CQL meets the engine.
//!
//! A table is either stored by the engine or computed when it is read (most system tables). Reads are
//! snapshots and yield lazily; writes are acknowledged when they are durable and visible.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use engine::Engine;
use model::data::Mutation;
use model::key::DecoratedKey;
use model::read::ReadCommand;
use model::schema::{TableId, TableSchema};
use model::stream::{Fragment, FragmentSource};
use proto::native::{Consistency, ErrorKind, WriteType};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::error::CqlError;

/// A partition stream of some table.
pub(crate) struct Source(Box<dyn FragmentSource<Error = CqlError> + Send>);

impl Source {
    /// A stream from anywhere.
    pub(crate) fn new(source: impl FragmentSource<Error = CqlError> + Send + 'static) -> Source {
        Source(Box::new(source))
    }

    /// The next fragment.
    pub(crate) fn next(&mut self) -> Result<Option<Fragment>, CqlError> {
        self.0.next()
    }
}

/// Computes the contents of tables that are not stored.
pub(crate) trait ComputedTables: Send + Sync + 'static {
    /// The stream for a read of `table`, or `None` when the table is stored.
    fn read(&self, table: &TableSchema, command: &ReadCommand) -> Option<Result<Source, CqlError>>;
}

/// How many locks all partitions share: enough that two of a few hundred requests in flight rarely meet.
const PARTITION_LOCKS: usize = 1024;

/// Reads and writes of tables.
pub(crate) struct Storage {
    engine: Arc<Engine>,
    computed: Box<dyn ComputedTables>,
    locks: Vec<Arc<Mutex<()>>>,
}

impl Storage {
    /// Storage over an open engine.
    pub(crate) fn new(engine: Arc<Engine>, computed: Box<dyn ComputedTables>) -> Storage {
        let locks = (0..PARTITION_LOCKS).map(|_| Arc::new(Mutex::new(()))).collect();
        Storage { engine, computed, locks }
    }

    /// The engine, to make tests flush.
    #[cfg(test)]
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A snapshot's stream.
    pub(crate) fn read(&self, table: &TableSchema, command: &ReadCommand) -> Result<Source, CqlError> {
        if let Some(computed) = self.computed.read(table, command) {
            return computed;
        }
        let source = self.engine.read(command).map_err(read_error)?;
        Ok(Source::new(EngineStream(source)))
    }

    /// Writes all of `mutations` or none; returns when they are durable and visible.
    pub(crate) async fn write(
        &self,
        mutations: Vec<Mutation>,
        write_type: WriteType,
    ) -> Result<(), CqlError> {
        self.write_locked(mutations, write_type, Consistency::One, Vec::new()).await
    }

    /// As [`Storage::write`] at a level, which a failure names, and gives `locks` back when the outcome is known: also when nobody waits for it
    /// any more, so that who locks next sees this write.
    pub(crate) async fn write_locked(
        &self,
        mutations: Vec<Mutation>,
        write_type: WriteType,
        consistency: Consistency,
        locks: Vec<OwnedMutexGuard<()>>,
    ) -> Result<(), CqlError> {
        if mutations.is_empty() {
            return Ok(());
        }
        let (told, outcome) = oneshot::channel();
        self.engine.apply(
            mutations,
            Box::new(move |result| {
                drop(locks);
                // Nobody waits any more when the client's connection is gone; the write counts all the same.
                let _ = told.send(result);
            }),
        );
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(write_error(error, write_type, consistency)),
            Err(_) => Err(CqlError::server(
                "the engine stopped before it acknowledged the write; it may or may not be there",
            )),
        }
    }

    /// Waits for the sole right to read these partitions and then write them. Plain writes do not ask for it.
    pub(crate) async fn lock_partitions(
        &self,
        partitions: impl Iterator<Item = (TableId, &DecoratedKey)>,
    ) -> Vec<OwnedMutexGuard<()>> {
        let mut indexes: Vec<usize> = partitions
            .map(|partition| {
                let mut hasher = DefaultHasher::new();
                partition.hash(&mut hasher);
                hasher.finish() as usize % self.locks.len()
            })
            .collect();
        // Everybody locks in this order, so nobody waits in a circle; partitions may share a lock.
        indexes.sort_unstable();
        indexes.dedup();
        let mut guards = Vec::with_capacity(indexes.len());
        for index in indexes {
            guards.push(Arc::clone(&self.locks[index]).lock_owned().await);
        }
        guards
    }
}

struct EngineStream(engine::EngineSource);

impl FragmentSource for EngineStream {
    type Error = CqlError;

    fn next(&mut self) -> Result<Option<Fragment>, CqlError> {
        self.0.next().map_err(read_error)
    }
}

/// The engine's errors, as answers to a read.
pub(crate) fn read_error(error: engine::Error) -> CqlError {
    match error {
        engine::Error::Overloaded(_) => CqlError::new(ErrorKind::Overloaded, error.to_string()),
        engine::Error::Invalid(_) => CqlError::invalid(error.to_string()),
        _ => {
            tracing::error!(%error, "a read failed; its client was told");
            CqlError::server(error.to_string())
        }
    }
}

/// The engine's errors, as answers to a write.
pub(crate) fn write_error(error: engine::Error, write_type: WriteType, consistency: Consistency) -> CqlError {
    match error {
        engine::Error::Overloaded(_) => CqlError::new(ErrorKind::Overloaded, error.to_string()),
        engine::Error::Invalid(_) => CqlError::invalid(error.to_string()),
        _ => {
            tracing::error!(%error, "a write failed; its client was told that the outcome is unknown");
            CqlError::write_failure(consistency, write_type, error.to_string())
        }
    }
}
