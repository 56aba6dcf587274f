//! [`Row`]: one clustering key (or the static row) with its marker, deletion and cells.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Cell, Deletion};
use crate::key::ClusteringKey;
use crate::schema::ColumnId;

/// How a row marker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MarkerKind {
    /// For ever.
    Live,
    /// Until it expires.
    Expiring {
        /// Seconds it was given to live.
        ttl: u32,
        /// Seconds since 1970 at which it is dead.
        expires_at: i64,
    },
}

/// The sign that a row was inserted: it keeps a row alive whose cells are all null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RowMarker {
    /// Write timestamp, microseconds.
    pub timestamp: i64,
    /// Live or expiring.
    pub kind: MarkerKind,
}

impl RowMarker {
    /// Whether a reader at `now_seconds` sees the row because of it.
    pub fn is_live(&self, now_seconds: i64) -> bool {
        match self.kind {
            MarkerKind::Live => true,
            MarkerKind::Expiring { expires_at, .. } => now_seconds < expires_at,
        }
    }
}

/// What a row holds of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnData {
    /// A plain or frozen column.
    Cell(Cell),
    /// A non-frozen collection or user type: a cell an element.
    Collection(CollectionCells),
}

/// Cells of a non-frozen collection or user type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CollectionCells {
    /// Deletion of the whole collection.
    pub deletion: Option<Deletion>,
    /// Cells by path, ascending by the path's bytes, no path twice.
    ///
    /// Paths: order-encoded element (set) or key (map); order-encoded timeuuid (list); 16-bit
    /// big-endian field index (user type). The cell of a set's element has an empty value.
    pub cells: Vec<(Bytes, Cell)>,
}

/// A row, or a part of one: what one write or one source knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Row {
    /// Position in the partition; empty for a static row.
    pub clustering: ClusteringKey,
    /// Set by INSERT, not by UPDATE.
    pub marker: Option<RowMarker>,
    /// Deletion of the whole row.
    pub deletion: Option<Deletion>,
    /// Columns by ascending id, no id twice.
    pub columns: Vec<(ColumnId, ColumnData)>,
}

impl Row {
    /// A row that says nothing yet.
    pub fn empty(clustering: ClusteringKey) -> Row {
        Row { clustering, ..Row::default() }
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.marker.is_none() && self.deletion.is_none() && self.columns.is_empty()
    }

    /// What it holds of column `id`.
    pub fn column(&self, id: ColumnId) -> Option<&ColumnData> {
        self.columns.binary_search_by_key(&id, |(column, _)| *column).ok().map(|at| &self.columns[at].1)
    }
}
