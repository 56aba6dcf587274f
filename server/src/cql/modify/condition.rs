//! [`Condition`]: the IF of a write, bound; its [`ColumnCondition`]s, evaluated.
//!
//! Unlike in WHERE, null is a value here: `IF v = null` holds when there is none, `IF v != 1` holds for null.
//! A non-frozen collection without elements is null.

use std::sync::Arc;

use bytes::Bytes;
use model::types::{ColumnType, collection};
use proto::native::RawValue;

use super::super::expression::{Binder, Expression, Scope, bind_term};
use super::super::restrictions::{Filter, FilterLeft, bind_filter, bind_filter_left, compare};
use super::super::row_view::{ColumnRef, RowView, Slot};
use super::super::syntax::ast::{Comparison, InValues, Relation, RelationLeft, RelationTest};
use crate::error::CqlError;

/// IF.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// No IF.
    None,
    /// `IF NOT EXISTS`
    NotExists,
    /// `IF EXISTS`
    Exists,
    /// `IF a = … AND …`
    Columns(Vec<ColumnCondition>),
}

/// A test of one row.
#[derive(Debug, Clone)]
pub(crate) enum ColumnCondition {
    /// `left operator right`
    Compare {
        /// What is tested.
        left: FilterLeft,
        /// Its type.
        column_type: ColumnType,
        /// How.
        operator: Comparison,
        /// Against what.
        right: Expression,
    },
    /// `left IN (…)`
    In {
        /// What is tested.
        left: FilterLeft,
        /// Its type.
        column_type: ColumnType,
        /// The alternatives, if they are written.
        values: Vec<Expression>,
        /// Or one bound list of them.
        list: Option<Expression>,
    },
    /// `c CONTAINS [KEY] value`
    Contains {
        /// The collection.
        column: ColumnRef,
        /// The test.
        filter: Filter,
    },
}

/// Binds one relation of IF.
///
/// Errors: Invalid, for key columns, and tests that IF does not have.
pub(crate) fn bind_condition(
    binder: &mut Binder<'_>,
    relation: &Relation,
) -> Result<ColumnCondition, CqlError> {
    let name = match &relation.left {
        RelationLeft::Column(name)
        | RelationLeft::Element { column: name, .. }
        | RelationLeft::Field { column: name, .. } => name,
        RelationLeft::Tuple(_) | RelationLeft::Token(_) => {
            return Err(CqlError::invalid(format!(
                "IF tests single columns, their elements and fields: {}",
                relation.span.text(binder.text)
            )));
        }
    };
    let column = binder.column_ref(name)?;
    if column.is_key() {
        return Err(CqlError::invalid(format!(
            "PRIMARY KEY column '{}' cannot have IF conditions",
            column.name
        )));
    }
    if let RelationTest::Contains(_) | RelationTest::ContainsKey(_) = &relation.test {
        return Ok(ColumnCondition::Contains { filter: bind_filter(binder, relation)?, column });
    }
    let (left, column_type, receiver) = bind_filter_left(binder, &relation.left)?;
    match &relation.test {
        RelationTest::Compare { operator, value } => {
            let ordered = !matches!(operator, Comparison::Equal | Comparison::NotEqual);
            if ordered && column_type.contains_duration() {
                return Err(CqlError::invalid(format!(
                    "Slice conditions are not supported on durations: {}",
                    relation.span.text(binder.text)
                )));
            }
            let right = bind_term(binder, value, &column_type, &receiver)?;
            if ordered && matches!(right, Expression::Constant(None)) {
                return Err(null_order(*operator));
            }
            Ok(ColumnCondition::Compare { left, column_type, operator: *operator, right })
        }
        RelationTest::In(InValues::List(terms)) => {
            let values = terms
                .iter()
                .map(|term| bind_term(binder, term, &column_type, &receiver))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(ColumnCondition::In { left, column_type, values, list: None })
        }
        RelationTest::In(InValues::Marker(marker)) => {
            let kind = ColumnType::List { element: Arc::new(column_type.freeze()), frozen: true };
            let index = binder.note_marker(*marker, &format!("in({receiver})"), &kind);
            let list = Some(Expression::Marker { index });
            Ok(ColumnCondition::In { left, column_type, values: Vec::new(), list })
        }
        _ => Err(CqlError::invalid(format!("Unsupported condition: {}", relation.span.text(binder.text)))),
    }
}

fn null_order(operator: Comparison) -> CqlError {
    CqlError::invalid(format!("Invalid comparison with null for operator \"{}\"", operator.symbol()))
}

/// A condition's right side; unset is refused.
fn right_value(expression: &Expression, scope: &Scope<'_>) -> Result<Option<Bytes>, CqlError> {
    match expression.evaluate(scope)? {
        RawValue::Bytes(bytes) => Ok(Some(bytes)),
        RawValue::Null => Ok(None),
        RawValue::Unset => Err(CqlError::invalid("Invalid 'unset' value in condition")),
    }
}

/// A non-frozen collection without elements is none at all.
fn present(kind: &ColumnType, value: Option<Bytes>) -> Option<Bytes> {
    let empty = |bytes: &Bytes| {
        kind.is_multi_cell()
            && kind.is_collection()
            && bytes.iter().all(|byte| *byte == 0)
            && bytes.len() <= 4
    };
    value.filter(|bytes| !empty(bytes))
}

/// The left side's value; a null key or index is refused.
fn left_value(left: &FilterLeft, row: &RowView<'_>, scope: &Scope<'_>) -> Result<Option<Bytes>, CqlError> {
    if let FilterLeft::Element { column, key } = left
        && right_value(key, scope)?.is_none()
    {
        let what = if matches!(column.column_type, ColumnType::Map { .. }) { "map" } else { "list" };
        return Err(CqlError::invalid(format!("Invalid null value for {what} element access")));
    }
    left.value(row, scope)
}

fn equal(kind: &ColumnType, a: Option<&Bytes>, b: Option<&Bytes>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => compare(kind, a, Comparison::Equal, b),
        (None, None) => true,
        _ => false,
    }
}

impl ColumnCondition {
    /// The column it tests.
    pub(crate) fn column(&self) -> &ColumnRef {
        let left = match self {
            ColumnCondition::Compare { left, .. } | ColumnCondition::In { left, .. } => left,
            ColumnCondition::Contains { column, .. } => return column,
        };
        match left {
            FilterLeft::Column(column)
            | FilterLeft::Element { column, .. }
            | FilterLeft::Field { column, .. } => column,
            FilterLeft::Tuple(_) => unreachable!("tuples are refused when a condition is bound"),
        }
    }

    /// Whether it tests a static column.
    pub(crate) fn is_static(&self) -> bool {
        matches!(self.column().slot, Slot::Static(_))
    }

    /// Whether a row passes; a row that is not there has only nulls.
    ///
    /// Errors: Invalid, for unset values and nulls that no operator takes.
    pub(crate) fn holds(&self, row: &RowView<'_>, scope: &Scope<'_>) -> Result<bool, CqlError> {
        match self {
            ColumnCondition::Compare { left, column_type, operator, right } => {
                let current = present(column_type, left_value(left, row, scope)?);
                let right = present(column_type, right_value(right, scope)?);
                match operator {
                    Comparison::Equal => Ok(equal(column_type, current.as_ref(), right.as_ref())),
                    Comparison::NotEqual => Ok(!equal(column_type, current.as_ref(), right.as_ref())),
                    _ => {
                        let right = right.ok_or_else(|| null_order(*operator))?;
                        Ok(current.is_some_and(|value| compare(column_type, &value, *operator, &right)))
                    }
                }
            }
            ColumnCondition::In { left, column_type, values, list } => {
                let current = present(column_type, left_value(left, row, scope)?);
                let mut alternatives = Vec::with_capacity(values.len());
                for value in values {
                    match value.evaluate(scope)? {
                        RawValue::Bytes(bytes) => alternatives.push(Some(bytes)),
                        RawValue::Null => alternatives.push(None),
                        RawValue::Unset => {}
                    }
                }
                if let Some(list) = list {
                    let bytes = right_value(list, scope)?
                        .ok_or_else(|| CqlError::invalid("Invalid null list in IN condition"))?;
                    alternatives.extend(collection::split_list(&bytes)?.into_iter().map(Some));
                }
                Ok(alternatives
                    .into_iter()
                    .any(|other| equal(column_type, current.as_ref(), present(column_type, other).as_ref())))
            }
            ColumnCondition::Contains { filter, .. } => filter.accepts(row, scope),
        }
    }
}
