//! [`RowView`]: one CQL row as expressions and filters see it.
//!
//! On a read's way: fragments -> live rows -> **row view** -> expressions -> result cells. It borrows
//! the live rows (`model::stream::live_row`), so expiry and tombstones are behind it already. Values
//! are wire bytes; only non-frozen collections and counters are put together here.

use bytes::{BufMut, Bytes, BytesMut};
use model::data::{Cell, CollectionCells, ColumnData, CounterState, Row};
use model::schema::{Column, ColumnId, ColumnKind, TableSchema};
use model::types::{ColumnType, key_order};

use crate::error::CqlError;

/// Where a column's value is found in a row view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Index among the partition key columns.
    Partition(usize),
    /// Index among the clustering columns.
    Clustering(usize),
    /// A static column.
    Static(ColumnId),
    /// A regular column.
    Regular(ColumnId),
}

/// A column with its place, resolved once when a statement is bound.
#[derive(Debug, Clone)]
pub(crate) struct ColumnRef {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) column_type: ColumnType,
    /// Its place.
    pub(crate) slot: Slot,
}

impl ColumnRef {
    /// The reference to `column` of `table`.
    pub(crate) fn of(table: &TableSchema, column: &Column) -> ColumnRef {
        let slot = match column.kind {
            ColumnKind::PartitionKey => {
                Slot::Partition(table.partition_key().position(|other| other.id == column.id).unwrap_or(0))
            }
            ColumnKind::Clustering => {
                Slot::Clustering(table.clustering().position(|other| other.id == column.id).unwrap_or(0))
            }
            ColumnKind::Static => Slot::Static(column.id),
            ColumnKind::Regular => Slot::Regular(column.id),
        };
        ColumnRef { name: column.name.clone(), column_type: column.column_type.clone(), slot }
    }

    /// Whether it is part of the primary key.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.slot, Slot::Partition(_) | Slot::Clustering(_))
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowView<'a> {
    /// Partition key components, wire bytes.
    pub(crate) partition: &'a [Bytes],
    /// Clustering components, wire bytes; empty when only the static row is there.
    pub(crate) clustering: &'a [Bytes],
    /// The live static row.
    pub(crate) static_row: Option<&'a Row>,
    /// The live row; `None` when only the static row is there.
    pub(crate) row: Option<&'a Row>,
}

impl RowView<'_> {
    /// Wire bytes of a column's value, `None` for null.
    pub(crate) fn value(&self, column: &ColumnRef) -> Result<Option<Bytes>, CqlError> {
        match column.slot {
            Slot::Partition(index) => Ok(self.partition.get(index).cloned()),
            Slot::Clustering(index) => Ok(self.clustering.get(index).cloned()),
            Slot::Static(_) | Slot::Regular(_) => match self.data(column) {
                Some(data) => column_value(&column.column_type, data),
                None => Ok(None),
            },
        }
    }

    /// The cells of a static or regular column.
    pub(crate) fn data(&self, column: &ColumnRef) -> Option<&ColumnData> {
        match column.slot {
            Slot::Static(id) => self.static_row?.column(id),
            Slot::Regular(id) => self.row?.column(id),
            _ => None,
        }
    }
}

/// Wire bytes of a column from its live cells.
///
/// Errors: cells that do not fit the type, which means damaged data.
pub(crate) fn column_value(column_type: &ColumnType, data: &ColumnData) -> Result<Option<Bytes>, CqlError> {
    match data {
        ColumnData::Cell(cell) => cell_value(column_type, cell).map(Some),
        ColumnData::Collection(cells) => collection_value(column_type, cells),
    }
}

fn cell_value(column_type: &ColumnType, cell: &Cell) -> Result<Bytes, CqlError> {
    if *column_type == ColumnType::Counter {
        let state = CounterState::decode(&cell.value).map_err(damaged)?;
        return Ok(Bytes::copy_from_slice(&state.total().to_be_bytes()));
    }
    Ok(cell.value.clone())
}

/// Wire bytes of a non-frozen collection or user type; an empty one is null.
fn collection_value(column_type: &ColumnType, cells: &CollectionCells) -> Result<Option<Bytes>, CqlError> {
    if cells.cells.is_empty() {
        return Ok(None);
    }
    let mut out = BytesMut::new();
    match column_type {
        ColumnType::Set { element, .. } => {
            out.put_i32(cells.cells.len() as i32);
            for (path, _) in &cells.cells {
                put_element(&mut out, &decode_path(element, path)?);
            }
        }
        ColumnType::List { .. } => {
            out.put_i32(cells.cells.len() as i32);
            for (_, cell) in &cells.cells {
                put_element(&mut out, &cell.value);
            }
        }
        ColumnType::Map { key, .. } => {
            out.put_i32(cells.cells.len() as i32);
            for (path, cell) in &cells.cells {
                put_element(&mut out, &decode_path(key, path)?);
                put_element(&mut out, &cell.value);
            }
        }
        ColumnType::Udt { definition, .. } => {
            for index in 0..definition.fields.len() {
                let path = (index as u16).to_be_bytes();
                match cells.cells.iter().find(|(other, _)| other[..] == path) {
                    Some((_, cell)) => put_element(&mut out, &cell.value),
                    None => out.put_i32(-1),
                }
            }
        }
        other => return Err(CqlError::server(format!("cells of a collection in a column of type {other}"))),
    }
    Ok(Some(out.freeze()))
}

/// The wire bytes of the element or key that a collection cell's path encodes.
pub(crate) fn decode_path(element: &ColumnType, path: &[u8]) -> Result<Bytes, CqlError> {
    let mut rest = path;
    key_order::decode_component(element, &mut rest, false).map_err(damaged)
}

/// The path of an element or key: its order encoding.
pub(crate) fn encode_path(element: &ColumnType, wire: &[u8]) -> Result<Bytes, CqlError> {
    let mut out = Vec::with_capacity(wire.len() + 8);
    key_order::encode_component(element, wire, false, &mut out)?;
    Ok(out.into())
}

fn put_element(out: &mut BytesMut, bytes: &[u8]) {
    out.put_i32(bytes.len() as i32);
    out.put_slice(bytes);
}

/// A stored value that does not decode.
pub(crate) fn damaged(error: model::DecodeError) -> CqlError {
    CqlError::server(format!("stored value does not decode: {error}"))
}
