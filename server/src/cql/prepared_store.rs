//! [`PreparedStore`]: `system.prepared_statements`, so that prepared statements survive a restart.

use std::sync::Arc;

use bytes::Bytes;
use proto::native::{RawValue, WriteType};

use super::bound::{Bound, bind_statement};
use super::environment::Environment;
use super::expression::Scope;
use super::node_row::node_row;
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
        let mut values = vec![
            ("prepared_id", prepared.id.clone()),
            ("query_string", Bytes::copy_from_slice(prepared.text.as_bytes())),
        ];
        if let Some(keyspace) = &prepared.keyspace {
            values.push(("logged_keyspace", Bytes::copy_from_slice(keyspace.as_bytes())));
        }
        let mutation = node_row(environment, ("system", "prepared_statements"), &values)?;
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
