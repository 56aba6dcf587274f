//! Literals read back as the same bytes; any text is a value or an error.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::types::arbitrary::{any_type, wire};
use crate::types::collection::{encode_list, encode_map, encode_tuple};
use crate::types::{ColumnType, UserType, decode_value, encode_value, validate_value};

fn scalar() -> impl Strategy<Value = ColumnType> {
    any_type().prop_filter("scalars only", |kind| kind.depth() == 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn literals_of_scalars_read_back((kind, wire) in scalar().prop_flat_map(|kind| (Just(kind.clone()), wire(&kind)))) {
        let literal = format_literal(&kind, &wire);
        let is_text = matches!(kind, ColumnType::Text | ColumnType::Ascii);
        prop_assume!(is_text || !wire.is_empty());
        let text = match literal.strip_prefix('\'') {
            Some(rest) => rest.strip_suffix('\'').unwrap().replace("''", "'"),
            None => literal.clone(),
        };
        let back = parse_literal_text(&kind, &text).unwrap();
        // One NaN, and the shortest form of a varint.
        let expected = encode_value(&kind, &decode_value(&kind, &wire).unwrap()).unwrap();
        if literal != "NaN" {
            prop_assert_eq!(back, expected, "{}", literal);
        }
    }

    #[test]
    fn every_value_has_both_texts((kind, wire) in any_type().prop_flat_map(|kind| (Just(kind.clone()), wire(&kind)))) {
        let literal = format_literal(&kind, &wire);
        let text = format_text(&kind, &wire);
        prop_assert!(kind == ColumnType::Blob || !literal.starts_with("0x"), "{literal}");
        prop_assert_eq!(text.matches('{').count(), literal.matches('{').count());
    }

    #[test]
    fn any_text_is_a_value_or_an_error(kind in scalar(), text in "[-+0-9:.TtPZeEyMmosdhu x'µ]{0,20}|.{0,8}") {
        if let Ok(wire) = parse_literal_text(&kind, &text) {
            prop_assert!(validate_value(&kind, &wire).is_ok());
        }
    }
}

#[test]
fn values_with_parts_are_shown_as_cqlsh_shows_them() {
    let text = Arc::new(ColumnType::Text);
    let map = ColumnType::Map {
        key: text.clone(),
        value: Arc::new(ColumnType::List { element: Arc::new(ColumnType::Double), frozen: true }),
        frozen: true,
    };
    let list = encode_list(&[1.0f64.to_be_bytes(), 0.5f64.to_be_bytes()]);
    let wire = encode_map(&[("it's", list)]);
    assert_eq!(format_text(&map, &wire), "{'it''s': [1, 0.5]}");
    assert_eq!(format_literal(&map, &wire), "{'it''s': [1.0, 0.5]}");

    let fields = vec![("Street".to_string(), ColumnType::Text), ("seen".to_string(), ColumnType::Timestamp)];
    let definition = Arc::new(UserType { keyspace: "ks".to_string(), name: "address".to_string(), fields });
    let udt = ColumnType::Udt { definition, frozen: true };
    let wire = encode_tuple(&[Some(&b"Main"[..]), Some(&1_357_016_400_000i64.to_be_bytes())]);
    assert_eq!(format_text(&udt, &wire), "{Street: 'Main', seen: '2013-01-01 05:00:00.000000+0000'}");
    assert_eq!(format_literal(&udt, &wire), "{\"Street\": 'Main', seen: '2013-01-01 05:00:00.000+0000'}");
    let short = encode_tuple(&[Some(b"Main")]);
    assert_eq!(format_text(&udt, &short), "{Street: 'Main', seen: null}");

    let tuple = ColumnType::Tuple(vec![ColumnType::Int, ColumnType::Boolean]);
    let wire = encode_tuple(&[None, Some([1])]);
    assert_eq!(format_text(&tuple, &wire), "(null, True)");
    assert_eq!(format_literal(&tuple, &wire), "(null, true)");
    assert_eq!(format_text(&ColumnType::Text, b"it's"), "it's");
    assert_eq!(format_literal(&ColumnType::Set { element: text, frozen: false }, &[0; 4]), "{}");
}

#[test]
fn empty_and_broken_values_have_a_text() {
    assert_eq!(format_literal(&ColumnType::Int, &[]), "blob_as_int(0x)");
    assert_eq!(format_text(&ColumnType::Int, &[]), "");
    assert_eq!(format_literal(&ColumnType::Int, &[1, 2]), "0x0102");
    assert_eq!(format_literal(&ColumnType::Text, &[]), "''");
    assert_eq!(format_literal(&ColumnType::Blob, &[]), "0x");
}

#[test]
fn long_numbers_are_refused_by_their_length() {
    let digits = "9".repeat(160_001);
    for kind in [ColumnType::VarInt, ColumnType::Decimal] {
        let error = parse_literal_text(&kind, &digits).unwrap_err();
        assert!(error.message.contains("longer than 160000"), "{error}");
        assert!(error.message.len() < 200);
    }
}
