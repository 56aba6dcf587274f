//! The system keyspaces load, and their computed tables tell the schema and the node.

use bytes::Bytes;
use engine::fs::MemoryFileSystem;
use model::key::{ByteRange, after_prefix};
use model::read::{ColumnSelection, PartitionSelection, ReadCommand};
use model::stream::{Direction, Fragment, FragmentSource, Validate, read_all};

use super::*;
use crate::cql::TestNode;
use crate::error::CqlError;
use crate::node::storage::Source;

/// A source as the checker of streams takes it.
struct Told(Source);

impl FragmentSource for Told {
    type Error = CqlError;

    fn next(&mut self) -> Result<Option<Fragment>, CqlError> {
        self.0.next()
    }
}

#[test]
fn the_system_definitions_parse_and_apply() {
    let keyspaces = system_keyspaces().unwrap();
    assert_eq!(
        keyspaces.keys().collect::<Vec<_>>(),
        ["system", "system_schema", "system_traces", "system_views", "system_virtual_schema"]
    );
    assert!(keyspaces["system"].tables.contains_key("IndexInfo"));
    assert_eq!(keyspaces, system_keyspaces().unwrap(), "ids come from the names");
}

#[test]
fn computed_tables_are_read_by_slices_in_both_directions() {
    let node = TestNode::open(&MemoryFileSystem::new(), 1).unwrap();
    let schema = node.registry.schema();
    let table = schema.table("system_schema", "columns").unwrap();
    let text = |text: &'static str| Bytes::from_static(text.as_bytes());
    let of_table = |name: &'static str| {
        let prefix = table.encode_clustering(&[text(name)]).unwrap();
        ByteRange::new(prefix.0.clone(), Some(after_prefix(prefix.as_bytes())))
    };
    let key = table.decorate(&[text("system_traces")]).unwrap();
    let mut command = ReadCommand {
        table: table.id,
        partitions: PartitionSelection::One(key.clone()),
        slices: vec![of_table("events")],
        static_row: true,
        columns: ColumnSelection::All,
        direction: Direction::Forward,
    };
    let forward = node.read(table, &command, &["column_name"]);
    assert_eq!(
        forward,
        [
            "'activity'",
            "'event_id'",
            "'session_id'",
            "'source'",
            "'source_elapsed'",
            "'source_port'",
            "'thread'"
        ]
    );
    command.direction = Direction::Reverse;
    let mut reverse = node.read(table, &command, &["column_name"]);
    reverse.reverse();
    assert_eq!(reverse, forward);
    command.slices = vec![];
    assert!(node.read(table, &command, &["column_name"]).is_empty());
    command.slices = vec![ByteRange::all()];
    command.partitions = PartitionSelection::Range(ByteRange::exactly(&key.0));
    assert_eq!(node.read(table, &command, &["column_name"]).len(), 16);
}

#[test]
fn every_computed_table_obeys_the_order_of_streams() {
    let mut node = TestNode::open(&MemoryFileSystem::new(), 1).unwrap();
    for statement in [
        "create keyspace ks with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "create type ks.u (x int)",
        "create table ks.t (k int, c int, s int static, v list<frozen<u>>, primary key (k, c))",
    ] {
        node.execute(statement).unwrap();
    }
    let schema = node.registry.schema();
    let mut computed = 0;
    for table in schema.keyspaces.values().flat_map(|keyspace| keyspace.tables.values()) {
        for direction in [Direction::Forward, Direction::Reverse] {
            let range = PartitionSelection::Range(ByteRange::all());
            let command = ReadCommand { direction, ..ReadCommand::whole(table.id, range) };
            if is_computed(&table.keyspace, &table.name) {
                computed += 1;
                let source = node.environment.storage.read(table, &command).unwrap();
                read_all(Validate::new(Told(source), direction)).unwrap();
            }
        }
    }
    assert!(computed > 20 * 2);
}
