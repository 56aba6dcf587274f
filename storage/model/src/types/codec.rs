//! Values and their wire bytes, as the native protocol has them since version 3.
//!
//! On the data's way: bound bytes of a request -> **`validate_value`** -> cell; cell -> **`decode_value`**
//! -> functions and text. Recursion follows the type, whose depth the type parser bounds, never the data.
//! Invariant: `decode_value` accepts exactly what `validate_value` accepts, and `encode_value` of the
//! result gives the same bytes, but for numbers that were not in their shortest form.
//! Left out: order and duplicates of sets and maps (`canonical`).

use std::net::IpAddr;

use bytes::{BufMut, Bytes};
use num_bigint::BigInt;
use uuid::Uuid;

use super::collection::{Components, Elements, VectorElements};
use super::vint::{get_signed_vint, put_signed_vint, put_unsigned_vint};
use super::{ColumnType, CqlDuration, Decimal, Value};
use crate::error::InvalidValue;
use crate::limits::{COLLECTION_ELEMENTS_MAX, VARINT_SIZE_BYTES_MAX};

/// Nanoseconds of a day: `time` values lie below.
pub const DAY_NANOSECONDS: i64 = 24 * 60 * 60 * 1_000_000_000;

/// Whether `wire` is a value of type `kind`.
///
/// Errors: what is wrong, in words that name the type; to be answered as Invalid.
pub fn validate_value(kind: &ColumnType, wire: &[u8]) -> Result<(), InvalidValue> {
    if wire.is_empty() && kind.allows_empty() {
        return Ok(());
    }
    match kind {
        ColumnType::Ascii => match wire.iter().position(|byte| !byte.is_ascii()) {
            None => Ok(()),
            Some(at) => Err(InvalidValue::new(format!("Invalid byte 0x{:02x} at {at} for ascii", wire[at]))),
        },
        ColumnType::Text => text(wire).map(|_| ()),
        ColumnType::Blob => Ok(()),
        ColumnType::BigInt | ColumnType::Counter | ColumnType::Timestamp | ColumnType::Double => {
            fixed::<8>(kind, wire).map(|_| ())
        }
        ColumnType::Int | ColumnType::Float | ColumnType::Date => fixed::<4>(kind, wire).map(|_| ()),
        ColumnType::SmallInt => fixed::<2>(kind, wire).map(|_| ()),
        ColumnType::TinyInt | ColumnType::Boolean => fixed::<1>(kind, wire).map(|_| ()),
        ColumnType::Uuid => fixed::<16>(kind, wire).map(|_| ()),
        ColumnType::TimeUuid => time_uuid(wire).map(|_| ()),
        ColumnType::Time => time(wire).map(|_| ()),
        ColumnType::Inet => inet(wire).map(|_| ()),
        ColumnType::VarInt => varint_size(wire),
        ColumnType::Decimal => split_decimal(wire).map(|_| ()),
        ColumnType::Duration => duration(wire).map(|_| ()),
        ColumnType::List { element, .. } => {
            Elements::new(wire, 1, "list")?.try_for_each(|part| validate_value(element, part?))
        }
        ColumnType::Set { element, .. } => {
            Elements::new(wire, 1, "set")?.try_for_each(|part| validate_value(element, part?))
        }
        ColumnType::Map { key, value, .. } => {
            let kinds = [key, value].into_iter().cycle();
            Elements::new(wire, 2, "map")?.zip(kinds).try_for_each(|(part, kind)| validate_value(kind, part?))
        }
        ColumnType::Vector { element, dimension } => VectorElements::new(element, *dimension, wire)?
            .try_for_each(|part| validate_value(element, part?)),
        ColumnType::Tuple(kinds) => validate_components(kinds.len(), kinds.iter(), wire),
        ColumnType::Udt { definition, .. } => {
            let fields = &definition.fields;
            validate_components(fields.len(), fields.iter().map(|(_, kind)| kind), wire)
        }
    }
}

fn validate_components<'k>(
    arity: usize,
    kinds: impl Iterator<Item = &'k ColumnType>,
    wire: &[u8],
) -> Result<(), InvalidValue> {
    let mut components = Components::new(wire);
    for kind in kinds {
        match components.next().transpose()? {
            Some(Some(part)) => validate_value(kind, part)?,
            Some(None) => {}
            None => return Ok(()),
        }
    }
    components.expect_end(arity)
}

/// The value that `wire` is in type `kind`.
///
/// Errors: as [`validate_value`].
pub fn decode_value(kind: &ColumnType, wire: &[u8]) -> Result<Value, InvalidValue> {
    let is_text = matches!(kind, ColumnType::Ascii | ColumnType::Text | ColumnType::Blob);
    let has_components = matches!(kind, ColumnType::Tuple(_) | ColumnType::Udt { .. });
    if wire.is_empty() && kind.allows_empty() && !is_text && !has_components {
        return Ok(Value::Empty);
    }
    Ok(match kind {
        ColumnType::Ascii => {
            validate_value(kind, wire)?;
            Value::Ascii(text(wire)?.to_string())
        }
        ColumnType::Text => Value::Text(text(wire)?.to_string()),
        ColumnType::Blob => Value::Blob(Bytes::copy_from_slice(wire)),
        ColumnType::BigInt => Value::BigInt(i64::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::Counter => Value::Counter(i64::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::Timestamp => Value::Timestamp(i64::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::Double => Value::Double(f64::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::Int => Value::Int(i32::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::Float => Value::Float(f32::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::Date => Value::Date(u32::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::SmallInt => Value::SmallInt(i16::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::TinyInt => Value::TinyInt(i8::from_be_bytes(fixed(kind, wire)?)),
        ColumnType::Boolean => Value::Boolean(fixed::<1>(kind, wire)?[0] != 0),
        ColumnType::Uuid => Value::Uuid(Uuid::from_bytes(fixed(kind, wire)?)),
        ColumnType::TimeUuid => Value::TimeUuid(time_uuid(wire)?),
        ColumnType::Time => Value::Time(time(wire)?),
        ColumnType::Inet => Value::Inet(inet(wire)?),
        ColumnType::VarInt => {
            varint_size(wire)?;
            Value::VarInt(BigInt::from_signed_bytes_be(wire))
        }
        ColumnType::Decimal => {
            let (scale, unscaled) = split_decimal(wire)?;
            Value::Decimal(Decimal { unscaled: BigInt::from_signed_bytes_be(unscaled), scale })
        }
        ColumnType::Duration => Value::Duration(duration(wire)?),
        ColumnType::List { element, .. } => Value::List(decode_elements(element, wire, "list")?),
        ColumnType::Set { element, .. } => Value::Set(decode_elements(element, wire, "set")?),
        ColumnType::Map { key, value, .. } => {
            let mut elements = Elements::new(wire, 2, "map")?;
            let mut entries = Vec::with_capacity(elements.left() / 2);
            while let Some(k) = elements.next() {
                let k = decode_value(key, k?)?;
                let v = elements.next().ok_or_else(|| InvalidValue::new("A key of a map has no value"))??;
                entries.push((k, decode_value(value, v)?));
            }
            Value::Map(entries)
        }
        ColumnType::Vector { element, dimension } => Value::Vector(
            VectorElements::new(element, *dimension, wire)?
                .map(|part| decode_value(element, part?))
                .collect::<Result<_, _>>()?,
        ),
        ColumnType::Tuple(kinds) => Value::Tuple(decode_components(kinds.len(), kinds.iter(), wire)?),
        ColumnType::Udt { definition, .. } => {
            let fields = &definition.fields;
            Value::Udt(decode_components(fields.len(), fields.iter().map(|(_, kind)| kind), wire)?)
        }
    })
}

fn decode_elements(
    element: &ColumnType,
    wire: &[u8],
    what: &'static str,
) -> Result<Vec<Value>, InvalidValue> {
    let elements = Elements::new(wire, 1, what)?;
    let mut out = Vec::with_capacity(elements.left());
    for part in elements {
        out.push(decode_value(element, part?)?);
    }
    Ok(out)
}

fn decode_components<'k>(
    arity: usize,
    kinds: impl Iterator<Item = &'k ColumnType>,
    wire: &[u8],
) -> Result<Vec<Option<Value>>, InvalidValue> {
    let mut components = Components::new(wire);
    let mut out = vec![];
    for kind in kinds {
        match components.next().transpose()? {
            Some(Some(part)) => out.push(Some(decode_value(kind, part)?)),
            Some(None) => out.push(None),
            None => return Ok(out),
        }
    }
    components.expect_end(arity)?;
    Ok(out)
}

/// The wire bytes of `value` in type `kind`. Sets and maps keep the order they have.
///
/// Errors: a value of another type, or one that `kind` forbids.
pub fn encode_value(kind: &ColumnType, value: &Value) -> Result<Bytes, InvalidValue> {
    let mut out = vec![];
    encode_into(kind, value, &mut out)?;
    Ok(out.into())
}

fn encode_into(kind: &ColumnType, value: &Value, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    match (kind, value) {
        (_, Value::Empty) if kind.allows_empty() => {}
        (ColumnType::Ascii, Value::Ascii(text) | Value::Text(text)) => {
            validate_value(kind, text.as_bytes())?;
            out.extend_from_slice(text.as_bytes());
        }
        (ColumnType::Text, Value::Text(text) | Value::Ascii(text)) => out.extend_from_slice(text.as_bytes()),
        (ColumnType::Blob, Value::Blob(bytes)) => out.extend_from_slice(bytes),
        (ColumnType::BigInt, Value::BigInt(number))
        | (ColumnType::Counter, Value::Counter(number) | Value::BigInt(number))
        | (ColumnType::Timestamp, Value::Timestamp(number)) => out.put_i64(*number),
        (ColumnType::Double, Value::Double(number)) => out.put_f64(*number),
        (ColumnType::Int, Value::Int(number)) => out.put_i32(*number),
        (ColumnType::Float, Value::Float(number)) => out.put_f32(*number),
        (ColumnType::Date, Value::Date(days)) => out.put_u32(*days),
        (ColumnType::SmallInt, Value::SmallInt(number)) => out.put_i16(*number),
        (ColumnType::TinyInt, Value::TinyInt(number)) => out.put_i8(*number),
        (ColumnType::Boolean, Value::Boolean(truth)) => out.push(u8::from(*truth)),
        (ColumnType::Uuid, Value::Uuid(uuid) | Value::TimeUuid(uuid)) => {
            out.extend_from_slice(uuid.as_bytes())
        }
        (ColumnType::TimeUuid, Value::TimeUuid(uuid) | Value::Uuid(uuid)) => {
            time_uuid(uuid.as_bytes())?;
            out.extend_from_slice(uuid.as_bytes());
        }
        (ColumnType::Time, Value::Time(nanoseconds)) => {
            time(&nanoseconds.to_be_bytes())?;
            out.put_i64(*nanoseconds);
        }
        (ColumnType::Inet, Value::Inet(IpAddr::V4(address))) => out.extend_from_slice(&address.octets()),
        (ColumnType::Inet, Value::Inet(IpAddr::V6(address))) => out.extend_from_slice(&address.octets()),
        (ColumnType::VarInt, Value::VarInt(number)) => {
            let bytes = number.to_signed_bytes_be();
            varint_size(&bytes)?;
            out.extend_from_slice(&bytes);
        }
        (ColumnType::Decimal, Value::Decimal(decimal)) => {
            let bytes = decimal.unscaled.to_signed_bytes_be();
            varint_size(&bytes)?;
            out.put_i32(decimal.scale);
            out.extend_from_slice(&bytes);
        }
        (ColumnType::Duration, Value::Duration(duration)) => {
            one_sign(duration)?;
            put_signed_vint(out, duration.months.into());
            put_signed_vint(out, duration.days.into());
            put_signed_vint(out, duration.nanoseconds);
        }
        (ColumnType::List { element, .. }, Value::List(values))
        | (ColumnType::Set { element, .. }, Value::Set(values)) => {
            put_count(kind, values.len(), out)?;
            for value in values {
                put_element(element, value, out)?;
            }
        }
        (ColumnType::Map { key, value, .. }, Value::Map(entries)) => {
            put_count(kind, entries.len(), out)?;
            for (k, v) in entries {
                put_element(key, k, out)?;
                put_element(value, v, out)?;
            }
        }
        (ColumnType::Tuple(kinds), Value::Tuple(values)) => {
            put_components(kind, kinds.len(), kinds.iter(), values, out)?
        }
        (ColumnType::Udt { definition, .. }, Value::Udt(values)) => {
            let kinds = definition.fields.iter().map(|(_, kind)| kind);
            put_components(kind, definition.fields.len(), kinds, values, out)?;
        }
        (ColumnType::Vector { element, dimension }, Value::Vector(values)) => {
            if values.len() as u64 != u64::from(*dimension) {
                return Err(InvalidValue::new(format!(
                    "Expected {dimension} elements for {kind} but got {}",
                    values.len()
                )));
            }
            for value in values {
                let bytes = encode_value(element, value)?;
                match element.fixed_size() {
                    Some(size) if size != bytes.len() => {
                        return Err(InvalidValue::new(format!(
                            "Empty values are not supported inside {kind}"
                        )));
                    }
                    Some(_) => {}
                    None => put_unsigned_vint(out, bytes.len() as u64),
                }
                out.extend_from_slice(&bytes);
            }
        }
        _ => {
            return Err(InvalidValue::new(format!(
                "Expected a value of type {kind} but got {}",
                value.type_word()
            )));
        }
    }
    Ok(())
}

fn put_count(kind: &ColumnType, count: usize, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    if count > COLLECTION_ELEMENTS_MAX {
        return Err(InvalidValue::new(format!(
            "{count} elements of a {kind} are over the limit of {COLLECTION_ELEMENTS_MAX}"
        )));
    }
    out.put_i32(count as i32);
    Ok(())
}

fn put_element(kind: &ColumnType, value: &Value, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    let start = out.len();
    out.put_i32(0);
    encode_into(kind, value, out)?;
    let length = i32::try_from(out.len() - start - 4)
        .map_err(|_| InvalidValue::new(format!("A value of type {kind} is longer than 2 GiB")))?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn put_components<'k>(
    kind: &ColumnType,
    arity: usize,
    kinds: impl Iterator<Item = &'k ColumnType>,
    values: &[Option<Value>],
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    if values.len() > arity {
        return Err(InvalidValue::new(format!(
            "Expected at most {arity} components for {kind} but got {}",
            values.len()
        )));
    }
    for (kind, value) in kinds.zip(values) {
        match value {
            Some(value) => put_element(kind, value, out)?,
            None => out.put_i32(-1),
        }
    }
    Ok(())
}

pub(crate) fn fixed<const N: usize>(kind: &ColumnType, wire: &[u8]) -> Result<[u8; N], InvalidValue> {
    wire.try_into()
        .map_err(|_| InvalidValue::new(format!("Expected {N} byte {kind} but got {} bytes", wire.len())))
}

fn text(wire: &[u8]) -> Result<&str, InvalidValue> {
    std::str::from_utf8(wire)
        .map_err(|error| InvalidValue::new(format!("Invalid UTF-8 for text at byte {}", error.valid_up_to())))
}

fn time_uuid(wire: &[u8]) -> Result<Uuid, InvalidValue> {
    let uuid = Uuid::from_bytes(fixed(&ColumnType::TimeUuid, wire)?);
    match uuid.get_version_num() {
        1 => Ok(uuid),
        version => Err(InvalidValue::new(format!(
            "Expected a version 1 uuid for timeuuid but {uuid} has version {version}"
        ))),
    }
}

fn time(wire: &[u8]) -> Result<i64, InvalidValue> {
    let nanoseconds = i64::from_be_bytes(fixed(&ColumnType::Time, wire)?);
    if !(0..DAY_NANOSECONDS).contains(&nanoseconds) {
        return Err(InvalidValue::new(format!(
            "Expected a time between 0 and {} nanoseconds but got {nanoseconds}",
            DAY_NANOSECONDS - 1
        )));
    }
    Ok(nanoseconds)
}

fn inet(wire: &[u8]) -> Result<IpAddr, InvalidValue> {
    if let Ok(v4) = <[u8; 4]>::try_from(wire) {
        return Ok(v4.into());
    }
    let v6 = <[u8; 16]>::try_from(wire)
        .map_err(|_| InvalidValue::new(format!("Expected 4 or 16 byte inet but got {} bytes", wire.len())))?;
    Ok(v6.into())
}

fn varint_size(wire: &[u8]) -> Result<(), InvalidValue> {
    if wire.len() > VARINT_SIZE_BYTES_MAX {
        return Err(InvalidValue::new(format!(
            "A number of {} bytes is over the limit of {VARINT_SIZE_BYTES_MAX}",
            wire.len()
        )));
    }
    Ok(())
}

/// Scale and unscaled bytes of a decimal.
pub(crate) fn split_decimal(wire: &[u8]) -> Result<(i32, &[u8]), InvalidValue> {
    match wire.split_first_chunk::<4>() {
        Some((scale, unscaled)) if !unscaled.is_empty() => {
            varint_size(unscaled)?;
            Ok((i32::from_be_bytes(*scale), unscaled))
        }
        _ => Err(InvalidValue::new(format!("Expected at least 5 byte decimal but got {} bytes", wire.len()))),
    }
}

fn duration(wire: &[u8]) -> Result<CqlDuration, InvalidValue> {
    let mut rest = wire;
    let mut part = |name: &str| {
        get_signed_vint(&mut rest)
            .ok_or_else(|| InvalidValue::new(format!("Not enough bytes for the {name} of a duration")))
    };
    let (months, days, nanoseconds) = (part("months")?, part("days")?, part("nanoseconds")?);
    if !rest.is_empty() {
        return Err(InvalidValue::new(format!("{} unexpected bytes after a duration", rest.len())));
    }
    let narrow = |name: &str, value: i64| {
        i32::try_from(value).map_err(|_| {
            InvalidValue::new(format!("The {name} of a duration must fit 32 bits, {value} do not"))
        })
    };
    let duration =
        CqlDuration { months: narrow("months", months)?, days: narrow("days", days)?, nanoseconds };
    one_sign(&duration)?;
    Ok(duration)
}

fn one_sign(duration: &CqlDuration) -> Result<(), InvalidValue> {
    if duration.has_one_sign() {
        return Ok(());
    }
    Err(InvalidValue::new(format!(
        "The parts of a duration must be of one sign, but months, days and nanoseconds are {}, {} and {}",
        duration.months, duration.days, duration.nanoseconds
    )))
}

#[cfg(test)]
mod tests;
