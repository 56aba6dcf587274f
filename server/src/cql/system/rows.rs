//! [`RowSet`]: rows of named values -> partitions of a computed table.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::data::{Cell, CollectionCells, ColumnData, MarkerKind, PartitionUpdate, Row, RowMarker};
use model::key::DecoratedKey;
use model::schema::{Column, ColumnId, TableSchema};
use model::types::{ColumnType, Value, encode_value};

use crate::cql::row_view::encode_path;
use crate::error::CqlError;

/// What is computed has been there since the beginning of time.
const TIMESTAMP: i64 = 0;

/// Collects rows of one table.
pub(super) struct RowSet<'t> {
    table: &'t TableSchema,
    partitions: BTreeMap<DecoratedKey, PartitionUpdate>,
}

impl<'t> RowSet<'t> {
    pub(super) fn new(table: &'t TableSchema) -> RowSet<'t> {
        RowSet { table, partitions: BTreeMap::new() }
    }

    /// Adds a row; columns that are not named are null. Two rows of one key: the later one counts.
    ///
    /// Errors: values that do not fit the table's columns, which is a bug.
    pub(super) fn push(&mut self, values: &[(&str, Value)]) -> Result<(), CqlError> {
        let value =
            |column: &Column| values.iter().find(|(name, _)| *name == column.name).map(|(_, value)| value);
        if let Some((name, _)) = values.iter().find(|(name, _)| self.table.column(name).is_none()) {
            return Err(self.wrong(&format!("has no column {name}")));
        }
        let key_part = |column: &Column| -> Result<Bytes, CqlError> {
            let value = value(column).ok_or_else(|| self.wrong(&format!("row without {}", column.name)))?;
            Ok(encode_value(&column.column_type, value)?)
        };
        let partition_key: Vec<Bytes> = self.table.partition_key().map(key_part).collect::<Result<_, _>>()?;
        let clustering: Vec<Bytes> = self.table.clustering().map(key_part).collect::<Result<_, _>>()?;
        let mut columns: Vec<(ColumnId, ColumnData)> = Vec::with_capacity(values.len());
        for column in self.table.regular_columns() {
            if let Some(value) = value(column) {
                columns.push((column.id, column_data(&column.column_type, value)?));
            }
        }
        columns.sort_by_key(|(id, _)| *id);
        let row = Row {
            clustering: self.table.encode_clustering(&clustering)?,
            marker: Some(RowMarker { timestamp: TIMESTAMP, kind: MarkerKind::Live }),
            deletion: None,
            columns,
        };
        let partition = self.partitions.entry(self.table.decorate(&partition_key)?).or_default();
        match partition.rows.binary_search_by(|other| other.clustering.cmp(&row.clustering)) {
            Ok(at) => partition.rows[at] = row,
            Err(at) => partition.rows.insert(at, row),
        }
        Ok(())
    }

    /// The partitions, ascending by key.
    pub(super) fn finish(self) -> BTreeMap<DecoratedKey, PartitionUpdate> {
        self.partitions
    }

    fn wrong(&self, what: &str) -> CqlError {
        CqlError::server(format!("computed table {}.{}: {what}", self.table.keyspace, self.table.name))
    }
}

fn column_data(kind: &ColumnType, value: &Value) -> Result<ColumnData, CqlError> {
    if !kind.is_multi_cell() {
        return Ok(ColumnData::Cell(Cell::live(TIMESTAMP, encode_value(kind, value)?)));
    }
    let mut cells = Vec::new();
    match (kind, value) {
        (ColumnType::Set { element, .. }, Value::Set(elements)) => {
            for value in elements {
                let path = encode_path(element, &encode_value(element, value)?)?;
                cells.push((path, Cell::live(TIMESTAMP, Bytes::new())));
            }
        }
        (ColumnType::Map { key, value: kind, .. }, Value::Map(entries)) => {
            for (entry, value) in entries {
                let path = encode_path(key, &encode_value(key, entry)?)?;
                cells.push((path, Cell::live(TIMESTAMP, encode_value(kind, value)?)));
            }
        }
        _ => return Err(CqlError::server(format!("a computed column of type {kind} is not supported"))),
    }
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    cells.dedup_by(|a, b| a.0 == b.0);
    Ok(ColumnData::Collection(CollectionCells { deletion: None, cells }))
}

/// A text value.
pub(super) fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

/// A map of texts.
pub(super) fn text_map(entries: impl IntoIterator<Item = (String, String)>) -> Value {
    let mut entries: Vec<(String, String)> = entries.into_iter().collect();
    entries.sort();
    Value::Map(entries.into_iter().map(|(name, value)| (Value::Text(name), Value::Text(value))).collect())
}
