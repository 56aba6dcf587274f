//! [`DecoratedKey`]: a partition key in the engine's sort order, and the serialised form drivers hash.
//!
//! Hashed tables: eight ordered bytes of the token, then the serialised partition key. Ordered tables:
//! the components in their order encoding. The engine sees one byte string either way.

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use super::{Token, murmur3_token};
use crate::error::DecodeError;

/// A partition's position in its table; compares as bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DecoratedKey(pub Bytes);

impl DecoratedKey {
    /// The position of a serialised partition key in a hashed table.
    pub fn hashed(partition_key: &[u8]) -> DecoratedKey {
        let mut bytes = BytesMut::with_capacity(8 + partition_key.len());
        bytes.put_slice(&murmur3_token(partition_key).to_ordered_bytes());
        bytes.put_slice(partition_key);
        DecoratedKey(bytes.freeze())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Token of a key of a hashed table; `None` when the key is too short to be one.
    pub fn token(&self) -> Option<Token> {
        self.0.first_chunk::<8>().map(|bytes| Token::from_ordered_bytes(*bytes))
    }

    /// Serialised partition key of a key of a hashed table.
    pub fn hashed_partition_key(&self) -> Option<Bytes> {
        (self.0.len() >= 8).then(|| self.0.slice(8..))
    }
}

/// The serialised partition key: the raw bytes of a single component, or for several components each as
/// 16-bit length, bytes, zero byte.
///
/// Limits: each component at most 65,535 bytes (the caller checks).
pub fn compose_partition_key(components: &[Bytes]) -> Bytes {
    if let [single] = components {
        return single.clone();
    }
    let mut out = BytesMut::with_capacity(components.iter().map(|part| part.len() + 3).sum());
    for part in components {
        debug_assert!(part.len() <= crate::limits::KEY_SIZE_BYTES_MAX);
        out.put_u16(part.len() as u16);
        out.put_slice(part);
        out.put_u8(0);
    }
    out.freeze()
}

/// The components of [`compose_partition_key`].
///
/// Errors: bytes that are not `count` components.
pub fn split_partition_key(key: &Bytes, count: usize) -> Result<Vec<Bytes>, DecodeError> {
    if count == 1 {
        return Ok(vec![key.clone()]);
    }
    let mut parts = Vec::with_capacity(count);
    let mut at = 0;
    for _ in 0..count {
        let length =
            key.get(at..at + 2).ok_or_else(|| DecodeError::new("component length is missing", at))?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let end = at + 2 + length;
        if key.len() <= end {
            return Err(DecodeError::new("component is cut short", at));
        }
        parts.push(key.slice(at + 2..end));
        at = end + 1;
    }
    if at != key.len() {
        return Err(DecodeError::new("bytes behind the last component", at));
    }
    Ok(parts)
}
