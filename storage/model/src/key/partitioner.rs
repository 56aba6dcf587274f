//! Murmur3 as Cassandra defines it: x64_128, first 64 bits, with the tail bytes sign-extended.
//!
//! Cassandra reads the tail (the last `len % 16` bytes) as Java's signed bytes, which spreads the sign
//! over the higher bits; the plain algorithm does not. Drivers do as Cassandra, so we must too.
//! Source: Austin Appleby's MurmurHash3 (public domain) and the drivers' contract.

use super::Token;

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

/// The token of a serialised partition key; never `Token::MIN`.
pub fn murmur3_token(key: &[u8]) -> Token {
    let mut h1: u64 = 0;
    let mut h2: u64 = 0;
    let mut blocks = key.chunks_exact(16);
    for block in &mut blocks {
        let (low, high) = block.split_at(8);
        let k1 = u64::from_le_bytes(low.try_into().unwrap_or_default());
        let k2 = u64::from_le_bytes(high.try_into().unwrap_or_default());
        h1 ^= mix_k1(k1);
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= mix_k2(k2);
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let tail = blocks.remainder();
    let signed = |index: usize| tail[index] as i8 as i64 as u64;
    let mut k1: u64 = 0;
    let mut k2: u64 = 0;
    for index in (8..tail.len()).rev() {
        k2 ^= signed(index) << ((index - 8) * 8);
    }
    if tail.len() > 8 {
        h2 ^= mix_k2(k2);
    }
    for index in (0..tail.len().min(8)).rev() {
        k1 ^= signed(index) << (index * 8);
    }
    if !tail.is_empty() {
        h1 ^= mix_k1(k1);
    }
    h1 ^= key.len() as u64;
    h2 ^= key.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = final_mix(h1);
    h2 = final_mix(h2);
    let token = h1.wrapping_add(h2) as i64;
    Token(if token == i64::MIN { i64::MAX } else { token })
}

fn mix_k1(k: u64) -> u64 {
    k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix_k2(k: u64) -> u64 {
    k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn final_mix(mut k: u64) -> u64 {
    k ^= k >> 33;
    k = k.wrapping_mul(0xff51_afd7_ed55_8ccd);
    k ^= k >> 33;
    k = k.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    k ^ (k >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_whose_tail_is_ascii_hash_as_plain_murmur3(
            blocks in prop::collection::vec(any::<[u8; 16]>(), 0..4),
            tail in prop::collection::vec(0..0x80u8, 0..16),
        ) {
            let key = [blocks.concat(), tail].concat();
            let hash = murmur3::murmur3_x64_128(&mut &key[..], 0).unwrap() as u64 as i64;
            let token = if hash == i64::MIN { i64::MAX } else { hash };
            prop_assert_eq!(murmur3_token(&key), Token(token));
        }
    }

    #[test]
    fn tokens_are_those_that_drivers_compute() {
        let vectors = include_str!("../../testdata/key/murmur3.txt");
        let mut count = 0;
        for line in vectors.lines().filter(|line| !line.starts_with('#')) {
            let (key, token) = line.split_once(' ').unwrap();
            let digits = key.trim_matches('-').as_bytes();
            let key: Vec<u8> = digits
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            assert_eq!(murmur3_token(&key), Token(token.parse().unwrap()), "{line}");
            count += 1;
        }
        assert!(count > 150, "{count} vectors");
    }

    #[test]
    fn a_tail_of_high_bytes_tells_our_variant_from_the_plain_one() {
        let key = [0x80u8; 5];
        let plain = murmur3::murmur3_x64_128(&mut &key[..], 0).unwrap() as u64 as i64;
        assert_ne!(murmur3_token(&key), Token(plain));
    }
}
