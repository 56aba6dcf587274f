//! Integers of variable length: seven bits a byte, low bits first, the high bit says "more follows".
//!
//! Signed integers are folded first (0, -1, 1, -2 … become 0, 1, 2, 3 …), so small ones of either sign
//! are short. A number has one encoding only: a longer one is refused, so equal data has equal bytes.

use bytes::{Buf, Bytes};

use super::decoder::Decoder;
use crate::error::DecodeError;

/// Longest encoding of a 64-bit integer, in bytes.
pub const VARINT_SIZE_BYTES_MAX: usize = 10;

/// Appends `value`.
pub fn put_uvarint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value`, folded.
pub fn put_ivarint(out: &mut Vec<u8>, value: i64) {
    put_uvarint(out, fold(value));
}

/// Takes an unsigned integer off the front of `input`.
///
/// Errors: bytes that end early, do not fit 64 bits, or are longer than needed; `input` is unchanged.
pub fn get_uvarint(input: &mut Bytes) -> Result<u64, DecodeError> {
    let mut decoder = Decoder::new(input);
    let value = decoder.uvarint()?;
    let read = decoder.offset();
    input.advance(read);
    Ok(value)
}

/// Takes a folded signed integer off the front of `input`.
///
/// Errors: as [`get_uvarint`].
pub fn get_ivarint(input: &mut Bytes) -> Result<i64, DecodeError> {
    get_uvarint(input).map(unfold)
}

pub(super) fn fold(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(super) fn unfold(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_come_back(value: u64, signed: i64, shift in 0..64u32) {
            let (value, signed) = (value >> shift, signed >> shift);
            let mut out = vec![];
            put_uvarint(&mut out, value);
            put_ivarint(&mut out, signed);
            out.push(7);
            let mut input = Bytes::from(out);
            prop_assert_eq!(get_uvarint(&mut input), Ok(value));
            prop_assert_eq!(get_ivarint(&mut input), Ok(signed));
            prop_assert_eq!(&input[..], &[7]);
        }
    }

    #[test]
    fn each_length_has_its_range() {
        for (value, length) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u64::MAX, 10)] {
            let mut out = vec![];
            put_uvarint(&mut out, value);
            assert_eq!(out.len(), length, "{value}");
        }
        for (value, byte) in [(0, 0), (-1, 1), (1, 2), (-64, 127)] {
            let mut out = vec![];
            put_ivarint(&mut out, value);
            assert_eq!(out, [byte], "{value}");
        }
    }

    #[test]
    fn broken_integers_are_refused() {
        let cases: [(&str, &[u8]); 5] = [
            ("nothing", &[]),
            ("cut short", &[0x80, 0x80]),
            ("padded", &[0x81, 0x00]),
            ("more than 64 bits", &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02]),
            ("eleven bytes", &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ];
        for (what, bytes) in cases {
            let mut input = Bytes::copy_from_slice(bytes);
            assert!(get_uvarint(&mut input).is_err(), "{what}");
            assert_eq!(&input[..], bytes, "{what}: a failed read takes nothing");
        }
    }
}
