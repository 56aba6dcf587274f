//! [`RowBuilder`]: values of a statement -> cells of a row. Pure.
//!
//! On a write's way: bound assignments with their values -> **row builder** -> `model::data::Row` -> mutation.
//! It knows how each CQL operation on a plain column, collection, user type or counter becomes cells;
//! reads that some operations need (`l[i] = x`, `l - [..]`) are done before and handed in.

use bytes::Bytes;
use model::data::{Cell, CollectionCells, ColumnData, Deletion, MarkerKind, Row, RowMarker};
use model::key::ClusteringKey;
use model::limits::KEY_SIZE_BYTES_MAX;
use model::schema::ColumnId;
use model::types::{ColumnType, collection};

use super::super::row_view::encode_path;
use crate::error::CqlError;

/// When and for how long a write lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteTime {
    /// Write timestamp, microseconds.
    pub(crate) timestamp: i64,
    /// Seconds to live; 0: for ever.
    pub(crate) ttl: u32,
    /// Local time, seconds since 1970.
    pub(crate) now_seconds: i64,
}

impl WriteTime {
    fn cell(&self, value: Bytes) -> Cell {
        if self.ttl == 0 {
            return Cell::live(self.timestamp, value);
        }
        Cell::expiring(self.timestamp, self.ttl, self.now_seconds + i64::from(self.ttl), value)
    }

    fn dead(&self) -> Cell {
        Cell::dead(self.timestamp, self.now_seconds)
    }

    /// A deletion by this write.
    pub(crate) fn deletion(&self) -> Deletion {
        Deletion { timestamp: self.timestamp, local_time: self.now_seconds }
    }

    /// A row marker by this write.
    pub(crate) fn marker(&self) -> RowMarker {
        let kind = if self.ttl == 0 {
            MarkerKind::Live
        } else {
            MarkerKind::Expiring { ttl: self.ttl, expires_at: self.now_seconds + i64::from(self.ttl) }
        };
        RowMarker { timestamp: self.timestamp, kind }
    }
}

/// Builds one row of a mutation.
#[derive(Debug)]
pub(crate) struct RowBuilder {
    row: Row,
    time: WriteTime,
}

impl RowBuilder {
    /// A row that changes nothing yet.
    pub(crate) fn new(clustering: ClusteringKey, time: WriteTime) -> RowBuilder {
        RowBuilder { row: Row::empty(clustering), time }
    }

    /// The row.
    pub(crate) fn finish(self) -> Row {
        self.row
    }

    /// Gives the row a marker, as INSERT does.
    pub(crate) fn insert_marker(&mut self) {
        self.row.marker = Some(self.time.marker());
    }

    /// Deletes the row.
    pub(crate) fn delete_row(&mut self) {
        self.row.deletion = Some(self.time.deletion());
    }

    /// `column = value`; null deletes.
    pub(crate) fn set(
        &mut self,
        id: ColumnId,
        column_type: &ColumnType,
        value: Option<Bytes>,
        list_paths: &mut dyn FnMut() -> Bytes,
    ) -> Result<(), CqlError> {
        if !column_type.is_multi_cell() {
            let cell = match value {
                Some(value) => self.time.cell(value),
                None => self.time.dead(),
            };
            self.put_cell(id, cell);
            return Ok(());
        }
        // A whole assignment hides what was there before, but not the elements of this same write.
        let before =
            Deletion { timestamp: self.time.timestamp.saturating_sub(1), local_time: self.time.now_seconds };
        let deletion = if value.is_some() { before } else { self.time.deletion() };
        self.collection(id).deletion = Some(deletion);
        match value {
            Some(value) => self.add(id, column_type, &value, list_paths),
            None => Ok(()),
        }
    }

    /// `column = column + value`: elements of a list (appended), set, map, or fields of a user type.
    pub(crate) fn add(
        &mut self,
        id: ColumnId,
        column_type: &ColumnType,
        value: &Bytes,
        list_paths: &mut dyn FnMut() -> Bytes,
    ) -> Result<(), CqlError> {
        match column_type {
            ColumnType::List { .. } => {
                for element in collection::split_list(value)? {
                    let cell = self.time.cell(element);
                    self.put_element(id, list_paths(), cell);
                }
            }
            ColumnType::Set { element, .. } => {
                for item in collection::split_list(value)? {
                    let cell = self.time.cell(Bytes::new());
                    self.put_element(id, element_path(element, &item)?, cell);
                }
            }
            ColumnType::Map { key, .. } => {
                for (entry_key, entry_value) in collection::split_map(value)? {
                    let cell = self.time.cell(entry_value);
                    self.put_element(id, element_path(key, &entry_key)?, cell);
                }
            }
            ColumnType::Udt { definition, .. } => {
                let fields = collection::split_tuple(value, definition.fields.len())?;
                for (index, field) in fields.into_iter().enumerate() {
                    let cell = match field {
                        Some(bytes) => self.time.cell(bytes),
                        None => self.time.dead(),
                    };
                    self.put_element(id, Bytes::copy_from_slice(&(index as u16).to_be_bytes()), cell);
                }
            }
            other => return Err(CqlError::invalid(format!("Cannot add to a column of type {other}"))),
        }
        Ok(())
    }

    /// `set - value` or `map - keys`: deletes these elements.
    pub(crate) fn discard(
        &mut self,
        id: ColumnId,
        column_type: &ColumnType,
        value: &Bytes,
    ) -> Result<(), CqlError> {
        let (ColumnType::Set { element, .. } | ColumnType::Map { key: element, .. }) = column_type else {
            return Err(CqlError::invalid(format!("Cannot subtract from a column of type {column_type}")));
        };
        for item in collection::split_list(value)? {
            let path = element_path(element, &item)?;
            self.delete_element(id, path);
        }
        Ok(())
    }

    /// Sets the element at `path`; null deletes it.
    pub(crate) fn set_element(&mut self, id: ColumnId, path: Bytes, value: Option<Bytes>) {
        let cell = match value {
            Some(value) => self.time.cell(value),
            None => self.time.dead(),
        };
        self.put_element(id, path, cell);
    }

    /// Deletes the element at `path`.
    pub(crate) fn delete_element(&mut self, id: ColumnId, path: Bytes) {
        let cell = self.time.dead();
        self.put_element(id, path, cell);
    }

    /// Deletes a column.
    pub(crate) fn delete(&mut self, id: ColumnId, column_type: &ColumnType) {
        if column_type.is_multi_cell() {
            let deletion = self.time.deletion();
            let cells = self.collection(id);
            cells.deletion = Some(deletion);
            return;
        }
        let cell = self.time.dead();
        self.put_cell(id, cell);
    }

    /// Puts a ready cell (a counter's) in place.
    pub(crate) fn put_cell(&mut self, id: ColumnId, cell: Cell) {
        let at = self.row.columns.binary_search_by_key(&id, |(column, _)| *column);
        match at {
            Ok(at) => self.row.columns[at].1 = ColumnData::Cell(cell),
            Err(at) => self.row.columns.insert(at, (id, ColumnData::Cell(cell))),
        }
    }

    fn put_element(&mut self, id: ColumnId, path: Bytes, cell: Cell) {
        let cells = &mut self.collection(id).cells;
        match cells.binary_search_by(|(other, _)| other.cmp(&path)) {
            Ok(at) => cells[at].1 = cell,
            Err(at) => cells.insert(at, (path, cell)),
        }
    }

    fn collection(&mut self, id: ColumnId) -> &mut CollectionCells {
        let at = match self.row.columns.binary_search_by_key(&id, |(column, _)| *column) {
            Ok(at) => at,
            Err(at) => {
                self.row.columns.insert(at, (id, ColumnData::Collection(CollectionCells::default())));
                at
            }
        };
        if let ColumnData::Cell(_) = self.row.columns[at].1 {
            self.row.columns[at].1 = ColumnData::Collection(CollectionCells::default());
        }
        match &mut self.row.columns[at].1 {
            ColumnData::Collection(cells) => cells,
            ColumnData::Cell(_) => unreachable!("replaced by a collection just above"),
        }
    }
}

/// The path of a set's element or a map's key.
///
/// Errors: Invalid, for one longer than a key may be.
pub(crate) fn element_path(kind: &ColumnType, wire: &Bytes) -> Result<Bytes, CqlError> {
    if wire.len() > KEY_SIZE_BYTES_MAX {
        return Err(CqlError::invalid(format!(
            "A map key or set element is too long: it has {} bytes, the limit is {KEY_SIZE_BYTES_MAX}",
            wire.len()
        )));
    }
    encode_path(kind, wire)
}
