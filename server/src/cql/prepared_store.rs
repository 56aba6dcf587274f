//! [`PreparedStore`]: `system.prepared_statements`, so that prepared statements survive a restart.

use std::sync::Arc;

use bytes::Bytes;
use model::data::{Cell, ColumnData, MarkerKind, Mutation, PartitionUpdate, Row, RowMarker};
use proto::native::{RawValue, WriteType};

use super::bound::{Bound, bind_statement};
use super::environment::Environment;
use super::expression::Scope;
use super::prepared::Prepared;
use super::select::PageRequest;
use super::syntax::parse_statement;
use crate::error::CqlError;

const FIND: &str =
    "SELECT logged_keyspace, query_string FROM system.prepared_statements WHERE prepared_id = ?";

/// Keeps and finds prepared statements.
pub(super) struct PreparedStore {
    environment: Arc<Environment>,
}

impl PreparedStore {
    /// A store in the node's own tables.
    pub(super) fn new(environment: Arc<Environment>) -> PreparedStore {
        PreparedStore { environment }
    }

    /// Keeps a statement; durable when it returns.
    pub(super) async fn keep(&self, prepared: &Prepared) -> Result<(), CqlError> {
        let environment = &self.environment;
        let schema = environment.schema.load();
        let table = schema.table("system", "prepared_statements").ok_or_else(no_table)?;
        let timestamp = environment.next_timestamp();
        let mut row = Row::empty(table.encode_clustering(&[])?);
        row.marker = Some(RowMarker { timestamp, kind: MarkerKind::Live });
        let mut set = |name: &str, text: &str| {
            let column = table.column(name).ok_or_else(no_table)?;
            let cell = Cell::live(timestamp, Bytes::copy_from_slice(text.as_bytes()));
            row.columns.push((column.id, ColumnData::Cell(cell)));
            Ok::<(), CqlError>(())
        };
        set("query_string", &prepared.text)?;
        if let Some(keyspace) = &prepared.keyspace {
            set("logged_keyspace", keyspace)?;
        }
        row.columns.sort_by_key(|(id, _)| *id);
        let mutation = Mutation {
            table: table.id,
            key: table.decorate(std::slice::from_ref(&prepared.id))?,
            update: PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() },
        };
        environment.storage.write(vec![mutation], WriteType::Simple).await
    }

    /// Text and keyspace of the statement with this id.
    pub(super) async fn find(&self, id: &Bytes) -> Result<Option<(String, Option<String>)>, CqlError> {
        let parsed = parse_statement(FIND)?;
        let bound = bind_statement(&parsed, FIND, &self.environment.schema.load(), None)?;
        let Bound::Select(plan) = &bound.bound else { return Err(misbound()) };
        let values = [RawValue::Bytes(id.clone())];
        let now_seconds = self.environment.now_seconds();
        let scope = Scope { context: Some(&*self.environment), now_seconds, ..Scope::of_values(&values) };
        let found = plan.run(&self.environment.storage, &scope, &PageRequest::default())?;
        let Some(row) = found.rows.iter().next() else { return Ok(None) };
        let row = row.map_err(|error| CqlError::server(error.to_string()))?;
        let text_of = |index: usize| {
            let bytes = row.get(index).and_then(Option::as_ref)?;
            String::from_utf8(bytes.to_vec()).ok()
        };
        Ok(text_of(1).map(|text| (text, text_of(0))))
    }
}

fn misbound() -> CqlError {
    CqlError::server("a statement of the node itself was bound to another kind")
}

fn no_table() -> CqlError {
    CqlError::server("this node has no system.prepared_statements")
}
