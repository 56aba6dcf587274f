//! Partition streams: the form in which partitions move between memtable, disk, wire and reader.

mod fragment;
mod source;

pub use fragment::{Direction, Fragment};
pub use source::FragmentSource;
