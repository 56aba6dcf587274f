//! [`RawValue`] and [`BoundValues`]: what a client binds to the markers of a statement, still as wire bytes.
//!
//! Types are not known here; the binder checks each value against its column's.

use bytes::{BufMut, Bytes, BytesMut};
use model::DecodeError;

use super::primitives::{BodyReader, put_string};
use super::version::ProtocolVersion;

/// One bound value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RawValue {
    /// Deletes, or compares as null.
    Null,
    /// Leaves the column as it is (version 4 and later).
    Unset,
    /// Wire bytes; a slice of the request's body.
    Bytes(Bytes),
}

impl RawValue {
    /// The bytes, if it is neither null nor unset.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match self {
            RawValue::Bytes(bytes) => Some(bytes),
            RawValue::Null | RawValue::Unset => None,
        }
    }

    /// Reads a `[value]`: an int length, then that many bytes; -1 is null, -2 unset.
    ///
    /// Errors: any other negative length, unset before version 4, bytes that are not there.
    pub fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<RawValue, DecodeError> {
        let at = body.offset();
        match body.read_i32("length of a value")? {
            -1 => Ok(RawValue::Null),
            -2 if version >= ProtocolVersion::V4 => Ok(RawValue::Unset),
            -2 => Err(DecodeError::new("unset values need protocol version 4 or later", at)),
            length if length < 0 => Err(DecodeError::new(format!("invalid value length {length}"), at)),
            length => Ok(RawValue::Bytes(body.take(length as usize, "a value")?)),
        }
    }

    /// Appends it.
    pub fn put(&self, out: &mut BytesMut) {
        match self {
            RawValue::Null => out.put_i32(-1),
            RawValue::Unset => out.put_i32(-2),
            RawValue::Bytes(bytes) => {
                out.put_i32(bytes.len() as i32);
                out.extend_from_slice(bytes);
            }
        }
    }
}

/// The bound values of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundValues {
    /// In order of the markers.
    Positional(Vec<RawValue>),
    /// By name of the marker, in the client's order.
    Named(Vec<(String, RawValue)>),
}

impl Default for BoundValues {
    fn default() -> BoundValues {
        BoundValues::Positional(Vec::new())
    }
}

impl BoundValues {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            BoundValues::Positional(values) => values.len(),
            BoundValues::Named(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads a short count and that many values, each after its name if `named`.
    pub fn read(
        body: &mut BodyReader,
        version: ProtocolVersion,
        named: bool,
    ) -> Result<BoundValues, DecodeError> {
        if !named {
            return read_positional(body, version).map(BoundValues::Positional);
        }
        let count = body.read_count_u16(2 + 4, "bound values")?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            let name = body.read_string("name of a value")?;
            values.push((name, RawValue::read(body, version)?));
        }
        Ok(BoundValues::Named(values))
    }

    /// Appends count and values.
    pub fn put(&self, out: &mut BytesMut) {
        match self {
            BoundValues::Positional(values) => put_positional(values, out),
            BoundValues::Named(values) => {
                out.put_u16(values.len() as u16);
                for (name, value) in values {
                    put_string(name, out);
                    value.put(out);
                }
            }
        }
    }
}

/// Reads a short count and that many values.
pub(super) fn read_positional(
    body: &mut BodyReader,
    version: ProtocolVersion,
) -> Result<Vec<RawValue>, DecodeError> {
    let count = body.read_count_u16(4, "bound values")?;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        values.push(RawValue::read(body, version)?);
    }
    Ok(values)
}

/// Appends a short count and the values.
pub(super) fn put_positional(values: &[RawValue], out: &mut BytesMut) {
    out.put_u16(values.len() as u16);
    for value in values {
        value.put(out);
    }
}
