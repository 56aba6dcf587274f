//! Aggregates: COUNT, MIN, MAX, SUM, AVG over wire bytes.
//!
//! The result type is the argument's type, as in Cassandra: `avg(int)` truncates towards zero and
//! `sum(int)` wraps around; a wrap is reported so that the client can be warned.
//! Over no rows: count, sum and avg are 0, min and max are null.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use bytes::Bytes;
use model::types::{ColumnType, Decimal, Value, compare_values, decode_value, encode_value};
use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use crate::error::CqlError;

/// Which aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateKind {
    /// `count(*)`: every row.
    CountRows,
    /// `count(x)`: rows where x is not null.
    Count,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Sum.
    Sum,
    /// Mean.
    Avg,
}

impl AggregateKind {
    /// The aggregate called `name` (lower case).
    pub(crate) fn by_name(name: &str) -> Option<AggregateKind> {
        Some(match name {
            "count" => AggregateKind::Count,
            "min" => AggregateKind::Min,
            "max" => AggregateKind::Max,
            "sum" => AggregateKind::Sum,
            "avg" => AggregateKind::Avg,
            _ => return None,
        })
    }

    /// Its result type over arguments of type `argument`.
    ///
    /// Errors: SUM and AVG of something that is no number.
    pub(crate) fn result_type(self, argument: &ColumnType) -> Result<ColumnType, CqlError> {
        match self {
            AggregateKind::CountRows | AggregateKind::Count => Ok(ColumnType::BigInt),
            AggregateKind::Min | AggregateKind::Max => Ok(match argument {
                ColumnType::Counter => ColumnType::BigInt,
                other => other.clone(),
            }),
            AggregateKind::Sum | AggregateKind::Avg => match argument {
                ColumnType::Counter => Ok(ColumnType::BigInt),
                ColumnType::TinyInt
                | ColumnType::SmallInt
                | ColumnType::Int
                | ColumnType::BigInt
                | ColumnType::VarInt
                | ColumnType::Float
                | ColumnType::Double
                | ColumnType::Decimal => Ok(argument.clone()),
                other => Err(CqlError::invalid(format!(
                    "Invalid call to function {}, none of its type signatures match (known type signatures take a number; the argument is of type {other})",
                    if self == AggregateKind::Sum { "sum" } else { "avg" }
                ))),
            },
        }
    }
}

/// A running aggregate.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    kind: AggregateKind,
    argument: ColumnType,
    count: i64,
    best: Option<Bytes>,
    integer: BigInt,
    small: i64,
    float: f64,
    compensation: f64,
    decimal: BigDecimal,
}

impl Aggregate {
    /// An aggregate over nothing yet.
    pub(crate) fn new(kind: AggregateKind, argument: ColumnType) -> Aggregate {
        Aggregate {
            kind,
            argument,
            count: 0,
            best: None,
            integer: BigInt::zero(),
            small: 0,
            float: 0.0,
            compensation: 0.0,
            decimal: BigDecimal::zero(),
        }
    }

    /// Takes one row's argument; nulls (and empty values) count for nothing but `count(*)`.
    pub(crate) fn add(&mut self, value: Option<&Bytes>) -> Result<(), CqlError> {
        if self.kind == AggregateKind::CountRows {
            self.count += 1;
            return Ok(());
        }
        let Some(value) = value else { return Ok(()) };
        match self.kind {
            AggregateKind::CountRows | AggregateKind::Count => self.count += 1,
            AggregateKind::Min => self.keep(value, Ordering::Less),
            AggregateKind::Max => self.keep(value, Ordering::Greater),
            AggregateKind::Sum | AggregateKind::Avg => {
                if !value.is_empty() {
                    self.count += 1;
                    self.add_number(value)?;
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, value: &Bytes, better: Ordering) {
        let replace = match &self.best {
            None => true,
            Some(best) => compare_values(&self.argument, value, best) == better,
        };
        if replace {
            self.best = Some(value.clone());
        }
    }

    fn add_number(&mut self, value: &Bytes) -> Result<(), CqlError> {
        match decode_value(&self.argument, value)? {
            Value::TinyInt(number) => self.add_small(i64::from(number)),
            Value::SmallInt(number) => self.add_small(i64::from(number)),
            Value::Int(number) => self.add_small(i64::from(number)),
            Value::BigInt(number) | Value::Counter(number) => self.add_small(number),
            Value::VarInt(number) => self.integer += number,
            Value::Float(number) => self.add_float(f64::from(number)),
            Value::Double(number) => self.add_float(number),
            Value::Decimal(number) => {
                self.decimal += BigDecimal::new(number.unscaled, i64::from(number.scale))
            }
            _ => {}
        }
        Ok(())
    }

    fn add_small(&mut self, number: i64) {
        match self.small.checked_add(number) {
            Some(sum) => self.small = sum,
            None => {
                self.integer += self.small;
                self.small = number;
            }
        }
    }

    /// Kahan's summation, so that many small addends are not lost.
    fn add_float(&mut self, number: f64) {
        let corrected = number - self.compensation;
        let sum = self.float + corrected;
        self.compensation = if sum.is_finite() { (sum - self.float) - corrected } else { 0.0 };
        self.float = sum;
    }

    /// The result and whether it wrapped around its type.
    pub(crate) fn finish(&self) -> Result<(Option<Bytes>, bool), CqlError> {
        match self.kind {
            AggregateKind::CountRows | AggregateKind::Count => {
                Ok((Some(Bytes::copy_from_slice(&self.count.to_be_bytes())), false))
            }
            AggregateKind::Min | AggregateKind::Max => Ok((self.best.clone(), false)),
            AggregateKind::Sum => self.number(false),
            AggregateKind::Avg => self.number(true),
        }
    }

    fn number(&self, mean: bool) -> Result<(Option<Bytes>, bool), CqlError> {
        let divisor = if mean { self.count.max(1) } else { 1 };
        let whole = (&self.integer + self.small) / divisor;
        let mut wrapped = false;
        // The low bits of the two's complement, as integer addition that wraps would leave them.
        let mut low = |bits: u32| -> i64 {
            let modulus = BigInt::from(1) << bits;
            let half = BigInt::from(1) << (bits - 1);
            let mut rest = &whole % &modulus;
            if rest >= half {
                rest -= &modulus;
            } else if rest < -half {
                rest += &modulus;
            }
            wrapped |= rest != whole;
            rest.to_i64().unwrap_or_default()
        };
        let value = match &self.argument {
            ColumnType::TinyInt => Value::TinyInt(low(8) as i8),
            ColumnType::SmallInt => Value::SmallInt(low(16) as i16),
            ColumnType::Int => Value::Int(low(32) as i32),
            ColumnType::BigInt | ColumnType::Counter => Value::BigInt(low(64)),
            ColumnType::VarInt => Value::VarInt(whole),
            ColumnType::Float => Value::Float((self.float / divisor as f64) as f32),
            ColumnType::Double => Value::Double(self.float / divisor as f64),
            ColumnType::Decimal => {
                let scale = self.decimal.as_bigint_and_exponent().1;
                let value = if mean {
                    // As many digits as the sum has, rounded half even as Cassandra does.
                    (&self.decimal / BigDecimal::from(divisor))
                        .with_scale_round(scale, bigdecimal::RoundingMode::HalfEven)
                } else {
                    self.decimal.clone()
                };
                let (unscaled, exponent) = value.into_bigint_and_exponent();
                Value::Decimal(Decimal { unscaled, scale: exponent as i32 })
            }
            other => return Err(CqlError::server(format!("aggregate over {other}"))),
        };
        let kind = if self.argument == ColumnType::Counter { &ColumnType::BigInt } else { &self.argument };
        Ok((Some(encode_value(kind, &value)?), wrapped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(kind: AggregateKind, numbers: &[i32]) -> (Option<i32>, bool) {
        let mut aggregate = Aggregate::new(kind, ColumnType::Int);
        for number in numbers {
            aggregate.add(Some(&Bytes::copy_from_slice(&number.to_be_bytes()))).unwrap();
        }
        aggregate.add(None).unwrap();
        let (value, wrapped) = aggregate.finish().unwrap();
        (value.map(|bytes| i32::from_be_bytes(bytes[..].try_into().unwrap())), wrapped)
    }

    #[test]
    fn sums_and_means_keep_the_type_of_their_argument() {
        assert_eq!(over(AggregateKind::Sum, &[1, 2, 4]), (Some(7), false));
        assert_eq!(over(AggregateKind::Avg, &[1, 2, 4]), (Some(2), false));
        assert_eq!(over(AggregateKind::Avg, &[-1, -2, -4]), (Some(-2), false));
        assert_eq!(over(AggregateKind::Avg, &[]), (Some(0), false));
    }

    #[test]
    fn a_sum_that_wraps_says_so_and_a_mean_does_not_wrap() {
        assert_eq!(over(AggregateKind::Sum, &[i32::MAX, 1]), (Some(i32::MIN), true));
        assert_eq!(over(AggregateKind::Avg, &[i32::MAX, i32::MAX]), (Some(i32::MAX), false));
    }

    #[test]
    fn smallest_and_largest_of_nothing_are_null() {
        assert_eq!(over(AggregateKind::Min, &[]), (None, false));
        assert_eq!(over(AggregateKind::Min, &[3, -5, 4]), (Some(-5), false));
        assert_eq!(over(AggregateKind::Max, &[3, -5, 4]), (Some(4), false));
    }
}
