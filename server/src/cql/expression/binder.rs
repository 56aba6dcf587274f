//! [`Binder`]: what binding one statement needs to know and collects.

use model::schema::{Column, Schema, TableSchema};
use model::types::ColumnType;

use super::super::row_view::ColumnRef;
use super::super::syntax::ast::{BindMarker, MarkerRef, Name};
use crate::error::CqlError;

/// What a bind marker takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MarkerSpec {
    /// Its name: `:name`, or that of the column (or role) it is for.
    pub(crate) name: String,
    /// Its type.
    pub(crate) column_type: ColumnType,
}

/// Binds the parts of one statement.
pub(crate) struct Binder<'a> {
    /// The schema it is bound against.
    pub(crate) schema: &'a Schema,
    /// Keyspace of the statement's table, in which user types are looked up.
    pub(crate) keyspace: &'a str,
    /// The statement's table.
    pub(crate) table: Option<&'a TableSchema>,
    /// The statement's text, for the names of result columns.
    pub(crate) text: &'a str,
    markers: &'a [BindMarker],
    specs: Vec<Option<MarkerSpec>>,
}

impl<'a> Binder<'a> {
    /// A binder that has bound nothing yet.
    pub(crate) fn new(
        schema: &'a Schema,
        keyspace: &'a str,
        table: Option<&'a TableSchema>,
        text: &'a str,
        markers: &'a [BindMarker],
    ) -> Binder<'a> {
        Binder { schema, keyspace, table, text, markers, specs: vec![None; markers.len()] }
    }

    /// Goes on with another table (a batch's next statement).
    pub(crate) fn switch_table(&mut self, keyspace: &'a str, table: &'a TableSchema) {
        self.keyspace = keyspace;
        self.table = Some(table);
    }

    /// Notes what a marker takes; an explicit `:name` beats `name`.
    pub(crate) fn note_marker(&mut self, marker: MarkerRef, name: &str, column_type: &ColumnType) -> usize {
        let index = usize::from(marker.index);
        if let (Some(slot), Some(written)) = (self.specs.get_mut(index), self.markers.get(index)) {
            let name = written.name.clone().unwrap_or_else(|| name.to_string());
            *slot = Some(MarkerSpec { name, column_type: column_type.clone() });
        }
        index
    }

    /// What all markers take, in order.
    ///
    /// Errors: a marker that stands where its type cannot be known.
    pub(crate) fn marker_specs(&self) -> Result<Vec<MarkerSpec>, CqlError> {
        self.specs
            .iter()
            .enumerate()
            .map(|(index, spec)| {
                spec.clone().ok_or_else(|| {
                    CqlError::invalid(format!("Cannot infer type for term ? (bind marker {})", index + 1))
                })
            })
            .collect()
    }

    /// The column called `name` of the statement's table.
    pub(crate) fn column(&self, name: &Name) -> Result<&'a Column, CqlError> {
        let table =
            self.table.ok_or_else(|| CqlError::invalid(format!("Undefined column name {}", name.text)))?;
        table.column(&name.text).ok_or_else(|| {
            let shown = model::types::quote_identifier(&name.text);
            CqlError::invalid(format!(
                "Undefined column name {shown} in table {}.{}",
                table.keyspace, table.name
            ))
        })
    }

    /// A reference to the column called `name`.
    pub(crate) fn column_ref(&self, name: &Name) -> Result<ColumnRef, CqlError> {
        let column = self.column(name)?;
        let table = self.table.ok_or_else(|| CqlError::server("a column without a table"))?;
        Ok(ColumnRef::of(table, column))
    }

    /// Types of the partition key columns of the statement's table, for `token`.
    pub(crate) fn key_types(&self) -> Vec<ColumnType> {
        match self.table {
            Some(table) => table.partition_key().map(|column| column.column_type.clone()).collect(),
            None => Vec::new(),
        }
    }
}
