//! Data: cells, rows, tombstones, mutations, and the one rule that decides between them.

mod age;
mod cell;
mod counter;
mod deletion;
#[cfg(test)]
pub(crate) mod generate;
mod mutation;
mod reconcile;
mod row;
mod size;
mod sorted;

pub use age::TimestampSpan;
pub use cell::{Cell, CellKind};
pub use counter::{CounterShard, CounterState};
pub use deletion::{Deletion, RangeTombstone};
pub use mutation::{Mutation, PartitionUpdate};
pub use reconcile::{merge_rows, reconcile_cells, reconcile_deletions, reconcile_markers};
pub use row::{CollectionCells, ColumnData, MarkerKind, Row, RowMarker};
