//! [`encode_component`]: wire bytes to ordered bytes.
//!
//! Shape of a component: a marker (0x10 the empty value, 0x20 a value), then a payload that delimits
//! itself; DESC complements every byte of it. So a component never begins with 0x00 or 0xFF, and none is a
//! prefix of another. Inside a collection or tuple the parts are components again, 0x08 is a null, and
//! 0x01 ends the sequence, below every marker: the shorter of two sequences comes first.
//! Hot: runs for every write and read; simple types allocate nothing but the growth of `out`.

use super::number::{put_decimal, put_varint};
use crate::error::InvalidValue;
use crate::types::ColumnType;
use crate::types::codec::{fixed, validate_value};
use crate::types::collection::{Components, Elements, VectorElements};

/// Ends a sequence of parts.
pub(super) const END: u8 = 0x01;
/// Stands for a null part of a tuple or user type.
pub(super) const NULL: u8 = 0x08;
/// Stands for the empty value.
pub(super) const EMPTY: u8 = 0x10;
/// Opens a value.
pub(super) const VALUE: u8 = 0x20;

/// Ends escaped bytes; the bytes 0x00 and 0x01 inside become 0x01 0x01 and 0x01 0x02.
pub(super) const BYTES_END: u8 = 0x00;
/// Opens an escaped byte.
pub(super) const ESCAPE: u8 = 0x01;

/// Appends the component of `wire`, a value of type `kind`, to `out`.
///
/// Values that compare equal have one encoding: every NaN is one, a `varint` is shortened, trailing zeros
/// of a `decimal` are dropped (1.0 and 1.00 are one clustering value, and come back as 1), nulls at the end
/// of a tuple are dropped. Text is taken as valid: who binds a value validates it.
///
/// Errors: wire bytes that are no `kind`; a duration or counter, which have no order. `out` is as before then.
pub fn encode_component(
    kind: &ColumnType,
    wire: &[u8],
    descending: bool,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    let start = out.len();
    if let Err(error) = put_component(kind, wire, out) {
        out.truncate(start);
        return Err(error);
    }
    if descending {
        for byte in &mut out[start..] {
            *byte = !*byte;
        }
    }
    debug_assert!(!matches!(out[start], 0x00 | 0xFF), "bounds rely on the first byte");
    Ok(())
}

fn put_component(kind: &ColumnType, wire: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    if wire.is_empty() && kind.allows_empty() && *kind != ColumnType::Counter {
        out.push(EMPTY);
        return Ok(());
    }
    out.push(VALUE);
    match kind {
        ColumnType::Text | ColumnType::Ascii | ColumnType::Blob => put_bytes(wire, out),
        ColumnType::Int => {
            let number = i32::from_be_bytes(fixed(kind, wire)?);
            out.extend_from_slice(&(number as u32 ^ (1 << 31)).to_be_bytes());
        }
        ColumnType::BigInt | ColumnType::Timestamp => {
            let number = u64::from_be_bytes(fixed(kind, wire)?);
            out.extend_from_slice(&(number ^ (1 << 63)).to_be_bytes());
        }
        ColumnType::SmallInt => {
            let number = u16::from_be_bytes(fixed(kind, wire)?);
            out.extend_from_slice(&(number ^ (1 << 15)).to_be_bytes());
        }
        ColumnType::TinyInt => out.push(fixed::<1>(kind, wire)?[0] ^ (1 << 7)),
        ColumnType::Boolean => out.push(u8::from(fixed::<1>(kind, wire)?[0] != 0)),
        ColumnType::Date => out.extend_from_slice(&fixed::<4>(kind, wire)?),
        ColumnType::Time => {
            validate_value(kind, wire)?;
            out.extend_from_slice(wire);
        }
        ColumnType::Float => {
            let number = f32::from_be_bytes(fixed(kind, wire)?);
            let bits = if number.is_nan() { f32::NAN.to_bits() & !(1 << 31) } else { number.to_bits() };
            let ordered = if bits >> 31 == 1 { !bits } else { bits | (1 << 31) };
            out.extend_from_slice(&ordered.to_be_bytes());
        }
        ColumnType::Double => {
            let number = f64::from_be_bytes(fixed(kind, wire)?);
            let bits = if number.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { number.to_bits() };
            let ordered = if bits >> 63 == 1 { !bits } else { bits | (1 << 63) };
            out.extend_from_slice(&ordered.to_be_bytes());
        }
        ColumnType::Uuid => {
            let (first, second) = halves(fixed(kind, wire)?);
            let version = (first >> 12) & 0xF;
            // Version 1 by its time; the others by their bytes, with the version moved to the front.
            let ordered = match version {
                1 => time_first(first),
                _ => (version << 60) | ((first >> 16) << 12) | (first & 0xFFF),
            };
            out.extend_from_slice(&ordered.to_be_bytes());
            out.extend_from_slice(&second.to_be_bytes());
        }
        ColumnType::TimeUuid => {
            validate_value(kind, wire)?;
            let (first, second) = halves(fixed(kind, wire)?);
            out.extend_from_slice(&time_first(first).to_be_bytes());
            out.extend_from_slice(&(second ^ SIGN_OF_BYTES).to_be_bytes());
        }
        ColumnType::Inet => {
            validate_value(kind, wire)?;
            put_bytes(wire, out);
        }
        ColumnType::VarInt => {
            validate_value(kind, wire)?;
            put_varint(wire, out);
        }
        ColumnType::Decimal => put_decimal(wire, out)?,
        ColumnType::List { element, .. } | ColumnType::Set { element, .. } => {
            for part in Elements::new(wire, 1, "collection")? {
                put_component(element, part?, out)?;
            }
            out.push(END);
        }
        ColumnType::Map { key, value, .. } => {
            let kinds = [key, value].into_iter().cycle();
            for (part, kind) in Elements::new(wire, 2, "map")?.zip(kinds) {
                put_component(kind, part?, out)?;
            }
            out.push(END);
        }
        ColumnType::Vector { element, dimension } => {
            for part in VectorElements::new(element, *dimension, wire)? {
                put_component(element, part?, out)?;
            }
        }
        ColumnType::Tuple(kinds) => put_components(kinds.len(), kinds.iter(), wire, out)?,
        ColumnType::Udt { definition, .. } => {
            let kinds = definition.fields.iter().map(|(_, kind)| kind);
            put_components(definition.fields.len(), kinds, wire, out)?;
        }
        ColumnType::Duration | ColumnType::Counter => {
            return Err(InvalidValue::new(format!("A {kind} has no order and cannot be part of a key")));
        }
    }
    Ok(())
}

/// Flips the sign bit of each of eight bytes.
pub(super) const SIGN_OF_BYTES: u64 = 0x8080_8080_8080_8080;

fn halves(bytes: [u8; 16]) -> (u64, u64) {
    uuid::Uuid::from_bytes(bytes).as_u64_pair()
}

/// The first half of a version 1 uuid with the most significant bits of its time in front.
fn time_first(first: u64) -> u64 {
    (first << 48) | ((first << 16) & 0xFFFF_0000_0000) | (first >> 32)
}

fn put_bytes(wire: &[u8], out: &mut Vec<u8>) {
    out.reserve(wire.len() + 1);
    if wire.iter().all(|byte| *byte > ESCAPE) {
        out.extend_from_slice(wire);
    } else {
        for byte in wire {
            match byte {
                0x00 | 0x01 => out.extend_from_slice(&[ESCAPE, byte + 1]),
                _ => out.push(*byte),
            }
        }
    }
    out.push(BYTES_END);
}

fn put_components<'k>(
    arity: usize,
    kinds: impl Iterator<Item = &'k ColumnType>,
    wire: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    let mut components = Components::new(wire);
    // Where the sequence ends when all that follows is null.
    let mut end = out.len();
    for kind in kinds {
        match components.next().transpose()? {
            Some(Some(part)) => {
                put_component(kind, part, out)?;
                end = out.len();
            }
            Some(None) => out.push(NULL),
            None => break,
        }
    }
    components.expect_end(arity)?;
    out.truncate(end);
    out.push(END);
    Ok(())
}
