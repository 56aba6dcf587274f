//! Variable-length integers of the native protocol: lengths inside vectors and the parts of a duration.
//!
//! The leading one bits of the first byte count the bytes that follow; the value stands big-endian in
//! the bits that are left. Signed numbers are folded (0, -1, 1, -2 ... become 0, 1, 2, 3 ...) first.
//! Not the integers of our own disk formats: those are in `codec::varint`.

/// Appends `value` in one to nine bytes.
pub fn put_unsigned_vint(out: &mut Vec<u8>, value: u64) {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    // Each byte carries seven bits, but for the ninth, which carries eight.
    let extra = ((bits - 1) / 7).min(8);
    let bytes = value.to_be_bytes();
    if extra == 8 {
        out.push(0xFF);
        out.extend_from_slice(&bytes);
        return;
    }
    let start = out.len();
    out.extend_from_slice(&bytes[7 - extra..]);
    out[start] |= !(0xFFu8 >> extra);
}

/// Takes an integer of [`put_unsigned_vint`] off the front of `input`; `None` if it is cut short.
pub fn get_unsigned_vint(input: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = input.split_first()?;
    let extra = first.leading_ones() as usize;
    let mut value = if extra >= 7 { 0 } else { u64::from(first & (0xFF >> extra)) };
    let (following, rest) = rest.split_at_checked(extra)?;
    for byte in following {
        value = (value << 8) | u64::from(*byte);
    }
    *input = rest;
    Some(value)
}

/// Appends a signed integer, folded.
pub fn put_signed_vint(out: &mut Vec<u8>, value: i64) {
    put_unsigned_vint(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Takes an integer of [`put_signed_vint`] off the front of `input`; `None` if it is cut short.
pub fn get_signed_vint(input: &mut &[u8]) -> Option<i64> {
    let folded = get_unsigned_vint(input)?;
    Some((folded >> 1) as i64 ^ -((folded & 1) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_have_the_bytes_that_drivers_expect() {
        let cases: [(u64, &[u8]); 8] = [
            (0, &[0x00]),
            (127, &[0x7F]),
            (128, &[0x80, 0x80]),
            (256_000, &[0xC3, 0xE8, 0x00]),
            (0x3FFF, &[0xBF, 0xFF]),
            (0x4000, &[0xC0, 0x40, 0x00]),
            ((1 << 56) - 1, &[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            (u64::MAX, &[0xFF; 9]),
        ];
        for (value, bytes) in cases {
            let mut out = vec![];
            put_unsigned_vint(&mut out, value);
            assert_eq!(out, bytes, "{value}");
        }
    }

    proptest! {
        #[test]
        fn integers_round_trip(value: i64, shift in 0u32..64) {
            let value = value >> shift;
            let mut out = vec![];
            put_signed_vint(&mut out, value);
            let mut input = &out[..];
            prop_assert_eq!(get_signed_vint(&mut input), Some(value));
            prop_assert!(input.is_empty());
            prop_assert_eq!(get_signed_vint(&mut &out[..out.len() - 1]), None);
        }
    }
}
