//! [`BloomFilter`]: the `bloomfilter` crate's, over ready 64-bit hashes, with a fixed seed.
//!
//! Its bytes are the crate's own, which carry their seed and number of probes; equal keys give equal
//! bytes. Hashes are fed as little-endian numbers, so files move between machines.

use bloomfilter::Bloom;
use model::DecodeError;

/// Any seed does: the keys are hashed before.
const SEED: [u8; 32] = *b"basalt sstable filter, version 1";

/// Most probes a filter in a file may ask for; the crate's own arithmetic gives at most about 30.
const PROBES_MAX: u32 = 64;

/// A bloom filter over key hashes.
pub struct BloomFilter(Bloom<u64>);

impl std::fmt::Debug for BloomFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BloomFilter").field("bits", &self.0.len()).finish_non_exhaustive()
    }
}

impl BloomFilter {
    /// A filter of `hashes` (at least one) with a share of false positives between 0 and 1.
    pub(super) fn build(hashes: &[u64], false_positives: f64) -> BloomFilter {
        let size = Bloom::<u64>::compute_bitmap_size(hashes.len(), false_positives).max(1);
        let mut bloom = Bloom::new_with_seed(size, hashes.len(), &SEED)
            .expect("a filter of some bytes and keys can be made");
        for hash in hashes {
            bloom.set(&hash.to_le());
        }
        BloomFilter(bloom)
    }

    pub(super) fn may_contain(&self, hash: u64) -> bool {
        self.0.check(&hash.to_le())
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.0.as_slice().len()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Errors: bytes that are no filter, or one without bits.
    pub(super) fn decode(bytes: &[u8]) -> Result<BloomFilter, DecodeError> {
        let bloom = Bloom::from_slice(bytes)
            .map_err(|error| DecodeError::new(format!("bloom filter: {error}"), 1))?;
        if bloom.is_empty() || bloom.number_of_hash_functions() > PROBES_MAX {
            return Err(DecodeError::new("a bloom filter without bits, or with too many probes", 1));
        }
        Ok(BloomFilter(bloom))
    }
}
