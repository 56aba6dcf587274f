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
