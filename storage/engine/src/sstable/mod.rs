//! Sstables: sorted, immutable, checksummed files of partitions.

mod block;
mod block_reader;
mod entry;
mod envelope;
mod format;
mod index;
mod metadata;
mod source;
mod sstable;
mod writer;

pub(crate) use block::Block;
pub use block_reader::Caching;
pub use metadata::SstableMetadata;
pub use source::SstableSource;
pub use sstable::{Sstable, SstableId};
pub use writer::{SstableWriter, WriterSettings, Written, write_sstable};

#[cfg(test)]
pub(crate) mod generate;
#[cfg(test)]
mod tests;
