//! Arithmetic of decimals.
//!
//! Sums, products and remainders are exact. A quotient is rounded half up to at least 32 significant digits
//! and 32 digits behind the point, as CQL does, without zeros at its end. What would need more than
//! [`ZEROS_MAX`] zeros to write two numbers at one scale is refused: a scale is 32 bits in five bytes.

use num_bigint::BigInt;
use num_traits::{Pow, Signed, Zero};

use super::Operator;
use crate::error::InvalidValue;
use crate::types::Decimal;
use crate::types::literal::format_decimal;

/// Most zeros that are added to a number's digits.
const ZEROS_MAX: u64 = 10_000;
/// Least digits of a quotient, significant and behind the point.
const QUOTIENT_DIGITS_MIN: i64 = 32;
/// Most digits of a quotient behind the point, unless an operand has more.
const QUOTIENT_SCALE_MAX: i64 = 1000;

/// `left operator right`.
///
/// Errors: division by zero, results out of range.
pub(super) fn apply(operator: Operator, left: &Decimal, right: &Decimal) -> Result<Decimal, InvalidValue> {
    match operator {
        Operator::Add => aligned(left, right).map(|(a, b, scale)| Decimal { unscaled: a + b, scale }),
        Operator::Subtract => aligned(left, right).map(|(a, b, scale)| Decimal { unscaled: a - b, scale }),
        Operator::Multiply => {
            let scale = left.scale.checked_add(right.scale).ok_or_else(|| out_of_range(left))?;
            Ok(Decimal { unscaled: &left.unscaled * &right.unscaled, scale })
        }
        Operator::Divide => divide(left, right),
        Operator::Remainder => {
            expect_divisor(right)?;
            aligned(left, right).map(|(a, b, scale)| Decimal { unscaled: a % b, scale })
        }
    }
}

fn divide(left: &Decimal, right: &Decimal) -> Result<Decimal, InvalidValue> {
    expect_divisor(right)?;
    let digits = |decimal: &Decimal| decimal.unscaled.magnitude().to_string().len() as i64;
    let (left_scale, right_scale) = (i64::from(left.scale), i64::from(right.scale));
    let first_digit = (digits(left) - left_scale) - (digits(right) - right_scale);
    let operand_scale = left_scale.max(right_scale);
    let scale = (QUOTIENT_DIGITS_MIN - first_digit)
        .max(operand_scale)
        .max(QUOTIENT_DIGITS_MIN)
        .min(QUOTIENT_SCALE_MAX.max(operand_scale));
    let shift = scale + right_scale - left_scale;
    let power = BigInt::from(10).pow(expect_zeros(shift.unsigned_abs(), left)?);
    let (dividend, divisor) = match shift {
        0.. => (&left.unscaled * power, right.unscaled.clone()),
        _ => (left.unscaled.clone(), &right.unscaled * power),
    };
    let (mut quotient, remainder) = (&dividend / &divisor, &dividend % &divisor);
    if remainder.abs() * 2 >= divisor.abs() {
        quotient += if dividend.is_negative() == divisor.is_negative() { 1 } else { -1 };
    }
    Ok(without_zeros(quotient, scale as i32))
}

/// Drops zeros at the end that stand behind the point.
fn without_zeros(unscaled: BigInt, scale: i32) -> Decimal {
    let digits = unscaled.magnitude().to_string();
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let zeros = if unscaled.is_zero() { scale.max(0) } else { scale.clamp(0, zeros as i32) };
    Decimal { unscaled: unscaled / BigInt::from(10).pow(zeros as u32), scale: scale - zeros }
}

/// Both at the larger scale of the two.
fn aligned(left: &Decimal, right: &Decimal) -> Result<(BigInt, BigInt, i32), InvalidValue> {
    let scale = left.scale.max(right.scale);
    let at_scale = |decimal: &Decimal| {
        let zeros = expect_zeros(scale.abs_diff(decimal.scale).into(), decimal)?;
        Ok::<BigInt, InvalidValue>(&decimal.unscaled * BigInt::from(10).pow(zeros))
    };
    Ok((at_scale(left)?, at_scale(right)?, scale))
}

/// That a number may get so many zeros.
pub(super) fn expect_zeros(zeros: u64, decimal: &Decimal) -> Result<u32, InvalidValue> {
    if zeros > ZEROS_MAX {
        return Err(out_of_range(decimal));
    }
    Ok(zeros as u32)
}

fn expect_divisor(divisor: &Decimal) -> Result<(), InvalidValue> {
    if divisor.unscaled.is_zero() { Err(super::operation::division_by_zero()) } else { Ok(()) }
}

fn out_of_range(decimal: &Decimal) -> InvalidValue {
    const SHOWN_CHARS_MAX: usize = 64;
    let shown: String = format_decimal(decimal).chars().take(SHOWN_CHARS_MAX).collect();
    InvalidValue::new(format!("The exponent of the decimal {shown} is out of range for this operation"))
}
