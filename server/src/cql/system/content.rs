//! [`SystemTables`]: what stands in each computed table when it is read.
//!
//! Every read computes its table anew from the schema and the node as they are at that moment. Tables of
//! things that this server does not have (views, functions, triggers, ...) are there and empty, because drivers
//! read them all.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use engine::Engine;
use model::read::ReadCommand;
use model::schema::{Schema, TableSchema};

use super::chain::Chain;
use super::kind::is_computed;
use super::rows::RowSet;
use super::{node_tables, schema_tables, view_tables};
use crate::error::CqlError;
use crate::node::facts::NodeFacts;
use crate::node::storage::{ComputedTables, Source};

/// Tells the clients that are connected now.
pub(crate) type ListClients = Box<dyn Fn() -> Vec<ConnectedClient> + Send + Sync>;

/// A client as `system_views.clients` shows it.
#[derive(Debug, Clone)]
pub(crate) struct ConnectedClient {
    /// Where it connects from.
    pub(crate) address: SocketAddr,
    /// Version of the protocol.
    pub(crate) protocol_version: i32,
    /// Its driver, if it told.
    pub(crate) driver_name: Option<String>,
    /// Its driver's version, if it told.
    pub(crate) driver_version: Option<String>,
    /// Its keyspace.
    pub(crate) keyspace: Option<String>,
    /// Requests so far.
    pub(crate) request_count: i64,
}

/// What the contents are computed from.
pub(crate) struct SystemTablesParts {
    /// The schema, as it is published.
    pub(crate) schema: Arc<ArcSwap<Schema>>,
    /// The node.
    pub(crate) facts: Arc<NodeFacts>,
    /// For sizes.
    pub(crate) engine: Arc<Engine>,
    /// Connected clients.
    pub(crate) clients: ListClients,
}

/// The computed tables of one node.
pub(crate) struct SystemTables {
    parts: SystemTablesParts,
}

impl SystemTables {
    /// Tables computed from `parts`.
    pub(crate) fn new(parts: SystemTablesParts) -> SystemTables {
        SystemTables { parts }
    }

    fn fill(&self, rows: &mut RowSet<'_>, keyspace: &str, table: &str) -> Result<(), CqlError> {
        let SystemTablesParts { facts, engine, clients, .. } = &self.parts;
        let schema = self.parts.schema.load();
        match (keyspace, table) {
            ("system", "local") => node_tables::local(rows, facts, &schema),
            ("system", "size_estimates") => node_tables::size_estimates(rows, facts, &schema, engine),
            ("system", "table_estimates") => node_tables::table_estimates(rows, facts, &schema, engine),
            ("system_schema", "keyspaces") => schema_tables::keyspaces(rows, &schema),
            ("system_schema", "tables") => schema_tables::tables(rows, &schema),
            ("system_schema", "columns") => schema_tables::columns(rows, &schema, false),
            ("system_schema", "dropped_columns") => schema_tables::dropped_columns(rows, &schema),
            ("system_schema", "types") => schema_tables::types(rows, &schema),
            ("system_virtual_schema", "keyspaces") => schema_tables::virtual_keyspaces(rows, &schema),
            ("system_virtual_schema", "tables") => schema_tables::virtual_tables(rows, &schema),
            ("system_virtual_schema", "columns") => schema_tables::columns(rows, &schema, true),
            ("system_views", "clients") => view_tables::clients(rows, &clients()),
            ("system_views", "settings") => view_tables::settings(rows, facts),
            ("system_views", "sstables") => view_tables::sstables(rows, &schema, engine),
            // One node has no peers; and there is nothing yet of what the others would list.
            _ => Ok(()),
        }
    }
}

impl ComputedTables for SystemTables {
    fn read(&self, table: &TableSchema, command: &ReadCommand) -> Option<Result<Source, CqlError>> {
        if !is_computed(&table.keyspace, &table.name) {
            return None;
        }
        let mut rows = RowSet::new(table);
        let filled = self.fill(&mut rows, &table.keyspace, &table.name);
        Some(filled.map(|()| Source::new(Chain::new(rows.finish(), command))))
    }
}
