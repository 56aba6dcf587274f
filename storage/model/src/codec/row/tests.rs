//! Rows come back as they went in, and any other bytes are refused without harm.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::data::generate::row_at;
use crate::data::{Cell, CellKind, Deletion};
use crate::read::ColumnSelection;

fn bytes_of(row: &Row) -> Bytes {
    let mut out = vec![];
    encode_row(row, &mut out);
    out.into()
}

/// A row whose numbers reach to the ends of their types.
fn extreme_row() -> impl Strategy<Value = Row> {
    let number = || prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), any::<i64>()];
    let cell = move || {
        prop_oneof![
            number().prop_map(|timestamp| Cell::live(timestamp, "v")),
            (number(), any::<u32>(), number()).prop_map(|(t, ttl, at)| Cell::expiring(t, ttl, at, "")),
            (number(), number()).prop_map(|(timestamp, at)| Cell::dead(timestamp, at)),
        ]
    };
    (number(), any::<u32>(), number(), number(), number(), cell(), cell()).prop_map(
        |(timestamp, ttl, expires_at, deleted, local_time, a, b)| Row {
            clustering: ClusteringKey(Bytes::from_static(b"key")),
            marker: Some(RowMarker { timestamp, kind: MarkerKind::Expiring { ttl, expires_at } }),
            deletion: Some(Deletion { timestamp: deleted, local_time }),
            columns: vec![(ColumnId(0), ColumnData::Cell(a)), (ColumnId(u32::MAX), ColumnData::Cell(b))],
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn rows_come_back(row in row_at(ClusteringKey(Bytes::from_static(b"key")))) {
        let mut input = bytes_of(&row);
        prop_assert!(input.len() <= row.size_bytes());
        prop_assert_eq!(decode_row(&mut input), Ok(row));
        prop_assert!(input.is_empty());
    }

    #[test]
    fn rows_of_extreme_numbers_come_back(row in extreme_row()) {
        let mut input = bytes_of(&row);
        prop_assert!(input.len() <= row.size_bytes());
        prop_assert_eq!(decode_row(&mut input), Ok(row));
    }

    #[test]
    fn a_column_that_is_not_wanted_keeps_all_but_its_values(
        row in row_at(ClusteringKey::empty()), wanted in prop::sample::subsequence(vec![0u32, 1, 2, 3, 70], 0..=5)
    ) {
        let columns = ColumnSelection::Only(wanted.into_iter().map(ColumnId).collect());
        let mut input = bytes_of(&row);
        let decoded = decode_row_of(&mut input, &columns).unwrap();
        prop_assert!(input.is_empty());
        let clear = |cell: &mut Cell| if cell.kind != CellKind::Counter { cell.value = Bytes::new() };
        let mut expected = row;
        for (id, data) in &mut expected.columns {
            match data {
                _ if columns.contains(*id) => {}
                ColumnData::Cell(cell) => clear(cell),
                ColumnData::Collection(collection) => collection.cells.iter_mut().for_each(|(_, cell)| clear(cell)),
            }
        }
        prop_assert_eq!(decoded, expected);
    }

    #[test]
    fn a_row_cut_anywhere_is_refused(row in row_at(ClusteringKey::empty())) {
        let whole = bytes_of(&row);
        for cut in 0..whole.len() {
            let mut input = whole.slice(..cut);
            prop_assert!(decode_row(&mut input).is_err(), "cut at {} of {}", cut, whole.len());
            prop_assert!(decode_row_of(&mut input, &ColumnSelection::Only(vec![])).is_err());
            prop_assert_eq!(input.len(), cut, "a failed read takes nothing");
        }
    }

    #[test]
    fn whatever_decodes_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let whole = Bytes::from(bytes);
        let mut input = whole.clone();
        if let Ok(row) = decode_row(&mut input) {
            let read = whole.len() - input.len();
            prop_assert_eq!(decode_row(&mut bytes_of(&row)), Ok(row));
            prop_assert!(read > 0);
        }
    }
}

#[test]
fn a_common_row_costs_one_timestamp_and_two_bytes_a_cell() {
    let timestamp = 1_770_000_000_000_000;
    let row = Row {
        clustering: ClusteringKey(Bytes::from_static(b"12345678")),
        marker: Some(RowMarker { timestamp, kind: MarkerKind::Live }),
        deletion: None,
        columns: (0..5).map(|id| (ColumnId(id), ColumnData::Cell(Cell::live(timestamp, "abcd")))).collect(),
    };
    let (key, flags, base, count, cells) = (1 + 8, 1, 8, 1, 5 * (2 + 4));
    assert_eq!(bytes_of(&row).len(), key + flags + base + count + cells);
}

#[test]
fn a_ttl_is_written_once_a_row() {
    let (timestamp, ttl, expires_at) = (1_770_000_000_000_000, 3600, 1_770_003_600);
    let row = |columns: u32| Row {
        marker: Some(RowMarker { timestamp, kind: MarkerKind::Expiring { ttl, expires_at } }),
        columns: (0..columns)
            .map(|id| (ColumnId(id), ColumnData::Cell(Cell::expiring(timestamp, ttl, expires_at, "v"))))
            .collect(),
        ..Row::default()
    };
    let per_cell = bytes_of(&row(3)).len() - bytes_of(&row(2)).len();
    assert_eq!(per_cell, 4, "id, flags, length, value");
}

#[test]
fn values_share_the_buffer() {
    let row =
        Row { columns: vec![(ColumnId(0), ColumnData::Cell(Cell::live(1, vec![7; 100])))], ..Row::default() };
    let whole = bytes_of(&row);
    let decoded = decode_row(&mut whole.clone()).unwrap();
    let Some(ColumnData::Cell(cell)) = decoded.column(ColumnId(0)) else { panic!("a cell") };
    assert!(whole.as_ptr_range().contains(&cell.value.as_ptr()));
}

#[test]
fn lies_about_lengths_are_refused_before_anything_is_allocated() {
    let huge = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
    let key = [&huge[..], &[0; 20]].concat();
    let columns = [&[0, PLAIN, 0][..], &huge, &[0; 20]].concat();
    let value = [&[0, PLAIN, 0, 1, 0][..], &huge, &[0; 20]].concat();
    let elements = [&[0, 0, 0, 1, 0, 1 << 4][..], &huge, &[0; 20]].concat();
    for (what, bytes) in [("key", key), ("columns", columns), ("value", value), ("elements", elements)] {
        assert!(decode_row(&mut Bytes::from(bytes)).is_err(), "{what}");
    }
}

#[test]
fn order_and_flags_are_checked() {
    let element = |path: u8| [4, 1, path, 0];
    let collection =
        |first, second| [&[0, 0, 0, 1, 0, 1 << 4, 2][..], &element(first), &element(second)].concat();
    assert!(decode_row(&mut Bytes::from(collection(1, 2))).is_ok());
    let column_overflow = vec![0, PLAIN, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0];
    let counter_of_no_state = vec![0, 0, 0, 1, 0, 3 | 4, 0];
    let bad = [
        ("paths that descend", collection(2, 1)),
        ("a path twice", collection(1, 1)),
        ("column ids past 32 bits", column_overflow),
        ("unknown row flags", vec![0, 0x80, 0, 0]),
        ("a marker's flags without marker", vec![0, MARKER_AT_BASE, 0, 0]),
        ("a counter without state", counter_of_no_state),
        ("an expiry repeated that never was", vec![0, 0, 0, 1, 0, 1 | 4 | 8, 0]),
    ];
    for (what, bytes) in bad {
        assert!(decode_row(&mut Bytes::from(bytes)).is_err(), "{what}");
    }
}
