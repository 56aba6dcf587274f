//! `system_views`: what a running node can tell of itself.

use engine::Engine;
use model::schema::Schema;
use model::types::Value;

use super::content::ConnectedClient;
use super::rows::{RowSet, text};
use crate::error::CqlError;
use crate::node::facts::NodeFacts;

pub(super) fn clients(rows: &mut RowSet<'_>, clients: &[ConnectedClient]) -> Result<(), CqlError> {
    for client in clients {
        let mut values = vec![
            ("address", Value::Inet(client.address.ip())),
            ("port", Value::Int(client.address.port().into())),
            ("connection_stage", text("ready")),
            ("hostname", text(client.address.ip().to_string())),
            ("protocol_version", Value::Int(client.protocol_version)),
            ("request_count", Value::BigInt(client.request_count)),
            ("ssl_enabled", Value::Boolean(false)),
            ("username", text("anonymous")),
        ];
        let told = [
            ("driver_name", &client.driver_name),
            ("driver_version", &client.driver_version),
            ("keyspace_name", &client.keyspace),
        ];
        values.extend(told.iter().filter_map(|(name, value)| Some((*name, text(value.as_ref()?)))));
        rows.push(&values)?;
    }
    Ok(())
}

pub(super) fn settings(rows: &mut RowSet<'_>, facts: &NodeFacts) -> Result<(), CqlError> {
    for (name, value) in &facts.settings {
        rows.push(&[("name", text(name)), ("value", text(value))])?;
    }
    Ok(())
}

pub(super) fn sstables(rows: &mut RowSet<'_>, schema: &Schema, engine: &Engine) -> Result<(), CqlError> {
    let statistics = engine.statistics();
    let number = |number: u64| Value::BigInt(i64::try_from(number).unwrap_or(i64::MAX));
    for table in schema.keyspaces.values().flat_map(|keyspace| keyspace.tables.values()) {
        let Some(of_table) = statistics.tables.get(&table.id) else { continue };
        rows.push(&[
            ("keyspace_name", text(&table.keyspace)),
            ("table_name", text(&table.name)),
            ("sstable_count", number(of_table.sstables as u64)),
            ("disk_bytes", number(of_table.sstable_bytes)),
            ("memtable_bytes", number(of_table.memtable_bytes as u64)),
        ])?;
    }
    Ok(())
}
