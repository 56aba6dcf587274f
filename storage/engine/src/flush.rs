//! Flush: sealed memtable -> sstable -> manifest edit -> retired segments.
//!
//! A region's memtables are flushed oldest first, so that its replay position never passes records that
//! are only in memory. The file and its name are durable before the manifest names it; memtable and
//! sstable change places under the region's lock.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::key::ByteRange;
use model::schema::TableId;
use model::stream::{Direction, Merge};

use crate::config::{SeededDefect, TableSettings};
use crate::error::Error;
use crate::interior::Interior;
use crate::manifest::{Change, LiveSstable};
use crate::memtable::Memtable;
use crate::metrics::Metrics;
use crate::region::{LeveledSstable, RegionStore};
use crate::signal::Wake;
use crate::sstable::{Sstable, SstableId, WriterSettings, Written, write_sstable};

/// How often the flush thread looks without being called: for memtables that grow old, and after a
/// failure.
const TICK: Duration = Duration::from_secs(1);

impl Interior {
    /// See `Engine::flush`.
    pub(crate) fn flush(&self, table: Option<TableId>) -> Result<(), Error> {
        for region in self.regions_of(table)? {
            self.tables.seal(&region);
            self.flush_sealed(&region)?;
        }
        self.retire_segments()
    }

    /// The regions of a table, or of all.
    ///
    /// Errors: `Invalid` for an unknown table.
    pub(crate) fn regions_of(&self, table: Option<TableId>) -> Result<Vec<Arc<RegionStore>>, Error> {
        Ok(match table {
            Some(id) => self.tables.table(id)?.regions.to_vec(),
            None => self.tables.all().values().flat_map(|table| table.regions.iter().cloned()).collect(),
        })
    }

    /// Flushes what is sealed in a region, oldest first.
    fn flush_sealed(&self, region: &RegionStore) -> Result<(), Error> {
        let _flushing = region.flushing.lock();
        loop {
            let oldest = region.state.read().memtables.sealed.first().cloned();
            let Some(memtable) = oldest else { return Ok(()) };
            let Some(settings) = self.tables.settings(region.id.table) else { return Ok(()) };
            if let Err(error) = self.flush_memtable(region, &memtable, &settings) {
                Metrics::count(&self.metrics.flush_failures);
                return Err(error);
            }
        }
    }

    fn flush_memtable(
        &self,
        region: &RegionStore,
        memtable: &Arc<Memtable>,
        settings: &TableSettings,
    ) -> Result<(), Error> {
        let table = region.id.table;
        let everything = Arc::from([ByteRange::all()]);
        let source = memtable.snapshot().source(&ByteRange::all(), everything, true, Direction::Forward);
        // A merge of one stream settles it: what the memtable itself has deleted is not written.
        let settled = Merge::new(vec![Box::new(source)], Direction::Forward);
        let id = self.new_sstable_id();
        let path = self.sstable_path(table, id);
        let written = write_sstable(&self.fs, &path, writer_settings(settings), settled)?;

        let mut edit = Vec::new();
        let mut sstable = None;
        if let Some(Written { size_bytes, .. }) = &written {
            sstable = Some(self.adopt(region, &[id])?.remove(0));
            let live = LiveSstable { id, size_bytes: *size_bytes, level: 0 };
            edit.push(Change::SstableAdded { table, region: region.id.index, sstable: live });
            self.metrics.flush_bytes.fetch_add(*size_bytes, Ordering::Relaxed);
        }
        if let Some((_, position)) = memtable.span() {
            edit.push(Change::Flushed { table, region: region.id.index, position });
        }
        let installed = self.manifest.install(&edit, || {
            let mut state = region.state.write();
            let leveled = |sstable: &Arc<Sstable>| LeveledSstable { sstable: sstable.clone(), level: 0 };
            state.sstables.extend(sstable.iter().map(leveled));
            state.memtables.remove(memtable);
            if let Some((_, position)) = memtable.span() {
                state.flushed = state.flushed.max(position);
            }
        });
        if let Err(error) = installed {
            self.remove_refused(&error, sstable.as_slice());
            return Err(error);
        }
        self.tables.budget.free(memtable.size_bytes());
        Metrics::count(&self.metrics.flushes);
        Ok(())
    }

    /// Makes the names of a region's new sstables durable and opens them.
    ///
    /// Errors: what the disk says; then their files are removed, if the disk still lets it.
    pub(crate) fn adopt(&self, region: &RegionStore, ids: &[SstableId]) -> Result<Vec<Arc<Sstable>>, Error> {
        let table = region.id.table;
        let directory = self.directories.table(table);
        let synced = self.fs.sync_directory(&directory).map_err(|error| Error::io("sync", &directory, error));
        let opened = synced.and_then(|()| {
            let open = |id: &SstableId| {
                Sstable::open(&*self.fs, &self.sstable_path(table, *id), *id, self.cache.clone())
            };
            ids.iter().map(open).collect()
        });
        if opened.is_err() {
            for id in ids {
                // What cannot be removed is known to nobody and goes at the next opening.
                let _ = self.fs.remove(&self.sstable_path(table, *id));
            }
        }
        opened
    }

    /// Removes new sstables whose edit was refused. After any other failure the edit may be on disk, and
    /// the files must stay for the next opening to decide.
    pub(crate) fn remove_refused(&self, error: &Error, sstables: &[Arc<Sstable>]) {
        if matches!(error, Error::Invalid(_)) {
            self.remove_files(sstables);
        }
    }

    /// Retires the segments that no memtable needs.
    pub(crate) fn retire_segments(&self) -> Result<(), Error> {
        let _retiring = self.retiring.lock();
        // Read before the memtables: what was applied up to here is in one of them, or flushed.
        let mut start = self.tables.applied().segment;
        if self.settings.seeded_defect != Some(SeededDefect::RetireTooEarly) {
            for region in self.regions_of(None)? {
                if let Some(first) = region.first_unflushed() {
                    start = start.min(first.segment);
                }
            }
        }
        if self.segments.first().is_none_or(|first| first >= start) {
            return Ok(());
        }
        self.manifest.install(&[Change::LogStarts(start)], || ())?;
        self.segments.retire_before(&*self.fs, &self.directories.commit_log, start)?;
        Ok(())
    }

    /// The flush thread: until closed, flushes what is sealed, seals what is old or holds up the log.
    pub(crate) fn run_flush(&self) {
        while self.tables.flush_wanted.wait(TICK) != Wake::Closed {
            self.seal_due();
            let outcome = self.regions_by_age().iter().try_for_each(|region| self.flush_sealed(region));
            if let Err(error) = outcome.and_then(|()| self.retire_segments())
                && self.latch.check().is_ok()
            {
                tracing::warn!(%error, "a flush failed; it is tried again");
            }
            self.compaction_wanted.raise();
        }
    }

    /// Regions that have sealed memtables, the one with the oldest first.
    fn regions_by_age(&self) -> Vec<Arc<RegionStore>> {
        let age = |region: &Arc<RegionStore>| {
            let state = region.state.read();
            state.memtables.sealed.first().map(|memtable| memtable.created_at_nanos)
        };
        let all = self.regions_of(None).unwrap_or_default();
        let mut aged: Vec<_> = all.into_iter().filter_map(|region| Some((age(&region)?, region))).collect();
        aged.sort_by_key(|(age, _)| *age);
        aged.into_iter().map(|(_, region)| region).collect()
    }

    /// Seals memtables that are older than their table wants, and those that hold the oldest segments of
    /// a log that is too long.
    fn seal_due(&self) {
        let now = self.clock.monotonic_nanos();
        let too_long = self.segments.size_bytes() > self.settings.commit_log_bytes_max;
        let oldest = self.segments.first().filter(|_| too_long);
        for table in self.tables.all().values() {
            let period = u64::from(table.settings.memtable_flush_period_millis) * 1_000_000;
            for region in table.regions.iter() {
                let created_at = region.state.read().memtables.active.created_at_nanos;
                let is_old = period > 0 && now.saturating_sub(created_at) >= period;
                let first = region.first_unflushed().map(|first| first.segment);
                if is_old || (oldest.is_some() && first == oldest) {
                    self.tables.seal(region);
                }
            }
        }
    }
}

/// How a table's sstables are written.
pub(crate) fn writer_settings(settings: &TableSettings) -> WriterSettings {
    WriterSettings {
        compress: settings.compress,
        filter_fp_rate: settings.filter_fp_rate,
        ..WriterSettings::default()
    }
}
