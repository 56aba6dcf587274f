//! Reads: a view of memtables and sstables, and the merged stream over it.

mod command;
mod prune;
mod source;
mod view;

pub(crate) use command::check_command;
pub use source::EngineSource;
pub(crate) use view::RegionView;
