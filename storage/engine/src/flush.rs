//! Flush: sealed memtable -> sstable -> manifest edit -> retired segments.

use model::schema::TableId;

use crate::error::Error;
use crate::interior::Interior;

impl Interior {
    /// See `Engine::flush`.
    pub(crate) fn flush(&self, table: Option<TableId>) -> Result<(), Error> {
        if let Some(id) = table {
            self.tables.table(id)?;
        }
        Err(Error::failed("flushing needs sstables, which this build does not write yet"))
    }

    /// See `Engine::compact`.
    pub(crate) fn compact(&self, table: Option<TableId>) -> Result<(), Error> {
        if let Some(id) = table {
            self.tables.table(id)?;
        }
        Err(Error::failed("compaction needs sstables, which this build does not write yet"))
    }

    /// Ends background work.
    pub(crate) fn close(&self) {
        self.tables.flush_wanted.close();
    }
}
