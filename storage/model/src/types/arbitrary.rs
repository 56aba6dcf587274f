//! Random types, and random wire bytes of a type, for the property tests of this folder.
//!
//! Wire bytes are made without the codec, so that the tests do not believe it. Small numbers, shared
//! prefixes and equal values are common, because order breaks at the borders.

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::collection::{encode_list, encode_map, encode_tuple, encode_vector};
use super::vint::put_signed_vint;
use super::{ColumnType, UserType};

/// Types that may stand in a key.
const ORDERED: &[ColumnType] = &[
    ColumnType::Ascii,
    ColumnType::BigInt,
    ColumnType::Blob,
    ColumnType::Boolean,
    ColumnType::Decimal,
    ColumnType::Double,
    ColumnType::Float,
    ColumnType::Inet,
    ColumnType::Int,
    ColumnType::SmallInt,
    ColumnType::Text,
    ColumnType::Time,
    ColumnType::Timestamp,
    ColumnType::TimeUuid,
    ColumnType::TinyInt,
    ColumnType::Date,
    ColumnType::Uuid,
    ColumnType::VarInt,
];

/// A type without durations, at most three levels deep, frozen.
pub(crate) fn ordered_type() -> BoxedStrategy<ColumnType> {
    nested(select(ORDERED).boxed())
}

/// A type at most three levels deep, frozen.
pub(crate) fn any_type() -> BoxedStrategy<ColumnType> {
    nested(prop_oneof![9 => select(ORDERED), 1 => Just(ColumnType::Duration)].boxed())
}

fn nested(scalar: BoxedStrategy<ColumnType>) -> BoxedStrategy<ColumnType> {
    scalar
        .prop_recursive(2, 12, 3, |inner| {
            let shared = inner.clone().prop_map(Arc::new);
            prop_oneof![
                shared.clone().prop_map(|element| ColumnType::List { element, frozen: true }),
                shared.clone().prop_map(|element| ColumnType::Set { element, frozen: true }),
                (shared.clone(), shared.clone()).prop_map(|(key, value)| ColumnType::Map {
                    key,
                    value,
                    frozen: true
                }),
                vec(inner.clone(), 1..4).prop_map(ColumnType::Tuple),
                vec(inner, 1..4).prop_map(|kinds| {
                    let fields =
                        kinds.into_iter().enumerate().map(|(index, kind)| (format!("f{index}"), kind));
                    let definition = UserType {
                        keyspace: "ks".to_string(),
                        name: "a type".to_string(),
                        fields: fields.collect(),
                    };
                    ColumnType::Udt { definition: Arc::new(definition), frozen: true }
                }),
                (shared, 1u32..4).prop_map(|(element, dimension)| ColumnType::Vector { element, dimension }),
            ]
        })
        .boxed()
}

/// A value of `kind`, sometimes the empty one.
pub(crate) fn wire(kind: &ColumnType) -> BoxedStrategy<Bytes> {
    if kind.allows_empty() {
        prop_oneof![1 => Just(Bytes::new()), 15 => filled(kind)].boxed()
    } else {
        filled(kind)
    }
}

fn filled(kind: &ColumnType) -> BoxedStrategy<Bytes> {
    let big = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    match kind {
        ColumnType::Ascii => vec(select(b"\x00\x01\x02a\x7F".as_slice()), 0..5).prop_map(Bytes::from).boxed(),
        ColumnType::Text => vec(select(['\0', '\u{1}', 'a', 'b', 'é', '\u{10FFFF}'].as_slice()), 0..5)
            .prop_map(|chars| Bytes::from(chars.into_iter().collect::<String>()))
            .boxed(),
        ColumnType::Blob => {
            let byte = prop_oneof![select([0u8, 1, 2, 0x80, 0xFE, 0xFF].as_slice()), any::<u8>()];
            vec(byte, 0..6).prop_map(Bytes::from).boxed()
        }
        ColumnType::Boolean => select([0u8, 1].as_slice()).prop_map(|byte| Bytes::from(vec![byte])).boxed(),
        ColumnType::BigInt | ColumnType::Counter | ColumnType::Timestamp => (any::<i64>(), 0u32..64)
            .prop_map(move |(number, shift)| big(&(number >> shift).to_be_bytes()))
            .boxed(),
        ColumnType::Int => (any::<i32>(), 0u32..32)
            .prop_map(move |(number, shift)| big(&(number >> shift).to_be_bytes()))
            .boxed(),
        ColumnType::Date => any::<u32>().prop_map(move |number| big(&number.to_be_bytes())).boxed(),
        ColumnType::SmallInt => any::<i16>().prop_map(move |number| big(&number.to_be_bytes())).boxed(),
        ColumnType::TinyInt => any::<i8>().prop_map(move |number| big(&number.to_be_bytes())).boxed(),
        ColumnType::Time => {
            (0..super::DAY_NANOSECONDS).prop_map(move |number| big(&number.to_be_bytes())).boxed()
        }
        ColumnType::Float => {
            let special = [
                0.0,
                -0.0,
                f32::NAN,
                -f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                1.0,
                -1.0,
                f32::MIN_POSITIVE,
            ];
            prop_oneof![select(special.to_vec()), any::<u32>().prop_map(f32::from_bits)]
                .prop_map(move |number| big(&number.to_be_bytes()))
                .boxed()
        }
        ColumnType::Double => {
            let special = [
                0.0,
                -0.0,
                f64::NAN,
                -f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                1.0,
                -1.0,
                f64::MIN_POSITIVE,
            ];
            prop_oneof![select(special.to_vec()), any::<u64>().prop_map(f64::from_bits)]
                .prop_map(move |number| big(&number.to_be_bytes()))
                .boxed()
        }
        ColumnType::Inet => prop_oneof![
            any::<[u8; 4]>().prop_map(|bytes| Bytes::from(bytes.to_vec())),
            any::<[u8; 16]>().prop_map(|bytes| Bytes::from(bytes.to_vec())),
            Just(Bytes::from_static(&[127, 0, 0, 1])),
        ]
        .boxed(),
        ColumnType::Uuid => (any::<[u8; 16]>(), select([0u8, 1, 4, 7, 15].as_slice()), any::<bool>())
            .prop_map(|(bytes, version, small)| uuid_with(bytes, version, small))
            .boxed(),
        ColumnType::TimeUuid => {
            (any::<[u8; 16]>(), any::<bool>()).prop_map(|(bytes, small)| uuid_with(bytes, 1, small)).boxed()
        }
        ColumnType::VarInt => varint(),
        ColumnType::Decimal => {
            let scale = prop_oneof![8 => -3i32..4, 1 => any::<i32>(), 1 => select(vec![i32::MIN, i32::MAX])];
            let unscaled = prop_oneof![
                (-1200i64..1200).prop_map(|number| Bytes::from(number.to_be_bytes().to_vec())),
                varint(),
            ];
            (scale, unscaled)
                .prop_map(|(scale, unscaled)| Bytes::from([&scale.to_be_bytes()[..], &unscaled[..]].concat()))
                .boxed()
        }
        ColumnType::Duration => (any::<bool>(), 0i64..=i32::MAX as i64, 0i64..40, 0..=i64::MAX)
            .prop_map(|(negative, months, days, nanoseconds)| {
                let mut out = vec![];
                for part in [months, days, nanoseconds] {
                    put_signed_vint(&mut out, if negative { -part } else { part });
                }
                Bytes::from(out)
            })
            .boxed(),
        ColumnType::List { element, .. } => {
            vec(wire(element), 0..4).prop_map(|parts| encode_list(&parts)).boxed()
        }
        ColumnType::Set { element, .. } => {
            vec(wire(element), 0..4).prop_map(|parts| encode_list(&parts)).boxed()
        }
        ColumnType::Map { key, value, .. } => {
            vec((wire(key), wire(value)), 0..4).prop_map(|parts| encode_map(&parts)).boxed()
        }
        ColumnType::Vector { element, dimension } => {
            let part = if element.fixed_size().is_some() { filled(element) } else { wire(element) };
            let element = element.clone();
            vec(part, *dimension as usize).prop_map(move |parts| encode_vector(&element, &parts)).boxed()
        }
        ColumnType::Tuple(kinds) => components(kinds),
        ColumnType::Udt { definition, .. } => {
            components(&definition.fields.iter().map(|(_, kind)| kind.clone()).collect::<Vec<_>>())
        }
    }
}

fn uuid_with(mut bytes: [u8; 16], version: u8, small: bool) -> Bytes {
    if small {
        // Few different values, so that later parts of the order decide.
        for byte in &mut bytes {
            *byte &= 0x81;
        }
    }
    bytes[6] = (bytes[6] & 0x0F) | (version << 4);
    Bytes::from(bytes.to_vec())
}

/// Not always in its shortest form, sometimes long.
fn varint() -> BoxedStrategy<Bytes> {
    prop_oneof![
        4 => vec(select([0u8, 0xFF, 1, 0x7F, 0x80].as_slice()), 1..5).prop_map(Bytes::from),
        4 => vec(any::<u8>(), 1..12).prop_map(Bytes::from),
        1 => (select([0u8, 0x7F, 0x80, 0xFF].as_slice()), 90usize..105, any::<u8>()).prop_map(
            |(first, length, last)| {
                let mut out = vec![first];
                out.put_bytes(0x55, length);
                out.push(last);
                Bytes::from(out)
            }
        ),
    ]
    .boxed()
}

fn components(kinds: &[ColumnType]) -> BoxedStrategy<Bytes> {
    let parts: Vec<_> = kinds.iter().map(|kind| proptest::option::weighted(0.7, wire(kind))).collect();
    (parts, 0..=kinds.len()).prop_map(|(parts, present)| encode_tuple(&parts[..present.max(1)])).boxed()
}
