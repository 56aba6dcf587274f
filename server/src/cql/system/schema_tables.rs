//! `system_schema` and `system_virtual_schema`: the schema in the rows that drivers read.
//!
//! A column's place counts inside its kind: keys from 0, all others -1.

use std::sync::Arc;

use bytes::Bytes;
use model::schema::{ClusteringOrder, Column, ColumnKind, Keyspace, Schema, TableSchema};
use model::types::Value;

use super::kind::is_virtual_keyspace;
use super::rows::{RowSet, text, text_map};
use crate::error::CqlError;

pub(super) fn keyspaces(rows: &mut RowSet<'_>, schema: &Schema) -> Result<(), CqlError> {
    for keyspace in of_kind(schema, false) {
        rows.push(&[
            ("keyspace_name", text(&keyspace.name)),
            ("durable_writes", Value::Boolean(keyspace.durable_writes)),
            ("replication", text_map(keyspace.replication.to_map(true))),
        ])?;
    }
    Ok(())
}

pub(super) fn tables(rows: &mut RowSet<'_>, schema: &Schema) -> Result<(), CqlError> {
    for table in of_kind(schema, false).flat_map(|keyspace| keyspace.tables.values()) {
        let options = &table.options;
        let number = |number: u32| Value::Int(i32::try_from(number).unwrap_or(i32::MAX));
        let extensions = options.extensions.iter();
        let extensions = extensions.map(|(name, value)| (text(name), Value::Blob(value.clone()))).collect();
        let mut flags = vec![text("compound")];
        if table.is_counter() {
            flags.push(text("counter"));
        }
        rows.push(&[
            ("keyspace_name", text(&table.keyspace)),
            ("table_name", text(&table.name)),
            ("additional_write_policy", text(&options.additional_write_policy)),
            ("allow_auto_snapshot", Value::Boolean(options.allow_auto_snapshot)),
            ("bloom_filter_fp_chance", Value::Double(options.bloom_filter_fp_chance)),
            ("caching", text_map(options.caching.clone())),
            ("cdc", Value::Boolean(false)),
            ("comment", text(&options.comment)),
            ("compaction", text_map(options.compaction_in_full())),
            ("compression", text_map(options.compression_in_full())),
            ("crc_check_chance", Value::Double(options.crc_check_chance)),
            ("dclocal_read_repair_chance", Value::Double(0.0)),
            ("default_time_to_live", number(options.default_time_to_live)),
            ("extensions", Value::Map(extensions)),
            ("flags", Value::Set(flags)),
            ("gc_grace_seconds", number(options.gc_grace_seconds)),
            ("id", Value::Uuid(table.id.0)),
            ("incremental_backups", Value::Boolean(options.incremental_backups)),
            ("max_index_interval", number(options.max_index_interval)),
            ("memtable_flush_period_in_ms", number(options.memtable_flush_period_in_ms)),
            ("min_index_interval", number(options.min_index_interval)),
            ("read_repair", text(&options.read_repair)),
            ("read_repair_chance", Value::Double(0.0)),
            ("speculative_retry", text(&options.speculative_retry)),
        ])?;
    }
    Ok(())
}

pub(super) fn columns(rows: &mut RowSet<'_>, schema: &Schema, of_virtual: bool) -> Result<(), CqlError> {
    for table in of_kind(schema, of_virtual).flat_map(|keyspace| keyspace.tables.values()) {
        for column in &table.columns {
            rows.push(&[
                ("keyspace_name", text(&table.keyspace)),
                ("table_name", text(&table.name)),
                ("column_name", text(&column.name)),
                ("clustering_order", text(order_text(column))),
                ("column_name_bytes", Value::Blob(Bytes::copy_from_slice(column.name.as_bytes()))),
                ("kind", text(kind_text(column.kind))),
                ("position", Value::Int(position(table, column))),
                ("type", text(column.column_type.to_string())),
            ])?;
        }
    }
    Ok(())
}

pub(super) fn dropped_columns(rows: &mut RowSet<'_>, schema: &Schema) -> Result<(), CqlError> {
    for table in of_kind(schema, false).flat_map(|keyspace| keyspace.tables.values()) {
        for dropped in &table.dropped {
            rows.push(&[
                ("keyspace_name", text(&table.keyspace)),
                ("table_name", text(&table.name)),
                ("column_name", text(&dropped.column.name)),
                ("dropped_time", Value::Timestamp(dropped.dropped_at.div_euclid(1000))),
                ("kind", text(kind_text(dropped.column.kind))),
                ("type", text(dropped.column.column_type.to_string())),
            ])?;
        }
    }
    Ok(())
}

pub(super) fn types(rows: &mut RowSet<'_>, schema: &Schema) -> Result<(), CqlError> {
    for definition in of_kind(schema, false).flat_map(|keyspace| keyspace.types.values()) {
        let names = definition.fields.iter().map(|(name, _)| text(name)).collect();
        let kinds = definition.fields.iter().map(|(_, kind)| text(kind.to_string())).collect();
        rows.push(&[
            ("keyspace_name", text(&definition.keyspace)),
            ("type_name", text(&definition.name)),
            ("field_names", Value::List(names)),
            ("field_types", Value::List(kinds)),
        ])?;
    }
    Ok(())
}

pub(super) fn virtual_keyspaces(rows: &mut RowSet<'_>, schema: &Schema) -> Result<(), CqlError> {
    for keyspace in of_kind(schema, true) {
        rows.push(&[("keyspace_name", text(&keyspace.name))])?;
    }
    Ok(())
}

pub(super) fn virtual_tables(rows: &mut RowSet<'_>, schema: &Schema) -> Result<(), CqlError> {
    for table in of_kind(schema, true).flat_map(|keyspace| keyspace.tables.values()) {
        rows.push(&[
            ("keyspace_name", text(&table.keyspace)),
            ("table_name", text(&table.name)),
            ("comment", text(&table.options.comment)),
        ])?;
    }
    Ok(())
}

fn of_kind(schema: &Schema, of_virtual: bool) -> impl Iterator<Item = &Arc<Keyspace>> {
    schema.keyspaces.values().filter(move |keyspace| is_virtual_keyspace(&keyspace.name) == of_virtual)
}

fn order_text(column: &Column) -> &'static str {
    match (column.kind, column.order) {
        (ColumnKind::Clustering, ClusteringOrder::Ascending) => "asc",
        (ColumnKind::Clustering, ClusteringOrder::Descending) => "desc",
        _ => "none",
    }
}

fn kind_text(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::PartitionKey => "partition_key",
        ColumnKind::Clustering => "clustering",
        ColumnKind::Static => "static",
        ColumnKind::Regular => "regular",
    }
}

fn position(table: &TableSchema, column: &Column) -> i32 {
    if matches!(column.kind, ColumnKind::Static | ColumnKind::Regular) {
        return -1;
    }
    let before = table.columns.iter().take_while(|other| other.id != column.id);
    before.filter(|other| other.kind == column.kind).count() as i32
}
