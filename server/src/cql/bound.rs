//! [`BoundStatement`]: a parsed statement with names and types resolved against one schema.

use std::sync::Arc;

use model::schema::{Schema, SchemaVersion, TableSchema};
use proto::native::{BindMetadata, ColumnSpec, ResultMetadata};

use super::expression::{Binder, Expression, MarkerSpec};
use super::modify::{ModifyPlan, bind_modify, bind_timestamp};
use super::select::{SelectPlan, bind_select};
use super::syntax::ast::{BatchKind, QualifiedName};
use super::syntax::{ParsedStatement, Statement};
use crate::error::CqlError;

/// What is executed.
#[derive(Debug)]
pub(crate) enum Bound {
    /// SELECT
    Select(Arc<SelectPlan>),
    /// INSERT, UPDATE, DELETE
    Modify(Arc<ModifyPlan>),
    /// BEGIN BATCH … APPLY BATCH
    Batch(BoundBatch),
    /// Anything else is executed from its tree: it has no bind markers.
    Other(Box<Statement>),
}

/// A bound batch.
#[derive(Debug)]
pub(crate) struct BoundBatch {
    /// What it promises.
    pub(crate) kind: BatchKind,
    /// USING TIMESTAMP of the batch.
    pub(crate) timestamp: Option<Expression>,
    /// Its statements.
    pub(crate) plans: Vec<Arc<ModifyPlan>>,
}

/// A bound statement.
#[derive(Debug)]
pub(crate) struct BoundStatement {
    /// What is executed.
    pub(crate) bound: Bound,
    /// What its markers take.
    pub(crate) markers: Vec<MarkerSpec>,
    /// The same, with table names, for drivers.
    pub(crate) bind_metadata: Arc<BindMetadata>,
    /// Columns of its result, if it always has them.
    pub(crate) result_metadata: Option<Arc<ResultMetadata>>,
    /// The schema it was bound against.
    pub(crate) schema_version: SchemaVersion,
}

/// The table that `name` means.
///
/// Errors: Invalid, for a missing keyspace or an unknown table.
pub(crate) fn find_table<'a>(
    schema: &'a Schema,
    name: &QualifiedName,
    keyspace_in_use: Option<&str>,
) -> Result<&'a Arc<TableSchema>, CqlError> {
    let keyspace = match (&name.keyspace, keyspace_in_use) {
        (Some(keyspace), _) => keyspace.text.as_str(),
        (None, Some(keyspace)) => keyspace,
        (None, None) => {
            return Err(CqlError::invalid(
                "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename",
            ));
        }
    };
    let tables = &schema
        .keyspace(keyspace)
        .ok_or_else(|| CqlError::invalid(format!("keyspace {keyspace} does not exist")))?
        .tables;
    tables
        .get(&name.name.text)
        .ok_or_else(|| CqlError::invalid(format!("table {} does not exist", name.name.text)))
}

/// Binds a statement.
pub(crate) fn bind_statement(
    parsed: &ParsedStatement,
    text: &str,
    schema: &Schema,
    keyspace_in_use: Option<&str>,
) -> Result<BoundStatement, CqlError> {
    let (bound, markers, bind_metadata, result_metadata) = match &parsed.statement {
        Statement::Select(select) => {
            let table = find_table(schema, &select.from, keyspace_in_use)?;
            let mut binder = Binder::new(schema, &table.keyspace, Some(table), text, &parsed.markers);
            let plan = Arc::new(bind_select(&mut binder, table, select)?);
            let markers = binder.marker_specs()?;
            let metadata = bind_metadata(&markers, table, |_| plan.restrictions.partition_key_markers());
            let result = Arc::clone(&plan.metadata);
            (Bound::Select(plan), markers, metadata, Some(result))
        }
        Statement::Modify(modify) => {
            let table = find_table(schema, modify.table(), keyspace_in_use)?;
            let mut binder = Binder::new(schema, &table.keyspace, Some(table), text, &parsed.markers);
            let plan = Arc::new(bind_modify(&mut binder, table, modify)?);
            let markers = binder.marker_specs()?;
            let metadata = bind_metadata(&markers, table, |_| plan.restrictions.partition_key_markers());
            (Bound::Modify(plan), markers, metadata, None)
        }
        Statement::Batch(batch) => {
            let mut tables = Vec::with_capacity(batch.statements.len());
            for statement in &batch.statements {
                let table = find_table(schema, statement.table(), keyspace_in_use)?;
                tables.push(table);
            }
            let keyspace = tables.first().map_or("", |table| table.keyspace.as_str());
            let first = tables.first().map(|table| table.as_ref());
            let mut binder = Binder::new(schema, keyspace, first, text, &parsed.markers);
            if batch.using.ttl.is_some() {
                return Err(CqlError::invalid("Global TTL on the BATCH statement is not supported."));
            }
            let timestamp = bind_timestamp(&mut binder, &batch.using)?;
            let mut plans = Vec::with_capacity(tables.len());
            for (statement, table) in batch.statements.iter().zip(&tables) {
                binder.switch_table(&table.keyspace, table);
                plans.push(Arc::new(bind_modify(&mut binder, table, statement)?));
            }
            let markers = binder.marker_specs()?;
            let metadata = match tables.first() {
                Some(table) => bind_metadata(&markers, table, |_| Vec::new()),
                None => Arc::new(BindMetadata::default()),
            };
            (Bound::Batch(BoundBatch { kind: batch.kind, timestamp, plans }), markers, metadata, None)
        }
        other => {
            if !parsed.markers.is_empty() {
                return Err(CqlError::invalid(
                    "bind markers are only allowed in SELECT, INSERT, UPDATE, DELETE and BATCH",
                ));
            }
            (Bound::Other(Box::new(other.clone())), Vec::new(), Arc::new(BindMetadata::default()), None)
        }
    };
    Ok(BoundStatement { bound, markers, bind_metadata, result_metadata, schema_version: schema.version })
}

/// Markers as drivers see them. The indexes of the partition key's markers let them compute tokens.
fn bind_metadata(
    markers: &[MarkerSpec],
    table: &TableSchema,
    key_markers: impl FnOnce(&TableSchema) -> Vec<Option<usize>>,
) -> Arc<BindMetadata> {
    let spec = |marker: &MarkerSpec| ColumnSpec {
        keyspace: table.keyspace.clone(),
        table: table.name.clone(),
        name: marker.name.clone(),
        column_type: marker.column_type.clone(),
    };
    // Only when every column of the key is one marker can a driver compute the key.
    let indexes: Option<Vec<u16>> = key_markers(table)
        .into_iter()
        .map(|index| index.and_then(|index| u16::try_from(index).ok()))
        .collect();
    Arc::new(BindMetadata {
        columns: markers.iter().map(spec).collect(),
        partition_key_indexes: indexes.unwrap_or_default(),
    })
}
