//! Ordered bytes of the numbers without a fixed size: `varint` and `decimal`.
//!
//! A varint is a header that grows with sign and length, then its shortest two's complement: of two
//! numbers with one header the bytes decide. A decimal is 0.d1d2d3... × 10^e with d1 not 0: a sign byte,
//! five bytes of e, two digits a byte, an end; all but the sign byte complemented below zero.

use bytes::BufMut;
use num_bigint::{BigInt, BigUint, Sign};

use super::decode::Reader;
use crate::error::{DecodeError, InvalidValue};
use crate::limits::VARINT_SIZE_BYTES_MAX;
use crate::types::codec::split_decimal;

/// Header of a varint from zero up of one byte; each further byte adds one.
const HEADER_FIRST: u8 = 0x80;
/// Longest varint whose length is in the header itself.
const SHORT_SIZE_BYTES_MAX: usize = 0x60;
/// Header of a varint whose length stands in the next four bytes.
const HEADER_LONG: u8 = HEADER_FIRST + SHORT_SIZE_BYTES_MAX as u8;

const NEGATIVE: u8 = 0x40;
const ZERO: u8 = 0x80;
const POSITIVE: u8 = 0xC0;
/// Added to the exponent so that it is never below zero: 2^39 in five bytes.
const EXPONENT_BIAS: i64 = 1 << 39;
/// Ends the digits; a pair of digits is its number plus one.
const DIGITS_END: u8 = 0x00;
/// Most digits of an unscaled number: 2.409 decimal digits a byte, rounded up.
const DIGITS_MAX: usize = VARINT_SIZE_BYTES_MAX * 241 / 100 + 1;

/// Without the leading bytes that only repeat the sign.
fn shortest(mut wire: &[u8]) -> &[u8] {
    while let [first, second, ..] = wire
        && *first == (if second & 0x80 == 0 { 0x00 } else { 0xFF })
    {
        wire = &wire[1..];
    }
    wire
}

/// Appends the ordered bytes of a varint that is not empty.
pub(super) fn put_varint(wire: &[u8], out: &mut Vec<u8>) {
    let bytes = shortest(wire);
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    // Below zero a longer number is a smaller one, so that header and length are complemented.
    let mask: u8 = if negative { 0xFF } else { 0x00 };
    if bytes.len() <= SHORT_SIZE_BYTES_MAX {
        out.push((HEADER_FIRST + (bytes.len() as u8 - 1)) ^ mask);
    } else {
        out.push(HEADER_LONG ^ mask);
        out.extend((bytes.len() as u32).to_be_bytes().map(|byte| byte ^ mask));
    }
    out.extend_from_slice(bytes);
}

/// Reads what [`put_varint`] wrote and appends the wire bytes.
pub(super) fn get_varint(reader: &mut Reader, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let header = reader.byte()?;
    let negative = header < HEADER_FIRST;
    let mask: u8 = if negative { 0xFF } else { 0x00 };
    let length = match header ^ mask {
        HEADER_LONG => u32::from_be_bytes(reader.array::<4>()?.map(|byte| byte ^ mask)) as usize,
        short if short < HEADER_LONG => usize::from(short - HEADER_FIRST) + 1,
        _ => return Err(reader.error(format!("0x{header:02x} is no header of a varint"))),
    };
    let start = out.len();
    reader.copy(length, out)?;
    let bytes = &out[start..];
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    if bytes.is_empty() || is_negative != negative || shortest(bytes).len() != length {
        return Err(reader.error("a varint that is not in its shortest form"));
    }
    Ok(())
}

/// Appends the ordered bytes of a decimal that is not empty.
pub(super) fn put_decimal(wire: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    let (scale, unscaled) = split_decimal(wire)?;
    let unscaled = BigInt::from_signed_bytes_be(unscaled);
    if unscaled.sign() == Sign::NoSign {
        out.push(ZERO);
        return Ok(());
    }
    let digits = unscaled.magnitude().to_radix_be(10);
    let exponent = digits.len() as i64 - i64::from(scale);
    let significant = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    let negative = unscaled.sign() == Sign::Minus;
    out.push(if negative { NEGATIVE } else { POSITIVE });
    let start = out.len();
    out.extend_from_slice(&(exponent + EXPONENT_BIAS).to_be_bytes()[3..]);
    for pair in digits[..significant].chunks(2) {
        out.push(pair[0] * 10 + pair.get(1).unwrap_or(&0) + 1);
    }
    out.push(DIGITS_END);
    if negative {
        for byte in &mut out[start..] {
            *byte = !*byte;
        }
    }
    Ok(())
}

/// Reads what [`put_decimal`] wrote and appends the wire bytes of the decimal without trailing zeros.
pub(super) fn get_decimal(reader: &mut Reader, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let sign = match reader.byte()? {
        NEGATIVE => Sign::Minus,
        POSITIVE => Sign::Plus,
        ZERO => {
            out.put_slice(&[0, 0, 0, 0, 0]);
            return Ok(());
        }
        other => return Err(reader.error(format!("0x{other:02x} is no sign of a decimal"))),
    };
    let mask: u8 = if sign == Sign::Minus { 0xFF } else { 0x00 };
    let mut exponent = [0; 8];
    exponent[3..].copy_from_slice(&reader.array::<5>()?.map(|byte| byte ^ mask));
    let exponent = i64::from_be_bytes(exponent) - EXPONENT_BIAS;
    let mut digits = vec![];
    loop {
        match reader.byte()? ^ mask {
            DIGITS_END => break,
            pair @ 1..=100 if digits.len() < DIGITS_MAX => digits.extend([(pair - 1) / 10, (pair - 1) % 10]),
            _ => return Err(reader.error("a decimal with wrong digits")),
        }
    }
    if digits.last() == Some(&0) {
        digits.pop();
    }
    if digits.first().is_none_or(|first| *first == 0) || digits.last() == Some(&0) {
        return Err(reader.error("a decimal that is not in its shortest form"));
    }
    let mut scale = digits.len() as i64 - exponent;
    // A number whose zeros were part of its digits may be below the smallest scale without them.
    let zeros = (i64::from(i32::MIN) - scale).max(0);
    if zeros + digits.len() as i64 > DIGITS_MAX as i64 || scale > i64::from(i32::MAX) {
        return Err(reader.error("a decimal with an exponent out of range"));
    }
    digits.resize(digits.len() + zeros as usize, 0);
    scale += zeros;
    let magnitude =
        BigUint::from_radix_be(&digits, 10).ok_or_else(|| reader.error("a decimal with wrong digits"))?;
    out.put_i32(scale as i32);
    out.put_slice(&BigInt::from_biguint(sign, magnitude).to_signed_bytes_be());
    Ok(())
}
