//! [`decode_component`]: ordered bytes back to wire bytes.
//!
//! The inverse of `encode`. Bytes come from disk or from peers, so every length is checked; what is
//! allocated is at most a few times what was read.

use bytes::{BufMut, Bytes};

use super::encode::{BYTES_END, EMPTY, END, ESCAPE, NULL, SIGN_OF_BYTES, VALUE};
use super::number::{get_decimal, get_varint};
use crate::error::DecodeError;
use crate::types::ColumnType;
use crate::types::vint::put_unsigned_vint;

/// Takes one component of type `kind` off the front of `input` and gives the wire bytes of its value.
///
/// Errors: bytes that no value of `kind` encodes to, with the offset inside `input`; `input` is as before then.
pub fn decode_component(
    kind: &ColumnType,
    input: &mut &[u8],
    descending: bool,
) -> Result<Bytes, DecodeError> {
    let mut out = vec![];
    decode_component_into(kind, input, descending, &mut out)?;
    Ok(out.into())
}

/// As [`decode_component`], but appends the wire bytes to `out`: the values of a row's key share one buffer.
pub fn decode_component_into(
    kind: &ColumnType,
    input: &mut &[u8],
    descending: bool,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let mut reader = Reader { bytes: input, at: 0, mask: if descending { 0xFF } else { 0x00 } };
    match reader.byte()? {
        EMPTY => expect_empty_allowed(kind, &reader)?,
        VALUE => get_payload(kind, &mut reader, out)?,
        other => return Err(reader.error(format!("0x{other:02x} is no marker of a key component"))),
    }
    *input = &input[reader.at..];
    Ok(())
}

/// Reads bytes, complemented where the component is.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    mask: u8,
}

impl Reader<'_> {
    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn peek(&self) -> Result<u8, DecodeError> {
        self.bytes
            .get(self.at)
            .map(|byte| byte ^ self.mask)
            .ok_or_else(|| self.error("key component is cut short"))
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut out = *self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.first_chunk::<N>())
            .ok_or_else(|| self.error("key component is cut short"))?;
        for byte in &mut out {
            *byte ^= self.mask;
        }
        self.at += N;
        Ok(out)
    }

    /// Appends the next `length` bytes to `out`.
    pub(super) fn copy(&mut self, length: usize, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let end = self.at.checked_add(length);
        let bytes = end
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or_else(|| self.error("key component is cut short"))?;
        out.extend(bytes.iter().map(|byte| byte ^ self.mask));
        self.at += length;
        Ok(())
    }

    pub(super) fn error(&self, what: impl Into<String>) -> DecodeError {
        DecodeError::new(what, self.at)
    }
}

fn expect_empty_allowed(kind: &ColumnType, reader: &Reader) -> Result<(), DecodeError> {
    if kind.allows_empty() && *kind != ColumnType::Counter {
        return Ok(());
    }
    Err(reader.error(format!("empty value for {kind}")))
}

fn get_payload(kind: &ColumnType, reader: &mut Reader, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    match kind {
        ColumnType::Text | ColumnType::Ascii | ColumnType::Blob => get_bytes(reader, out)?,
        ColumnType::Int => out.put_u32(u32::from_be_bytes(reader.array()?) ^ (1 << 31)),
        ColumnType::BigInt | ColumnType::Timestamp => {
            out.put_u64(u64::from_be_bytes(reader.array()?) ^ (1 << 63));
        }
        ColumnType::SmallInt => out.put_u16(u16::from_be_bytes(reader.array()?) ^ (1 << 15)),
        ColumnType::TinyInt => out.put_u8(reader.byte()? ^ (1 << 7)),
        ColumnType::Boolean => out.put_u8(match reader.byte()? {
            truth @ (0 | 1) => truth,
            other => return Err(reader.error(format!("0x{other:02x} is no boolean"))),
        }),
        ColumnType::Date => out.put_slice(&reader.array::<4>()?),
        ColumnType::Time => out.put_slice(&reader.array::<8>()?),
        ColumnType::Float => {
            let ordered = u32::from_be_bytes(reader.array()?);
            out.put_u32(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered });
        }
        ColumnType::Double => {
            let ordered = u64::from_be_bytes(reader.array()?);
            out.put_u64(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered });
        }
        ColumnType::Uuid => {
            let ordered = u64::from_be_bytes(reader.array()?);
            out.put_u64(match ordered >> 60 {
                1 => time_low_first(ordered),
                version => ((ordered << 4) & !0xFFFF) | (version << 12) | (ordered & 0xFFF),
            });
            out.put_slice(&reader.array::<8>()?);
        }
        ColumnType::TimeUuid => {
            let ordered = u64::from_be_bytes(reader.array()?);
            if ordered >> 60 != 1 {
                return Err(reader.error("a timeuuid of a version that is not 1"));
            }
            out.put_u64(time_low_first(ordered));
            out.put_u64(u64::from_be_bytes(reader.array()?) ^ SIGN_OF_BYTES);
        }
        ColumnType::Inet => {
            let start = out.len();
            get_bytes(reader, out)?;
            if !matches!(out.len() - start, 4 | 16) {
                return Err(reader.error(format!("an inet of {} bytes", out.len() - start)));
            }
        }
        ColumnType::VarInt => get_varint(reader, out)?,
        ColumnType::Decimal => get_decimal(reader, out)?,
        ColumnType::List { element, .. } | ColumnType::Set { element, .. } => {
            get_elements(&[element], reader, out)?;
        }
        ColumnType::Map { key, value, .. } => get_elements(&[key, value], reader, out)?,
        ColumnType::Vector { element, dimension } => {
            let mut part = vec![];
            for _ in 0..*dimension {
                if element.fixed_size().is_some() {
                    get_part(element, reader, out)?;
                } else {
                    part.clear();
                    get_part(element, reader, &mut part)?;
                    put_unsigned_vint(out, part.len() as u64);
                    out.extend_from_slice(&part);
                }
            }
        }
        ColumnType::Tuple(kinds) => get_components(kinds.iter(), reader, out)?,
        ColumnType::Udt { definition, .. } => {
            get_components(definition.fields.iter().map(|(_, kind)| kind), reader, out)?;
        }
        ColumnType::Duration | ColumnType::Counter => {
            return Err(reader.error(format!("a {kind} cannot be part of a key")));
        }
    }
    Ok(())
}

/// The first half of a version 1 uuid as the wire has it, from the half with its time in front.
fn time_low_first(ordered: u64) -> u64 {
    (ordered << 32) | ((ordered >> 16) & 0xFFFF_0000) | (ordered >> 48)
}

fn get_bytes(reader: &mut Reader, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    loop {
        match reader.byte()? {
            BYTES_END => return Ok(()),
            ESCAPE => match reader.byte()? {
                escaped @ (1 | 2) => out.push(escaped - 1),
                other => return Err(reader.error(format!("0x{other:02x} is no escaped byte"))),
            },
            byte => out.push(byte),
        }
    }
}

/// A part of a collection, tuple or vector: a component that is not null.
fn get_part(kind: &ColumnType, reader: &mut Reader, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    match reader.byte()? {
        EMPTY => expect_empty_allowed(kind, reader),
        VALUE => get_payload(kind, reader, out),
        other => Err(reader.error(format!("0x{other:02x} is no marker of a part"))),
    }
}

fn get_part_with_length(
    kind: &ColumnType,
    reader: &mut Reader,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let start = out.len();
    out.put_i32(0);
    get_part(kind, reader, out)?;
    let length =
        i32::try_from(out.len() - start - 4).map_err(|_| reader.error("a part of more than 2 GiB"))?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Entries of one element for each of `kinds`, up to the end mark.
fn get_elements(
    kinds: &[&std::sync::Arc<ColumnType>],
    reader: &mut Reader,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let start = out.len();
    let mut count: i32 = 0;
    out.put_i32(0);
    while reader.peek()? != END {
        for kind in kinds {
            get_part_with_length(kind, reader, out)?;
        }
        count = count.checked_add(1).ok_or_else(|| reader.error("a collection of too many elements"))?;
    }
    reader.byte()?;
    out[start..start + 4].copy_from_slice(&count.to_be_bytes());
    Ok(())
}

fn get_components<'k>(
    kinds: impl Iterator<Item = &'k ColumnType>,
    reader: &mut Reader,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    if reader.peek()? == END {
        // All null is not the empty value: it keeps one component to be told apart.
        out.put_i32(-1);
    }
    for kind in kinds {
        match reader.peek()? {
            END => break,
            NULL => {
                reader.byte()?;
                out.put_i32(-1);
            }
            _ => get_part_with_length(kind, reader, out)?,
        }
    }
    match reader.byte()? {
        END => Ok(()),
        _ => Err(reader.error("more components than the tuple has")),
    }
}
