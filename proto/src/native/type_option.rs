//! Types on the wire: a short code, and for nested types what follows it.
//!
//! Types that a version has no code for travel as custom types, by the class name that drivers know
//! ([`super::class_name`]): duration before version 5, vectors always, the types of version 4 in version 3.
//! The wire does not say what is frozen: a decoded type is not frozen outside and frozen inside.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use model::DecodeError;
use model::limits::TYPE_DEPTH_MAX;
use model::types::{ColumnType, UserType};

use super::class_name::{class_name, parse_class_name};
use super::primitives::{BodyReader, put_string};
use super::version::ProtocolVersion;

const CUSTOM: u16 = 0x00;
const LIST: u16 = 0x20;
const MAP: u16 = 0x21;
const SET: u16 = 0x22;
const UDT: u16 = 0x30;
const TUPLE: u16 = 0x31;

/// Code of a type without parameters, and the version that brought it.
fn simple_code(column_type: &ColumnType) -> Option<(u16, ProtocolVersion)> {
    use ProtocolVersion::{V3, V4, V5};
    Some(match column_type {
        ColumnType::Ascii => (0x01, V3),
        ColumnType::BigInt => (0x02, V3),
        ColumnType::Blob => (0x03, V3),
        ColumnType::Boolean => (0x04, V3),
        ColumnType::Counter => (0x05, V3),
        ColumnType::Decimal => (0x06, V3),
        ColumnType::Double => (0x07, V3),
        ColumnType::Float => (0x08, V3),
        ColumnType::Int => (0x09, V3),
        ColumnType::Timestamp => (0x0B, V3),
        ColumnType::Uuid => (0x0C, V3),
        ColumnType::Text => (0x0D, V3),
        ColumnType::VarInt => (0x0E, V3),
        ColumnType::TimeUuid => (0x0F, V3),
        ColumnType::Inet => (0x10, V3),
        ColumnType::Date => (0x11, V4),
        ColumnType::Time => (0x12, V4),
        ColumnType::SmallInt => (0x13, V4),
        ColumnType::TinyInt => (0x14, V4),
        ColumnType::Duration => (0x15, V5),
        ColumnType::List { .. }
        | ColumnType::Set { .. }
        | ColumnType::Map { .. }
        | ColumnType::Tuple(_)
        | ColumnType::Udt { .. }
        | ColumnType::Vector { .. } => return None,
    })
}

fn simple_type(code: u16) -> Option<ColumnType> {
    Some(match code {
        0x01 => ColumnType::Ascii,
        0x02 => ColumnType::BigInt,
        0x03 => ColumnType::Blob,
        0x04 => ColumnType::Boolean,
        0x05 => ColumnType::Counter,
        0x06 => ColumnType::Decimal,
        0x07 => ColumnType::Double,
        0x08 => ColumnType::Float,
        0x09 => ColumnType::Int,
        0x0B => ColumnType::Timestamp,
        0x0C => ColumnType::Uuid,
        // 0x0A was `text` in version 1 and means the same.
        0x0A | 0x0D => ColumnType::Text,
        0x0E => ColumnType::VarInt,
        0x0F => ColumnType::TimeUuid,
        0x10 => ColumnType::Inet,
        0x11 => ColumnType::Date,
        0x12 => ColumnType::Time,
        0x13 => ColumnType::SmallInt,
        0x14 => ColumnType::TinyInt,
        0x15 => ColumnType::Duration,
        _ => return None,
    })
}

/// Appends a type as `version` writes it.
pub fn put_type(column_type: &ColumnType, version: ProtocolVersion, out: &mut BytesMut) {
    match column_type {
        ColumnType::List { element, .. } => {
            out.put_u16(LIST);
            put_type(element, version, out);
        }
        ColumnType::Set { element, .. } => {
            out.put_u16(SET);
            put_type(element, version, out);
        }
        ColumnType::Map { key, value, .. } => {
            out.put_u16(MAP);
            put_type(key, version, out);
            put_type(value, version, out);
        }
        ColumnType::Tuple(elements) => {
            out.put_u16(TUPLE);
            out.put_u16(elements.len() as u16);
            for element in elements {
                put_type(element, version, out);
            }
        }
        ColumnType::Udt { definition, .. } => {
            out.put_u16(UDT);
            put_string(&definition.keyspace, out);
            put_string(&definition.name, out);
            out.put_u16(definition.fields.len() as u16);
            for (name, field_type) in &definition.fields {
                put_string(name, out);
                put_type(field_type, version, out);
            }
        }
        simple_or_vector => match simple_code(simple_or_vector) {
            Some((code, since)) if version >= since => out.put_u16(code),
            _ => {
                out.put_u16(CUSTOM);
                put_string(&class_name(simple_or_vector), out);
            }
        },
    }
}

/// Reads a type.
///
/// Errors: an unknown code or class, or types nested deeper than [`TYPE_DEPTH_MAX`].
pub fn read_type(body: &mut BodyReader) -> Result<ColumnType, DecodeError> {
    read_at_depth(body, 0)
}

fn read_at_depth(body: &mut BodyReader, depth: usize) -> Result<ColumnType, DecodeError> {
    let at = body.offset();
    if depth > TYPE_DEPTH_MAX {
        return Err(DecodeError::new(format!("types are nested deeper than {TYPE_DEPTH_MAX}"), at));
    }
    let frozen = depth > 0;
    let nested = |body: &mut BodyReader| read_at_depth(body, depth + 1).map(Arc::new);
    let code = body.read_u16("type code")?;
    if let Some(simple) = simple_type(code) {
        return Ok(simple);
    }
    Ok(match code {
        CUSTOM => {
            let at = body.offset();
            let class = body.read_string("class of a custom type")?;
            parse_class_name(&class, depth).map_err(|error| DecodeError::new(error.what, at))?
        }
        LIST => ColumnType::List { element: nested(body)?, frozen },
        SET => ColumnType::Set { element: nested(body)?, frozen },
        MAP => ColumnType::Map { key: nested(body)?, value: nested(body)?, frozen },
        TUPLE => {
            let count = body.read_count_u16(2, "tuple elements")?;
            ColumnType::Tuple((0..count).map(|_| read_at_depth(body, depth + 1)).collect::<Result<_, _>>()?)
        }
        UDT => {
            let keyspace = body.read_string("keyspace of a type")?;
            let name = body.read_string("name of a type")?;
            let count = body.read_count_u16(4, "fields of a type")?;
            let mut fields = Vec::with_capacity(count);
            for _ in 0..count {
                let field = body.read_string("name of a field")?;
                fields.push((field, read_at_depth(body, depth + 1)?));
            }
            ColumnType::Udt { definition: Arc::new(UserType { keyspace, name, fields }), frozen }
        }
        other => return Err(DecodeError::new(format!("unknown type code {other:#06x}"), at)),
    })
}
