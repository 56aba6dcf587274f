//! CREATE statements of what is there: what DESCRIBE answers, and what a fresh cluster can run.
//!
//! Invariant: running the text of a keyspace, its types in [`types_in_order`] and its tables makes the same
//! schema again, but for ids and dropped columns, which only `internals` shows.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

use super::{ClusteringOrder, Column, ColumnKind, Keyspace, Partitioner, TableSchema};
use crate::types::literal::quote_text;
use crate::types::{ColumnType, UserType, quote_identifier};

/// `CREATE KEYSPACE …;`
pub fn describe_keyspace(keyspace: &Keyspace) -> String {
    format!(
        "CREATE KEYSPACE {} WITH replication = {}  AND durable_writes = {};",
        quote_identifier(&keyspace.name),
        map_text(keyspace.replication.to_map(false)),
        keyspace.durable_writes
    )
}

/// `CREATE TYPE …;`
pub fn describe_type(definition: &UserType) -> String {
    let fields: Vec<String> = definition
        .fields
        .iter()
        .map(|(name, kind)| format!("    {} {kind}", quote_identifier(name)))
        .collect();
    format!(
        "CREATE TYPE {}.{} (\n{}\n);",
        quote_identifier(&definition.keyspace),
        quote_identifier(&definition.name),
        fields.join(",\n")
    )
}

/// The types of a keyspace, each behind those it uses, otherwise by name.
pub fn types_in_order(keyspace: &Keyspace) -> Vec<Arc<UserType>> {
    let mut ordered = Vec::with_capacity(keyspace.types.len());
    let mut done = HashSet::new();
    // Types cannot use each other in a circle, so each round finds at least one.
    while ordered.len() < keyspace.types.len() {
        let before = ordered.len();
        for (name, definition) in &keyspace.types {
            let ready = keyspace.types.keys().all(|other| {
                other == name
                    || done.contains(other)
                    || !definition.fields.iter().any(|(_, kind)| kind.uses_user_type(&keyspace.name, other))
            });
            if ready && done.insert(name.clone()) {
                ordered.push(Arc::clone(definition));
            }
        }
        if ordered.len() == before {
            let left = keyspace.types.iter().filter(|(name, _)| !done.contains(*name));
            ordered.extend(left.map(|(_, definition)| Arc::clone(definition)));
            break;
        }
    }
    ordered
}

/// `CREATE TABLE …;` with every option. With `internals` also the id, and what makes the table know the
/// columns it once had: they are created, dropped at their time, and added again where they are there again.
pub fn describe_table(table: &TableSchema, internals: bool) -> String {
    let name = format!("{}.{}", quote_identifier(&table.keyspace), quote_identifier(&table.name));
    let dropped = if internals { &table.dropped[..] } else { &[] };
    // A column that was dropped and added again is created as it was first.
    let first_dropped =
        |name: &str| dropped.iter().map(|dropped| &dropped.column).find(|column| column.name == name);
    let mut created: Vec<&Column> =
        table.columns.iter().map(|column| first_dropped(&column.name).unwrap_or(column)).collect();
    for old in dropped.iter().map(|dropped| &dropped.column) {
        if !created.iter().any(|column| column.name == old.name) {
            created.push(old);
        }
    }

    let keys: Vec<&Column> = table.partition_key().collect();
    let clustering: Vec<&Column> = table.clustering().collect();
    let single_key = keys.len() == 1 && clustering.is_empty();
    let mut out = format!("CREATE TABLE {name} (\n");
    for column in &created {
        let kind = match column.kind {
            ColumnKind::Static => " static",
            ColumnKind::PartitionKey if single_key => " PRIMARY KEY",
            _ => "",
        };
        let _ = write!(out, "    {} {}{kind}", quote_identifier(&column.name), column.column_type);
        out.push_str(",\n");
    }
    if single_key {
        out.truncate(out.len() - ",\n".len());
        out.push('\n');
    } else {
        let names = |columns: &[&Column]| {
            columns.iter().map(|column| quote_identifier(&column.name)).collect::<Vec<_>>().join(", ")
        };
        let partition_key = if keys.len() == 1 { names(&keys) } else { format!("({})", names(&keys)) };
        let clustering =
            if clustering.is_empty() { String::new() } else { format!(", {}", names(&clustering)) };
        let _ = writeln!(out, "    PRIMARY KEY ({partition_key}{clustering})");
    }
    let mut parts = Vec::new();
    if internals {
        parts.push(format!("ID = {}", table.id));
    }
    if !clustering.is_empty() {
        let orders: Vec<String> = clustering.iter().map(|column| order_text(column)).collect();
        parts.push(format!("CLUSTERING ORDER BY ({})", orders.join(", ")));
    }
    if table.partitioner == Partitioner::Ordered {
        parts.push("partitioner = 'ordered'".to_string());
    }
    parts.extend(option_texts(table));
    let _ = write!(out, ") WITH {};", parts.join("\n    AND "));

    for (index, old) in dropped.iter().enumerate() {
        let column = quote_identifier(&old.column.name);
        let _ = write!(out, "\nALTER TABLE {name} DROP {column} USING TIMESTAMP {};", old.dropped_at);
        let again = dropped[index + 1..].iter().map(|later| &later.column).chain(&table.columns);
        if let Some(again) = again.into_iter().find(|later| later.name == old.column.name) {
            let kind = if again.kind == ColumnKind::Static { " static" } else { "" };
            let _ = write!(out, "\nALTER TABLE {name} ADD {column} {}{kind};", again.column_type);
        }
    }
    out
}

fn order_text(column: &Column) -> String {
    let order = match column.order {
        ClusteringOrder::Ascending => "ASC",
        ClusteringOrder::Descending => "DESC",
    };
    format!("{} {order}", quote_identifier(&column.name))
}

fn option_texts(table: &TableSchema) -> Vec<String> {
    let options = &table.options;
    let map = |map: &BTreeMap<String, String>| map_text(map.clone());
    let extensions: Vec<String> = options
        .extensions
        .iter()
        .map(|(name, value)| {
            let blob = crate::types::literal::format_literal(&ColumnType::Blob, value);
            format!("{}: {blob}", quote_text(name))
        })
        .collect();
    vec![
        format!("additional_write_policy = {}", quote_text(&options.additional_write_policy)),
        format!("allow_auto_snapshot = {}", options.allow_auto_snapshot),
        format!("bloom_filter_fp_chance = {:?}", options.bloom_filter_fp_chance),
        format!("caching = {}", map(&options.caching)),
        "cdc = false".to_string(),
        format!("comment = {}", quote_text(&options.comment)),
        format!("compaction = {}", map(&options.compaction_in_full())),
        format!("compression = {}", map(&options.compression_in_full())),
        "memtable = 'default'".to_string(),
        format!("crc_check_chance = {:?}", options.crc_check_chance),
        format!("default_time_to_live = {}", options.default_time_to_live),
        format!("extensions = {{{}}}", extensions.join(", ")),
        format!("gc_grace_seconds = {}", options.gc_grace_seconds),
        format!("incremental_backups = {}", options.incremental_backups),
        format!("max_index_interval = {}", options.max_index_interval),
        format!("memtable_flush_period_in_ms = {}", options.memtable_flush_period_in_ms),
        format!("min_index_interval = {}", options.min_index_interval),
        format!("read_repair = {}", quote_text(&options.read_repair)),
        format!("speculative_retry = {}", quote_text(&options.speculative_retry)),
    ]
}

fn map_text(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries
        .into_iter()
        .map(|(name, value)| format!("{}: {}", quote_text(&name), quote_text(&value)))
        .collect();
    format!("{{{}}}", entries.join(", "))
}
