//! Dropping and truncating tables.
//!
//! One manifest edit makes all of it durable at once; memtables and sstables leave the views only then.
//! Everything acknowledged before the call goes: it is in memtables whose last position the edit names.
//! A flush or compaction that is under way finds its table or inputs gone and installs nothing.

use model::schema::TableId;
use std::sync::Arc;

use crate::error::Error;
use crate::interior::Interior;
use crate::manifest::{Change, Version};
use crate::memtable::Memtable;
use crate::region::{RegionState, RegionStore};
use crate::sstable::Sstable;

impl Interior {
    /// See `Engine::drop_table`.
    pub(crate) fn drop_table(&self, id: TableId) -> Result<(), Error> {
        let _changing = self.tables_changing.lock();
        let table = self.tables.table(id)?;
        let _flushing: Vec<_> = table.regions.iter().map(|region| region.flushing.lock()).collect();
        self.manifest.install(&[Change::TableDropped(id)], || self.tables.withdraw(id))?;
        for region in table.regions.iter() {
            self.tables.seal(region);
            let mut state = region.state.write();
            let sealed = std::mem::take(&mut state.memtables.sealed);
            let sstables = take_sstables(&mut state);
            drop(state);
            self.forget(&sealed);
            self.remove_files(&sstables);
        }
        self.tidy_log();
        Ok(())
    }

    /// See `Engine::truncate`.
    pub(crate) fn truncate(&self, id: TableId) -> Result<(), Error> {
        let _changing = self.tables_changing.lock();
        let table = self.tables.table(id)?;
        let _flushing: Vec<_> = table.regions.iter().map(|region| region.flushing.lock()).collect();
        let mut positions = Vec::new();
        let mut dropped: Vec<Vec<Arc<Memtable>>> = Vec::new();
        for region in table.regions.iter() {
            self.tables.seal(region);
            let state = region.state.read();
            let last =
                state.memtables.sealed.iter().filter_map(|memtable| memtable.span()).map(|(_, last)| last);
            let position = last.max().unwrap_or(state.flushed);
            positions.push(Change::Flushed { table: id, region: region.id.index, position });
            dropped.push(state.memtables.sealed.clone());
        }
        // Asked of the version and not of the regions: a compaction may install until the edit is made.
        let edit = |version: &Version| {
            let live = version.tables.get(&id).into_iter().flat_map(|table| table.regions.iter().enumerate());
            let ids = live.flat_map(|(region, live)| live.sstables.keys().map(move |id| (region, *id)));
            let removed =
                ids.map(|(region, sstable)| Change::SstableRemoved { table: id, region, id: sstable });
            positions.into_iter().chain(removed).collect()
        };
        let mut removed = Vec::new();
        self.manifest.install_with(edit, || {
            for (region, memtables) in table.regions.iter().zip(&dropped) {
                removed.extend(empty_region(region, memtables));
            }
        })?;
        dropped.iter().for_each(|memtables| self.forget(memtables));
        self.remove_files(&removed);
        self.tidy_log();
        Ok(())
    }

    /// Retires segments. The removal itself is done and durable, so a failure here is not its failure.
    fn tidy_log(&self) {
        if let Err(error) = self.retire_segments() {
            tracing::warn!(%error, "segments of the commit log stay until the next flush");
        }
    }

    /// Gives the memory of memtables back.
    fn forget(&self, memtables: &[Arc<Memtable>]) {
        for memtable in memtables {
            self.tables.budget.free(memtable.size_bytes());
        }
    }

    /// Removes the files of sstables that are not live any more; who still reads them keeps them open.
    pub(crate) fn remove_files(&self, sstables: &[Arc<Sstable>]) {
        for sstable in sstables {
            if let Err(error) = self.fs.remove(sstable.path()) {
                let path = sstable.path().display();
                tracing::warn!(%error, %path, "an old sstable stays until the next start");
            }
        }
    }
}

fn empty_region(region: &RegionStore, memtables: &[Arc<Memtable>]) -> Vec<Arc<Sstable>> {
    let mut state = region.state.write();
    for memtable in memtables {
        if let Some((_, last)) = memtable.span() {
            state.flushed = state.flushed.max(last);
        }
        state.memtables.remove(memtable);
    }
    take_sstables(&mut state)
}

fn take_sstables(state: &mut RegionState) -> Vec<Arc<Sstable>> {
    std::mem::take(&mut state.sstables).into_iter().map(|leveled| leveled.sstable).collect()
}
