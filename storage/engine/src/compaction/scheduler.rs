//! The background task of compaction: picks, runs, installs.
//!
//! A region has one compaction at a time. While it runs nothing else is locked: its inputs stay live
//! until the manifest edit that replaces them, and if one of them is gone by then (the table was
//! truncated or dropped), the edit is refused and the outputs are removed.
//! What a tombstone may still have to cover outside the task (memtables, other sstables) is taken from
//! one view of the region, so what is just being flushed counts once.
//! Left out: a limit of bytes a second.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::schema::TableId;
use model::stream::PurgePolicy;

use super::{
    Compaction, Output, PickerInput, RunningTasks, SstableDescriptor, Task, max_purgeable_timestamp, pick,
    pick_everything,
};
use crate::config::{SeededDefect, TableSettings};
use crate::error::Error;
use crate::flush::writer_settings;
use crate::interior::Interior;
use crate::manifest::{Change, LiveSstable};
use crate::memtable::Memtable;
use crate::metrics::Metrics;
use crate::region::{LeveledSstable, RegionStore};
use crate::signal::Wake;
use crate::sstable::{Sstable, SstableId};

/// How often the compaction thread looks without being called: tombstones grow old by themselves.
const TICK: Duration = Duration::from_secs(10);

/// What is chosen from.
#[derive(Clone, Copy)]
enum Choice {
    /// What the table's strategy wants.
    Due,
    /// Everything there is.
    Everything,
}

impl Interior {
    /// See `Engine::compact`.
    pub(crate) fn compact(&self, table: Option<TableId>) -> Result<(), Error> {
        for region in self.regions_of(table)? {
            let _compacting = region.compacting.lock();
            self.compact_once(&region, Choice::Everything)?;
        }
        Ok(())
    }

    /// See `Engine::run_due_compactions`.
    pub(crate) fn run_due_compactions(&self) -> Result<(), Error> {
        for region in self.regions_of(None)? {
            // Held by another thread: that one goes on until nothing is due.
            let Some(_compacting) = region.compacting.try_lock() else { continue };
            while !self.compaction_wanted.is_closed() && self.compact_once(&region, Choice::Due)? {}
        }
        Ok(())
    }

    /// A compaction thread: until closed, runs what is due.
    pub(crate) fn run_compactions(&self) {
        while self.compaction_wanted.wait(TICK) != Wake::Closed {
            if let Err(error) = self.run_due_compactions()
                && self.latch.check().is_ok()
                && !self.compaction_wanted.is_closed()
            {
                tracing::warn!(%error, "a compaction failed; its inputs stay and it is tried again");
            }
        }
    }

    /// Picks a task and runs it; answers whether there was one. The caller holds `compacting`.
    fn compact_once(&self, region: &RegionStore, choice: Choice) -> Result<bool, Error> {
        let Some(settings) = self.tables.settings(region.id.table) else { return Ok(false) };
        let gc_before_seconds = self.clock.now_seconds() - i64::from(settings.gc_grace_seconds);
        let view = View::of(region);
        let descriptors: Vec<SstableDescriptor> = view
            .sstables
            .iter()
            .map(|leveled| SstableDescriptor::of(&leveled.sstable, leveled.level))
            .collect();
        let input = PickerInput {
            sstables: &descriptors,
            running: &RunningTasks::default(),
            memtable_min_timestamp: view.memtables_oldest,
            gc_before_seconds,
        };
        let task = match choice {
            Choice::Due => pick(&settings.compaction, &input),
            Choice::Everything => pick_everything(&input),
        };
        let Some(task) = task else { return Ok(false) };
        tracing::debug!(region = %region.id, %task, "compaction begins");
        let outcome = self.run_task(region, &task, view, &settings, gc_before_seconds);
        let counter = match &outcome {
            Ok(()) => &self.metrics.compactions,
            Err(_) => &self.metrics.compaction_failures,
        };
        Metrics::count(counter);
        outcome.map(|()| true)
    }

    fn run_task(
        &self,
        region: &RegionStore,
        task: &Task,
        view: View,
        settings: &TableSettings,
        gc_before_seconds: i64,
    ) -> Result<(), Error> {
        let (table, index) = (region.id.table, region.id.index);
        let chosen: BTreeSet<SstableId> = task.inputs.iter().copied().collect();
        let sstables = view.sstables.into_iter().map(|leveled| leveled.sstable);
        let (inputs, others): (Vec<_>, Vec<_>) = sstables.partition(|sstable| chosen.contains(&sstable.id()));
        let memtables = view.memtables;
        let in_memory = move |key: &_| {
            let holding = memtables.iter().filter(|memtable| memtable.partition(key).is_some());
            holding.map(|memtable| memtable.oldest_timestamp()).min()
        };
        let max_purgeable_timestamp = match self.settings.seeded_defect {
            Some(SeededDefect::PurgeTooMuch) => Box::new(|_: &_| i64::MAX),
            _ => max_purgeable_timestamp(others, in_memory),
        };
        let outputs = Compaction {
            fs: &*self.fs,
            inputs: inputs.clone(),
            purge: PurgePolicy {
                now_seconds: self.clock.now_seconds(),
                gc_before_seconds,
                max_purgeable_timestamp,
            },
            settings: writer_settings(settings),
            output_size_bytes_max: u64::MAX,
            next_output: &mut || {
                let id = self.new_sstable_id();
                (id, self.sstable_path(table, id))
            },
            go_on: &mut |_| !self.compaction_wanted.is_closed(),
        }
        .run()?;

        let ids: Vec<SstableId> = outputs.iter().map(|output| output.id).collect();
        let opened = if ids.is_empty() { Vec::new() } else { self.adopt(region, &ids)? };
        let removed = task.inputs.iter().map(|id| Change::SstableRemoved { table, region: index, id: *id });
        let added = outputs.iter().map(|output| {
            let Output { id, written, .. } = output;
            let sstable = LiveSstable { id: *id, size_bytes: written.size_bytes, level: task.output_level };
            Change::SstableAdded { table, region: index, sstable }
        });
        let edit: Vec<Change> = removed.chain(added).collect();
        let installed = self.manifest.install(&edit, || {
            let mut state = region.state.write();
            state.sstables.retain(|leveled| !chosen.contains(&leveled.sstable.id()));
            let level = task.output_level;
            let leveled = |sstable: &Arc<Sstable>| LeveledSstable { sstable: sstable.clone(), level };
            state.sstables.extend(opened.iter().map(leveled));
        });
        if let Err(error) = installed {
            self.remove_refused(&error, &opened);
            return Err(error);
        }
        let bytes: u64 = outputs.iter().map(|output| output.written.size_bytes).sum();
        self.metrics.compaction_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.remove_files(&inputs);
        Ok(())
    }
}

/// A region at the moment in which a task is picked.
struct View {
    sstables: Vec<LeveledSstable>,
    memtables: Vec<Arc<Memtable>>,
    /// Least write timestamp in the memtables.
    memtables_oldest: i64,
}

impl View {
    fn of(region: &RegionStore) -> View {
        let state = region.state.read();
        View {
            sstables: state.sstables.clone(),
            memtables: state.memtables.iter().cloned().collect(),
            memtables_oldest: state.memtables.oldest_timestamp(),
        }
    }
}
