//! [`Mutation`]: all changes to one partition in one write; it commutes with every other.

use serde::{Deserialize, Serialize};

use super::{Deletion, RangeTombstone, Row};
use crate::key::DecoratedKey;
use crate::schema::TableId;

/// What a mutation, or a memtable, says of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PartitionUpdate {
    /// Deletion of the whole partition, static row included.
    pub deletion: Option<Deletion>,
    /// Static columns.
    pub static_row: Option<Row>,
    /// Deleted ranges, in any order; they may overlap.
    pub range_tombstones: Vec<RangeTombstone>,
    /// Rows by ascending clustering key, no key twice.
    pub rows: Vec<Row>,
}

impl PartitionUpdate {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.deletion.is_none()
            && self.static_row.is_none()
            && self.range_tombstones.is_empty()
            && self.rows.is_empty()
    }
}

/// One atomic, isolated write to one partition of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutation {
    /// Which table.
    pub table: TableId,
    /// Which partition.
    pub key: DecoratedKey,
    /// What changes.
    pub update: PartitionUpdate,
}
