//! Text forms of `varint`, `decimal`, `float` and `double`.
//!
//! A decimal keeps the scale it is written with: 1.50 stays 1.50, and its text reads back as the same
//! digits and scale. Floats print the fewest digits that read back as the same number.

use num_bigint::BigInt;

use super::parse::invalid_text;
use crate::error::InvalidValue;
use crate::limits::NUMBER_TEXT_SIZE_BYTES_MAX;
use crate::types::Decimal;

/// The integer that `text` says.
///
/// Limits: [`NUMBER_TEXT_SIZE_BYTES_MAX`] characters.
pub fn parse_varint(text: &str) -> Result<BigInt, InvalidValue> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    expect_size("varint", text)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid_text("varint", text, "expected a whole number"));
    }
    text.parse().map_err(|_| invalid_text("varint", text, "expected a whole number"))
}

/// The decimal that `text` says: digits, maybe a point, maybe an exponent.
///
/// Limits: [`NUMBER_TEXT_SIZE_BYTES_MAX`] characters; a scale of 32 bits.
pub fn parse_decimal(text: &str) -> Result<Decimal, InvalidValue> {
    expect_size("decimal", text)?;
    let not_a_number = || invalid_text("decimal", text, "expected a number like -12.50 or 1.25E+3");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| not_a_number())?),
        None => (text, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !are_digits(whole) || !are_digits(fraction) {
        return Err(not_a_number());
    }
    let unscaled = format!("{sign}{whole}{fraction}").parse().map_err(|_| not_a_number())?;
    let scale = (fraction.len() as i64).checked_sub(exponent).and_then(|scale| i32::try_from(scale).ok());
    let scale = scale.ok_or_else(|| invalid_text("decimal", text, "its exponent is out of range"))?;
    Ok(Decimal { unscaled, scale })
}

fn expect_size(kind: &str, text: &str) -> Result<(), InvalidValue> {
    if text.len() <= NUMBER_TEXT_SIZE_BYTES_MAX {
        return Ok(());
    }
    Err(invalid_text(kind, text, &format!("it is longer than {NUMBER_TEXT_SIZE_BYTES_MAX} characters")))
}

/// `-12.50`, or `1.25E+3` where a plain form would need zeros that are not its digits.
pub fn format_decimal(decimal: &Decimal) -> String {
    let digits = decimal.unscaled.magnitude().to_string();
    let sign = if decimal.unscaled.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    let scale = i64::from(decimal.scale);
    // The exponent of the first digit. Small negative ones are written out, down to 0.000001.
    let exponent = digits.len() as i64 - 1 - scale;
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    if scale > 0 && exponent >= -6 {
        let scale = scale as usize;
        let padded = format!("{}{digits}", "0".repeat((scale + 1).saturating_sub(digits.len())));
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        return format!("{sign}{whole}.{fraction}");
    }
    let (first, others) = digits.split_at(1);
    let point = if others.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{others}E{exponent:+}")
}

/// The fewest digits that read back as the same `float`; `NaN`, `Infinity`, `-Infinity`.
pub fn format_float(number: f32) -> String {
    special(number.into()).unwrap_or_else(|| format!("{number:?}"))
}

/// The fewest digits that read back as the same `double`; `NaN`, `Infinity`, `-Infinity`.
pub fn format_double(number: f64) -> String {
    special(number).unwrap_or_else(|| format!("{number:?}"))
}

fn special(number: f64) -> Option<String> {
    let name = match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ if number.is_nan() => "NaN",
        _ => return None,
    };
    Some(name.to_string())
}
