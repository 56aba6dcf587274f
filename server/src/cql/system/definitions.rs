//! [`system_keyspaces`]: the system keyspaces of `definitions.cql` as schema.
//!
//! Read by our own parser and applied as any definition is. Table ids come from the names, so they are the
//! same on every node and after every start.

use std::collections::BTreeMap;
use std::sync::Arc;

use md5::{Digest, Md5};
use model::schema::{
    Keyspace, NewColumn, NewTable, Partitioner, PropertyValue, Replication, Schema, SchemaChange, TableId,
    TableOptions,
};
use uuid::Builder;

use crate::cql::expression::resolve_type;
use crate::cql::syntax::ast::{CreateTable, Name};
use crate::cql::syntax::{Statement, parse_statement};
use crate::error::CqlError;

const DEFINITIONS: &str = include_str!("definitions.cql");

/// The system keyspaces by name.
///
/// Errors: a definition that does not parse or apply, which is a bug of this build and is found by its tests.
pub(crate) fn system_keyspaces() -> Result<BTreeMap<String, Arc<Keyspace>>, CqlError> {
    let mut schema = Schema::empty();
    for text in DEFINITIONS.split_inclusive(";\n").filter(|text| !text.trim().is_empty()) {
        let parsed = parse_statement(text)
            .map_err(|error| CqlError::server(format!("system definitions: {error}: {text}")))?;
        let change = match &parsed.statement {
            Statement::CreateKeyspace(create) => {
                let replication = create.properties.iter().find_map(|property| match &property.value {
                    PropertyValue::Map(map) if property.name.text == "replication" => Some(map),
                    _ => None,
                });
                let replication = replication
                    .ok_or_else(|| CqlError::server(format!("system definitions: no replication: {text}")))?;
                SchemaChange::CreateKeyspace {
                    name: create.name.text.clone(),
                    replication: Replication::from_map(replication, &[])?,
                    durable_writes: true,
                }
            }
            Statement::CreateTable(create) => SchemaChange::CreateTable(new_table(&schema, create)?),
            _ => return Err(CqlError::server(format!("system definitions: unexpected: {text}"))),
        };
        schema = change.apply(&schema)?;
    }
    Ok(schema.keyspaces)
}

fn new_table(schema: &Schema, create: &CreateTable) -> Result<NewTable, CqlError> {
    let keyspace = create.name.keyspace.as_ref().map(|name| name.text.clone()).unwrap_or_default();
    let name = create.name.name.text.clone();
    let key = create.primary_key.as_ref().ok_or_else(|| {
        CqlError::server(format!("system definitions: {keyspace}.{name} has no primary key"))
    })?;
    let names = |names: &[Name]| names.iter().map(|name| name.text.clone()).collect();
    let columns = create.columns.iter().map(|column| {
        Ok(NewColumn {
            name: column.name.text.clone(),
            column_type: resolve_type(&column.column_type, schema, &keyspace)?,
            is_static: column.is_static,
        })
    });
    let properties: Vec<(String, PropertyValue)> = create
        .properties
        .iter()
        .map(|property| (property.name.text.clone(), property.value.clone()))
        .collect();
    Ok(NewTable {
        id: table_id(&keyspace, &name),
        columns: columns.collect::<Result<_, CqlError>>()?,
        partition_key: names(&key.partition_key),
        clustering: names(&key.clustering),
        clustering_order: Vec::new(),
        partitioner: Partitioner::Hashed,
        options: TableOptions::from_properties(&TableOptions::default(), &properties)?,
        keyspace,
        name,
    })
}

/// The id that a system table has everywhere: a version 3 uuid of its name.
fn table_id(keyspace: &str, name: &str) -> TableId {
    let digest: [u8; 16] = Md5::digest(format!("{keyspace}{name}")).into();
    TableId(Builder::from_md5_bytes(digest).into_uuid())
}
