//! Keys of a table from wire values and back.

use super::*;
use crate::types::ColumnType;

fn table(
    partitioner: Partitioner,
    columns: &[(&str, ColumnType, ColumnKind, ClusteringOrder)],
) -> TableSchema {
    let columns: Vec<Column> = columns
        .iter()
        .enumerate()
        .map(|(index, (name, kind, part, order))| Column {
            id: ColumnId(index as u32),
            name: name.to_string(),
            column_type: kind.clone(),
            kind: *part,
            order: *order,
        })
        .collect();
    TableSchema {
        id: TableId(Uuid::nil()),
        keyspace: "ks".to_string(),
        name: "flights".to_string(),
        next_column_id: ColumnId(columns.len() as u32),
        columns,
        dropped: vec![],
        partitioner,
        options: TableOptions::default(),
    }
}

fn flights(partitioner: Partitioner) -> TableSchema {
    use ClusteringOrder::{Ascending, Descending};
    use ColumnKind::{Clustering, PartitionKey, Regular};
    table(
        partitioner,
        &[
            ("origin", ColumnType::Text, PartitionKey, Ascending),
            ("day", ColumnType::Int, PartitionKey, Ascending),
            ("departure", ColumnType::Int, Clustering, Descending),
            ("number", ColumnType::Text, Clustering, Ascending),
            ("delay", ColumnType::Int, Regular, Ascending),
        ],
    )
}

fn int(number: i32) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

#[test]
fn clustering_keys_sort_by_column_directions_and_decode() {
    let table = flights(Partitioner::Hashed);
    let key = |departure, number: &'static str| {
        table.encode_clustering(&[int(departure), Bytes::from(number)]).unwrap()
    };
    assert!(key(900, "UA1") < key(800, "UA1"), "departure is descending");
    assert!(key(900, "UA1") < key(900, "UA10"));
    assert!(key(-5, "") > key(0, "z"));
    assert_eq!(table.decode_clustering(&key(-5, "UA1")).unwrap(), [int(-5), Bytes::from("UA1")]);

    let prefix = table.encode_clustering(&[int(900)]).unwrap();
    assert!(key(900, "UA1").as_bytes().starts_with(prefix.as_bytes()));
    assert!(table.decode_clustering(&prefix).unwrap_err().what.contains("column number"));
    assert_eq!(table.encode_clustering(&[]).unwrap(), ClusteringKey::empty());
}

#[test]
fn wrong_clustering_values_are_refused_with_their_column() {
    let table = flights(Partitioner::Hashed);
    let short = table.encode_clustering(&[Bytes::from_static(&[1, 2])]).unwrap_err();
    assert_eq!(short.message, "Expected 4 byte int but got 2 bytes in column departure");
    assert!(table.encode_clustering(&[int(1), Bytes::new(), int(1)]).is_err());
    let long = Bytes::from(vec![b'x'; KEY_SIZE_BYTES_MAX + 1]);
    assert!(table.encode_clustering(&[int(1), long]).unwrap_err().message.contains("65535"));
}

#[test]
fn partition_keys_of_both_partitioners_decode_back() {
    let values = [Bytes::from("JFK\0"), int(-7)];
    let hashed = flights(Partitioner::Hashed).decorate(&values).unwrap();
    assert_eq!(hashed, DecoratedKey::hashed(&compose_partition_key(&values)));
    assert_eq!(flights(Partitioner::Hashed).partition_components(&hashed).unwrap(), values);
    let table = flights(Partitioner::Ordered);
    let ordered = table.decorate(&values).unwrap();
    assert_eq!(table.partition_components(&ordered).unwrap(), values);
    assert!(ordered < table.decorate(&[Bytes::from("JFK\0"), int(3)]).unwrap());
    assert!(table.partition_components(&hashed).is_err());
    assert!(flights(Partitioner::Hashed).partition_components(&DecoratedKey(Bytes::new())).is_err());
}

#[test]
fn partition_keys_that_cannot_be_are_refused() {
    use ClusteringOrder::Ascending;
    let single = table(Partitioner::Hashed, &[("k", ColumnType::Blob, ColumnKind::PartitionKey, Ascending)]);
    assert_eq!(single.decorate(&[Bytes::new()]).unwrap_err().message, "Key may not be empty");
    let long = Bytes::from(vec![0; KEY_SIZE_BYTES_MAX + 1]);
    assert!(single.decorate(&[long]).is_err());
    assert!(single.decorate(&[]).is_err());
    let half = Bytes::from(vec![b'x'; KEY_SIZE_BYTES_MAX - 1]);
    let composite = flights(Partitioner::Hashed);
    assert!(composite.decorate(&[half, int(1)]).unwrap_err().message.contains("longer than"));
    assert!(composite.decorate(&[Bytes::new(), Bytes::new()]).is_ok(), "parts of a key may be empty");
}
