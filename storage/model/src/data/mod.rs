//! Data: cells, rows, tombstones, mutations, and the one rule that decides between them.

mod cell;
mod deletion;
mod mutation;
mod row;

pub use cell::{Cell, CellKind};
pub use deletion::{Deletion, RangeTombstone};
pub use mutation::{Mutation, PartitionUpdate};
pub use row::{CollectionCells, ColumnData, MarkerKind, Row, RowMarker};
