//! Arithmetic of CQL, from the parser's operators to the model's.

use bytes::Bytes;
use model::types::ColumnType;
use model::types::arithmetic::{self, Operator};

use super::super::syntax::ast::Arithmetic;
use crate::error::CqlError;

fn operator(operator: Arithmetic) -> Operator {
    match operator {
        Arithmetic::Add => Operator::Add,
        Arithmetic::Subtract => Operator::Subtract,
        Arithmetic::Multiply => Operator::Multiply,
        Arithmetic::Divide => Operator::Divide,
        Arithmetic::Remainder => Operator::Remainder,
    }
}

/// The type of `left operator right`, if there is such an operation.
pub(super) fn result_type(symbol: Arithmetic, left: &ColumnType, right: &ColumnType) -> Option<ColumnType> {
    arithmetic::result_type(operator(symbol), left, right)
}

/// The value of `left operator right`.
pub(super) fn compute(
    symbol: Arithmetic,
    left_type: &ColumnType,
    left: &Bytes,
    right_type: &ColumnType,
    right: &Bytes,
) -> Result<Bytes, CqlError> {
    Ok(arithmetic::apply_operator(operator(symbol), (left_type, left), (right_type, right))?)
}
