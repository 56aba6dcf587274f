//! [`NewTable`] and [`NewColumn`]: a table as CREATE TABLE describes it, types resolved, rules unchecked.

use super::super::{ClusteringOrder, Partitioner, TableId, TableOptions};
use crate::types::ColumnType;

/// A table that is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTable {
    /// Its identity, never used before.
    pub id: TableId,
    /// Its keyspace.
    pub keyspace: String,
    /// Its name.
    pub name: String,
    /// Every column, key or not, in any order.
    pub columns: Vec<NewColumn>,
    /// Names of the partition key, in order.
    pub partition_key: Vec<String>,
    /// Names of the clustering columns, in order.
    pub clustering: Vec<String>,
    /// `CLUSTERING ORDER BY`, in its order; empty: all ascending.
    pub clustering_order: Vec<(String, ClusteringOrder)>,
    /// Hashed or ordered.
    pub partitioner: Partitioner,
    /// Options, already checked.
    pub options: TableOptions,
}

/// A column that is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether it is static.
    pub is_static: bool,
}
