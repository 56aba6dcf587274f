//! Dropping and truncating tables.
//!
//! One manifest edit makes all of it durable at once; memtables and sstables leave the views only then.
//! Everything acknowledged before the call goes: it is in memtables whose last position the edit names.
//! A flush or compaction that is under way finds its table or inputs gone and installs nothing.

use model::schema::TableId;
use std::sync::Arc;

use crate::error::Error;
use crate::interior::Interior;
use crate::manifest::Change;
use crate::memtable::Memtable;
use crate::region::RegionStore;

impl Interior {
    /// See `Engine::drop_table`.
    pub(crate) fn drop_table(&self, id: TableId) -> Result<(), Error> {
        let _changing = self.tables_changing.lock();
        let table = self.tables.table(id)?;
        let _flushing: Vec<_> = table.regions.iter().map(|region| region.flushing.lock()).collect();
        self.manifest.install(&[Change::TableDropped(id)], || self.tables.withdraw(id))?;
        for region in table.regions.iter() {
            self.tables.seal(region);
            let sealed = std::mem::take(&mut region.state.write().memtables.sealed);
            self.forget(sealed);
        }
        Ok(())
    }

    /// See `Engine::truncate`.
    pub(crate) fn truncate(&self, id: TableId) -> Result<(), Error> {
        let _changing = self.tables_changing.lock();
        let table = self.tables.table(id)?;
        let _flushing: Vec<_> = table.regions.iter().map(|region| region.flushing.lock()).collect();
        let mut edit = Vec::new();
        let mut dropped: Vec<Vec<Arc<Memtable>>> = Vec::new();
        for region in table.regions.iter() {
            self.tables.seal(region);
            let state = region.state.read();
            let last =
                state.memtables.sealed.iter().filter_map(|memtable| memtable.span()).map(|(_, last)| last);
            let position = last.max().unwrap_or(state.flushed);
            edit.push(Change::Flushed { table: id, region: region.id.index, position });
            dropped.push(state.memtables.sealed.clone());
        }
        self.manifest.install(&edit, || {
            for (region, memtables) in table.regions.iter().zip(&dropped) {
                drop_memtables(region, memtables);
            }
        })?;
        dropped.into_iter().for_each(|memtables| self.forget(memtables));
        Ok(())
    }

    /// Gives the memory of memtables back.
    fn forget(&self, memtables: Vec<Arc<Memtable>>) {
        for memtable in memtables {
            self.tables.budget.free(memtable.size_bytes());
        }
    }
}

fn drop_memtables(region: &RegionStore, memtables: &[Arc<Memtable>]) {
    let mut state = region.state.write();
    for memtable in memtables {
        if let Some((_, last)) = memtable.span() {
            state.flushed = state.flushed.max(last);
        }
        state.memtables.remove(memtable);
    }
}
