//! Partition streams: the form in which partitions move between memtable, disk, wire and reader.

mod digest;
mod fragment;
mod fragment_list;
mod lane_heap;
mod live_row;
mod merge;
#[cfg(test)]
mod model;
mod partition_source;
mod purge;
mod source;
mod validate;

pub use digest::{Digest, digest_stream};
pub use fragment::{Direction, Fragment};
pub use fragment_list::{FragmentList, read_all};
pub use live_row::{into_live_row, live_row};
pub use merge::{BoxedSource, Merge};
pub use partition_source::PartitionSource;
pub use purge::{Purge, PurgePolicy};
pub use source::FragmentSource;
pub use validate::{InvalidStream, Validate};
