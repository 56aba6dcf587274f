//! The order of CQL values, on wire bytes.
//!
//! This is the definition: sets, map keys and clustering columns sort so. `key_order` says the same in
//! bytes, and a property test holds the two together; this file decodes numbers and shares no code with it.
//! Bytes that are no value of the type (nothing stores such) get some order without a panic.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};

use super::ColumnType;
use super::codec::split_decimal;
use super::collection::{Components, Elements, VectorElements};

/// How `a` and `b`, wire bytes of type `kind`, are ordered. The empty value is below every other.
///
/// Durations and whole counters have no order in CQL: they compare as bytes and as numbers.
pub fn compare_values(kind: &ColumnType, a: &[u8], b: &[u8]) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return b.is_empty().cmp(&a.is_empty());
    }
    match kind {
        ColumnType::Ascii
        | ColumnType::Text
        | ColumnType::Blob
        | ColumnType::Inet
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Duration => a.cmp(b),
        ColumnType::Boolean => (a != [0]).cmp(&(b != [0])),
        ColumnType::TinyInt => by(a, b, i8::from_be_bytes),
        ColumnType::SmallInt => by(a, b, i16::from_be_bytes),
        ColumnType::Int => by(a, b, i32::from_be_bytes),
        ColumnType::BigInt | ColumnType::Counter | ColumnType::Timestamp => by(a, b, i64::from_be_bytes),
        ColumnType::Float => match (array(a), array(b)) {
            (Some(x), Some(y)) => compare_floats(f32::from_be_bytes(x).into(), f32::from_be_bytes(y).into()),
            _ => a.cmp(b),
        },
        ColumnType::Double => match (array(a), array(b)) {
            (Some(x), Some(y)) => compare_floats(f64::from_be_bytes(x), f64::from_be_bytes(y)),
            _ => a.cmp(b),
        },
        ColumnType::Uuid => by(a, b, uuid_rank),
        ColumnType::TimeUuid => by(a, b, time_uuid_rank),
        ColumnType::VarInt => BigInt::from_signed_bytes_be(a).cmp(&BigInt::from_signed_bytes_be(b)),
        ColumnType::Decimal => match (split_decimal(a), split_decimal(b)) {
            (Ok(x), Ok(y)) => compare_decimals(x, y),
            _ => a.cmp(b),
        },
        ColumnType::List { element, .. } | ColumnType::Set { element, .. } => {
            match (Elements::new(a, 1, "list"), Elements::new(b, 1, "list")) {
                (Ok(x), Ok(y)) => compare_elements(&[element], x, y),
                _ => a.cmp(b),
            }
        }
        ColumnType::Map { key, value, .. } => {
            match (Elements::new(a, 2, "map"), Elements::new(b, 2, "map")) {
                (Ok(x), Ok(y)) => compare_elements(&[key, value], x, y),
                _ => a.cmp(b),
            }
        }
        ColumnType::Vector { element, dimension } => {
            match (VectorElements::new(element, *dimension, a), VectorElements::new(element, *dimension, b)) {
                (Ok(x), Ok(y)) => compare_elements(&[element], x, y),
                _ => a.cmp(b),
            }
        }
        ColumnType::Tuple(kinds) => compare_components(kinds.iter(), a, b),
        ColumnType::Udt { definition, .. } => {
            compare_components(definition.fields.iter().map(|(_, kind)| kind), a, b)
        }
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn by<const N: usize, T: Ord>(a: &[u8], b: &[u8], rank: impl Fn([u8; N]) -> T) -> Ordering {
    match (array(a), array(b)) {
        (Some(x), Some(y)) => rank(x).cmp(&rank(y)),
        _ => a.cmp(b),
    }
}

/// Below zero, then -0.0, then 0.0; every NaN is the same and above infinity.
fn compare_floats(a: f64, b: f64) -> Ordering {
    match a.partial_cmp(&b) {
        Some(Ordering::Equal) => b.is_sign_negative().cmp(&a.is_sign_negative()),
        Some(ordering) => ordering,
        None => a.is_nan().cmp(&b.is_nan()),
    }
}

/// Version, then time for version 1 and the first half for others, then the second half unsigned.
fn uuid_rank(bytes: [u8; 16]) -> (u8, u64, u64) {
    let uuid = uuid::Uuid::from_bytes(bytes);
    let (first, second) = uuid.as_u64_pair();
    match bytes[6] >> 4 {
        1 => (1, ticks(first), second),
        version => (version, first, second),
    }
}

/// Time, then the low eight bytes as signed bytes.
fn time_uuid_rank(bytes: [u8; 16]) -> (u64, [i8; 8]) {
    let (first, _) = uuid::Uuid::from_bytes(bytes).as_u64_pair();
    let mut low = [0; 8];
    for (signed, byte) in low.iter_mut().zip(&bytes[8..]) {
        *signed = *byte as i8;
    }
    (ticks(first), low)
}

/// The 60-bit timestamp in the first half of a version 1 uuid.
fn ticks(first: u64) -> u64 {
    let (low, middle, high) = (first >> 32, (first >> 16) & 0xFFFF, first & 0x0FFF);
    (high << 48) | (middle << 32) | low
}

fn compare_decimals(a: (i32, &[u8]), b: (i32, &[u8])) -> Ordering {
    let (x, y) = (BigInt::from_signed_bytes_be(a.1), BigInt::from_signed_bytes_be(b.1));
    let by_sign = x.sign().cmp(&y.sign());
    if by_sign.is_ne() || x.sign() == Sign::NoSign {
        return by_sign;
    }
    let magnitudes = compare_magnitudes((x.magnitude(), a.0), (y.magnitude(), b.0));
    if x.sign() == Sign::Minus { magnitudes.reverse() } else { magnitudes }
}

/// Compares `unscaled × 10^-scale` of two numbers above zero.
fn compare_magnitudes(a: (&BigUint, i32), b: (&BigUint, i32)) -> Ordering {
    let leading = |(unscaled, scale): (&BigUint, i32)| unscaled.to_string().len() as i64 - i64::from(scale);
    let by_size = leading(a).cmp(&leading(b));
    if by_size.is_ne() {
        return by_size;
    }
    // The first digits stand at the same place, so the scales differ by less than the digits there are.
    let power = BigUint::from(10u8).pow(a.1.abs_diff(b.1));
    if a.1 < b.1 { (a.0 * power).cmp(b.0) } else { a.0.cmp(&(b.0 * power)) }
}

fn compare_elements<'a, I>(kinds: &[&std::sync::Arc<ColumnType>], mut a: I, mut b: I) -> Ordering
where
    I: Iterator<Item = Result<&'a [u8], crate::error::InvalidValue>>,
{
    for kind in kinds.iter().cycle() {
        let ordering = match (a.next(), b.next()) {
            (Some(Ok(x)), Some(Ok(y))) => compare_values(kind, x, y),
            (Some(Ok(_)), None) => return Ordering::Greater,
            (None, Some(Ok(_))) => return Ordering::Less,
            // Both at their end, or broken bytes, which nobody stored.
            _ => return Ordering::Equal,
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

/// Component by component, null below every value; nulls at the end are as good as missing.
fn compare_components<'k>(kinds: impl Iterator<Item = &'k ColumnType>, a: &[u8], b: &[u8]) -> Ordering {
    let (mut x, mut y) = (Components::new(a), Components::new(b));
    for kind in kinds {
        let (left, right) = match (x.next(), y.next()) {
            (Some(Ok(left)), Some(Ok(right))) => (left, right),
            // One ends here: what follows in the other counts unless it is all null.
            (None, Some(Ok(None))) if y.only_nulls_left() => return Ordering::Equal,
            (Some(Ok(None)), None) if x.only_nulls_left() => return Ordering::Equal,
            (None, Some(Ok(_))) => return Ordering::Less,
            (Some(Ok(_)), None) => return Ordering::Greater,
            _ => return Ordering::Equal,
        };
        let ordering = match (left, right) {
            (Some(left), Some(right)) => compare_values(kind, left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}
