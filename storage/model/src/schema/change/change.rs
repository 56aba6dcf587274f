//! [`SchemaChange`]: one step from a schema to the next.
//!
//! Applying is pure and checks every rule of CQL; IF [NOT] EXISTS is the caller's, who looks first.
//! Left out: whether a keyspace is the system's, which only the server knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Keyspace, Replication, Schema, TableOptions, TableSchema};
use super::definition::{NewColumn, NewTable};
use super::names::{check_keyspace_name, check_type_name};
use super::table::{altered_table, new_table};
use super::user_type::{altered_types, check_unused, new_type};
use crate::error::InvalidSchema;
use crate::types::{ColumnType, UserType};

/// What happens to a schema.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaChange {
    /// A keyspace without tables comes to be.
    CreateKeyspace {
        /// Its name.
        name: String,
        /// Its replication.
        replication: Replication,
        /// False: writes skip the commit log.
        durable_writes: bool,
    },
    /// A keyspace gets other settings; what is `None` stays.
    AlterKeyspace {
        /// Its name.
        name: String,
        /// The replication from now on.
        replication: Option<Replication>,
        /// Whether writes go to the commit log from now on.
        durable_writes: Option<bool>,
    },
    /// A keyspace goes, with everything in it.
    DropKeyspace {
        /// Its name.
        name: String,
    },
    /// A table comes to be.
    CreateTable(NewTable),
    /// A table becomes another.
    AlterTable {
        /// Its keyspace.
        keyspace: String,
        /// Its name.
        table: String,
        /// How.
        change: TableChange,
    },
    /// A table goes.
    DropTable {
        /// Its keyspace.
        keyspace: String,
        /// Its name.
        table: String,
    },
    /// A user type comes to be.
    CreateType(UserType),
    /// A user type becomes another, and with it everything that uses it.
    AlterType {
        /// Its keyspace.
        keyspace: String,
        /// Its name.
        name: String,
        /// How.
        change: TypeChange,
    },
    /// A user type goes.
    DropType {
        /// Its keyspace.
        keyspace: String,
        /// Its name.
        name: String,
    },
}

/// How a table changes.
#[derive(Debug, Clone, PartialEq)]
pub enum TableChange {
    /// Static or regular columns are added.
    AddColumns(Vec<NewColumn>),
    /// Columns outside the primary key are dropped.
    DropColumns {
        /// Their names.
        names: Vec<String>,
        /// When, microseconds.
        timestamp: i64,
    },
    /// Columns of the primary key get new names: old, new.
    RenameColumns(Vec<(String, String)>),
    /// These options from now on, all of them.
    Options(Box<TableOptions>),
}

/// How a user type changes.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeChange {
    /// A field behind the others.
    AddField(String, ColumnType),
    /// Fields get new names: old, new.
    RenameFields(Vec<(String, String)>),
}

impl SchemaChange {
    /// The schema after the change, with its new version.
    ///
    /// Errors: every rule of CQL that the change breaks, worded for the user.
    pub fn apply(&self, schema: &Schema) -> Result<Schema, InvalidSchema> {
        let mut keyspaces = schema.keyspaces.clone();
        match self {
            SchemaChange::CreateKeyspace { name, replication, durable_writes } => {
                check_keyspace_name(name)?;
                if keyspaces.contains_key(name) {
                    return Err(InvalidSchema::AlreadyExists {
                        keyspace: name.clone(),
                        table: String::new(),
                    });
                }
                let keyspace = Keyspace {
                    name: name.clone(),
                    replication: replication.clone(),
                    durable_writes: *durable_writes,
                    tables: BTreeMap::new(),
                    types: BTreeMap::new(),
                };
                keyspaces.insert(name.clone(), Arc::new(keyspace));
            }
            SchemaChange::DropKeyspace { name } => {
                if keyspaces.remove(name).is_none() {
                    return Err(no_keyspace(name));
                }
            }
            SchemaChange::AlterKeyspace { name, .. }
            | SchemaChange::CreateTable(NewTable { keyspace: name, .. })
            | SchemaChange::AlterTable { keyspace: name, .. }
            | SchemaChange::DropTable { keyspace: name, .. }
            | SchemaChange::CreateType(UserType { keyspace: name, .. })
            | SchemaChange::AlterType { keyspace: name, .. }
            | SchemaChange::DropType { keyspace: name, .. } => {
                let keyspace = keyspaces.get(name).ok_or_else(|| no_keyspace(name))?;
                let mut changed = Keyspace::clone(keyspace);
                self.apply_inside(schema, &mut changed)?;
                keyspaces.insert(name.clone(), Arc::new(changed));
            }
        }
        Ok(Schema { version: schema.version, keyspaces }.with_version())
    }

    /// The keyspace it concerns.
    pub fn keyspace(&self) -> &str {
        match self {
            SchemaChange::CreateKeyspace { name, .. }
            | SchemaChange::AlterKeyspace { name, .. }
            | SchemaChange::DropKeyspace { name } => name,
            SchemaChange::CreateTable(table) => &table.keyspace,
            SchemaChange::CreateType(definition) => &definition.keyspace,
            SchemaChange::AlterTable { keyspace, .. }
            | SchemaChange::DropTable { keyspace, .. }
            | SchemaChange::AlterType { keyspace, .. }
            | SchemaChange::DropType { keyspace, .. } => keyspace,
        }
    }

    /// `keyspace` is a copy that is thrown away when this fails.
    fn apply_inside(&self, schema: &Schema, keyspace: &mut Keyspace) -> Result<(), InvalidSchema> {
        match self {
            SchemaChange::CreateKeyspace { .. } | SchemaChange::DropKeyspace { .. } => {}
            SchemaChange::AlterKeyspace { replication, durable_writes, .. } => {
                if let Some(replication) = replication {
                    keyspace.replication = replication.clone();
                }
                if let Some(durable_writes) = durable_writes {
                    keyspace.durable_writes = *durable_writes;
                }
            }
            SchemaChange::CreateTable(definition) => {
                if keyspace.tables.contains_key(&definition.name) {
                    return Err(InvalidSchema::AlreadyExists {
                        keyspace: keyspace.name.clone(),
                        table: definition.name.clone(),
                    });
                }
                if schema.table_by_id(definition.id).is_some() {
                    let id = definition.id;
                    return Err(InvalidSchema::Invalid(format!("A table with id {id} already exists")));
                }
                let table = new_table(definition)?;
                keyspace.tables.insert(table.name.clone(), Arc::new(table));
            }
            SchemaChange::AlterTable { table: name, change, .. } => {
                let table = keyspace.tables.get(name).ok_or_else(|| no_table(&keyspace.name, name))?;
                let table = altered_table(table, change)?;
                keyspace.tables.insert(name.clone(), Arc::new(table));
            }
            SchemaChange::DropTable { table: name, .. } => {
                if keyspace.tables.remove(name).is_none() {
                    return Err(no_table(&keyspace.name, name));
                }
            }
            SchemaChange::CreateType(definition) => {
                check_type_name(&definition.name)?;
                if keyspace.types.contains_key(&definition.name) {
                    return Err(InvalidSchema::Invalid(format!(
                        "A user type with name '{}' already exists",
                        definition.name
                    )));
                }
                let definition = new_type(definition)?;
                keyspace.types.insert(definition.name.clone(), Arc::new(definition));
            }
            SchemaChange::AlterType { name, change, .. } => {
                let definition = keyspace.types.get(name).ok_or_else(|| no_type(&keyspace.name, name))?;
                let (types, tables) = altered_types(keyspace, definition, change)?;
                keyspace.types.extend(types);
                keyspace.tables.extend(tables);
            }
            SchemaChange::DropType { name, .. } => {
                if !keyspace.types.contains_key(name) {
                    return Err(no_type(&keyspace.name, name));
                }
                check_unused(keyspace, name)?;
                keyspace.types.remove(name);
            }
        }
        Ok(())
    }
}

/// A table of a keyspace, by name.
pub(super) type NamedTable = (String, Arc<TableSchema>);

fn no_keyspace(name: &str) -> InvalidSchema {
    InvalidSchema::Invalid(format!("Keyspace '{name}' doesn't exist"))
}

fn no_table(keyspace: &str, name: &str) -> InvalidSchema {
    InvalidSchema::Invalid(format!("Table '{keyspace}.{name}' doesn't exist"))
}

fn no_type(keyspace: &str, name: &str) -> InvalidSchema {
    InvalidSchema::Invalid(format!("Type '{keyspace}.{name}' doesn't exist"))
}
