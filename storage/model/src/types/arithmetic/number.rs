//! [`Number`]: a value of any numeric type, and its conversion to each of them.
//!
//! Conversions are those of CQL: narrowing an integer keeps its low bits, a float becomes the nearest
//! integer towards zero within `bigint` (then its low bits for smaller ones), and a decimal drops its fraction.

use bytes::Bytes;
use num_bigint::BigInt;
use num_traits::{Pow, ToPrimitive};

use super::decimal::expect_zeros;
use crate::error::InvalidValue;
use crate::types::literal::{format_decimal, format_double, format_float, parse_decimal};
use crate::types::{ColumnType, Decimal, Value, decode_value, encode_value};

/// A number, by the arithmetic it needs.
#[derive(Debug, Clone)]
pub(super) enum Number {
    /// `tinyint` to `bigint` and `counter`.
    Integer(i64),
    /// `varint`.
    Big(BigInt),
    /// `decimal`.
    Decimal(Decimal),
    /// `float`.
    Float(f32),
    /// `double`.
    Double(f64),
}

/// Whether values of the type are numbers.
pub(super) fn is_numeric(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::TinyInt
            | ColumnType::SmallInt
            | ColumnType::Int
            | ColumnType::BigInt
            | ColumnType::Counter
            | ColumnType::VarInt
            | ColumnType::Decimal
            | ColumnType::Float
            | ColumnType::Double
    )
}

impl Number {
    /// The number that `wire` is in the numeric type `kind`.
    pub(super) fn from_wire(kind: &ColumnType, wire: &[u8]) -> Result<Number, InvalidValue> {
        Ok(match decode_value(kind, wire)? {
            Value::TinyInt(number) => Number::Integer(number.into()),
            Value::SmallInt(number) => Number::Integer(number.into()),
            Value::Int(number) => Number::Integer(number.into()),
            Value::BigInt(number) | Value::Counter(number) => Number::Integer(number),
            Value::VarInt(number) => Number::Big(number),
            Value::Decimal(number) => Number::Decimal(number),
            Value::Float(number) => Number::Float(number),
            Value::Double(number) => Number::Double(number),
            other => {
                return Err(InvalidValue::new(format!("Expected a number but got {}", other.type_word())));
            }
        })
    }

    /// The wire bytes of this number converted to the numeric type `kind`.
    pub(super) fn into_wire(self, kind: &ColumnType) -> Result<Bytes, InvalidValue> {
        let value = match kind {
            ColumnType::TinyInt => Value::TinyInt(self.to_i32_range()? as i8),
            ColumnType::SmallInt => Value::SmallInt(self.to_i32_range()? as i16),
            ColumnType::Int => Value::Int(self.to_i32_range()?),
            ColumnType::BigInt | ColumnType::Counter => Value::BigInt(self.to_i64()?),
            ColumnType::VarInt => Value::VarInt(self.to_big()?),
            ColumnType::Decimal => Value::Decimal(self.to_decimal()?),
            ColumnType::Float => Value::Float(self.to_f32()),
            ColumnType::Double => Value::Double(self.to_f64()),
            _ => return Err(InvalidValue::new(format!("{kind} is not a type of numbers"))),
        };
        encode_value(kind, &value)
    }

    /// A float is first brought into the range of 32 bits; everything else keeps its low bits.
    fn to_i32_range(&self) -> Result<i32, InvalidValue> {
        Ok(match self {
            Number::Float(number) => *number as i32,
            Number::Double(number) => *number as i32,
            _ => self.to_i64()? as i32,
        })
    }

    pub(super) fn to_i64(&self) -> Result<i64, InvalidValue> {
        Ok(match self {
            Number::Integer(number) => *number,
            Number::Float(number) => *number as i64,
            Number::Double(number) => *number as i64,
            Number::Big(number) => low_bits(number),
            Number::Decimal(_) => low_bits(&self.to_big()?),
        })
    }

    pub(super) fn to_big(&self) -> Result<BigInt, InvalidValue> {
        Ok(match self {
            Number::Integer(number) => BigInt::from(*number),
            Number::Big(number) => number.clone(),
            // Fewer bits than places: nothing stands before the point.
            Number::Decimal(decimal) if i128::from(decimal.scale) > i128::from(decimal.unscaled.bits()) => {
                BigInt::ZERO
            }
            Number::Decimal(decimal) => {
                let power = BigInt::from(10).pow(expect_zeros(decimal.scale.unsigned_abs().into(), decimal)?);
                if decimal.scale < 0 { &decimal.unscaled * power } else { &decimal.unscaled / power }
            }
            Number::Float(_) | Number::Double(_) => Number::Decimal(self.to_decimal()?).to_big()?,
        })
    }

    /// Floats become the decimal of their shortest text: 0.1 is 0.1.
    pub(super) fn to_decimal(&self) -> Result<Decimal, InvalidValue> {
        let text = match self {
            Number::Integer(number) => return Ok(Decimal { unscaled: BigInt::from(*number), scale: 0 }),
            Number::Big(number) => return Ok(Decimal { unscaled: number.clone(), scale: 0 }),
            Number::Decimal(decimal) => return Ok(decimal.clone()),
            Number::Float(number) => format_float(*number),
            Number::Double(number) => format_double(*number),
        };
        parse_decimal(&text)
    }

    pub(super) fn to_f64(&self) -> f64 {
        match self {
            Number::Integer(number) => *number as f64,
            Number::Big(number) => number.to_f64().unwrap_or(f64::NAN),
            // The text of a decimal is one of a float too, and reading it rounds correctly.
            Number::Decimal(decimal) => format_decimal(decimal).parse().unwrap_or(f64::NAN),
            Number::Float(number) => f64::from(*number),
            Number::Double(number) => *number,
        }
    }

    pub(super) fn to_f32(&self) -> f32 {
        match self {
            Number::Integer(number) => *number as f32,
            Number::Big(number) => number.to_f32().unwrap_or(f32::NAN),
            Number::Decimal(decimal) => format_decimal(decimal).parse().unwrap_or(f32::NAN),
            Number::Float(number) => *number,
            Number::Double(number) => *number as f32,
        }
    }

    /// The text that CAST to `text` gives.
    pub(super) fn to_text(&self) -> String {
        match self {
            Number::Integer(number) => number.to_string(),
            Number::Big(number) => number.to_string(),
            Number::Decimal(decimal) => format_decimal(decimal),
            Number::Float(number) => format_float(*number),
            Number::Double(number) => format_double(*number),
        }
    }
}

/// The low 64 bits in two's complement.
fn low_bits(number: &BigInt) -> i64 {
    let low = number.iter_u64_digits().next().unwrap_or(0) as i64;
    if number.sign() == num_bigint::Sign::Minus { low.wrapping_neg() } else { low }
}
