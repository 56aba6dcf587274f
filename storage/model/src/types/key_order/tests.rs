//! Byte order is CQL order, components decode back, and none is a prefix of another.

use std::cmp::Ordering;

use bytes::Bytes;
use proptest::prelude::*;

use super::{decode_component, encode_component};
use crate::types::arbitrary::{ordered_type, wire};
use crate::types::{ColumnType, compare_values, validate_value};

fn encoded(kind: &ColumnType, wire: &[u8], descending: bool) -> Vec<u8> {
    let mut out = vec![];
    encode_component(kind, wire, descending, &mut out).unwrap();
    out
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending { ordering.reverse() } else { ordering }
}

/// A type and two values of it; often the second is like the first.
fn pair() -> impl Strategy<Value = (ColumnType, Bytes, Bytes)> {
    ordered_type().prop_flat_map(|kind| {
        let values = (wire(&kind), wire(&kind));
        values.prop_map(move |(a, b)| (kind.clone(), a, b))
    })
}

type Columns = Vec<(ColumnType, bool)>;

/// Several columns with directions, and two rows of values; the second row shares a prefix of the first.
fn rows() -> impl Strategy<Value = (Columns, Vec<Bytes>, Vec<Bytes>)> {
    proptest::collection::vec((ordered_type(), any::<bool>()), 1..4).prop_flat_map(|columns| {
        let values = || columns.iter().map(|(kind, _)| wire(kind)).collect::<Vec<_>>();
        let count = columns.len();
        (values(), values(), 0..count).prop_map(move |(a, mut b, shared)| {
            b[..shared].clone_from_slice(&a[..shared]);
            (columns.clone(), a, b)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn byte_order_is_value_order_and_components_decode_back((kind, a, b) in pair(), descending: bool) {
        prop_assert!(validate_value(&kind, &a).is_ok(), "{:?}", validate_value(&kind, &a));
        let (x, y) = (encoded(&kind, &a, descending), encoded(&kind, &b, descending));
        prop_assert_eq!(x.cmp(&y), directed(compare_values(&kind, &a, &b), descending));
        prop_assert_eq!(compare_values(&kind, &a, &b), compare_values(&kind, &b, &a).reverse());

        prop_assert!(x[0] != 0x00 && x[0] != 0xFF);
        prop_assert!(x == y || !y.starts_with(&x) && !x.starts_with(&y));

        let mut input = &[&x[..], &[0xAB]].concat()[..];
        let back = decode_component(&kind, &mut input, descending).unwrap();
        prop_assert_eq!(input, [0xAB]);
        prop_assert!(compare_values(&kind, &a, &back).is_eq(), "{back:?}");
        prop_assert_eq!(encoded(&kind, &back, descending), x);
        prop_assert!(validate_value(&kind, &back).is_ok());
    }

    #[test]
    fn concatenated_components_sort_as_rows_and_prefix_bounds_enclose_them((columns, a, b) in rows()) {
        let join = |values: &[Bytes]| {
            let mut out = vec![];
            let mut ends = vec![];
            for ((kind, descending), value) in columns.iter().zip(values) {
                encode_component(kind, value, *descending, &mut out).unwrap();
                ends.push(out.len());
            }
            (out, ends)
        };
        let ((x, ends), (y, _)) = (join(&a), join(&b));
        let expected = columns
            .iter()
            .zip(a.iter().zip(&b))
            .map(|((kind, descending), (a, b))| directed(compare_values(kind, a, b), *descending))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal);
        prop_assert_eq!(x.cmp(&y), expected);
        for (index, end) in ends.iter().enumerate() {
            let prefix = &x[..*end];
            let after = crate::key::after_prefix(prefix);
            let shares = columns[..=index]
                .iter()
                .zip(a.iter().zip(&b))
                .all(|((kind, _), (a, b))| compare_values(kind, a, b).is_eq());
            prop_assert_eq!(prefix <= &y[..] && y[..] < after[..], shares);
        }
        let mut input = &x[..];
        for ((kind, descending), value) in columns.iter().zip(&a) {
            let back = decode_component(kind, &mut input, *descending).unwrap();
            prop_assert!(compare_values(kind, value, &back).is_eq());
        }
        prop_assert!(input.is_empty());
    }

    #[test]
    fn broken_bytes_are_errors_not_panics(
        kind in ordered_type(),
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
        descending: bool,
    ) {
        let mut input = &bytes[..];
        if let Ok(wire) = decode_component(&kind, &mut input, descending) {
            let taken = bytes.len() - input.len();
            // A component that decodes has one form; text and times are not checked again.
            if validate_value(&kind, &wire).is_ok() && !wire.is_empty() {
                let mut again = vec![];
                encode_component(&kind, &wire, descending, &mut again).unwrap();
                prop_assert!(again.len() <= taken + 1);
            }
        }
        let _ = compare_values(&kind, &bytes, b"\x01\x02");
        let mut out = vec![7];
        if encode_component(&kind, &bytes, descending, &mut out).is_err() {
            prop_assert_eq!(out, [7]);
        }
    }
}

#[test]
fn durations_and_counters_are_refused() {
    for kind in [ColumnType::Duration, ColumnType::Counter] {
        let error = encode_component(&kind, &[0; 8], false, &mut vec![]).unwrap_err();
        assert!(error.message.contains("has no order"), "{error}");
        assert!(encode_component(&kind, &[], false, &mut vec![]).is_err());
        assert!(decode_component(&kind, &mut &[0x10u8][..], false).is_err());
    }
}

#[test]
fn decimals_of_equal_worth_are_one_component() {
    let one = encoded(&ColumnType::Decimal, &[0, 0, 0, 1, 10], false);
    let same = encoded(&ColumnType::Decimal, &[0, 0, 0, 2, 100], false);
    assert_eq!(one, same);
    let back = decode_component(&ColumnType::Decimal, &mut &one[..], false).unwrap();
    assert_eq!(&back[..], [0, 0, 0, 0, 1]);
}

#[test]
fn a_decimal_at_the_smallest_scale_keeps_its_zeros() {
    let wire = [&i32::MIN.to_be_bytes()[..], &[100]].concat();
    let component = encoded(&ColumnType::Decimal, &wire, false);
    let back = decode_component(&ColumnType::Decimal, &mut &component[..], false).unwrap();
    assert_eq!(&back[..], wire);
}

#[test]
fn a_failed_component_leaves_the_buffer_as_it_was() {
    let tuple = ColumnType::Tuple(vec![ColumnType::Text, ColumnType::Int]);
    let wire = crate::types::collection::encode_tuple(&[Some(&b"abc"[..]), Some(b"xy")]);
    let mut out = vec![1, 2];
    assert!(encode_component(&tuple, &wire, true, &mut out).is_err());
    assert_eq!(out, [1, 2]);
}
