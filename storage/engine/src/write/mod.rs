//! The write path behind the commit log: into memtables, and slower when memory runs out.

mod apply;
mod stall;

pub(crate) use apply::Tables;
pub(crate) use stall::MemtableBudget;
