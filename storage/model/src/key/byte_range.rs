//! [`ByteRange`]: a half-open range of byte strings, the only kind of range the engine knows.
//!
//! Decorated keys and clustering keys are encoded so that byte order is CQL order and no key is a
//! prefix of another; so every CQL bound, inclusive or exclusive, is one byte string (see
//! [`crate::key::after_prefix`]) and every range is `[start, end)`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// `[start, end)` in byte order; without an end it reaches to the last key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ByteRange {
    /// First byte string inside.
    pub start: Bytes,
    /// First byte string behind; `None` is behind everything.
    pub end: Option<Bytes>,
}

impl ByteRange {
    /// The range of everything.
    pub fn all() -> ByteRange {
        ByteRange { start: Bytes::new(), end: None }
    }

    /// `[start, end)`.
    pub fn new(start: impl Into<Bytes>, end: Option<Bytes>) -> ByteRange {
        ByteRange { start: start.into(), end }
    }

    /// The range that holds exactly `key`, given that no key extends another.
    pub fn exactly(key: &Bytes) -> ByteRange {
        let mut end = Vec::with_capacity(key.len() + 1);
        end.extend_from_slice(key);
        end.push(0);
        ByteRange { start: key.clone(), end: Some(end.into()) }
    }

    /// Whether `key` lies inside.
    pub fn contains(&self, key: &[u8]) -> bool {
        &self.start[..] <= key && self.end.as_ref().is_none_or(|end| key < &end[..])
    }

    /// Whether nothing can lie inside.
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end <= &self.start)
    }

    /// What lies inside both; may be empty.
    pub fn intersect(&self, other: &ByteRange) -> ByteRange {
        let start = self.start.clone().max(other.start.clone());
        let end = match (&self.end, &other.end) {
            (Some(a), Some(b)) => Some(a.min(b).clone()),
            (Some(a), None) => Some(a.clone()),
            (None, b) => b.clone(),
        };
        ByteRange { start, end }
    }

    /// Whether some byte string lies inside both.
    pub fn overlaps(&self, other: &ByteRange) -> bool {
        !self.intersect(other).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::generate::{position, range};
    use crate::key::after_prefix;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_intersection_holds_what_both_hold(a in range(), b in range(), at in position()) {
            let both = a.intersect(&b);
            prop_assert_eq!(both.contains(&at), a.contains(&at) && b.contains(&at));
            prop_assert_eq!(a.overlaps(&b), !both.is_empty());
            prop_assert_eq!(a.intersect(&ByteRange::all()), a);
        }

        #[test]
        fn an_empty_range_holds_nothing(a in range(), at in position()) {
            prop_assert!(!a.is_empty() || !a.contains(&at));
        }
    }

    #[test]
    fn a_range_of_one_key_holds_that_key_only() {
        let range = ByteRange::exactly(&Bytes::from_static(b"key"));
        assert!(range.contains(b"key") && !range.contains(b"ke") && !range.contains(b"kez"));
    }

    #[test]
    fn bounds_around_a_prefix_hold_every_key_that_begins_with_it() {
        let prefix = b"ab";
        let range = ByteRange::new(&prefix[..], Some(after_prefix(prefix)));
        for (key, inside) in
            [(&b"ab"[..], true), (b"ab\x01", true), (b"ab\xFE", true), (b"aa", false), (b"ac", false)]
        {
            assert_eq!(range.contains(key), inside, "{}", key.escape_ascii());
        }
    }
}
