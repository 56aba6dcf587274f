//! Schemas come back from their bytes; the committed file reads as it was written; damage is found.

use proptest::prelude::*;

use super::*;
use crate::schema::{
    ClusteringOrder, NewColumn, NewTable, Partitioner, Replication, SchemaChange, TableChange, TableId,
    TableOptions,
};
use crate::types::{ColumnType, UserType};

/// What `fixtures/schema-v1` holds.
const FIXTURE: &[u8] = include_bytes!("../../../fixtures/schema-v1");

fn example() -> Schema {
    let kind = |text: &str, schema: &Schema| {
        let resolve = |name: &str| schema.keyspace("shop")?.types.get(name).cloned();
        ColumnType::parse(text, &resolve).unwrap()
    };
    let column = |name: &str, text: &str, is_static: bool, schema: &Schema| NewColumn {
        name: name.to_string(),
        column_type: kind(text, schema),
        is_static,
    };
    let empty = Schema::empty();
    let keyspace = SchemaChange::CreateKeyspace {
        name: "shop".to_string(),
        replication: Replication::NetworkTopology { factors: BTreeMap::from([("dc1".to_string(), 3)]) },
        durable_writes: true,
    };
    let schema = keyspace.apply(&empty).unwrap();
    let address = UserType {
        keyspace: "shop".to_string(),
        name: "address".to_string(),
        fields: vec![
            ("street".to_string(), ColumnType::Text),
            ("phones".to_string(), kind("frozen<set<text>>", &empty)),
        ],
    };
    let schema = SchemaChange::CreateType(address).apply(&schema).unwrap();
    let options = TableOptions {
        bloom_filter_fp_chance: 0.1 + 0.2,
        extensions: BTreeMap::from([("tag".to_string(), bytes::Bytes::from_static(&[0xCA, 0xFE]))]),
        ..TableOptions::default()
    };
    let table = NewTable {
        id: TableId(uuid::Uuid::from_u128(0x1234)),
        keyspace: "shop".to_string(),
        name: "orders".to_string(),
        columns: vec![
            column("customer", "text", false, &schema),
            column("at", "timestamp", false, &schema),
            column("ship_to", "frozen<address>", false, &schema),
            column("items", "map<text, frozen<tuple<int, decimal>>>", false, &schema),
            column("embedding", "vector<float, 3>", false, &schema),
            column("note", "text", false, &schema),
            column("total", "varint", true, &schema),
        ],
        partition_key: vec!["customer".to_string()],
        clustering: vec!["at".to_string()],
        clustering_order: vec![("at".to_string(), ClusteringOrder::Descending)],
        partitioner: Partitioner::Ordered,
        options,
    };
    let schema = SchemaChange::CreateTable(table).apply(&schema).unwrap();
    let drop = TableChange::DropColumns { names: vec!["note".to_string()], timestamp: 5 };
    let alter =
        SchemaChange::AlterTable { keyspace: "shop".to_string(), table: "orders".to_string(), change: drop };
    alter.apply(&schema).unwrap()
}

#[test]
fn a_schema_comes_back_with_its_version() {
    let schema = example();
    let bytes = encode_keyspaces(&schema.keyspaces).unwrap();
    assert_eq!(decode_keyspaces(&bytes).unwrap(), schema);
}

#[test]
fn the_committed_file_reads_as_it_was_written() {
    let schema = example();
    assert_eq!(decode_keyspaces(FIXTURE).unwrap(), schema);
    assert_eq!(encode_keyspaces(&schema.keyspaces).unwrap(), FIXTURE, "another layout needs another version");
}

#[test]
fn every_cut_and_every_flipped_bit_is_found() {
    for length in 0..FIXTURE.len() {
        assert!(decode_keyspaces(&FIXTURE[..length]).is_err(), "cut to {length}");
    }
    for at in 0..FIXTURE.len() {
        let mut bytes = FIXTURE.to_vec();
        bytes[at] ^= 1 << (at % 8);
        assert!(decode_keyspaces(&bytes).is_err(), "byte {at}");
    }
    let mut longer = FIXTURE.to_vec();
    longer.push(b' ');
    assert_eq!(decode_keyspaces(&longer).unwrap_err().offset, 12);
}

#[test]
fn the_deepest_types_that_may_be_come_back() {
    use crate::limits::TYPE_DEPTH_MAX;
    let create = SchemaChange::CreateKeyspace {
        name: "ks".to_string(),
        replication: Replication::Simple { factor: 1 },
        durable_writes: true,
    };
    let mut schema = create.apply(&Schema::empty()).unwrap();
    let mut field = ColumnType::Int;
    for level in 1..TYPE_DEPTH_MAX {
        let definition = UserType {
            keyspace: "ks".to_string(),
            name: format!("level{level}"),
            fields: vec![("inner".to_string(), field)],
        };
        schema = SchemaChange::CreateType(definition.clone()).apply(&schema).unwrap();
        field = ColumnType::Udt { definition: Arc::new(definition), frozen: true };
    }
    let too_deep = UserType {
        keyspace: "ks".to_string(),
        name: "more".to_string(),
        fields: vec![("inner".to_string(), field.clone())],
    };
    assert!(SchemaChange::CreateType(too_deep).apply(&schema).is_err());
    let column =
        |name: &str, column_type| NewColumn { name: name.to_string(), column_type, is_static: false };
    let table = NewTable {
        id: TableId(uuid::Uuid::from_u128(1)),
        keyspace: "ks".to_string(),
        name: "t".to_string(),
        columns: vec![column("k", ColumnType::Int), column("v", field)],
        partition_key: vec!["k".to_string()],
        clustering: vec![],
        clustering_order: vec![],
        partitioner: Partitioner::Hashed,
        options: TableOptions::default(),
    };
    let schema = SchemaChange::CreateTable(table).apply(&schema).unwrap();
    let drop = TableChange::DropColumns { names: vec!["v".to_string()], timestamp: 5 };
    let alter = SchemaChange::AlterTable { keyspace: "ks".to_string(), table: "t".to_string(), change: drop };
    for schema in [alter.apply(&schema).unwrap(), schema] {
        let bytes = encode_keyspaces(&schema.keyspaces).unwrap();
        assert_eq!(decode_keyspaces(&bytes).unwrap(), schema);
    }
}

#[test]
fn another_version_is_named() {
    let mut bytes = FIXTURE.to_vec();
    bytes[8] = 9;
    let error = decode_keyspaces(&bytes).unwrap_err();
    assert_eq!(error.what, "schema file of version 9, this build reads 1");
}

#[test]
fn a_body_that_is_no_schema_is_an_error_even_with_a_good_checksum() {
    for body in [&b"{}x"[..], b"[1]", b"{\"ks\": {\"name\": \"ks\"}}", &[b'['; 100_000]] {
        let mut bytes = FIXTURE[..12].to_vec();
        bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
        bytes.extend_from_slice(body);
        assert!(decode_keyspaces(&bytes).unwrap_err().what.starts_with("schema does not decode"));
    }
}

proptest! {
    #[test]
    fn bytes_of_anything_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut headed = FIXTURE[..12].to_vec();
        headed.extend_from_slice(&bytes);
        prop_assert!(decode_keyspaces(&bytes).is_err());
        prop_assert!(decode_keyspaces(&headed).is_err());
    }
}
