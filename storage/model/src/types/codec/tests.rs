//! Wire bytes decode and encode back; what no type allows is refused with words that name the type.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::types::arbitrary::{any_type, wire};
use crate::types::compare_values;

fn typed_wire() -> impl Strategy<Value = (ColumnType, Bytes)> {
    any_type().prop_flat_map(|kind| (Just(kind.clone()), wire(&kind)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn values_round_trip((kind, wire) in typed_wire()) {
        validate_value(&kind, &wire).unwrap();
        let value = decode_value(&kind, &wire).unwrap();
        let back = encode_value(&kind, &value).unwrap();
        prop_assert!(compare_values(&kind, &wire, &back).is_eq());
        // The bytes differ only where a varint was longer than it had to be.
        prop_assert!(back.len() <= wire.len());
        let again = encode_value(&kind, &decode_value(&kind, &back).unwrap()).unwrap();
        prop_assert_eq!(again, back);
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error_and_both_ways_agree(
        kind in any_type(),
        bytes in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), any::<u8>()], 0..40),
    ) {
        prop_assert_eq!(validate_value(&kind, &bytes).err(), decode_value(&kind, &bytes).err());
    }

    #[test]
    fn cut_or_extended_bytes_never_panic((kind, wire) in typed_wire(), cut in 0usize..64, extra: Vec<u8>) {
        let bytes = [&wire[..wire.len().saturating_sub(cut)], &extra[..]].concat();
        prop_assert_eq!(validate_value(&kind, &bytes).err(), decode_value(&kind, &bytes).err());
    }
}

#[test]
fn wrong_bytes_are_refused_with_words_that_name_the_type() {
    let set = ColumnType::Set { element: Arc::new(ColumnType::Int), frozen: false };
    let v4_uuid = [0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
    let cases: [(ColumnType, &[u8], &str); 20] = [
        (ColumnType::Int, &[1, 2, 3], "Expected 4 byte int but got 3 bytes"),
        (ColumnType::BigInt, &[1], "Expected 8 byte bigint but got 1 bytes"),
        (ColumnType::SmallInt, &[], "Expected 2 byte smallint but got 0 bytes"),
        (ColumnType::TinyInt, &[], "Expected 1 byte tinyint"),
        (ColumnType::Date, &[0; 8], "Expected 4 byte date"),
        (ColumnType::Boolean, &[0, 1], "Expected 1 byte boolean"),
        (ColumnType::Ascii, b"ab\x80", "Invalid byte 0x80 at 2 for ascii"),
        (ColumnType::Text, b"ab\xFF", "Invalid UTF-8 for text at byte 2"),
        (ColumnType::TimeUuid, &v4_uuid, "version 4"),
        (ColumnType::Inet, &[1, 2, 3], "4 or 16 byte inet"),
        (ColumnType::Time, &(-1i64).to_be_bytes(), "between 0 and 86399999999999"),
        (ColumnType::Time, &DAY_NANOSECONDS.to_be_bytes(), "between 0 and"),
        (ColumnType::Decimal, &[0, 0, 0, 1], "at least 5 byte decimal"),
        (ColumnType::Duration, &[2, 1, 0], "one sign"),
        (ColumnType::Duration, &[0, 0], "nanoseconds of a duration"),
        (ColumnType::Duration, &[0, 0, 0, 0], "after a duration"),
        (set.clone(), &[], "Not enough bytes to read a set"),
        (set.clone(), &[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], "null is not supported inside a set"),
        (set.clone(), &[0xFF, 0xFF, 0xFF, 0xFF], "cannot have -1 elements"),
        (set, &[0, 0, 0, 1, 0, 0, 0, 1, 9], "Expected 4 byte int but got 1 bytes"),
    ];
    for (kind, wire, message) in cases {
        let error = validate_value(&kind, wire).unwrap_err();
        assert!(error.message.contains(message), "{kind}: {error}");
    }
}

#[test]
fn a_vector_packs_elements_of_one_size_and_measures_the_others() {
    let floats = ColumnType::Vector { element: Arc::new(ColumnType::Float), dimension: 2 };
    let value = Value::Vector(vec![Value::Float(1.0), Value::Float(-2.0)]);
    assert_eq!(&encode_value(&floats, &value).unwrap()[..], [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0]);
    let shorts = ColumnType::Vector { element: Arc::new(ColumnType::SmallInt), dimension: 2 };
    let value = Value::Vector(vec![Value::SmallInt(1), Value::SmallInt(2)]);
    assert_eq!(&encode_value(&shorts, &value).unwrap()[..], [2, 0, 1, 2, 0, 2]);
    assert!(encode_value(&floats, &Value::Vector(vec![Value::Float(1.0)])).is_err());
    assert!(encode_value(&floats, &Value::Vector(vec![Value::Float(1.0), Value::Empty])).is_err());
}

#[test]
fn a_duration_has_the_bytes_that_drivers_expect() {
    let duration = Value::Duration(CqlDuration { months: 1, days: 2, nanoseconds: 3 });
    assert_eq!(&encode_value(&ColumnType::Duration, &duration).unwrap()[..], [2, 4, 6]);
}

#[test]
fn a_short_user_type_has_null_fields_at_its_end() {
    let definition = UserTypeOf(&[("a", ColumnType::Int), ("b", ColumnType::Text)]).build();
    let kind = ColumnType::Udt { definition, frozen: true };
    let short = [0, 0, 0, 4, 0, 0, 0, 7];
    assert_eq!(decode_value(&kind, &short).unwrap(), Value::Udt(vec![Some(Value::Int(7))]));
    let long = [&short[..], &[0, 0, 0, 1, b'x'], &[0xFF; 4]].concat();
    assert!(validate_value(&kind, &long).unwrap_err().message.contains("at most 2 components"));
}

struct UserTypeOf<'a>(&'a [(&'a str, ColumnType)]);

impl UserTypeOf<'_> {
    fn build(&self) -> Arc<crate::types::UserType> {
        let fields = self.0.iter().map(|(name, kind)| (name.to_string(), kind.clone())).collect();
        Arc::new(crate::types::UserType { keyspace: "ks".into(), name: "t".into(), fields })
    }
}
