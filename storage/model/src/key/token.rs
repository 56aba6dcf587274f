//! [`Token`]: a point on the ring.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::ByteRange;

/// Signed 64-bit hash of a partition key. `i64::MIN` is no key's token: it is the ring's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token(pub i64);

impl Token {
    /// The start of the ring, before every key.
    pub const MIN: Token = Token(i64::MIN);
    /// The last token.
    pub const MAX: Token = Token(i64::MAX);

    /// Eight bytes whose byte order is the tokens' order.
    pub fn to_ordered_bytes(self) -> [u8; 8] {
        ((self.0 as u64) ^ (1 << 63)).to_be_bytes()
    }

    /// The token of [`Token::to_ordered_bytes`].
    pub fn from_ordered_bytes(bytes: [u8; 8]) -> Token {
        Token((u64::from_be_bytes(bytes) ^ (1 << 63)) as i64)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Tokens behind `start_exclusive` up to `end_inclusive`; wraps when the end is not behind the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenRange {
    /// The token before the first one inside.
    pub start_exclusive: Token,
    /// The last token inside.
    pub end_inclusive: Token,
}

impl TokenRange {
    /// The ranges of decorated keys it covers: one, or two when it wraps.
    pub fn to_byte_ranges(self) -> Vec<ByteRange> {
        let after = |token: Token| -> Option<Bytes> {
            token.0.checked_add(1).map(|next| Bytes::copy_from_slice(&Token(next).to_ordered_bytes()))
        };
        let (start, end) = (self.start_exclusive, self.end_inclusive);
        if start < end {
            return vec![ByteRange { start: after(start).unwrap_or_default(), end: after(end) }];
        }
        let mut ranges = vec![];
        if end > Token::MIN {
            ranges.push(ByteRange { start: Bytes::new(), end: after(end) });
        }
        if let Some(begin) = after(start) {
            ranges
                .push(ByteRange { start: if start == Token::MIN { Bytes::new() } else { begin }, end: None });
        }
        ranges
    }
}
