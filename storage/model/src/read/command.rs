//! [`ReadCommand`]: what a reader wants of one table, in bytes and ids.

use crate::key::{ByteRange, DecoratedKey};
use crate::schema::{ColumnId, TableId};
use crate::stream::Direction;

/// Which partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionSelection {
    /// One.
    One(DecoratedKey),
    /// All whose decorated keys lie in a range, ascending.
    Range(ByteRange),
}

/// Which columns' values a source must return. It may leave out the value bytes of other cells, and
/// nothing else: a row without marker lives by any live cell, wanted or not, and any timestamp, marker
/// or deletion may decide what another source's data is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnSelection {
    /// Every column.
    All,
    /// These, ascending.
    Only(Vec<ColumnId>),
}

impl ColumnSelection {
    /// Whether column `id` is wanted.
    pub fn contains(&self, id: ColumnId) -> bool {
        match self {
            ColumnSelection::All => true,
            ColumnSelection::Only(ids) => ids.binary_search(&id).is_ok(),
        }
    }
}

/// A read of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCommand {
    /// Which table.
    pub table: TableId,
    /// Which partitions.
    pub partitions: PartitionSelection,
    /// Clustering ranges: ascending, disjoint, none empty. No slice at all means no rows, only
    /// partition deletion and static row.
    pub slices: Vec<ByteRange>,
    /// Whether static rows are wanted.
    pub static_row: bool,
    /// Which columns.
    pub columns: ColumnSelection,
    /// Order of rows inside a partition. (Slices are given ascending in either case.)
    pub direction: Direction,
}

impl ReadCommand {
    /// Everything of the partitions, forward.
    pub fn whole(table: TableId, partitions: PartitionSelection) -> ReadCommand {
        ReadCommand {
            table,
            partitions,
            slices: vec![ByteRange::all()],
            static_row: true,
            columns: ColumnSelection::All,
            direction: Direction::Forward,
        }
    }
}
