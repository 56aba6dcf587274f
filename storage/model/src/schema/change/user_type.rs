//! Making, altering and dropping user types: a type that changes takes everything that uses it along.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::super::{Column, ColumnKind, DroppedColumn, Keyspace, TableSchema};
use super::change::{NamedTable, TypeChange};
use super::names::check_column_name;
use crate::error::InvalidSchema;
use crate::limits::{COLUMNS_MAX, TABLE_TYPE_NODES_MAX, TYPE_DEPTH_MAX, TYPE_NODES_MAX};
use crate::types::{ColumnType, UserType};

/// The checked definition.
pub(super) fn new_type(definition: &UserType) -> Result<UserType, InvalidSchema> {
    let mut seen = HashSet::new();
    for (field, kind) in &definition.fields {
        check_field(&definition.name, field, kind)?;
        if !seen.insert(field) {
            return invalid(format!("Duplicate field name '{field}' in type '{}'", definition.name));
        }
    }
    check_count(definition.fields.len())?;
    check_nodes(&format!("type '{}'", definition.name), definition.node_count())?;
    Ok(definition.clone())
}

/// The types and tables of `keyspace` that are different after `change` of `definition`.
pub(super) fn altered_types(
    keyspace: &Keyspace,
    definition: &UserType,
    change: &TypeChange,
) -> Result<(BTreeMap<String, Arc<UserType>>, Vec<NamedTable>), InvalidSchema> {
    let changed = altered(keyspace, definition, change)?;
    check_growth(keyspace, definition, changed.node_count() - definition.node_count())?;
    let replace = Replacement { definition: Arc::new(changed) };
    let mut types = BTreeMap::new();
    for (name, other) in &keyspace.types {
        if other.name == definition.name {
            types.insert(name.clone(), Arc::clone(&replace.definition));
        } else if uses(other, definition) {
            let other = replace.in_definition(other);
            for (field, kind) in &other.fields {
                check_field(name, field, kind)?;
            }
            types.insert(name.clone(), Arc::new(other));
        }
    }
    let mut tables = Vec::new();
    for (name, table) in &keyspace.tables {
        let concerned =
            |column: &Column| column.column_type.uses_user_type(&definition.keyspace, &definition.name);
        if table.columns.iter().any(concerned) {
            let table = replace.in_table(table);
            for column in &table.columns {
                check_altered(&table, column)?;
            }
            tables.push((name.clone(), Arc::new(table)));
        }
    }
    Ok((types, tables))
}

/// Before anything is rewritten: what each use of `definition` in something grows by, it has room for.
fn check_growth(keyspace: &Keyspace, definition: &UserType, by: usize) -> Result<(), InvalidSchema> {
    let uses = |kind: &ColumnType| count_uses(kind, definition);
    let grown = |nodes: usize, uses: usize| nodes.saturating_add(uses.saturating_mul(by));
    check_nodes(&format!("type '{}'", definition.name), grown(definition.node_count(), 1))?;
    for other in keyspace.types.values() {
        let uses = other.fields.iter().map(|(_, kind)| uses(kind)).sum();
        check_nodes(&format!("type '{}'", other.name), grown(other.node_count(), uses))?;
    }
    for table in keyspace.tables.values() {
        let mut sum = 0usize;
        let dropped = table.dropped.iter().map(|dropped| &dropped.column);
        for column in table.columns.iter().chain(dropped) {
            let nodes = grown(column.column_type.node_count(), uses(&column.column_type));
            check_nodes(&format!("column {} of table {}", column.name, table.name), nodes)?;
            sum = sum.saturating_add(nodes);
        }
        check_table_nodes(&table.name, sum)?;
    }
    Ok(())
}

/// How often `definition` stands in `kind`.
fn count_uses(kind: &ColumnType, definition: &UserType) -> usize {
    let uses = |kind: &ColumnType| count_uses(kind, definition);
    match kind {
        ColumnType::List { element, .. }
        | ColumnType::Set { element, .. }
        | ColumnType::Vector { element, .. } => uses(element),
        ColumnType::Map { key, value, .. } => uses(key) + uses(value),
        ColumnType::Tuple(elements) => elements.iter().map(uses).sum(),
        ColumnType::Udt { definition: other, .. } => {
            let same = other.keyspace == definition.keyspace && other.name == definition.name;
            usize::from(same) + other.fields.iter().map(|(_, kind)| uses(kind)).sum::<usize>()
        }
        _ => 0,
    }
}

/// Errors: something is made of too many types.
pub(super) fn check_nodes(what: &str, nodes: usize) -> Result<(), InvalidSchema> {
    if nodes > TYPE_NODES_MAX {
        return invalid(format!(
            "The {what} would be made of {nodes} types; at most {TYPE_NODES_MAX} are allowed"
        ));
    }
    Ok(())
}

/// Errors: the columns of a table are made of too many types.
pub(super) fn check_table_nodes(table: &str, nodes: usize) -> Result<(), InvalidSchema> {
    if nodes > TABLE_TYPE_NODES_MAX {
        return invalid(format!(
            "The columns of table '{table}' would be made of {nodes} types; at most {TABLE_TYPE_NODES_MAX} are allowed"
        ));
    }
    Ok(())
}

/// Errors: a column that could not have been made with its type as it is now.
fn check_altered(table: &TableSchema, column: &Column) -> Result<(), InvalidSchema> {
    let (kind, place) = (&column.column_type, format!("column {} of table {}", column.name, table.name));
    if kind.depth() > TYPE_DEPTH_MAX {
        return invalid(format!("The type of {place} would be nested deeper than {TYPE_DEPTH_MAX} levels"));
    }
    let in_key = matches!(column.kind, ColumnKind::PartitionKey | ColumnKind::Clustering);
    if (in_key && kind.contains_duration()) || sorts_durations(kind) {
        return invalid(format!("Durations have no order, which {place} needs"));
    }
    if let ColumnType::Udt { definition, frozen: false } = kind
        && definition.fields.iter().any(|(_, field)| field.is_multi_cell())
    {
        return invalid(format!(
            "Non-frozen UDTs with nested non-frozen collections are not supported for {place}"
        ));
    }
    Ok(())
}

/// Whether a duration stands where a set or map sorts its elements or keys.
fn sorts_durations(kind: &ColumnType) -> bool {
    match kind {
        ColumnType::List { element, .. } | ColumnType::Vector { element, .. } => sorts_durations(element),
        ColumnType::Set { element, .. } => element.contains_duration() || sorts_durations(element),
        ColumnType::Map { key, value, .. } => {
            key.contains_duration() || sorts_durations(key) || sorts_durations(value)
        }
        ColumnType::Tuple(elements) => elements.iter().any(sorts_durations),
        ColumnType::Udt { definition, .. } => {
            definition.fields.iter().any(|(_, field)| sorts_durations(field))
        }
        _ => false,
    }
}

/// Errors: something of `keyspace` uses the type.
pub(super) fn check_unused(keyspace: &Keyspace, name: &str) -> Result<(), InvalidSchema> {
    let full = format!("{}.{name}", keyspace.name);
    let user = |kind: &ColumnType| kind.uses_user_type(&keyspace.name, name);
    let types: Vec<&str> = keyspace
        .types
        .values()
        .filter(|other| other.fields.iter().any(|(_, kind)| user(kind)))
        .map(|other| other.name.as_str())
        .collect();
    if !types.is_empty() {
        return invalid(format!(
            "Cannot drop user type '{full}' as it is still used by user types {}",
            types.join(", ")
        ));
    }
    let tables: Vec<&str> = keyspace
        .tables
        .values()
        .filter(|table| table.columns.iter().any(|column| user(&column.column_type)))
        .map(|table| table.name.as_str())
        .collect();
    if !tables.is_empty() {
        return invalid(format!(
            "Cannot drop user type '{full}' as it is still used by tables {}",
            tables.join(", ")
        ));
    }
    Ok(())
}

fn altered(
    keyspace: &Keyspace,
    definition: &UserType,
    change: &TypeChange,
) -> Result<UserType, InvalidSchema> {
    let mut changed = definition.clone();
    let full = format!("{}.{}", definition.keyspace, definition.name);
    match change {
        TypeChange::AddField(field, kind) => {
            check_field(&definition.name, field, kind)?;
            check_count(definition.fields.len() + 1)?;
            if definition.field_index(field).is_some() {
                return invalid(format!(
                    "Cannot add field {field} to type {full}: a field with name {field} already exists"
                ));
            }
            if kind.uses_user_type(&definition.keyspace, &definition.name) {
                return invalid(format!(
                    "Cannot add field {field} of type {kind} to type {full} as it would create a circular reference"
                ));
            }
            let in_primary_key = |table: &&Arc<TableSchema>| {
                table
                    .partition_key()
                    .any(|column| column.column_type.uses_user_type(&definition.keyspace, &definition.name))
            };
            if let Some(table) = keyspace.tables.values().find(in_primary_key) {
                return invalid(format!(
                    "Cannot add new field to type {full} as it is used in the partition key of table {}",
                    table.name
                ));
            }
            changed.fields.push((field.clone(), kind.clone()));
        }
        TypeChange::RenameFields(renames) => {
            for (old, new) in renames {
                let at = changed.field_index(old).ok_or_else(|| {
                    InvalidSchema::Invalid(format!("Unknown field {old} in user type {full}"))
                })?;
                check_column_name(new)?;
                if changed.field_index(new).is_some() {
                    return invalid(format!("Duplicate field name {new} in type {full}"));
                }
                changed.fields[at].0 = new.clone();
            }
        }
    }
    Ok(changed)
}

fn check_field(of: &str, field: &str, kind: &ColumnType) -> Result<(), InvalidSchema> {
    check_column_name(field)?;
    if *kind == ColumnType::Counter {
        return invalid("A user type cannot contain counters");
    }
    if let ColumnType::Udt { frozen: false, .. } = kind {
        return invalid("A user type cannot contain non-frozen UDTs");
    }
    // One level is the type's own.
    if kind.depth() + 1 > TYPE_DEPTH_MAX {
        return invalid(format!(
            "Field '{field}' of type '{of}' is nested deeper than {TYPE_DEPTH_MAX} levels"
        ));
    }
    Ok(())
}

fn check_count(count: usize) -> Result<(), InvalidSchema> {
    if count > COLUMNS_MAX {
        return invalid(format!("A user type has at most {COLUMNS_MAX} fields (got {count})"));
    }
    Ok(())
}

fn uses(other: &UserType, definition: &UserType) -> bool {
    other.fields.iter().any(|(_, kind)| kind.uses_user_type(&definition.keyspace, &definition.name))
}

/// Puts a new definition in the place of the one of the same name.
struct Replacement {
    definition: Arc<UserType>,
}

impl Replacement {
    fn in_table(&self, table: &TableSchema) -> TableSchema {
        let column =
            |column: &Column| Column { column_type: self.in_type(&column.column_type), ..column.clone() };
        let dropped = |dropped: &DroppedColumn| DroppedColumn {
            column: column(&dropped.column),
            dropped_at: dropped.dropped_at,
        };
        TableSchema {
            columns: table.columns.iter().map(column).collect(),
            dropped: table.dropped.iter().map(dropped).collect(),
            ..table.clone()
        }
    }

    fn in_definition(&self, definition: &UserType) -> UserType {
        let fields =
            definition.fields.iter().map(|(name, kind)| (name.clone(), self.in_type(kind))).collect();
        UserType { keyspace: definition.keyspace.clone(), name: definition.name.clone(), fields }
    }

    fn in_type(&self, kind: &ColumnType) -> ColumnType {
        let element = |kind: &Arc<ColumnType>| Arc::new(self.in_type(kind));
        match kind {
            ColumnType::List { element: of, frozen } => {
                ColumnType::List { element: element(of), frozen: *frozen }
            }
            ColumnType::Set { element: of, frozen } => {
                ColumnType::Set { element: element(of), frozen: *frozen }
            }
            ColumnType::Map { key, value, frozen } => {
                ColumnType::Map { key: element(key), value: element(value), frozen: *frozen }
            }
            ColumnType::Tuple(elements) => {
                ColumnType::Tuple(elements.iter().map(|kind| self.in_type(kind)).collect())
            }
            ColumnType::Vector { element: of, dimension } => {
                ColumnType::Vector { element: element(of), dimension: *dimension }
            }
            ColumnType::Udt { definition, frozen } => {
                let same = definition.keyspace == self.definition.keyspace
                    && definition.name == self.definition.name;
                let definition = if same {
                    Arc::clone(&self.definition)
                } else {
                    Arc::new(self.in_definition(definition))
                };
                let kind = ColumnType::Udt { definition, frozen: *frozen };
                // What is inside a frozen type is frozen, whatever the definition says by itself.
                if *frozen { kind.freeze() } else { kind }
            }
            other => other.clone(),
        }
    }
}

fn invalid<T>(message: impl Into<String>) -> Result<T, InvalidSchema> {
    Err(InvalidSchema::Invalid(message.into()))
}
