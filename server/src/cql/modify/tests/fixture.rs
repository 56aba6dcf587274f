//! [`Database`]: tables in an engine on a memory disk, and statements as text on them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use arc_swap::ArcSwap;
use engine::fs::MemoryFileSystem;
use engine::{Background, Engine, EngineSettings, TableSettings};
use model::clock::{ManualClock, TimestampSource};
use model::key::ByteRange;
use model::random::SeededRandom;
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{
    ClusteringOrder, Column, ColumnId, ColumnKind, Keyspace, Partitioner, Replication, Schema, TableId,
    TableOptions, TableSchema,
};
use model::stream::{Fragment, into_live_row};
use model::types::{ColumnType, UserType, literal};
use proto::native::{BatchKind, Consistency, RawValue, ResultBody};
use uuid::Uuid;

use super::super::super::environment::Environment;
use super::super::super::expression::Binder;
use super::super::super::row_view::{ColumnRef, RowView};
use super::super::super::syntax::ast::{self, ModifyStatement};
use super::super::super::syntax::{Statement, parse_statement};
use super::super::{ModifyPlan, WriteOptions, bind_modify, bind_timestamp};
use super::super::{batch_timestamp, execute_batch, execute_modify};
use crate::error::CqlError;
use crate::node::storage::{ComputedTables, Source, Storage};

/// Seconds since 1970 at which every test begins.
pub(super) const START_SECONDS: i64 = 1_000_000;

struct NothingComputed;

impl ComputedTables for NothingComputed {
    fn read(&self, _: &TableSchema, _: &ReadCommand) -> Option<Result<Source, CqlError>> {
        None
    }
}

/// A node's storage and environment, for tests of writes.
pub(super) struct Database {
    pub(super) environment: Environment,
    pub(super) clock: Arc<ManualClock>,
    schema: Schema,
}

/// A column of a test's table: name, type, kind; a clustering column is descending after `-`.
pub(super) type ColumnText = (&'static str, &'static str, ColumnKind);

impl Database {
    /// Tables by name and columns; `background` decides whether a write is acknowledged at once or later.
    /// They are in keyspace `ks` that has the type `place (street text, zip int)`.
    pub(super) fn new(tables: &[(&str, &[ColumnText])], background: Background) -> Database {
        let place = Arc::new(UserType {
            keyspace: "ks".to_string(),
            name: "place".to_string(),
            fields: vec![("street".to_string(), ColumnType::Text), ("zip".to_string(), ColumnType::Int)],
        });
        let clock = Arc::new(ManualClock::at(START_SECONDS * 1_000_000));
        let settings = EngineSettings { background, ..EngineSettings::default() };
        let engine =
            Engine::open(Arc::new(MemoryFileSystem::new()), clock.clone(), PathBuf::from("/data"), settings)
                .unwrap();
        let mut by_name = BTreeMap::new();
        for (number, (name, columns)) in tables.iter().enumerate() {
            let table = table_of(number as u128 + 1, name, columns, &place);
            engine.create_table(TableSettings::new(table.id, vec![ByteRange::all()])).unwrap();
            by_name.insert(name.to_string(), Arc::new(table));
        }
        let keyspace = Keyspace {
            name: "ks".to_string(),
            replication: Replication::Simple { factor: 1 },
            durable_writes: true,
            tables: by_name,
            types: BTreeMap::from([("place".to_string(), place)]),
        };
        let mut schema = Schema::empty();
        schema.keyspaces.insert("ks".to_string(), Arc::new(keyspace));
        let environment = Environment {
            storage: Arc::new(Storage::new(Arc::new(engine), Box::new(NothingComputed))),
            schema: Arc::new(ArcSwap::from_pointee(schema.clone())),
            clock: clock.clone(),
            timestamps: Arc::new(TimestampSource::default()),
            random: Arc::new(SeededRandom::new(7)),
            node_id: Uuid::from_u128(99),
            last_tick: AtomicI64::new(0),
            timeuuid_node: AtomicU64::new(5),
        };
        Database { environment, clock, schema }
    }

    pub(super) fn table(&self, name: &str) -> &Arc<TableSchema> {
        &self.schema.keyspaces["ks"].tables[name]
    }

    pub(super) fn plan(&self, text: &str) -> Result<ModifyPlan, CqlError> {
        let parsed = parse_statement(text).map_err(|error| CqlError::syntax(error.to_string()))?;
        let Statement::Modify(statement) = &parsed.statement else { panic!("no write: {text}") };
        let table = self.table(&statement.table().name.text);
        let mut binder = Binder::new(&self.schema, "ks", Some(table), text, &parsed.markers);
        let plan = bind_modify(&mut binder, table, statement)?;
        binder.marker_specs()?;
        Ok(plan)
    }

    /// Runs a statement or batch; answers `ok`, rows, or the error's message.
    pub(super) async fn run(&self, text: &str) -> String {
        self.run_with(text, &[]).await
    }

    pub(super) async fn run_with(&self, text: &str, values: &[RawValue]) -> String {
        match self.execute(text, values, options()).await {
            Ok((body, warnings)) => {
                warnings.iter().fold(show(&body), |shown, warning| format!("{shown}\nwarning: {warning}"))
            }
            Err(error) => format!("error: {error}"),
        }
    }

    pub(super) async fn execute(
        &self,
        text: &str,
        values: &[RawValue],
        options: WriteOptions,
    ) -> Result<(ResultBody, Vec<String>), CqlError> {
        let parsed = parse_statement(text).map_err(|error| CqlError::syntax(error.to_string()))?;
        let Statement::Batch(batch) = &parsed.statement else {
            let plan = self.plan(text)?;
            return Ok((execute_modify(&self.environment, &plan, values, options).await?, Vec::new()));
        };
        let mut binder = Binder::new(&self.schema, "ks", None, text, &parsed.markers);
        let timestamp = bind_timestamp(&mut binder, &batch.using)?;
        let mut statements = Vec::new();
        for statement in &batch.statements {
            let table = self.table(&ModifyStatement::table(statement).name.text);
            binder.switch_table("ks", table);
            statements.push((Arc::new(bind_modify(&mut binder, table, statement)?), values.to_vec()));
        }
        let timestamp = batch_timestamp(timestamp.as_ref(), values, &self.environment)?;
        let kind = match batch.kind {
            ast::BatchKind::Logged => BatchKind::Logged,
            ast::BatchKind::Unlogged => BatchKind::Unlogged,
            ast::BatchKind::Counter => BatchKind::Counter,
        };
        let outcome = execute_batch(&self.environment, kind, &statements, timestamp, options).await?;
        Ok((outcome.result, outcome.warnings))
    }

    /// The live rows of a table, in storage order; each `column=value` for what is not null.
    pub(super) fn rows(&self, name: &str) -> Vec<String> {
        let table = self.table(name);
        let command = ReadCommand::whole(table.id, PartitionSelection::Range(ByteRange::all()));
        let mut source = self.environment.storage.read(table, &command).unwrap();
        let now = self.environment.now_seconds();
        let (mut out, mut partition, mut static_row, mut rows_seen) = (Vec::new(), Vec::new(), None, 0);
        while let Some(fragment) = source.next().unwrap() {
            match fragment {
                Fragment::PartitionStart { key, .. } => {
                    partition = table.partition_components(&key).unwrap();
                    (static_row, rows_seen) = (None, 0);
                }
                Fragment::StaticRow(row) => static_row = into_live_row(row, now),
                Fragment::Row(row) => {
                    if let Some(row) = into_live_row(row, now) {
                        rows_seen += 1;
                        let clustering = table.decode_clustering(&row.clustering).unwrap();
                        let view = RowView {
                            partition: &partition,
                            clustering: &clustering,
                            static_row: static_row.as_ref(),
                            row: Some(&row),
                        };
                        out.push(show_row(table, &view));
                    }
                }
                Fragment::RangeTombstoneChange { .. } => {}
                Fragment::PartitionEnd => {
                    if rows_seen == 0 && static_row.is_some() {
                        let view = RowView {
                            partition: &partition,
                            clustering: &[],
                            static_row: static_row.as_ref(),
                            row: None,
                        };
                        out.push(show_row(table, &view));
                    }
                }
            }
        }
        out
    }
}

pub(super) fn options() -> WriteOptions {
    WriteOptions {
        timestamp: None,
        now_in_seconds: None,
        consistency: Consistency::One,
        serial_consistency: None,
    }
}

fn show_row(table: &TableSchema, view: &RowView<'_>) -> String {
    let mut cells = Vec::new();
    for column in &table.columns {
        if let Some(value) = view.value(&ColumnRef::of(table, column)).unwrap() {
            cells.push(format!("{}={}", column.name, literal::format_literal(&column.column_type, &value)));
        }
    }
    cells.join(" ")
}

/// `ok`, or the columns and then the rows.
fn show(body: &ResultBody) -> String {
    let ResultBody::Rows(rows) = body else { return "ok".to_string() };
    let columns = &rows.metadata.columns;
    let mut out = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(" | ");
    for row in rows.iter() {
        let cells: Vec<String> = row
            .unwrap()
            .iter()
            .zip(columns)
            .map(|(cell, column)| match cell {
                Some(bytes) => literal::format_literal(&column.column_type, bytes),
                None => "null".to_string(),
            })
            .collect();
        out = format!("{out}\n{}", cells.join(" | "));
    }
    out
}

fn table_of(id: u128, name: &str, columns: &[ColumnText], place: &Arc<UserType>) -> TableSchema {
    let resolve = |name: &str| (name == "place").then(|| Arc::clone(place));
    let columns: Vec<Column> = columns
        .iter()
        .enumerate()
        .map(|(index, (name, kind_text, kind))| Column {
            id: ColumnId(index as u32),
            name: name.trim_start_matches('-').to_string(),
            column_type: ColumnType::parse(kind_text, &resolve).unwrap(),
            kind: *kind,
            order: if name.starts_with('-') {
                ClusteringOrder::Descending
            } else {
                ClusteringOrder::Ascending
            },
        })
        .collect();
    TableSchema {
        id: TableId(Uuid::from_u128(id)),
        keyspace: "ks".to_string(),
        name: name.to_string(),
        next_column_id: ColumnId(columns.len() as u32),
        columns,
        dropped: Vec::new(),
        partitioner: Partitioner::Hashed,
        options: TableOptions {
            default_time_to_live: if name == "brief" { 100 } else { 0 },
            ..TableOptions::default()
        },
    }
}
