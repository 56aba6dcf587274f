//! [`node_row`]: a row that the node itself writes into one of its tables.
//!
//! The node's own rows are few and plain (prepared statements, traces), so they go to storage without a
//! statement; users may not write these tables at all.

use bytes::Bytes;
use model::data::{Mutation, PartitionUpdate};
use model::schema::{Column, ColumnKind};

use super::environment::Environment;
use super::modify::{RowBuilder, WriteTime};
use crate::error::CqlError;

/// The mutation that inserts a row with these columns, wire bytes by name, with the table's default ttl.
///
/// Errors: ServerError, when the table or a column is not there or a key column has no value.
pub(super) fn node_row(
    environment: &Environment,
    (keyspace, table): (&str, &str),
    values: &[(&str, Bytes)],
) -> Result<Mutation, CqlError> {
    let schema = environment.schema.load();
    let missing = |what: &str| CqlError::server(format!("this node has no {what} in {keyspace}.{table}"));
    let schema = schema.table(keyspace, table).ok_or_else(|| missing("table"))?;
    let key_value = |column: &Column| {
        let found = values.iter().find(|(name, _)| *name == column.name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| missing(&format!("value for {}", column.name)))
    };
    let partition = schema.partition_key().map(key_value).collect::<Result<Vec<_>, _>>()?;
    let clustering = schema.clustering().map(key_value).collect::<Result<Vec<_>, _>>()?;
    let time = WriteTime {
        timestamp: environment.next_timestamp(),
        ttl: schema.options.default_time_to_live,
        now_seconds: environment.now_seconds(),
    };
    let mut row = RowBuilder::new(schema.encode_clustering(&clustering)?, time);
    row.insert_marker();
    for (name, value) in values {
        let column = schema.column(name).ok_or_else(|| missing(&format!("column {name}")))?;
        if column.kind == ColumnKind::Regular {
            row.set(column.id, &column.column_type, Some(value.clone()), &mut Bytes::new)?;
        }
    }
    Ok(Mutation {
        table: schema.id,
        key: schema.decorate(&partition)?,
        update: PartitionUpdate { rows: vec![row.finish()], ..PartitionUpdate::default() },
    })
}
