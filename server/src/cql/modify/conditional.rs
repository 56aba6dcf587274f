//! [`execute_conditional`]: writes with IF: lock, read, decide, write.
//!
//! All conditions are tested against what was there before; then all changes are written or none. The write's
//! timestamp is past everything that was read, also what a client stamped in the future: a write that answers
//! `[applied] = true` can be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use model::data::Row;
use model::key::{ClusteringKey, DecoratedKey};
use model::schema::TableSchema;
use model::types::ColumnType;
use proto::native::{ColumnSpec, Consistency, ResultBody, ResultMetadata, RowsBuilder, WriteType};

use super::super::environment::Environment;
use super::super::row_view::{ColumnRef, RowView, damaged};
use super::before::{PartitionBefore, Wanted};
use super::change::Change;
use super::condition::Condition;
use super::execute_modify::{WriteOptions, mutations_of};
use super::writes::past;
use crate::error::CqlError;

/// Carries out changes of which at least one has an IF.
///
/// Answers rows with `[applied]`, and what is there when the answer is false.
///
/// Errors: Invalid, when the changes are not all in one partition of one table.
pub(super) async fn execute_conditional(
    environment: &Environment,
    changes: &[Change<'_>],
    options: WriteOptions,
    in_batch: bool,
) -> Result<ResultBody, CqlError> {
    let now_seconds = options.now_seconds(environment);
    let (table, key) = one_partition(changes)?;
    let conditional: Vec<&Change<'_>> =
        changes.iter().filter(|change| change.plan.is_conditional()).collect();
    check_mix(&conditional)?;
    let mut wanted = Wanted::default();
    changes.iter().for_each(|change| wanted.add(change));
    let locks = environment.storage.lock_partitions(wanted.partitions()).await;
    let before = wanted.read(&environment.storage, now_seconds)?;
    let nothing = PartitionBefore::default();
    let partition = before.partition(table.id, key).unwrap_or(&nothing);

    let mut applied = true;
    for change in &conditional {
        let row = change.tested_row();
        let row = row.as_ref().and_then(|row| partition.row(Some(row)));
        // Every condition is evaluated, so that a bad value is an error whatever else holds.
        applied &= change.holds(partition.static_row.as_ref(), row, environment, now_seconds)?;
    }
    if !applied {
        return Ok(ResultBody::Rows(refusal(table, key, &conditional, partition, in_batch)?));
    }
    let timestamp = past(partition.newest, environment.next_timestamp())?;
    let mutations = mutations_of(environment, changes, timestamp, now_seconds, &before)?;
    let level = options.serial_consistency.unwrap_or(Consistency::Serial);
    environment.storage.write_locked(mutations, WriteType::Cas, level, locks).await?;
    let mut rows = RowsBuilder::new(metadata(table, &[]));
    rows.push_cell(Some(&[1]));
    rows.end_row();
    Ok(ResultBody::Rows(rows.finish()))
}

/// The one partition that all changes are in.
fn one_partition<'c>(changes: &'c [Change<'_>]) -> Result<(&'c TableSchema, &'c DecoratedKey), CqlError> {
    let mut one: Option<(&TableSchema, &DecoratedKey)> = None;
    for change in changes {
        for key in &change.keys {
            match one {
                None => one = Some((&change.plan.table, key)),
                Some((table, _)) if table.id != change.plan.table.id => {
                    return Err(CqlError::invalid("Batch with conditions cannot span multiple tables"));
                }
                Some((_, other)) if other != key => {
                    return Err(CqlError::invalid("Batch with conditions cannot span multiple partitions"));
                }
                Some(_) => {}
            }
        }
    }
    one.ok_or_else(|| CqlError::invalid("a conditional write names no partition"))
}

/// Refuses conditions on one row that no row can meet together.
fn check_mix(conditional: &[&Change<'_>]) -> Result<(), CqlError> {
    for (index, change) in conditional.iter().enumerate() {
        for other in &conditional[..index] {
            if other.tested_row() != change.tested_row() {
                continue;
            }
            match (&other.plan.condition, &change.plan.condition) {
                (Condition::NotExists, Condition::Exists) | (Condition::Exists, Condition::NotExists) => {
                    return Err(CqlError::invalid(
                        "Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row",
                    ));
                }
                (Condition::Columns(_), Condition::NotExists)
                | (Condition::NotExists, Condition::Columns(_)) => {
                    return Err(CqlError::invalid(
                        "Cannot mix IF conditions and IF NOT EXISTS for the same row",
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn metadata(table: &TableSchema, columns: &[ColumnRef]) -> Arc<ResultMetadata> {
    let spec = |name: &str, column_type: &ColumnType| ColumnSpec {
        keyspace: table.keyspace.clone(),
        table: table.name.clone(),
        name: name.to_string(),
        column_type: column_type.clone(),
    };
    let applied = spec("[applied]", &ColumnType::Boolean);
    let others = columns.iter().map(|column| spec(&column.name, &column.column_type));
    Arc::new(ResultMetadata { columns: std::iter::once(applied).chain(others).collect() })
}

/// The columns a refusal shows: all, where existence was asked for (of a single statement only IF NOT EXISTS
/// has something to show then); else those tested, in a batch behind the key.
fn shown_columns(table: &TableSchema, conditional: &[&Change<'_>], in_batch: bool) -> Vec<ColumnRef> {
    let all = conditional
        .iter()
        .any(|change| matches!(change.plan.condition, Condition::NotExists | Condition::Exists));
    if all {
        return table.columns.iter().map(|column| ColumnRef::of(table, column)).collect();
    }
    let mut columns: Vec<ColumnRef> = Vec::new();
    if in_batch {
        let key = table.partition_key().chain(table.clustering());
        columns.extend(key.map(|column| ColumnRef::of(table, column)));
    }
    for change in conditional {
        let Condition::Columns(tests) = &change.plan.condition else { continue };
        for test in tests {
            if columns.iter().all(|column| column.slot != test.column().slot) {
                columns.push(test.column().clone());
            }
        }
    }
    columns
}

/// `[applied] = false` and what is there.
fn refusal(
    table: &TableSchema,
    key: &DecoratedKey,
    conditional: &[&Change<'_>],
    before: &PartitionBefore,
    in_batch: bool,
) -> Result<proto::native::Rows, CqlError> {
    let columns = shown_columns(table, conditional, in_batch);
    let partition = table.partition_components(key).map_err(damaged)?;
    let tested: BTreeSet<Option<ClusteringKey>> =
        conditional.iter().map(|change| change.tested_row()).collect();
    let mut found: Vec<(Vec<Bytes>, Option<&Row>)> = Vec::new();
    for clustering in tested.iter().flatten() {
        if let Some(row) = before.rows.get(clustering) {
            found.push((table.decode_clustering(clustering).map_err(damaged)?, Some(row)));
        }
    }
    // Without any row, the static row alone is an answer to a question about it.
    let asks_static = conditional.iter().any(|change| match &change.plan.condition {
        Condition::Columns(tests) => tests.iter().any(|test| test.is_static()),
        _ => change.tested_row().is_none(),
    });
    if found.is_empty() && asks_static && before.static_row.is_some() {
        found.push((Vec::new(), None));
    }
    let shown: &[ColumnRef] = if found.is_empty() { &[] } else { &columns };
    let mut rows = RowsBuilder::new(metadata(table, shown));
    if found.is_empty() {
        rows.push_cell(Some(&[0]));
        rows.end_row();
    }
    for (clustering, row) in &found {
        let view =
            RowView { partition: &partition, clustering, static_row: before.static_row.as_ref(), row: *row };
        rows.push_cell(Some(&[0]));
        for column in shown {
            rows.push_cell(view.value(column)?.as_deref());
        }
        rows.end_row();
    }
    Ok(rows.finish())
}
