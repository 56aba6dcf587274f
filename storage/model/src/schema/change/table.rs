//! Making and altering tables: the rules of columns and keys.

use std::collections::HashSet;

use super::super::{ClusteringOrder, Column, ColumnId, ColumnKind, DroppedColumn, TableSchema};
use super::change::TableChange;
use super::definition::{NewColumn, NewTable};
use super::names::{check_column_name, check_table_name};
use super::user_type::{check_nodes, check_table_nodes};
use crate::error::InvalidSchema;
use crate::limits::{COLUMNS_MAX, TYPE_DEPTH_MAX};
use crate::types::ColumnType;

/// The table that `definition` describes.
pub(super) fn new_table(definition: &NewTable) -> Result<TableSchema, InvalidSchema> {
    check_table_name(&definition.name)?;
    check_count(definition.columns.len())?;
    let name = &definition.name;
    let mut seen = HashSet::new();
    for column in &definition.columns {
        check_column(column)?;
        if !seen.insert(column.name.as_str()) {
            return invalid(format!("Duplicate column '{}' declaration for table '{name}'", column.name));
        }
    }
    if definition.partition_key.is_empty() {
        return invalid(format!(
            "No PRIMARY KEY specified for table '{}.{name}' (exactly one required)",
            definition.keyspace
        ));
    }
    check_clustering_order(definition)?;

    let mut columns = Vec::with_capacity(definition.columns.len());
    let mut in_key = HashSet::new();
    let keys = definition.partition_key.iter().map(|name| (name, ColumnKind::PartitionKey));
    let keys = keys.chain(definition.clustering.iter().map(|name| (name, ColumnKind::Clustering)));
    for (key, kind) in keys {
        let column = definition.columns.iter().find(|column| column.name == *key).ok_or_else(|| {
            InvalidSchema::Invalid(format!(
                "Unknown column '{key}' referenced in PRIMARY KEY for table '{name}'"
            ))
        })?;
        if !in_key.insert(key.as_str()) {
            return invalid(format!("Duplicate column '{key}' in PRIMARY KEY clause for table '{name}'"));
        }
        check_key_column(column)?;
        let order = definition.clustering_order.iter().find(|(ordered, _)| ordered == key);
        let order = order.map_or(ClusteringOrder::Ascending, |(_, order)| *order);
        columns.push(built(column, kind, order));
    }
    for column in definition.columns.iter().filter(|column| !in_key.contains(column.name.as_str())) {
        let kind = if column.is_static { ColumnKind::Static } else { ColumnKind::Regular };
        columns.push(built(column, kind, ClusteringOrder::Ascending));
    }
    sort_columns(&mut columns);
    for (index, column) in columns.iter_mut().enumerate() {
        column.id = ColumnId(index as u32);
    }
    let table = TableSchema {
        id: definition.id,
        keyspace: definition.keyspace.clone(),
        name: name.clone(),
        next_column_id: ColumnId(columns.len() as u32),
        columns,
        dropped: Vec::new(),
        partitioner: definition.partitioner,
        options: definition.options.clone(),
    };
    check_all_types(&table)?;
    check_statics(&table)?;
    let values = || table.static_columns().chain(table.regular_columns());
    if table.is_counter() && values().any(|column| column.column_type != ColumnType::Counter) {
        return invalid("Cannot mix counter and non counter columns in the same table");
    }
    check_options(&table)?;
    Ok(table)
}

/// `table` after `change`.
pub(super) fn altered_table(table: &TableSchema, change: &TableChange) -> Result<TableSchema, InvalidSchema> {
    let mut table = table.clone();
    match change {
        TableChange::AddColumns(columns) => {
            for column in columns {
                add_column(&mut table, column)?;
            }
            check_all_types(&table)?;
            sort_columns(&mut table.columns);
        }
        TableChange::DropColumns { names, timestamp } => {
            for name in names {
                drop_column(&mut table, name, *timestamp)?;
            }
        }
        TableChange::RenameColumns(renames) => {
            for (old, new) in renames {
                rename_column(&mut table, old, new)?;
            }
        }
        TableChange::Options(options) => {
            table.options = options.as_ref().clone();
            check_options(&table)?;
        }
    }
    Ok(table)
}

fn add_column(table: &mut TableSchema, new: &NewColumn) -> Result<(), InvalidSchema> {
    check_column(new)?;
    check_count(table.columns.len() + 1)?;
    let name = &new.name;
    if table.column(name).is_some() {
        return invalid(format!("Column with name '{name}' already exists"));
    }
    if new.is_static && table.clustering().next().is_none() {
        return invalid(STATIC_NEEDS_CLUSTERING);
    }
    let counter = new.column_type == ColumnType::Counter;
    // Even one without other columns: its rows may have been inserted, and counters have no row markers.
    if counter && !table.is_counter() {
        return invalid(format!("Cannot add a counter column ('{name}') in a non counter table"));
    }
    if !counter && table.is_counter() {
        return invalid(format!("Cannot add a non counter column ('{name}') in a counter table"));
    }
    let kind = if new.is_static { ColumnKind::Static } else { ColumnKind::Regular };
    if let Some(dropped) = table.dropped.iter().rev().find(|dropped| dropped.column.name == *name) {
        check_re_added(new, kind, &dropped.column)?;
    }
    let mut column = built(new, kind, ClusteringOrder::Ascending);
    column.id = table.next_column_id;
    let next = column.id.0.checked_add(1).ok_or_else(|| {
        InvalidSchema::Invalid(format!(
            "Table '{}.{}' has used up its column ids",
            table.keyspace, table.name
        ))
    })?;
    table.next_column_id = ColumnId(next);
    table.columns.push(column);
    Ok(())
}

fn check_re_added(new: &NewColumn, kind: ColumnKind, old: &Column) -> Result<(), InvalidSchema> {
    let name = &new.name;
    if old.column_type == ColumnType::Counter {
        return invalid(format!("Cannot re-add previously dropped counter column {name}"));
    }
    if !reads_values_of(&new.column_type, &old.column_type) {
        return invalid(format!(
            "Cannot re-add previously dropped column '{name}' of type {}, incompatible with previous type {}",
            new.column_type, old.column_type
        ));
    }
    if old.kind != kind {
        let word = |kind| if kind == ColumnKind::Static { "static" } else { "regular" };
        return invalid(format!(
            "Cannot re-add previously dropped column '{name}' of kind {}, incompatible with previous kind {}",
            word(kind),
            word(old.kind)
        ));
    }
    Ok(())
}

/// Whether every value of `old` is one of `new`.
fn reads_values_of(new: &ColumnType, old: &ColumnType) -> bool {
    match (new, old) {
        (ColumnType::Text, ColumnType::Ascii)
        | (ColumnType::Uuid, ColumnType::TimeUuid)
        | (ColumnType::BigInt, ColumnType::Timestamp)
        | (ColumnType::VarInt, ColumnType::Int | ColumnType::BigInt) => true,
        (ColumnType::Blob, old) => !old.is_multi_cell(),
        (ColumnType::Udt { definition: new, .. }, ColumnType::Udt { definition: old, .. }) => {
            new.keyspace == old.keyspace && new.name == old.name
        }
        (new, old) => new == old,
    }
}

fn drop_column(table: &mut TableSchema, name: &str, timestamp: i64) -> Result<(), InvalidSchema> {
    let Some(at) = table.columns.iter().position(|column| column.name == name) else {
        return invalid(no_column(table, name));
    };
    if matches!(table.columns[at].kind, ColumnKind::PartitionKey | ColumnKind::Clustering) {
        return invalid(format!("Cannot drop PRIMARY KEY column {name}"));
    }
    let column = table.columns.remove(at);
    table.dropped.push(DroppedColumn { column, dropped_at: timestamp });
    Ok(())
}

fn rename_column(table: &mut TableSchema, old: &str, new: &str) -> Result<(), InvalidSchema> {
    let Some(at) = table.columns.iter().position(|column| column.name == old) else {
        return invalid(no_column(table, old));
    };
    if !matches!(table.columns[at].kind, ColumnKind::PartitionKey | ColumnKind::Clustering) {
        return invalid(format!("Cannot rename non PRIMARY KEY column {old}"));
    }
    check_column_name(new)?;
    if table.column(new).is_some() {
        return invalid(format!(
            "Cannot rename column {old} to {new} in table '{}.{}'; another column with that name already exists",
            table.keyspace, table.name
        ));
    }
    table.columns[at].name = new.to_string();
    Ok(())
}

fn no_column(table: &TableSchema, name: &str) -> String {
    format!("Column {name} was not found in table '{}.{}'", table.keyspace, table.name)
}

const STATIC_NEEDS_CLUSTERING: &str =
    "Static columns are only useful (and thus allowed) if the table has at least one clustering column";

fn check_statics(table: &TableSchema) -> Result<(), InvalidSchema> {
    if table.static_columns().next().is_some() && table.clustering().next().is_none() {
        return invalid(STATIC_NEEDS_CLUSTERING);
    }
    Ok(())
}

fn check_options(table: &TableSchema) -> Result<(), InvalidSchema> {
    if table.is_counter() && table.options.default_time_to_live > 0 {
        return Err(InvalidSchema::Configuration(
            "Cannot set default_time_to_live on a table with counters".to_string(),
        ));
    }
    Ok(())
}

/// Dropped columns count too: they are kept.
fn check_all_types(table: &TableSchema) -> Result<(), InvalidSchema> {
    let dropped = table.dropped.iter().map(|dropped| &dropped.column);
    let counts = table.columns.iter().chain(dropped).map(|column| column.column_type.node_count());
    check_table_nodes(&table.name, counts.sum())
}

fn check_count(count: usize) -> Result<(), InvalidSchema> {
    if count > COLUMNS_MAX {
        return invalid(format!("A table has at most {COLUMNS_MAX} columns (got {count})"));
    }
    Ok(())
}

fn check_column(column: &NewColumn) -> Result<(), InvalidSchema> {
    check_column_name(&column.name)?;
    if column.column_type.depth() > TYPE_DEPTH_MAX {
        return invalid(format!(
            "The type of column '{}' is nested deeper than {TYPE_DEPTH_MAX} levels",
            column.name
        ));
    }
    check_nodes(&format!("type of column '{}'", column.name), column.column_type.node_count())?;
    if let ColumnType::Udt { definition, frozen: false } = &column.column_type
        && definition.fields.iter().any(|(_, kind)| kind.is_multi_cell())
    {
        return invalid(format!(
            "Non-frozen UDTs with nested non-frozen collections are not supported for column {}",
            column.name
        ));
    }
    Ok(())
}

fn check_key_column(column: &NewColumn) -> Result<(), InvalidSchema> {
    let name = &column.name;
    let kind = &column.column_type;
    if column.is_static {
        return invalid(format!("Static column '{name}' cannot be part of the PRIMARY KEY"));
    }
    if *kind == ColumnType::Counter {
        return invalid(format!("counter type is not supported for PRIMARY KEY column '{name}'"));
    }
    if kind.is_multi_cell() {
        let what = if kind.is_collection() { "collection" } else { "user-defined" };
        return invalid(format!("Invalid non-frozen {what} type {kind} for PRIMARY KEY column '{name}'"));
    }
    if kind.contains_duration() {
        return invalid(format!("duration type is not supported for PRIMARY KEY column '{name}'"));
    }
    Ok(())
}

fn check_clustering_order(definition: &NewTable) -> Result<(), InvalidSchema> {
    if definition.clustering_order.is_empty() {
        return Ok(());
    }
    let ordered: Vec<&String> = definition.clustering_order.iter().map(|(name, _)| name).collect();
    if let Some(extra) = ordered.iter().find(|name| !definition.clustering.contains(name)) {
        return invalid(format!(
            "Only clustering key columns can be defined in CLUSTERING ORDER directive: {extra} are not clustering columns"
        ));
    }
    if let Some(missing) = definition.clustering.iter().find(|name| !ordered.contains(name)) {
        return invalid(format!("Missing CLUSTERING ORDER for column {missing}"));
    }
    if !ordered.iter().copied().eq(definition.clustering.iter()) {
        return invalid(
            "Clustering key columns must be in the same order in CLUSTERING ORDER BY as in PRIMARY KEY",
        );
    }
    Ok(())
}

fn built(column: &NewColumn, kind: ColumnKind, order: ClusteringOrder) -> Column {
    Column {
        id: ColumnId(0),
        name: column.name.clone(),
        column_type: column.column_type.clone(),
        kind,
        order,
    }
}

/// Keys keep their order; behind them statics, then regular columns, each by name.
fn sort_columns(columns: &mut [Column]) {
    columns.sort_by(|a, b| {
        let place = |column: &Column| match column.kind {
            ColumnKind::PartitionKey => 0,
            ColumnKind::Clustering => 1,
            ColumnKind::Static => 2,
            ColumnKind::Regular => 3,
        };
        let by_name = matches!(a.kind, ColumnKind::Static | ColumnKind::Regular);
        place(a)
            .cmp(&place(b))
            .then_with(|| if by_name { a.name.cmp(&b.name) } else { std::cmp::Ordering::Equal })
    });
}

fn invalid<T>(message: impl Into<String>) -> Result<T, InvalidSchema> {
    Err(InvalidSchema::Invalid(message.into()))
}
