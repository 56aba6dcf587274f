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
        // No key has the token MIN, so a range behind it begins with the first byte string: then the
        // ranges of a ring that is cut anywhere lie end to end.
        let behind = |token: Token| if token == Token::MIN { Some(Bytes::new()) } else { after(token) };
        let (start, end) = (self.start_exclusive, self.end_inclusive);
        if start < end {
            return vec![ByteRange { start: behind(start).unwrap_or_default(), end: after(end) }];
        }
        let mut ranges = vec![];
        if end > Token::MIN {
            ranges.push(ByteRange { start: Bytes::new(), end: after(end) });
        }
        if let Some(start) = behind(start) {
            ranges.push(ByteRange { start, end: None });
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::DecoratedKey;
    use proptest::prelude::*;

    fn token() -> impl Strategy<Value = Token> {
        let special = prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX]);
        prop_oneof![special, -3..4i64, any::<i64>()].prop_map(Token)
    }

    fn key_of(token: Token, partition_key: &[u8]) -> DecoratedKey {
        DecoratedKey([&token.to_ordered_bytes()[..], partition_key].concat().into())
    }

    fn range(start: i64, end: i64) -> TokenRange {
        TokenRange { start_exclusive: Token(start), end_inclusive: Token(end) }
    }

    proptest! {
        #[test]
        fn ordered_bytes_sort_as_tokens_and_come_back(a in token(), b in token()) {
            prop_assert_eq!(a.cmp(&b), a.to_ordered_bytes().cmp(&b.to_ordered_bytes()));
            prop_assert_eq!(Token::from_ordered_bytes(a.to_ordered_bytes()), a);
        }

        #[test]
        fn byte_ranges_hold_exactly_the_keys_of_a_token_range(start in token(), end in token(), at in token()) {
            prop_assume!(at != Token::MIN);
            let inside = if start < end { start < at && at <= end } else { at > start || at <= end };
            let ranges = TokenRange { start_exclusive: start, end_inclusive: end }.to_byte_ranges();
            for partition_key in [&b""[..], b"k", &[0xFF; 20]] {
                let key = key_of(at, partition_key);
                let holding = ranges.iter().filter(|range| range.contains(key.as_bytes())).count();
                prop_assert_eq!(holding, usize::from(inside));
            }
        }

        #[test]
        fn ranges_of_a_cut_ring_lie_end_to_end(cuts in prop::collection::btree_set(token(), 1..6)) {
            let cuts: Vec<Token> = cuts.into_iter().collect();
            let mut ranges: Vec<ByteRange> = (0..cuts.len())
                .flat_map(|index| {
                    let (start, end) = (cuts[index], cuts[(index + 1) % cuts.len()]);
                    TokenRange { start_exclusive: start, end_inclusive: end }.to_byte_ranges()
                })
                .collect();
            ranges.sort_by(|a, b| a.start.cmp(&b.start));
            prop_assert_eq!(&ranges[0].start, &Bytes::new());
            prop_assert_eq!(&ranges[ranges.len() - 1].end, &None);
            for pair in ranges.windows(2) {
                prop_assert_eq!(pair[0].end.as_ref(), Some(&pair[1].start));
            }
        }
    }

    #[test]
    fn a_range_from_a_token_to_itself_is_the_whole_ring() {
        assert_eq!(range(i64::MIN, i64::MIN).to_byte_ranges(), [ByteRange::all()]);
        assert_eq!(range(i64::MAX, i64::MAX).to_byte_ranges(), [ByteRange::all()]);
        let halves = range(7, 7).to_byte_ranges();
        let border = Bytes::copy_from_slice(&Token(8).to_ordered_bytes());
        let expected = [ByteRange::new("", Some(border.clone())), ByteRange::new(border, None)];
        assert_eq!(halves, expected);
    }

    #[test]
    fn borders_are_where_they_are_said_to_be() {
        let bytes = |token: i64| Bytes::copy_from_slice(&Token(token).to_ordered_bytes());
        let cases = [
            (range(1, 5), vec![ByteRange::new(bytes(2), Some(bytes(6)))]),
            (range(i64::MIN, 5), vec![ByteRange::new("", Some(bytes(6)))]),
            (range(5, i64::MAX), vec![ByteRange::new(bytes(6), None)]),
            (range(5, i64::MIN), vec![ByteRange::new(bytes(6), None)]),
            (range(5, 1), vec![ByteRange::new("", Some(bytes(2))), ByteRange::new(bytes(6), None)]),
            (range(i64::MAX, 1), vec![ByteRange::new("", Some(bytes(2)))]),
            (range(i64::MAX, i64::MIN), vec![]),
        ];
        for (range, expected) in cases {
            assert_eq!(range.to_byte_ranges(), expected, "{range:?}");
        }
    }
}
