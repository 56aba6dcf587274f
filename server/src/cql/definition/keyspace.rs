//! CREATE, ALTER and DROP KEYSPACE.

use model::schema::{PropertyValue, Replication, Schema, SchemaChange};

use super::execute::Definition;
use super::name::no_keyspace;
use crate::cql::syntax::ast::{AlterKeyspace, CreateKeyspace, DropKeyspace, Property};
use crate::cql::system::is_system_keyspace;
use crate::error::CqlError;

/// What WITH says of a keyspace.
struct KeyspaceProperties {
    replication: Option<Replication>,
    durable_writes: Option<bool>,
}

pub(super) fn create_keyspace(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &CreateKeyspace,
) -> Result<Option<SchemaChange>, CqlError> {
    let name = &statement.name.text;
    if statement.if_not_exists && schema.keyspace(name).is_some() {
        return Ok(None);
    }
    let properties = read_properties(definition, &statement.properties)?;
    let replication = properties
        .replication
        .ok_or_else(|| CqlError::config("Missing mandatory replication strategy class"))?;
    Ok(Some(SchemaChange::CreateKeyspace {
        name: name.clone(),
        replication,
        durable_writes: properties.durable_writes.unwrap_or(true),
    }))
}

pub(super) fn alter_keyspace(
    definition: &Definition<'_>,
    schema: &Schema,
    statement: &AlterKeyspace,
) -> Result<Option<SchemaChange>, CqlError> {
    let name = &statement.name.text;
    if schema.keyspace(name).is_none() {
        return if statement.if_exists { Ok(None) } else { Err(no_keyspace(name)) };
    }
    let properties = read_properties(definition, &statement.properties)?;
    Ok(Some(SchemaChange::AlterKeyspace {
        name: name.clone(),
        replication: properties.replication,
        durable_writes: properties.durable_writes,
    }))
}

pub(super) fn drop_keyspace(
    schema: &Schema,
    statement: &DropKeyspace,
) -> Result<Option<SchemaChange>, CqlError> {
    let name = &statement.name.text;
    if schema.keyspace(name).is_none() {
        return if statement.if_exists { Ok(None) } else { Err(no_keyspace(name)) };
    }
    Ok(Some(SchemaChange::DropKeyspace { name: name.clone() }))
}

/// What a change makes of replication that a client should hear of.
pub(super) fn replication_warnings(change: &SchemaChange, nodes: usize) -> Vec<String> {
    let (name, replication) = match change {
        SchemaChange::CreateKeyspace { name, replication, .. }
        | SchemaChange::AlterKeyspace { name, replication: Some(replication), .. } => (name, replication),
        _ => return Vec::new(),
    };
    if is_system_keyspace(name) {
        return Vec::new();
    }
    let too_many = |factor: u32, place: String| {
        (factor as usize > nodes).then(|| {
            format!(
                "Your replication factor {factor} for keyspace {name}{place} is higher than the number of nodes {nodes}"
            )
        })
    };
    match replication {
        Replication::Simple { factor } => too_many(*factor, String::new()).into_iter().collect(),
        Replication::NetworkTopology { factors } => factors
            .iter()
            .filter_map(|(datacenter, factor)| too_many(*factor, format!(" in datacenter {datacenter}")))
            .collect(),
        Replication::Local => Vec::new(),
    }
}

fn read_properties(
    definition: &Definition<'_>,
    properties: &[Property],
) -> Result<KeyspaceProperties, CqlError> {
    let mut read = KeyspaceProperties { replication: None, durable_writes: None };
    for property in properties {
        match (property.name.text.as_str(), &property.value) {
            ("replication", PropertyValue::Map(map)) => {
                let replication = Replication::from_map(map, &definition.datacenters)?;
                if replication == Replication::Local {
                    return Err(CqlError::config(
                        "Unable to use given strategy class: LocalStrategy is reserved for internal use.",
                    ));
                }
                read.replication = Some(replication);
            }
            ("replication", _) => {
                return Err(CqlError::syntax("Invalid value for property 'replication'. It should be a map"));
            }
            ("durable_writes", PropertyValue::Boolean(durable)) => read.durable_writes = Some(*durable),
            ("durable_writes", PropertyValue::Text(text)) if text.parse::<bool>().is_ok() => {
                read.durable_writes = text.parse().ok();
            }
            ("durable_writes", _) => {
                return Err(CqlError::syntax(
                    "Invalid value for property 'durable_writes'. It should be true or false",
                ));
            }
            (name, _) => {
                return Err(CqlError::syntax(format!(
                    "Unknown property '{name}'; a keyspace has 'replication' and 'durable_writes'"
                )));
            }
        }
    }
    Ok(read)
}
