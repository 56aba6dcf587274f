//! Tables about the node: `system.local` and the estimates.

use engine::Engine;
use model::schema::{Schema, TableSchema};
use model::types::Value;

use super::kind::is_system_keyspace;
use super::rows::{RowSet, text};
use crate::error::CqlError;
use crate::native::CQL_VERSION;
use crate::node::facts::NodeFacts;

/// The version of Cassandra whose behaviour drivers may expect; they choose features by it.
const RELEASE_VERSION: &str = "5.0.0";
const PARTITIONER: &str = "org.apache.cassandra.dht.Murmur3Partitioner";
/// Newest version of the native protocol that is spoken.
const NATIVE_PROTOCOL_VERSION: &str = "5";

pub(super) fn local(rows: &mut RowSet<'_>, facts: &NodeFacts, schema: &Schema) -> Result<(), CqlError> {
    let tokens = facts.tokens.iter().map(|token| text(token.to_string())).collect();
    rows.push(&[
        ("key", text("local")),
        ("bootstrapped", text("COMPLETED")),
        ("broadcast_address", Value::Inet(facts.listen_address)),
        ("broadcast_port", Value::Int(facts.listen_port.into())),
        ("cluster_name", text(&facts.cluster_name)),
        ("cql_version", text(CQL_VERSION)),
        ("data_center", text(&facts.datacenter)),
        ("gossip_generation", Value::Int(i32::try_from(facts.started_at).unwrap_or(i32::MAX))),
        ("host_id", Value::Uuid(facts.host_id)),
        ("listen_address", Value::Inet(facts.listen_address)),
        ("listen_port", Value::Int(facts.listen_port.into())),
        ("native_protocol_version", text(NATIVE_PROTOCOL_VERSION)),
        ("partitioner", text(PARTITIONER)),
        ("rack", text(&facts.rack)),
        ("release_version", text(RELEASE_VERSION)),
        ("rpc_address", Value::Inet(facts.native_address)),
        ("rpc_port", Value::Int(facts.native_port.into())),
        ("schema_version", Value::Uuid(schema.version.0)),
        ("tokens", Value::Set(tokens)),
    ])
}

pub(super) fn size_estimates(
    rows: &mut RowSet<'_>,
    facts: &NodeFacts,
    schema: &Schema,
    engine: &Engine,
) -> Result<(), CqlError> {
    estimates(facts, schema, engine, |table, estimate| {
        rows.push(&[
            ("keyspace_name", text(&table.keyspace)),
            ("table_name", text(&table.name)),
            ("range_start", text(&estimate.start)),
            ("range_end", text(&estimate.end)),
            ("mean_partition_size", Value::BigInt(estimate.mean_size_bytes)),
            ("partitions_count", Value::BigInt(estimate.partitions)),
        ])
    })
}

pub(super) fn table_estimates(
    rows: &mut RowSet<'_>,
    facts: &NodeFacts,
    schema: &Schema,
    engine: &Engine,
) -> Result<(), CqlError> {
    estimates(facts, schema, engine, |table, estimate| {
        for range_type in ["primary", "local_primary"] {
            rows.push(&[
                ("keyspace_name", text(&table.keyspace)),
                ("table_name", text(&table.name)),
                ("range_type", text(range_type)),
                ("range_start", text(&estimate.start)),
                ("range_end", text(&estimate.end)),
                ("mean_partition_size", Value::BigInt(estimate.mean_size_bytes)),
                ("partitions_count", Value::BigInt(estimate.partitions)),
            ])?;
        }
        Ok(())
    })
}

struct Estimate {
    start: String,
    end: String,
    mean_size_bytes: i64,
    partitions: i64,
}

/// Hashing spreads partitions evenly, so each range has its share of the table by its width.
fn estimates(
    facts: &NodeFacts,
    schema: &Schema,
    engine: &Engine,
    mut each: impl FnMut(&TableSchema, Estimate) -> Result<(), CqlError>,
) -> Result<(), CqlError> {
    let statistics = engine.statistics();
    let ranges = facts.ring().ranges();
    let users = schema.keyspaces.values().filter(|keyspace| !is_system_keyspace(&keyspace.name));
    for table in users.flat_map(|keyspace| keyspace.tables.values()) {
        let Some(of_table) = statistics.tables.get(&table.id) else { continue };
        let partitions = of_table.sstable_partitions.saturating_add(of_table.memtable_partitions as u64);
        let size = of_table.sstable_bytes.saturating_add(of_table.memtable_bytes as u64);
        let mean = size.checked_div(partitions).unwrap_or(0);
        for range in &ranges {
            let width = range.end_inclusive.0.wrapping_sub(range.start_exclusive.0) as u64;
            // A node with one token owns the whole ring, whose width does not fit.
            let share = if width == 0 { 1.0 } else { width as f64 / 2f64.powi(64) };
            each(
                table,
                Estimate {
                    start: range.start_exclusive.to_string(),
                    end: range.end_inclusive.to_string(),
                    mean_size_bytes: i64::try_from(mean).unwrap_or(i64::MAX),
                    partitions: (partitions as f64 * share).round() as i64,
                },
            )?;
        }
    }
    Ok(())
}
