//! [`Column`]: name, type, kind and the id that storage knows it by.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::types::ColumnType;

/// Number of a column inside its table. Never reused: a re-added column gets a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ColumnId(pub u32);

impl fmt::Display for ColumnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What part a column plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColumnKind {
    /// Decides the partition.
    PartitionKey,
    /// Orders rows inside a partition.
    Clustering,
    /// One value a partition.
    Static,
    /// One value a row.
    Regular,
}

/// Direction of a clustering column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ClusteringOrder {
    /// Ascending.
    #[default]
    Ascending,
    /// Descending: the encoded component is complemented.
    Descending,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its id.
    pub id: ColumnId,
    /// Its name, without quotes.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// Its part.
    pub kind: ColumnKind,
    /// Direction; `Ascending` for columns that are not clustering.
    pub order: ClusteringOrder,
}

/// A column that was dropped: kept so that a re-added one cannot have an incompatible type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedColumn {
    /// The column as it was.
    pub column: Column,
    /// When it was dropped, microseconds.
    pub dropped_at: i64,
}
