//! Mutations come back, bad bytes are refused, and the committed fixture still reads.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::data::generate::mutation;
use crate::data::{
    Cell, CollectionCells, ColumnData, CounterShard, CounterState, Deletion, MarkerKind, RowMarker,
};
use crate::key::ClusteringKey;
use crate::schema::ColumnId;

fn bytes_of(mutation: &Mutation) -> Bytes {
    let mut out = vec![];
    encode_mutation(mutation, &mut out);
    out.into()
}

proptest! {
    #[test]
    fn mutations_come_back(mutation in mutation()) {
        let whole = bytes_of(&mutation);
        prop_assert!(whole.len() <= mutation.size_bytes());
        let mut input = [&whole[..], b"tail"].concat().into();
        prop_assert_eq!(decode_mutation(&mut input), Ok(mutation));
        prop_assert_eq!(&input[..], b"tail");
    }

    #[test]
    fn a_mutation_cut_anywhere_is_refused(mutation in mutation(), cut: prop::sample::Index) {
        let whole = bytes_of(&mutation);
        let cut = cut.index(whole.len());
        prop_assert!(decode_mutation(&mut whole.slice(..cut)).is_err());
    }

    #[test]
    fn changed_bytes_decode_to_something_or_are_refused(
        mutation in mutation(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let mut bytes = bytes_of(&mutation).to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(decoded) = decode_mutation(&mut Bytes::from(bytes)) {
            prop_assert_eq!(decode_mutation(&mut bytes_of(&decoded)), Ok(decoded));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut headed = vec![VERSION];
        headed.extend_from_slice(&[0; 17]);
        headed.extend_from_slice(&bytes);
        let _ = decode_mutation(&mut Bytes::from(headed));
        let _ = decode_mutation(&mut Bytes::from(bytes));
    }
}

#[test]
fn another_version_is_named() {
    let error = decode_mutation(&mut Bytes::from(vec![VERSION + 1; 40])).unwrap_err();
    assert!(error.what.contains("version 2"), "{error}");
}

/// A mutation with something of everything the format knows.
fn mutation_of_the_fixture() -> Mutation {
    let at = 1_357_000_000_000_000;
    let deletion = |timestamp: i64| Deletion { timestamp, local_time: timestamp / 1_000_000 };
    let key = |key: &'static str| ClusteringKey(key.into());
    let column = |id: u32, cell| (ColumnId(id), ColumnData::Cell(cell));
    let plain = Row {
        marker: Some(RowMarker { timestamp: at, kind: MarkerKind::Live }),
        columns: vec![column(4, Cell::live(at, "N14228")), column(5, Cell::live(at, ""))],
        ..Row::empty(key("a"))
    };
    let expires_at = at / 1_000_000 + 3600;
    let expiring = Row {
        marker: Some(RowMarker { timestamp: at, kind: MarkerKind::Expiring { ttl: 3600, expires_at } }),
        columns: vec![
            column(4, Cell::expiring(at, 3600, expires_at, "x")),
            column(5, Cell::expiring(at + 1, 60, expires_at, "y")),
            column(200, Cell::dead(at - 7, 1_357_000_000)),
        ],
        ..Row::empty(key("b"))
    };
    let elements = vec![
        (Bytes::from_static(b"\x01p"), Cell::live(at + 2, "")),
        (Bytes::from_static(b"\x01q"), Cell::dead(at + 3, 1_357_000_001)),
    ];
    let tags = CollectionCells { deletion: Some(deletion(at + 1)), cells: elements };
    let deleted = Row {
        deletion: Some(deletion(at)),
        columns: vec![(ColumnId(6), ColumnData::Collection(tags))],
        ..Row::empty(key("c"))
    };
    let shard = |node: u8, timestamp, count| CounterShard { node: [node; 16], timestamp, clock: 3, count };
    let state = CounterState::new(at - 9, vec![shard(1, at, 5), shard(2, at + 4, -2)]);
    let counted = Row { columns: vec![column(7, state.to_cell().unwrap())], ..Row::empty(key("d")) };
    let range = |start: &'static str, end: Option<&'static str>, timestamp| RangeTombstone {
        range: ByteRange::new(start, end.map(Bytes::from)),
        deletion: deletion(timestamp),
    };
    Mutation {
        table: TableId(Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)),
        key: DecoratedKey::hashed(b"JFK"),
        update: PartitionUpdate {
            deletion: Some(deletion(at - 100)),
            static_row: Some(Row { columns: vec![column(3, Cell::live(at, "New York"))], ..Row::default() }),
            range_tombstones: vec![range("a", Some("b"), at - 50), range("x", None, at - 40)],
            rows: vec![plain, expiring, deleted, counted],
        },
    }
}

#[test]
fn the_fixture_of_version_1_reads_and_is_written_the_same() {
    let digits: String = include_str!("../../../testdata/codec/mutation-1.hex").split_whitespace().collect();
    let fixture: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let mutation = mutation_of_the_fixture();
    assert_eq!(decode_mutation(&mut Bytes::from(fixture.clone())), Ok(mutation.clone()));
    let written: String = bytes_of(&mutation).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, digits, "a change of layout needs a new VERSION and a new fixture");
}
