//! The operators `+ - * / %` of CQL on wire bytes.
//!
//! The result's type follows from the operands': the wider integer; `double` for a float with a `bigint` or
//! `double`; `decimal` for a float with a `varint`, and for anything with a `decimal`. Integers wrap around, as
//! Java's do. A `timestamp` or `date` takes a duration; texts are joined by `+`.

use bytes::Bytes;
use num_bigint::BigInt;
use num_traits::Zero;

use super::duration::{add_to_date, add_to_timestamp, negate_duration};
use super::number::{Number, is_numeric};
use crate::error::InvalidValue;
use crate::types::{ColumnType, Decimal, Value, decode_value, encode_value};

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Operator {
    /// Its sign in CQL.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
        }
    }
}

/// The type of `left operator right`; `None` where the operator does not take these types.
pub fn result_type(operator: Operator, left: &ColumnType, right: &ColumnType) -> Option<ColumnType> {
    let adds = matches!(operator, Operator::Add | Operator::Subtract);
    match (left, right) {
        (ColumnType::Timestamp | ColumnType::Date, ColumnType::Duration) if adds => Some(left.clone()),
        (ColumnType::Ascii, ColumnType::Ascii) if operator == Operator::Add => Some(ColumnType::Ascii),
        (ColumnType::Text | ColumnType::Ascii, ColumnType::Text | ColumnType::Ascii)
            if operator == Operator::Add =>
        {
            Some(ColumnType::Text)
        }
        _ => wider(left, right),
    }
}

fn wider(left: &ColumnType, right: &ColumnType) -> Option<ColumnType> {
    use ColumnType::{BigInt, Counter, Decimal, Double, Float, Int, SmallInt, TinyInt, VarInt};
    if !is_numeric(left) || !is_numeric(right) {
        return None;
    }
    let either = |kind: &ColumnType| left == kind || right == kind;
    let has_float = either(&Float) || either(&Double);
    Some(match () {
        _ if either(&Decimal) || (has_float && either(&VarInt)) => Decimal,
        _ if either(&Double) || (has_float && (either(&BigInt) || either(&Counter))) => Double,
        _ if has_float => Float,
        _ if either(&VarInt) => VarInt,
        _ if either(&BigInt) || either(&Counter) => BigInt,
        _ if either(&Int) => Int,
        _ if either(&SmallInt) => SmallInt,
        _ => TinyInt,
    })
}

/// The wire bytes of `left operator right`, in the type that [`result_type`] names.
///
/// The empty value with anything is the empty value, or an error where the result's type has none.
///
/// Errors: types that the operator does not take, division by zero, results that cannot be represented.
pub fn apply_operator(
    operator: Operator,
    (left_type, left): (&ColumnType, &[u8]),
    (right_type, right): (&ColumnType, &[u8]),
) -> Result<Bytes, InvalidValue> {
    let Some(kind) = result_type(operator, left_type, right_type) else {
        return Err(InvalidValue::new(format!(
            "The '{}' operation is not supported between {left_type} and {right_type}",
            operator.sign()
        )));
    };
    if let ColumnType::Text | ColumnType::Ascii = kind {
        return Ok([left, right].concat().into());
    }
    if left.is_empty() || right.is_empty() {
        return match kind.allows_empty() {
            true => Ok(Bytes::new()),
            false => Err(InvalidValue::new(format!("The '{}' operation on an empty value", operator.sign()))),
        };
    }
    if let ColumnType::Timestamp | ColumnType::Date = kind {
        return move_by_duration(operator, &kind, left, right);
    }
    let (a, b) = (Number::from_wire(left_type, left)?, Number::from_wire(right_type, right)?);
    let result = match kind {
        ColumnType::Decimal => {
            let (a, b): (Decimal, Decimal) = (a.to_decimal()?, b.to_decimal()?);
            Number::Decimal(super::decimal::apply(operator, &a, &b)?)
        }
        ColumnType::VarInt => Number::Big(big(operator, a.to_big()?, b.to_big()?)?),
        ColumnType::Double => Number::Double(float(operator, a.to_f64(), b.to_f64())),
        ColumnType::Float => Number::Float(float(operator, a.to_f32(), b.to_f32())),
        // Narrowing to the result's type keeps the low bits, which is what wrapping at its width gives.
        _ => Number::Integer(integer(operator, a.to_i64()?, b.to_i64()?)?),
    };
    result.into_wire(&kind)
}

/// The wire bytes of `-value`.
///
/// Errors: types without a negative, results that cannot be represented.
pub fn negate(kind: &ColumnType, wire: &[u8]) -> Result<Bytes, InvalidValue> {
    if wire.is_empty() && kind.allows_empty() {
        return Ok(Bytes::new());
    }
    if let Value::Duration(duration) = decode_value(kind, wire)? {
        return encode_value(kind, &Value::Duration(negate_duration(&duration)?));
    }
    if !is_numeric(kind) {
        return Err(InvalidValue::new(format!("A {kind} has no negative")));
    }
    let negated = match Number::from_wire(kind, wire)? {
        Number::Integer(number) => Number::Integer(number.wrapping_neg()),
        Number::Big(number) => Number::Big(-number),
        Number::Decimal(decimal) => {
            Number::Decimal(Decimal { unscaled: -decimal.unscaled, scale: decimal.scale })
        }
        Number::Float(number) => Number::Float(-number),
        Number::Double(number) => Number::Double(-number),
    };
    negated.into_wire(kind)
}

fn move_by_duration(
    operator: Operator,
    kind: &ColumnType,
    left: &[u8],
    right: &[u8],
) -> Result<Bytes, InvalidValue> {
    let Value::Duration(mut duration) = decode_value(&ColumnType::Duration, right)? else {
        return Err(InvalidValue::new("Expected a duration"));
    };
    if operator == Operator::Subtract {
        duration = negate_duration(&duration)?;
    }
    let moved = match decode_value(kind, left)? {
        Value::Timestamp(milliseconds) => Value::Timestamp(add_to_timestamp(milliseconds, &duration)?),
        Value::Date(days) => Value::Date(add_to_date(days, &duration)?),
        other => other,
    };
    encode_value(kind, &moved)
}

fn integer(operator: Operator, a: i64, b: i64) -> Result<i64, InvalidValue> {
    Ok(match operator {
        Operator::Add => a.wrapping_add(b),
        Operator::Subtract => a.wrapping_sub(b),
        Operator::Multiply => a.wrapping_mul(b),
        Operator::Divide | Operator::Remainder if b == 0 => return Err(division_by_zero()),
        Operator::Divide => a.wrapping_div(b),
        Operator::Remainder => a.wrapping_rem(b),
    })
}

fn big(operator: Operator, a: BigInt, b: BigInt) -> Result<BigInt, InvalidValue> {
    Ok(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide | Operator::Remainder if b.is_zero() => return Err(division_by_zero()),
        Operator::Divide => a / b,
        Operator::Remainder => a % b,
    })
}

fn float<T>(operator: Operator, a: T, b: T) -> T
where
    T: std::ops::Add<Output = T>
        + std::ops::Sub<Output = T>
        + std::ops::Mul<Output = T>
        + std::ops::Div<Output = T>
        + std::ops::Rem<Output = T>,
{
    match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::Remainder => a % b,
    }
}

pub(super) fn division_by_zero() -> InvalidValue {
    InvalidValue::new("Division by zero")
}
