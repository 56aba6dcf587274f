//! The background task of compaction: picks, runs, installs.
//!
//! A region has one compaction at a time. While it runs nothing is locked: its inputs stay live until
//! the manifest edit that replaces them, and if one of them is gone by then (the table was truncated or
//! dropped), the edit is refused and the output is removed.
//! The purge rule is computed here: a tombstone goes only when no memtable, and no sstable outside the
//! task, may hold anything older of its partition. Both are taken from one view of the region, so what
//! is just being flushed counts once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::key::{ByteRange, DecoratedKey};
use model::schema::TableId;
use model::stream::{BoxedSource, Direction, Merge, Purge, PurgePolicy};

use crate::config::TableSettings;
use crate::error::Error;
use crate::flush::writer_settings;
use crate::interior::Interior;
use crate::manifest::{Change, LiveSstable};
use crate::memtable::Memtable;
use crate::metrics::Metrics;
use crate::region::RegionStore;
use crate::signal::Wake;
use crate::sstable::{Sstable, SstableId, write_sstable};

/// How often the compaction thread looks without being called.
const TICK: Duration = Duration::from_secs(10);

impl Interior {
    /// See `Engine::compact`.
    pub(crate) fn compact(&self, table: Option<TableId>) -> Result<(), Error> {
        for region in self.regions_of(table)? {
            let _compacting = region.compacting.lock();
            let inputs = region.state.read().sstables.clone();
            if !inputs.is_empty() {
                self.run_compaction(&region, &inputs)?;
            }
        }
        Ok(())
    }

    /// A compaction thread: until closed, runs what the pickers choose.
    pub(crate) fn run_compactions(&self) {
        while self.compaction_wanted.wait(TICK) != Wake::Closed {}
    }

    /// Merges `inputs` into one sstable and installs it.
    fn run_compaction(&self, region: &RegionStore, inputs: &[Arc<Sstable>]) -> Result<(), Error> {
        let Some(settings) = self.tables.settings(region.id.table) else { return Ok(()) };
        let outcome = self.merge_and_install(region, inputs, &settings);
        let counter = match &outcome {
            Ok(()) => &self.metrics.compactions,
            Err(_) => &self.metrics.compaction_failures,
        };
        Metrics::count(counter);
        outcome
    }

    fn merge_and_install(
        &self,
        region: &RegionStore,
        inputs: &[Arc<Sstable>],
        settings: &TableSettings,
    ) -> Result<(), Error> {
        let (table, index) = (region.id.table, region.id.index);
        let scan = |input: &Arc<Sstable>| -> BoxedSource<Error> { Box::new(input.scan(ByteRange::all())) };
        let merged = Merge::new(inputs.iter().map(scan).collect(), Direction::Forward);
        let purged = Purge::new(merged, self.purge_policy(region, inputs, settings));
        let id = self.new_sstable_id();
        let path = self.sstable_path(table, id);
        let written = write_sstable(&self.fs, &path, writer_settings(settings), purged)?;

        let removed =
            inputs.iter().map(|input| Change::SstableRemoved { table, region: index, id: input.id() });
        let mut edit: Vec<Change> = removed.collect();
        let mut output = None;
        if let Some(written) = written {
            output = Some(self.open_new(region, id)?);
            let live = LiveSstable { id, size_bytes: written.size_bytes, level: 0 };
            edit.push(Change::SstableAdded { table, region: index, sstable: live });
            self.metrics.compaction_bytes.fetch_add(written.size_bytes, Ordering::Relaxed);
        }
        let gone: BTreeSet<SstableId> = inputs.iter().map(|input| input.id()).collect();
        let installed = self.manifest.install(&edit, || {
            let mut state = region.state.write();
            state.sstables.retain(|sstable| !gone.contains(&sstable.id()));
            state.sstables.extend(output.clone());
        });
        match installed {
            Ok(()) => {
                self.remove_files(inputs);
                Ok(())
            }
            Err(error) => {
                self.remove_refused(&error, output.as_slice());
                Err(error)
            }
        }
    }

    fn purge_policy(
        &self,
        region: &RegionStore,
        inputs: &[Arc<Sstable>],
        settings: &TableSettings,
    ) -> PurgePolicy {
        let inside: BTreeSet<SstableId> = inputs.iter().map(|input| input.id()).collect();
        let state = region.state.read();
        let memtables: Vec<Arc<Memtable>> = state.memtables.iter().cloned().collect();
        let outside = state.sstables.iter().filter(|sstable| !inside.contains(&sstable.id()));
        let outside: Vec<Arc<Sstable>> = outside.cloned().collect();
        drop(state);
        let now_seconds = self.clock.now_seconds();
        PurgePolicy {
            now_seconds,
            gc_before_seconds: now_seconds - i64::from(settings.gc_grace_seconds),
            max_purgeable_timestamp: Box::new(move |key: &DecoratedKey| {
                let in_memory = memtables
                    .iter()
                    .filter(|memtable| memtable.partition(key).is_some())
                    .map(|memtable| memtable.oldest_timestamp());
                let on_disk = outside
                    .iter()
                    .filter(|sstable| sstable.may_contain(key))
                    .map(|sstable| sstable.metadata().min_timestamp);
                in_memory.chain(on_disk).min().unwrap_or(i64::MAX)
            }),
        }
    }
}
