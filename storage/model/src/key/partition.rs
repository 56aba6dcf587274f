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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn component() -> impl Strategy<Value = Bytes> {
        let short = prop::collection::vec(any::<u8>(), 0..20);
        let long = prop::sample::select(vec![255usize, 256, 65_535]).prop_map(|length| vec![7; length]);
        prop_oneof![9 => short, 1 => long].prop_map(Bytes::from)
    }

    proptest! {
        #[test]
        fn components_come_back(components in prop::collection::vec(component(), 1..5)) {
            let key = compose_partition_key(&components);
            prop_assert_eq!(split_partition_key(&key, components.len()), Ok(components));
        }

        #[test]
        fn a_composite_key_cut_or_lengthened_is_refused(
            components in prop::collection::vec(component(), 2..4), cut: prop::sample::Index
        ) {
            let key = compose_partition_key(&components);
            let cut = cut.index(key.len());
            prop_assert!(split_partition_key(&key.slice(..cut), components.len()).is_err());
            let longer = Bytes::from([&key[..], &[0]].concat());
            prop_assert!(split_partition_key(&longer, components.len()).is_err());
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), count in 0..5usize) {
            let bytes = Bytes::from(bytes);
            if let Ok(components) = split_partition_key(&bytes, count) {
                prop_assert_eq!(components.len(), count);
            }
        }

        #[test]
        fn decorated_keys_sort_by_token_then_key_and_hold_both(a in component(), b in component()) {
            let (left, right) = (DecoratedKey::hashed(&a), DecoratedKey::hashed(&b));
            let by_token = (murmur3_token(&a), &a).cmp(&(murmur3_token(&b), &b));
            prop_assert_eq!(left.cmp(&right), by_token);
            prop_assert_eq!(left.token(), Some(murmur3_token(&a)));
            prop_assert_eq!(left.hashed_partition_key(), Some(a));
        }
    }

    #[test]
    fn composite_keys_have_the_bytes_that_drivers_hash() {
        let components = [Bytes::from_static(b"JFK"), Bytes::from_static(&[0, 0, 7, 0xDD])];
        let key = compose_partition_key(&components);
        assert_eq!(&key[..], b"\x00\x03JFK\x00\x00\x04\x00\x00\x07\xDD\x00");
        assert_eq!(compose_partition_key(&components[..1]), components[0]);
    }

    #[test]
    fn a_key_too_short_for_a_token_has_none() {
        let key = DecoratedKey(Bytes::from_static(b"seven b"));
        assert_eq!(key.token(), None);
        assert_eq!(key.hashed_partition_key(), None);
    }
}
