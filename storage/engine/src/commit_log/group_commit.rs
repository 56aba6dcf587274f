//! [`GroupCommit`]: one write and one sync for all who wait.
//!
//! The log thread takes every waiting write, appends them at once and syncs once; then the apply thread
//! makes them visible in log order and tells the callers, while the next sync is already under way. With
//! [`Background::Manual`] the caller's thread does both for its own write.
//! Invariants: a write is told `Ok` only when it is durable (in the default sync mode) and visible; after
//! a failed append or sync nobody is told `Ok` until the engine is opened again.
//! Nobody blocks in [`GroupCommit::submit`]: a full queue answers `Overloaded`.

use crossbeam::channel::{Receiver, Sender, bounded};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::clock::Clock;

use super::{CommitLog, PendingWrite, ReplayPosition};
use crate::config::{Background, EngineSettings, SyncMode};
use crate::error::Error;
use crate::latch::Latch;
use crate::metrics::Metrics;
use crate::threads::Worker;

/// Writes taken into one batch: bounds the time a batch holds the log.
const BATCH_WRITES_MAX: usize = 4096;
/// Bytes after which a batch is full; one write may go beyond.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Batches that are durable and wait to become visible.
const APPLY_QUEUE_BATCHES_MAX: usize = 4;

/// Where durable writes become visible.
pub(crate) trait Visible: Send + Sync + 'static {
    /// Waits, if it may, while memory is over its limit.
    /// Errors: `Overloaded` when there is no room.
    fn make_room(&self, may_wait: bool) -> Result<(), Error>;

    /// Makes one write visible. Called in log order. `position` is behind its record, if it has one.
    fn insert(&self, write: &mut PendingWrite, position: Option<ReplayPosition>);

    /// Everything up to `position` is visible.
    fn inserted_up_to(&self, position: Option<ReplayPosition>);
}

/// What both threads and the submitters share.
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    latch: Arc<Latch>,
    metrics: Arc<Metrics>,
    visible: Arc<dyn Visible>,
    clock: Arc<dyn Clock>,
    writes_max: usize,
    bytes_max: usize,
    sync: SyncMode,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<PendingWrite>,
    bytes: usize,
    closed: bool,
}

type Batch = Vec<(PendingWrite, Option<ReplayPosition>)>;

/// The write path from submission to acknowledgement.
pub(crate) struct GroupCommit {
    shared: Arc<Shared>,
    /// With [`Background::Manual`]: the log. Nobody waits in the queue then.
    inline: Option<Mutex<CommitLog>>,
    workers: Mutex<Vec<Worker>>,
}

impl GroupCommit {
    /// Takes over the log, and starts the threads if it may.
    pub(crate) fn start(
        log: CommitLog,
        settings: &EngineSettings,
        latch: Arc<Latch>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        visible: Arc<dyn Visible>,
    ) -> Result<GroupCommit, Error> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            arrived: Condvar::new(),
            latch,
            metrics,
            visible,
            clock,
            writes_max: settings.write_queue_writes_max,
            bytes_max: settings.write_queue_bytes_max,
            sync: settings.sync,
        });
        if settings.background == Background::Manual {
            return Ok(GroupCommit { shared, inline: Some(Mutex::new(log)), workers: Mutex::default() });
        }
        let (to_apply, from_log) = bounded(APPLY_QUEUE_BATCHES_MAX);
        let (logging, applying) = (shared.clone(), shared.clone());
        let workers = vec![
            Worker::spawn("basalt-log", move || logging.run_log(log, &to_apply))?,
            Worker::spawn("basalt-apply", move || applying.run_apply(&from_log))?,
        ];
        Ok(GroupCommit { shared, inline: None, workers: Mutex::new(workers) })
    }

    /// Takes a write in. Its completion is always told, here or later on another thread.
    pub(crate) fn submit(&self, write: PendingWrite) {
        let shared = &self.shared;
        if let Err(error) = shared.latch.check() {
            return (write.done)(Err(error));
        }
        if let Some(log) = &self.inline {
            return self.submit_inline(&mut log.lock(), write);
        }
        let mut queue = shared.queue.lock();
        let refusal = if queue.closed {
            Some(Error::Failed { reason: "the engine is closed".into(), latched: true })
        } else if queue.waiting.len() >= shared.writes_max || queue.bytes >= shared.bytes_max {
            Some(Error::Overloaded("the commit log's queue is full".into()))
        } else {
            None
        };
        if let Some(error) = refusal {
            drop(queue);
            shared.metrics.writes_refused.fetch_add(1, Ordering::Relaxed);
            return (write.done)(Err(error));
        }
        queue.bytes += write.size_bytes;
        queue.waiting.push_back(write);
        let first = queue.waiting.len() == 1;
        drop(queue);
        if first {
            shared.arrived.notify_one();
        }
    }

    fn submit_inline(&self, log: &mut CommitLog, write: PendingWrite) {
        if self.shared.queue.lock().closed {
            let reason = "the engine is closed".into();
            return (write.done)(Err(Error::Failed { reason, latched: true }));
        }
        if let Err(error) = self.shared.visible.make_room(false) {
            self.shared.metrics.writes_refused.fetch_add(1, Ordering::Relaxed);
            return (write.done)(Err(error));
        }
        if let Some(batch) = self.shared.log_batch(log, vec![write], true) {
            self.shared.apply_batch(batch);
        }
    }

    /// Ends the write path: what was submitted is finished, what comes later is refused.
    pub(crate) fn close(&self) {
        self.shared.queue.lock().closed = true;
        self.shared.arrived.notify_all();
        let workers = std::mem::take(&mut *self.workers.lock());
        for worker in workers {
            worker.join();
        }
        if let Some(log) = &self.inline {
            let mut log = log.lock();
            if log.has_unsynced()
                && self.shared.latch.check().is_ok()
                && let Err(error) = log.sync()
            {
                self.shared.latch.close(&error);
            }
        }
    }
}

impl Shared {
    fn sync_interval(&self) -> Option<Duration> {
        match self.sync {
            SyncMode::Group => None,
            SyncMode::UnsafePeriodic { interval_millis } => Some(Duration::from_millis(interval_millis)),
        }
    }

    /// The next writes; empty when `patience` is over; `None` when closed and drained.
    fn take_batch(&self, patience: Option<Duration>) -> Option<Vec<PendingWrite>> {
        let mut queue = self.queue.lock();
        while queue.waiting.is_empty() {
            if queue.closed {
                return None;
            }
            match patience {
                None => self.arrived.wait(&mut queue),
                Some(patience) => {
                    if self.arrived.wait_for(&mut queue, patience).timed_out() {
                        return Some(Vec::new());
                    }
                }
            }
        }
        let (mut count, mut bytes) = (0, 0);
        for write in &queue.waiting {
            if count == BATCH_WRITES_MAX || bytes >= BATCH_BYTES_MAX {
                break;
            }
            count += 1;
            bytes += write.size_bytes;
        }
        queue.bytes -= bytes;
        Some(queue.waiting.drain(..count).collect())
    }

    fn run_log(&self, mut log: CommitLog, to_apply: &Sender<Batch>) {
        let interval = self.sync_interval();
        let mut synced_at = self.clock.monotonic_nanos();
        while let Some(writes) = self.take_batch(interval.filter(|_| log.has_unsynced())) {
            if !writes.is_empty()
                && let Err(error) = self.visible.make_room(true)
            {
                self.metrics.writes_refused.fetch_add(writes.len() as u64, Ordering::Relaxed);
                fail(writes, &error);
                continue;
            }
            let elapsed = Duration::from_nanos(self.clock.monotonic_nanos().saturating_sub(synced_at));
            let sync_now = interval.is_none_or(|interval| interval <= elapsed);
            if sync_now {
                synced_at = self.clock.monotonic_nanos();
            }
            if let Some(batch) = self.log_batch(&mut log, writes, sync_now)
                && let Err(unsent) = to_apply.send(batch)
            {
                let error = Error::failed("the apply thread is gone");
                fail(unsent.into_inner().into_iter().map(|(write, _)| write), &error);
            }
        }
        if log.has_unsynced()
            && self.latch.check().is_ok()
            && let Err(error) = log.sync()
        {
            self.latch.close(&error);
        }
    }

    /// Appends and syncs; on failure latches and tells all of them.
    fn log_batch(&self, log: &mut CommitLog, writes: Vec<PendingWrite>, sync: bool) -> Option<Batch> {
        let outcome = self.latch.check().and_then(|()| {
            let payloads = writes.iter().map(|write| &write.payload[..]).filter(|bytes| !bytes.is_empty());
            let logged = (|| {
                let positions = match payloads.clone().next() {
                    Some(_) => log.append(payloads)?,
                    None => Vec::new(),
                };
                if sync && log.has_unsynced() {
                    log.sync()?;
                    self.metrics.syncs.fetch_add(1, Ordering::Relaxed);
                }
                Ok(positions)
            })();
            logged.map_err(|error| self.latch.close(&error))
        });
        match outcome {
            Ok(positions) => {
                let mut positions = positions.into_iter();
                let batch = writes.into_iter().map(|write| {
                    let position = if write.payload.is_empty() { None } else { positions.next() };
                    (write, position)
                });
                Some(batch.collect())
            }
            Err(error) => {
                fail(writes, &error);
                None
            }
        }
    }

    fn run_apply(&self, from_log: &Receiver<Batch>) {
        while let Ok(batch) = from_log.recv() {
            self.apply_batch(batch);
        }
    }

    fn apply_batch(&self, mut batch: Batch) {
        for (write, position) in &mut batch {
            self.visible.insert(write, *position);
        }
        self.visible.inserted_up_to(batch.iter().rev().find_map(|(_, position)| *position));
        self.metrics.writes.fetch_add(batch.len() as u64, Ordering::Relaxed);
        for (write, _) in batch {
            (write.done)(Ok(()));
        }
    }
}

fn fail(writes: impl IntoIterator<Item = PendingWrite>, error: &Error) {
    for write in writes {
        (write.done)(Err(error.clone()));
    }
}
