//! [`execute_definition`]: runs one statement that changes the schema or empties a table.

use model::schema::{Schema, SchemaChange};
use proto::native::{ErrorKind, ResultBody};

use super::keyspace::{alter_keyspace, create_keyspace, drop_keyspace, replication_warnings};
use super::name::{keyspace_of, no_table};
use super::table::{alter_table, create_table, drop_table};
use super::user_type::{alter_type, create_type, drop_type};
use crate::cql::environment::Environment;
use crate::cql::syntax::Statement;
use crate::cql::syntax::ast::{QualifiedName, Truncate};
use crate::cql::system::{is_computed, is_system_keyspace};
use crate::error::CqlError;
use crate::native::Answer;
use crate::node::schema_registry::SchemaRegistry;

/// Carries out a statement that defines something, or TRUNCATE; `in_use` is the connection's keyspace.
/// Blocks on the disk: call it where blocking is allowed.
///
/// Returns: `SchemaChange`, or `Void` when IF [NOT] EXISTS left nothing to do.
/// Durability: durable when it returns.
/// Errors: what is wrong with the statement; statements that are not supported, by their kind; statements
/// that define nothing.
pub(crate) fn execute_definition(
    environment: &Environment,
    registry: &SchemaRegistry,
    statement: &Statement,
    in_use: Option<&str>,
) -> Result<Answer, CqlError> {
    let definition = Definition { environment, in_use, datacenters: registry.datacenters() };
    let decide = |schema: &Schema| definition.change(schema, statement);
    match statement {
        Statement::Truncate(truncate) => return definition.truncate(registry, truncate),
        Statement::CreateIndex(_) => return Err(not_supported("CREATE INDEX")),
        Statement::DropIndex(_) => return Err(not_supported("DROP INDEX")),
        Statement::NotSupported(statement) => return Err(not_supported(statement.kind)),
        _ => {}
    }
    let mut warnings = Vec::new();
    let told = registry.change(|schema| {
        let change = decide(schema)?;
        if let Some(change) = &change {
            refuse_system(change.keyspace())?;
            warnings = replication_warnings(change, registry.node_count());
        }
        Ok(change)
    })?;
    let mut answer = Answer::from(told.map_or(ResultBody::Void, ResultBody::SchemaChange));
    answer.warnings = warnings;
    Ok(answer)
}

/// What a definition is made with, beside the schema.
pub(super) struct Definition<'a> {
    pub(super) environment: &'a Environment,
    pub(super) in_use: Option<&'a str>,
    pub(super) datacenters: Vec<String>,
}

impl Definition<'_> {
    fn change(&self, schema: &Schema, statement: &Statement) -> Result<Option<SchemaChange>, CqlError> {
        match statement {
            Statement::CreateKeyspace(statement) => create_keyspace(self, schema, statement),
            Statement::AlterKeyspace(statement) => alter_keyspace(self, schema, statement),
            Statement::DropKeyspace(statement) => drop_keyspace(schema, statement),
            Statement::CreateTable(statement) => create_table(self, schema, statement),
            Statement::AlterTable(statement) => alter_table(self, schema, statement),
            Statement::DropTable(statement) => drop_table(self, schema, statement),
            Statement::CreateType(statement) => create_type(self, schema, statement),
            Statement::AlterType(statement) => alter_type(self, schema, statement),
            Statement::DropType(statement) => drop_type(self, schema, statement),
            _ => Err(CqlError::server("a statement that defines nothing was taken for a definition")),
        }
    }

    fn truncate(&self, registry: &SchemaRegistry, statement: &Truncate) -> Result<Answer, CqlError> {
        let keyspace = self.keyspace(&statement.table)?;
        let name = &statement.table.name.text;
        let schema = registry.schema();
        let known = schema
            .keyspace(&keyspace)
            .ok_or_else(|| CqlError::invalid(format!("keyspace {keyspace} does not exist")))?;
        let table = known.tables.get(name).ok_or_else(|| no_table(&keyspace, name))?;
        if is_computed(&keyspace, name) {
            return Err(CqlError::invalid(format!(
                "Cannot truncate {keyspace}.{name}: it holds nothing, its rows are computed when they are read"
            )));
        }
        refuse_system(&keyspace)?;
        registry.truncate(table.id)?;
        Ok(ResultBody::Void.into())
    }

    /// The keyspace of a name: its own, or the one in use.
    pub(super) fn keyspace(&self, name: &QualifiedName) -> Result<String, CqlError> {
        keyspace_of(name, self.in_use)
    }
}

fn refuse_system(keyspace: &str) -> Result<(), CqlError> {
    if is_system_keyspace(keyspace) {
        return Err(CqlError::new(
            ErrorKind::Unauthorized,
            format!("{keyspace} keyspace is not user-modifiable."),
        ));
    }
    Ok(())
}

fn not_supported(kind: &str) -> CqlError {
    CqlError::invalid(format!("{kind} is not supported yet"))
}
