//! The registry on a disk that fails: what was acknowledged is there, and the engine fits the schema.

use std::collections::BTreeSet;

use engine::fs::{Failure, FaultPlan, MemoryFileSystem, Operation, Restart};

use crate::cql::TestNode;

const STATEMENTS: &[&str] = &[
    "create keyspace ks with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "create table ks.a (k int primary key)",
    "create type ks.u (x int)",
    "create table ks.b (k int primary key, u frozen<u>)",
    "alter table ks.a with gc_grace_seconds = 5",
    "alter type ks.u add y int",
    "drop table ks.a",
    "alter keyspace ks with durable_writes = false",
    "drop keyspace ks",
    "create keyspace ks2 with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
];

/// The schema, its ids left out, which are chance.
fn shape(node: &TestNode) -> String {
    let schema = node.registry.schema();
    let keyspaces = schema.keyspaces.values().filter(|keyspace| keyspace.name.starts_with("ks"));
    let texts = keyspaces.map(|keyspace| {
        let tables = keyspace.tables.values().map(|table| model::schema::describe_table(table, false));
        let types = keyspace.types.values().map(|kind| model::schema::describe_type(kind));
        let own = model::schema::describe_keyspace(keyspace);
        std::iter::once(own).chain(types).chain(tables).collect::<Vec<_>>().join("\n")
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn engine_fits(node: &TestNode) -> bool {
    node.engine.table_ids().into_iter().collect::<BTreeSet<_>>() == node.stored_tables()
}

/// The schema after each statement, the empty one first; and the calls it all took.
fn clean_run() -> (Vec<String>, u64) {
    let disk = MemoryFileSystem::new();
    let mut node = TestNode::open(&disk, 1).unwrap();
    let mut shapes = vec![shape(&node)];
    for statement in STATEMENTS {
        node.execute(statement).unwrap();
        shapes.push(shape(&node));
        assert!(engine_fits(&node), "{statement}");
    }
    (shapes, disk.calls())
}

#[test]
fn a_crash_at_any_call_leaves_the_schema_before_or_after_a_statement() {
    let (shapes, calls) = clean_run();
    for call in 1..=calls {
        let disk = MemoryFileSystem::new();
        disk.set_plan(FaultPlan { crash_at: Some(call), ..FaultPlan::default() });
        let mut acknowledged = 0;
        if let Ok(mut node) = TestNode::open(&disk, 1) {
            acknowledged = STATEMENTS.iter().take_while(|statement| node.execute(statement).is_ok()).count();
        }
        let variants = Restart::variants(call);
        let restart = variants.into_iter().nth(call as usize % 9).unwrap();
        let disk = disk.restart(restart);
        let mut node =
            TestNode::open(&disk, 2).unwrap_or_else(|error| panic!("crash at call {call}: {error}"));
        let found = shape(&node);
        let may_be = &shapes[acknowledged..(acknowledged + 2).min(shapes.len())];
        assert!(may_be.contains(&found), "crash at call {call} after {acknowledged} statements: {found}");
        assert!(engine_fits(&node), "crash at call {call}");
        // It goes on from there.
        node.execute(
            "create keyspace after with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        )
        .unwrap();
        node.execute("create table after.t (k int primary key)").unwrap();
        assert!(engine_fits(&node));
    }
}

#[test]
fn a_schema_file_that_cannot_be_written_changes_nothing() {
    let disk = MemoryFileSystem::new();
    let mut node = TestNode::open(&disk, 1).unwrap();
    node.execute(STATEMENTS[0]).unwrap();
    let before = node.registry.schema();
    let failure =
        Failure { call: disk.calls() + 1, operation: Some(Operation::Create), errno: 28, for_ever: false };
    disk.set_plan(FaultPlan { failures: vec![failure], ..FaultPlan::default() });
    let error = node.execute("create type ks.u (x int)").unwrap_err();
    assert!(error.to_string().contains("writing the schema failed"), "{error}");
    assert_eq!(node.registry.schema(), before);
    disk.set_plan(FaultPlan::default());
    node.execute("create type ks.u (x int)").unwrap();
    assert!(engine_fits(&node));
}

#[test]
fn after_a_rename_of_unknown_outcome_no_change_is_taken_until_a_restart() {
    let disk = MemoryFileSystem::new();
    let mut node = TestNode::open(&disk, 1).unwrap();
    let failure =
        Failure { call: disk.calls() + 1, operation: Some(Operation::Rename), errno: 5, for_ever: false };
    disk.set_plan(FaultPlan { failures: vec![failure], ..FaultPlan::default() });
    assert!(node.execute(STATEMENTS[0]).is_err());
    disk.set_plan(FaultPlan::default());
    let error = node.execute(STATEMENTS[0]).unwrap_err();
    assert!(error.to_string().contains("until this node is restarted"), "{error}");
    drop(node);
    let disk = disk.restart(Restart::variants(1).remove(0));
    TestNode::open(&disk, 2).unwrap().execute(STATEMENTS[0]).unwrap();
}

#[test]
fn a_damaged_schema_file_is_named_and_not_replaced() {
    let disk = MemoryFileSystem::new();
    let mut node = TestNode::open(&disk, 1).unwrap();
    node.execute(STATEMENTS[0]).unwrap();
    drop(node);
    disk.tamper(std::path::Path::new("/data/schema/schema"), |bytes| bytes[30] ^= 1).unwrap();
    let error = TestNode::open(&disk, 2).err().unwrap().to_string();
    assert!(error.contains("/data/schema/schema") && error.contains("checksum"), "{error}");
}

#[test]
fn a_table_with_an_old_id_begins_empty() {
    let disk = MemoryFileSystem::new();
    let mut node = TestNode::open(&disk, 1).unwrap();
    node.execute(STATEMENTS[0]).unwrap();
    let create = "create table ks.t (k int primary key) with id = 5a1c395e-b41f-11e5-9f22-ba0be0483c18";
    node.execute(create).unwrap();
    let settings = node.engine.table_settings(*node.engine.table_ids().last().unwrap());
    node.execute("drop table ks.t").unwrap();
    assert!(engine_fits(&node));
    // As if the drop had not reached the engine.
    let id = model::schema::TableId(uuid::Uuid::parse_str("5a1c395e-b41f-11e5-9f22-ba0be0483c18").unwrap());
    let mut left = settings.unwrap();
    left.id = id;
    node.engine.create_table(left.clone()).unwrap();
    let key = model::key::DecoratedKey::hashed(b"k");
    let update = model::data::PartitionUpdate {
        rows: vec![model::data::Row {
            marker: Some(model::data::RowMarker { timestamp: 1, kind: model::data::MarkerKind::Live }),
            ..model::data::Row::default()
        }],
        ..model::data::PartitionUpdate::default()
    };
    node.engine.apply_and_wait(vec![model::data::Mutation { table: id, key, update }]).unwrap();
    node.execute(create).unwrap();
    assert_eq!(node.rows("ks.t", &["k"]), Vec::<String>::new());
}
