//! Filters of partition keys: "maybe" or "no", before an sstable is read.

mod bloom;
mod filter;

pub use filter::{Filter, FilterBuilder};
