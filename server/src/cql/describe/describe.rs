//! [`execute_describe`]: the rows of a DESCRIBE.
//!
//! Columns as Cassandra 4 and later: keyspace_name, type, name, and create_statement where a statement is
//! asked for; DESCRIBE CLUSTER has its own. All rows come in one page.

use std::sync::Arc;

use model::schema::{Keyspace, Schema};
use model::types::ColumnType;
use proto::native::{ColumnSpec, ResultBody, ResultMetadata, RowsBuilder};

use super::element::Element;
use crate::cql::syntax::ast::{Describe, DescribeTarget, QualifiedName};
use crate::cql::system::is_system_keyspace;
use crate::error::CqlError;
use crate::node::facts::NodeFacts;

/// The columns that [`execute_describe`] answers with.
pub(crate) fn describe_metadata(describe: &Describe) -> Arc<ResultMetadata> {
    let names: &[&str] = match describe.target {
        DescribeTarget::Cluster => &["cluster", "partitioner", "snitch"],
        DescribeTarget::Keyspaces
        | DescribeTarget::Tables
        | DescribeTarget::Types
        | DescribeTarget::Functions
        | DescribeTarget::Aggregates => &["keyspace_name", "type", "name"],
        _ => &["keyspace_name", "type", "name", "create_statement"],
    };
    let columns = names.iter().map(|name| ColumnSpec {
        keyspace: "system".to_string(),
        table: "describe".to_string(),
        name: name.to_string(),
        column_type: ColumnType::Text,
    });
    Arc::new(ResultMetadata { columns: columns.collect() })
}

/// Runs a DESCRIBE; `in_use` is the connection's keyspace.
///
/// Errors: `Invalid` for names that nothing has, and kinds that this server does not have.
pub(crate) fn execute_describe(
    schema: &Schema,
    facts: &NodeFacts,
    describe: &Describe,
    in_use: Option<&str>,
) -> Result<ResultBody, CqlError> {
    let mut rows = RowsBuilder::new(describe_metadata(describe));
    let mut push = |cells: &[&str]| {
        for cell in cells {
            rows.push_cell(Some(cell.as_bytes()));
        }
        rows.end_row();
    };
    let context = Context { schema, in_use, internals: describe.internals };
    match &describe.target {
        DescribeTarget::Cluster => push(&[&facts.cluster_name, "Murmur3Partitioner", "SimpleSnitch"]),
        DescribeTarget::Keyspaces => {
            for keyspace in schema.keyspaces.values() {
                let element = Element::keyspace(keyspace);
                push(&[&element.keyspace, element.kind, &element.name]);
            }
        }
        DescribeTarget::Tables | DescribeTarget::Types => {
            let wanted = if describe.target == DescribeTarget::Tables { "table" } else { "type" };
            for keyspace in context.listed() {
                let elements = Element::whole_keyspace(keyspace, false);
                for element in elements.iter().filter(|element| element.kind == wanted) {
                    push(&[&element.keyspace, element.kind, &element.name]);
                }
            }
        }
        // There are none, so the list is empty.
        DescribeTarget::Functions | DescribeTarget::Aggregates => {}
        target => {
            for element in context.elements(target)? {
                push(&[&element.keyspace, element.kind, &element.name, &element.statement]);
            }
        }
    }
    Ok(ResultBody::Rows(rows.finish()))
}

struct Context<'a> {
    schema: &'a Schema,
    in_use: Option<&'a str>,
    internals: bool,
}

impl<'a> Context<'a> {
    /// The keyspaces whose contents a list shows: the one in use, or all.
    fn listed(&self) -> impl Iterator<Item = &'a Arc<Keyspace>> {
        let in_use = self.in_use;
        self.schema
            .keyspaces
            .values()
            .filter(move |keyspace| in_use.is_none_or(|in_use| in_use == keyspace.name))
    }

    fn elements(&self, target: &DescribeTarget) -> Result<Vec<Element>, CqlError> {
        match target {
            DescribeTarget::Schema { full } => Ok(self
                .schema
                .keyspaces
                .values()
                .filter(|keyspace| *full || !is_system_keyspace(&keyspace.name))
                .flat_map(|keyspace| Element::whole_keyspace(keyspace, self.internals))
                .collect()),
            DescribeTarget::Keyspace { name, only } => {
                let name = match (name, self.in_use) {
                    (Some(name), _) => name.text.as_str(),
                    (None, Some(in_use)) => in_use,
                    (None, None) => return Err(no_keyspace_in_use()),
                };
                let keyspace = self.keyspace(name)?;
                Ok(if *only {
                    vec![Element::keyspace(keyspace)]
                } else {
                    Element::whole_keyspace(keyspace, self.internals)
                })
            }
            DescribeTarget::Table(name) => {
                let keyspace = self.keyspace_of(name)?;
                let table = keyspace.tables.get(&name.name.text);
                let table = table.ok_or_else(|| not_found("Table", name, &keyspace.name))?;
                Ok(vec![Element::table(table, self.internals)])
            }
            DescribeTarget::Type(name) => {
                let keyspace = self.keyspace_of(name)?;
                let definition = keyspace.types.get(&name.name.text);
                let definition =
                    definition.ok_or_else(|| not_found("User defined type", name, &keyspace.name))?;
                Ok(vec![Element::user_type(definition)])
            }
            DescribeTarget::Index(name) => Err(self.none_of(name, "Index")),
            DescribeTarget::MaterializedView(name) => Err(self.none_of(name, "Materialized view")),
            DescribeTarget::Function(name) => Err(self.none_of(name, "User defined function")),
            DescribeTarget::Aggregate(name) => Err(self.none_of(name, "User defined aggregate")),
            DescribeTarget::Named(name) => self.named(name),
            DescribeTarget::Cluster
            | DescribeTarget::Keyspaces
            | DescribeTarget::Tables
            | DescribeTarget::Types
            | DescribeTarget::Functions
            | DescribeTarget::Aggregates => Err(CqlError::server("a list was described as a thing")),
        }
    }

    /// A keyspace of that name, or a table of the keyspace in use.
    fn named(&self, name: &QualifiedName) -> Result<Vec<Element>, CqlError> {
        let text = &name.name.text;
        if name.keyspace.is_none() {
            if let Some(keyspace) = self.schema.keyspace(text) {
                return Ok(Element::whole_keyspace(keyspace, self.internals));
            }
            if self.in_use.is_none() {
                return Err(CqlError::invalid(format!("'{text}' not found in keyspaces")));
            }
        }
        let keyspace = self.keyspace_of(name)?;
        match (keyspace.tables.get(text), keyspace.types.get(text)) {
            (Some(table), _) => Ok(vec![Element::table(table, self.internals)]),
            (None, Some(definition)) => Ok(vec![Element::user_type(definition)]),
            (None, None) => {
                Err(CqlError::invalid(format!("'{text}' not found in keyspace '{}'", keyspace.name)))
            }
        }
    }

    fn keyspace(&self, name: &str) -> Result<&'a Keyspace, CqlError> {
        let keyspace = self.schema.keyspaces.get(name).map(|keyspace| &**keyspace);
        keyspace.ok_or_else(|| CqlError::invalid(format!("'{name}' not found in keyspaces")))
    }

    fn keyspace_of(&self, name: &QualifiedName) -> Result<&'a Keyspace, CqlError> {
        match (&name.keyspace, self.in_use) {
            (Some(keyspace), _) => self.keyspace(&keyspace.text),
            (None, Some(in_use)) => self.keyspace(in_use),
            (None, None) => Err(no_keyspace_in_use()),
        }
    }

    /// The answer for a kind of which there is nothing yet.
    fn none_of(&self, name: &QualifiedName, what: &str) -> CqlError {
        match self.keyspace_of(name) {
            Ok(keyspace) => not_found(what, name, &keyspace.name),
            Err(error) => error,
        }
    }
}

fn no_keyspace_in_use() -> CqlError {
    CqlError::invalid("No keyspace specified and no current keyspace")
}

fn not_found(what: &str, name: &QualifiedName, keyspace: &str) -> CqlError {
    CqlError::invalid(format!("{what} '{}' not found in keyspace '{keyspace}'", name.name.text))
}
