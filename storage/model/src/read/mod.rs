//! What to read: partitions, clustering slices, columns, direction, time.

mod command;

pub use command::{ColumnSelection, PartitionSelection, ReadCommand};
