//! Memtables: the mutations of one region that are not yet in an sstable, in order, in memory.

mod list;
mod memtable;
mod partition;
mod source;

pub(crate) use list::MemtableList;
pub(crate) use memtable::{Memtable, MemtableSnapshot};
pub(crate) use partition::MemPartition;
pub(crate) use source::{MemPartitionSource, MemtableSource};
