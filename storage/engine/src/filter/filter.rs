//! [`Filter`]: whether an sstable may hold a partition. The kind is in the bytes, so it can change.
//!
//! On the data's way: the sstable writer feeds a [`FilterBuilder`] with every decorated key; a read asks
//! the filter before anything else of the sstable. Keys are hashed once (XXH3, 64 bits), so that one
//! hash can be asked of many filters.

use bytes::{Bytes, BytesMut};
use model::DecodeError;
use model::key::DecoratedKey;
use xxhash_rust::xxh3::xxh3_64;

use super::bloom::BloomFilter;

const KIND_NONE: u8 = 0;
const KIND_BLOOM: u8 = 1;

/// A set of partition keys that may err on the side of "maybe".
#[derive(Debug)]
pub enum Filter {
    /// Knows nothing: every key may be there.
    None,
    /// A bloom filter.
    Bloom(BloomFilter),
}

impl Filter {
    /// The hash of a key, for [`Filter::may_contain`].
    pub fn hash(key: &DecoratedKey) -> u64 {
        xxh3_64(key.as_bytes())
    }

    /// Whether a key with this hash may be there. `false` is certain.
    pub fn may_contain(&self, hash: u64) -> bool {
        match self {
            Filter::None => true,
            Filter::Bloom(bloom) => bloom.may_contain(hash),
        }
    }

    /// Bytes it takes in memory.
    pub fn size_bytes(&self) -> usize {
        match self {
            Filter::None => 0,
            Filter::Bloom(bloom) => bloom.size_bytes(),
        }
    }

    /// The filter of [`FilterBuilder::finish`].
    ///
    /// Errors: an unknown kind, or bytes that its kind does not know.
    pub fn decode(bytes: &Bytes) -> Result<Filter, DecodeError> {
        match bytes.first() {
            Some(&KIND_NONE) if bytes.len() == 1 => Ok(Filter::None),
            Some(&KIND_BLOOM) => BloomFilter::decode(&bytes[1..]).map(Filter::Bloom),
            kind => Err(DecodeError::new(format!("unknown filter kind {kind:?}"), 0)),
        }
    }
}

/// Gathers keys and makes a filter of the right size.
///
/// Limits: eight bytes a key until it is finished.
#[derive(Debug)]
pub struct FilterBuilder {
    hashes: Vec<u64>,
    /// `None`: no filter is wanted.
    false_positives: Option<f64>,
}

impl FilterBuilder {
    /// A filter that answers "maybe" wrongly for this share of keys. A share of 1 or more (or not a
    /// positive number) means no filter.
    pub fn new(false_positives: f64) -> FilterBuilder {
        let wanted = false_positives > 0.0 && false_positives < 1.0;
        FilterBuilder { hashes: Vec::new(), false_positives: wanted.then_some(false_positives) }
    }

    /// Adds a key.
    pub fn add(&mut self, key: &DecoratedKey) {
        if self.false_positives.is_some() {
            self.hashes.push(Filter::hash(key));
        }
    }

    /// The filter in bytes: its kind, then what the kind has.
    pub fn finish(self) -> Bytes {
        match self.false_positives {
            Some(false_positives) if !self.hashes.is_empty() => {
                let mut out = BytesMut::new();
                out.extend_from_slice(&[KIND_BLOOM]);
                out.extend_from_slice(&BloomFilter::build(&self.hashes, false_positives).encode());
                out.freeze()
            }
            _ => Bytes::from_static(&[KIND_NONE]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> DecoratedKey {
        DecoratedKey::hashed(&number.to_be_bytes())
    }

    #[test]
    fn keys_that_were_added_may_be_there_and_few_others() {
        let mut builder = FilterBuilder::new(0.01);
        for number in 0..10_000 {
            builder.add(&key(number));
        }
        let filter = Filter::decode(&builder.finish()).unwrap();
        assert!((0..10_000).all(|number| filter.may_contain(Filter::hash(&key(number)))));
        let wrong = (10_000..30_000).filter(|number| filter.may_contain(Filter::hash(&key(*number)))).count();
        assert!((50..400).contains(&wrong), "{wrong} of 20,000");
        assert!((9_000..15_000).contains(&filter.size_bytes()));
    }

    #[test]
    fn without_a_filter_everything_may_be_there() {
        for share in [0.0, 1.0, f64::NAN, -1.0] {
            let mut builder = FilterBuilder::new(share);
            builder.add(&key(1));
            let filter = Filter::decode(&builder.finish()).unwrap();
            assert!(filter.may_contain(Filter::hash(&key(2))));
        }
    }

    #[test]
    fn bytes_that_are_no_filter_are_refused() {
        let mut builder = FilterBuilder::new(0.1);
        builder.add(&key(1));
        let good = builder.finish();
        assert!(Filter::decode(&good).is_ok());
        assert!(Filter::decode(&Bytes::new()).is_err());
        assert!(Filter::decode(&Bytes::from_static(&[0, 0])).is_err());
        assert!(Filter::decode(&Bytes::from_static(&[9])).is_err());
        for length in 1..good.len() {
            assert!(Filter::decode(&good.slice(..length)).is_err(), "cut to {length}");
        }
    }
}
