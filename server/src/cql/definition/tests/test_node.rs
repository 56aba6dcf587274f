//! [`TestNode`]: schema registry, engine and system tables on a memory disk, without sockets.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use bytes::Bytes;
use cluster::ring::allocate_tokens;
use engine::fs::{FileSystem, MemoryFileSystem};
use engine::{Background, Engine, EngineSettings};
use model::clock::{ManualClock, TimestampSource};
use model::key::ByteRange;
use model::random::SeededRandom;
use model::read::{PartitionSelection, ReadCommand};
use model::schema::{TableId, TableSchema};
use model::stream::{Fragment, into_live_row};
use model::types::literal;
use proto::native::{ChangeTarget, Event, ResultBody, SchemaChange};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::cql::definition::execute_definition;
use crate::cql::describe::execute_describe;
use crate::cql::environment::Environment;
use crate::cql::expression::Binder;
use crate::cql::modify::bind_modify;
use crate::cql::row_view::{ColumnRef, RowView};
use crate::cql::syntax::{Statement, parse_statement};
use crate::cql::{ConnectedClient, SystemTables, SystemTablesParts, is_computed, system_keyspaces};
use crate::error::CqlError;
use crate::native::EventBroadcast;
use crate::node::facts::NodeFacts;
use crate::node::schema_registry::{SchemaRegistry, SchemaRegistryParts};
use crate::node::storage::Storage;

/// What stands behind a session, and one session's keyspace.
pub(crate) struct TestNode {
    pub(crate) environment: Environment,
    pub(crate) registry: SchemaRegistry,
    pub(crate) engine: Arc<Engine>,
    facts: Arc<NodeFacts>,
    events: broadcast::Receiver<Arc<Event>>,
    in_use: Option<String>,
}

impl TestNode {
    /// A node on `disk`, whose uuids come from `seed`.
    pub(crate) fn open(disk: &MemoryFileSystem, seed: u64) -> Result<TestNode, engine::Error> {
        let fs: Arc<dyn FileSystem> = Arc::new(disk.clone());
        let clock = Arc::new(ManualClock::at(1_700_000_000_000_000));
        let settings = EngineSettings { background: Background::Manual, ..EngineSettings::default() };
        let engine = Engine::open(Arc::clone(&fs), clock.clone(), PathBuf::from("/data/engine"), settings)?;
        let engine = Arc::new(engine);
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let facts = Arc::new(NodeFacts {
            cluster_name: "test".to_string(),
            datacenter: "dc1".to_string(),
            rack: "rack1".to_string(),
            host_id: Uuid::from_u128(7),
            tokens: allocate_tokens(&[], 4),
            listen_address: address,
            listen_port: 7000,
            native_address: address,
            native_port: 9042,
            started_at: 1_700_000_000,
            settings: vec![("memory".to_string(), "1 GiB".to_string())],
        });
        let broadcast = EventBroadcast::default();
        let events = broadcast.subscribe();
        let registry = SchemaRegistry::open(SchemaRegistryParts {
            fs,
            directory: PathBuf::from("/data/schema"),
            engine: Arc::clone(&engine),
            facts: Arc::clone(&facts),
            events: broadcast,
            system: system_keyspaces().unwrap(),
        })?;
        let client = ConnectedClient {
            address: SocketAddr::new(address, 40_000),
            protocol_version: 5,
            driver_name: Some("driver".to_string()),
            driver_version: None,
            keyspace: None,
            request_count: 3,
        };
        let computed = SystemTables::new(SystemTablesParts {
            schema: registry.published(),
            facts: Arc::clone(&facts),
            engine: Arc::clone(&engine),
            clients: Box::new(move || vec![client.clone()]),
        });
        let environment = Environment {
            storage: Arc::new(Storage::new(Arc::clone(&engine), Box::new(computed))),
            schema: registry.published(),
            clock,
            timestamps: Arc::new(TimestampSource::default()),
            random: Arc::new(SeededRandom::new(seed)),
            node_id: Uuid::from_u128(7),
            last_tick: AtomicI64::new(0),
            timeuuid_node: AtomicU64::new(5),
        };
        Ok(TestNode { environment, registry, engine, facts, events, in_use: None })
    }

    /// Runs a definition, DESCRIBE or USE; binds a write.
    pub(crate) fn execute(&mut self, text: &str) -> Result<(ResultBody, Vec<String>), CqlError> {
        let parsed = parse_statement(text).map_err(|error| CqlError::syntax(error.to_string()))?;
        match &parsed.statement {
            Statement::Use(statement) => {
                self.in_use = Some(statement.keyspace.text.clone());
                Ok((ResultBody::Void, Vec::new()))
            }
            Statement::Describe(describe) => {
                let schema = self.registry.schema();
                let rows = execute_describe(&schema, &self.facts, describe, self.in_use.as_deref())?;
                Ok((rows, Vec::new()))
            }
            Statement::Modify(statement) => {
                let schema = self.registry.schema();
                let name = statement.table();
                let keyspace = name.keyspace.as_ref().map_or("", |keyspace| &keyspace.text);
                let table = Arc::clone(schema.table(keyspace, &name.name.text).unwrap());
                let mut binder = Binder::new(&schema, keyspace, Some(&table), text, &parsed.markers);
                bind_modify(&mut binder, &table, statement)?;
                Ok((ResultBody::Void, Vec::new()))
            }
            statement => {
                let in_use = self.in_use.as_deref();
                let answer = execute_definition(&self.environment, &self.registry, statement, in_use)?;
                Ok((answer.result, answer.warnings))
            }
        }
    }

    /// What a statement answers, as text, and the events it caused.
    pub(crate) fn run(&mut self, text: &str) -> String {
        let mut lines = Vec::new();
        match self.execute(text) {
            Ok((body, warnings)) => {
                lines.push(show(&body));
                lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
            }
            Err(error) => lines.push(format!("0x{:04X} {error}", error.body().kind.code())),
        }
        while let Ok(event) = self.events.try_recv() {
            let Event::Schema(change) = &*event else { panic!("unexpected {event:?}") };
            lines.push(format!("event: {}", show_change(change)));
        }
        lines.join("\n")
    }

    /// The live rows of `keyspace.table`: the named columns of each, in storage order.
    pub(crate) fn rows(&self, name: &str, columns: &[&str]) -> Vec<String> {
        let (keyspace, table) = name.split_once('.').unwrap();
        let schema = self.registry.schema();
        let table = schema.table(keyspace, table).unwrap();
        let whole = ReadCommand::whole(table.id, PartitionSelection::Range(ByteRange::all()));
        self.read(table, &whole, columns)
    }

    /// As [`TestNode::rows`], of the partition whose key is the text `key`.
    pub(crate) fn partition(&self, name: &str, key: &str, columns: &[&str]) -> Vec<String> {
        let (keyspace, table) = name.split_once('.').unwrap();
        let schema = self.registry.schema();
        let table = schema.table(keyspace, table).unwrap();
        let key = table.decorate(&[Bytes::copy_from_slice(key.as_bytes())]).unwrap();
        self.read(table, &ReadCommand::whole(table.id, PartitionSelection::One(key)), columns)
    }

    /// The statements that a DESCRIBE answers.
    pub(crate) fn created_by(&mut self, describe: &str) -> Vec<String> {
        let (ResultBody::Rows(rows), _) = self.execute(describe).unwrap() else { panic!("no rows") };
        let text = |cell: &Option<Bytes>| String::from_utf8(cell.as_ref().unwrap().to_vec()).unwrap();
        rows.iter().map(|row| text(row.unwrap().last().unwrap())).collect()
    }

    /// As [`TestNode::rows`], for any read.
    pub(crate) fn read(&self, table: &TableSchema, command: &ReadCommand, columns: &[&str]) -> Vec<String> {
        let mut source = self.environment.storage.read(table, command).unwrap();
        let (mut out, mut partition) = (Vec::new(), Vec::new());
        while let Some(fragment) = source.next().unwrap() {
            match fragment {
                Fragment::PartitionStart { key, .. } => partition = table.partition_components(&key).unwrap(),
                Fragment::Row(row) => {
                    let row = into_live_row(row, 0).unwrap();
                    let clustering = table.decode_clustering(&row.clustering).unwrap();
                    let view = RowView {
                        partition: &partition,
                        clustering: &clustering,
                        static_row: None,
                        row: Some(&row),
                    };
                    let cell = |name: &&str| {
                        let column = table.column(name).unwrap();
                        match view.value(&ColumnRef::of(table, column)).unwrap() {
                            Some(wire) => literal::format_literal(&column.column_type, &wire),
                            None => "null".to_string(),
                        }
                    };
                    out.push(columns.iter().map(cell).collect::<Vec<_>>().join(" | "));
                }
                _ => {}
            }
        }
        out
    }

    /// Ids of the tables that the schema says are stored.
    pub(crate) fn stored_tables(&self) -> BTreeSet<TableId> {
        let schema = self.registry.schema();
        let tables = schema.keyspaces.values().flat_map(|keyspace| keyspace.tables.values());
        tables.filter(|table| !is_computed(&table.keyspace, &table.name)).map(|table| table.id).collect()
    }
}

fn show(body: &ResultBody) -> String {
    match body {
        ResultBody::Void => "void".to_string(),
        ResultBody::SchemaChange(change) => show_change(change),
        ResultBody::Rows(rows) => {
            let names: Vec<&str> = rows.metadata.columns.iter().map(|column| column.name.as_str()).collect();
            let mut lines = vec![names.join(" | ")];
            for row in rows.iter() {
                let cells = row.unwrap();
                let cells =
                    cells.iter().map(|cell| String::from_utf8_lossy(cell.as_ref().unwrap()).to_string());
                lines.push(cells.collect::<Vec<_>>().join(" | "));
            }
            lines.join("\n")
        }
        other => format!("{other:?}"),
    }
}

fn show_change(change: &SchemaChange) -> String {
    let kind = format!("{:?}", change.change).to_uppercase();
    let keyspace = &change.keyspace;
    match &change.target {
        ChangeTarget::Keyspace => format!("{kind} KEYSPACE {keyspace}"),
        ChangeTarget::Table(name) => format!("{kind} TABLE {keyspace}.{name}"),
        ChangeTarget::Type(name) => format!("{kind} TYPE {keyspace}.{name}"),
        other => format!("{kind} {other:?}"),
    }
}
