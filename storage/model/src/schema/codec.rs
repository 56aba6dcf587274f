//! Keyspaces in bytes and back: the contents of the schema file.
//!
//! Layout and history: `docs/formats/schema.md`. A header guards the body, which is JSON, so that a person
//! can read a schema off a disk that nothing else reads any more. Left out: the version, which is computed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Keyspace, Schema, SchemaVersion};
use crate::error::DecodeError;

/// First bytes of the file.
const MAGIC: [u8; 8] = *b"BASLTSCH";
/// Version of the layout that is written, and the only one that is read.
const VERSION: u32 = 1;
/// Magic, version, length of the body, checksum of the body.
const HEADER_SIZE_BYTES: usize = 8 + 4 + 4 + 4;
/// Largest file, in bytes: thousands of tables with hundreds of columns each.
pub const SCHEMA_SIZE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The bytes of these keyspaces.
///
/// Errors: a schema over [`SCHEMA_SIZE_BYTES_MAX`].
pub fn encode_keyspaces(keyspaces: &BTreeMap<String, Arc<Keyspace>>) -> Result<Vec<u8>, DecodeError> {
    let body = serde_json::to_vec(keyspaces)
        .map_err(|error| DecodeError::new(format!("schema does not encode: {error}"), 0))?;
    if (body.len() + HEADER_SIZE_BYTES) as u64 > SCHEMA_SIZE_BYTES_MAX {
        return Err(DecodeError::new(
            format!("schema of {} bytes is over the limit of {SCHEMA_SIZE_BYTES_MAX}", body.len()),
            0,
        ));
    }
    let mut out = Vec::with_capacity(HEADER_SIZE_BYTES + body.len());
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
    out.extend_from_slice(&body);
    Ok(out)
}

/// The schema of bytes that [`encode_keyspaces`] made.
///
/// Errors: other bytes, with the offset; a version of the layout that this build does not read.
pub fn decode_keyspaces(bytes: &[u8]) -> Result<Schema, DecodeError> {
    let Some((header, body)) = bytes.split_first_chunk::<HEADER_SIZE_BYTES>() else {
        return Err(DecodeError::new("schema file ends inside its header", bytes.len()));
    };
    if header[..8] != MAGIC {
        return Err(DecodeError::new("not a schema file", 0));
    }
    let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let version = number(8);
    if version != VERSION {
        return Err(DecodeError::new(
            format!("schema file of version {version}, this build reads {VERSION}"),
            8,
        ));
    }
    if number(12) as usize != body.len() {
        return Err(DecodeError::new(
            format!("schema of {} bytes where the header says {}", body.len(), number(12)),
            12,
        ));
    }
    if number(16) != crc32c::crc32c(body) {
        return Err(DecodeError::new("checksum of the schema does not match", 16));
    }
    let keyspaces: BTreeMap<String, Arc<Keyspace>> = serde_json::from_slice(body)
        .map_err(|error| DecodeError::new(format!("schema does not decode: {error}"), HEADER_SIZE_BYTES))?;
    Ok(Schema { version: SchemaVersion(uuid::Uuid::nil()), keyspaces }.with_version())
}

#[cfg(test)]
mod tests;
