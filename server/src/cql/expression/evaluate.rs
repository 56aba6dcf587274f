//! Evaluation of an [`Expression`] to wire bytes.

use bytes::{BufMut, Bytes, BytesMut};
use model::data::{Cell, CellKind, ColumnData};
use model::types::{ColumnType, cast_value, collection, compare_values};
use proto::native::RawValue;
use std::cmp::Ordering;

use super::super::functions::FunctionContext;
use super::super::row_view::{RowView, encode_path};
use super::super::syntax::ast::TimeFunction;
use super::{CellPart, Expression};
use crate::error::CqlError;

/// What an expression can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Values of the bind markers, checked against their types.
    pub(crate) values: &'a [RawValue],
    /// The row, in a SELECT.
    pub(crate) row: Option<RowView<'a>>,
    /// Results of the plan's aggregates, once its group is complete.
    pub(crate) aggregates: &'a [Option<Bytes>],
    /// Clock and chance; none while a constant is folded.
    pub(crate) context: Option<&'a dyn FunctionContext>,
    /// Seconds since 1970, for `ttl`.
    pub(crate) now_seconds: i64,
}

impl<'a> Scope<'a> {
    /// A scope with bind values only.
    pub(crate) fn of_values(values: &'a [RawValue]) -> Scope<'a> {
        Scope { values, row: None, aggregates: &[], context: None, now_seconds: 0 }
    }
}

impl Expression {
    /// Its value.
    ///
    /// Errors: Invalid, for nulls where none may be, unset values inside others, and what functions refuse.
    pub(crate) fn evaluate(&self, scope: &Scope<'_>) -> Result<RawValue, CqlError> {
        Ok(match self {
            Expression::Constant(value) => of(value.clone()),
            Expression::Marker { index } => match scope.values.get(*index) {
                Some(value) => value.clone(),
                None => return Err(CqlError::invalid("Invalid amount of bind variables")),
            },
            other => of(other.value(scope)?),
        })
    }

    /// Its value where unset makes no sense.
    pub(crate) fn value(&self, scope: &Scope<'_>) -> Result<Option<Bytes>, CqlError> {
        match self {
            Expression::Constant(value) => Ok(value.clone()),
            Expression::Marker { .. } => match self.evaluate(scope)? {
                RawValue::Bytes(bytes) => Ok(Some(bytes)),
                RawValue::Null => Ok(None),
                RawValue::Unset => Err(CqlError::invalid("Invalid unset value for argument")),
            },
            Expression::Column(column) => match &scope.row {
                Some(row) => row.value(column),
                None => Ok(None),
            },
            Expression::CellTime { function, column, part } => cell_time(*function, column, part, scope),
            Expression::Call { signature, arguments } => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(argument.value(scope)?);
                }
                let context = scope
                    .context
                    .ok_or_else(|| CqlError::server("a function was called without a context"))?;
                signature.evaluate(&values, context)
            }
            Expression::Cast { from, to, argument } => match argument.value(scope)? {
                Some(value) => Ok(Some(cast_value(from, to, &value)?)),
                None => Ok(None),
            },
            Expression::Arithmetic { operator, left, right } => {
                match (left.0.value(scope)?, right.0.value(scope)?) {
                    (Some(a), Some(b)) => {
                        super::arithmetic::compute(*operator, &left.1, &a, &right.1, &b).map(Some)
                    }
                    _ => Ok(None),
                }
            }
            Expression::List(elements) => Ok(Some(collection::encode_list(&present(elements, scope)?))),
            Expression::Set { element, elements } => {
                let mut values = present(elements, scope)?;
                values.sort_by(|a, b| compare_values(element, a, b));
                values.dedup_by(|a, b| compare_values(element, a, b) == Ordering::Equal);
                Ok(Some(collection::encode_list(&values)))
            }
            Expression::Map { key, entries } => {
                let mut values: Vec<(Bytes, Bytes)> = Vec::with_capacity(entries.len());
                for (entry_key, entry_value) in entries {
                    values.push((inside(entry_key, scope)?, inside(entry_value, scope)?));
                }
                values.sort_by(|a, b| compare_values(key, &a.0, &b.0));
                // Of equal keys the last written wins; the sort is stable.
                let mut unique: Vec<(Bytes, Bytes)> = Vec::with_capacity(values.len());
                for entry in values {
                    match unique.last_mut() {
                        Some(last) if compare_values(key, &last.0, &entry.0) == Ordering::Equal => {
                            *last = entry
                        }
                        _ => unique.push(entry),
                    }
                }
                Ok(Some(collection::encode_map(&unique)))
            }
            Expression::Tuple(components) => {
                let mut values = Vec::with_capacity(components.len());
                for component in components {
                    match component.evaluate(scope)? {
                        RawValue::Unset => {
                            return Err(CqlError::invalid("Invalid unset value inside a tuple or user type"));
                        }
                        value => values.push(value.as_bytes().cloned()),
                    }
                }
                Ok(Some(collection::encode_tuple(&values)))
            }
            Expression::Vector { element, elements } => {
                let values = present(elements, scope)?;
                Ok(Some(collection::encode_vector(element, &values)))
            }
            Expression::Element { collection, column_type, key } => {
                element(collection, column_type, key, scope)
            }
            Expression::Slice { collection, column_type, from, to } => {
                slice(collection, column_type, from.as_deref(), to.as_deref(), scope)
            }
            Expression::Field { value, index } => match value.value(scope)? {
                Some(bytes) => Ok(collection::tuple_component(&bytes, *index)?),
                None => Ok(None),
            },
            Expression::Aggregate(index) => Ok(scope.aggregates.get(*index).cloned().flatten()),
        }
    }
}

fn of(value: Option<Bytes>) -> RawValue {
    match value {
        Some(bytes) => RawValue::Bytes(bytes),
        None => RawValue::Null,
    }
}

fn inside(expression: &Expression, scope: &Scope<'_>) -> Result<Bytes, CqlError> {
    match expression.evaluate(scope)? {
        RawValue::Bytes(bytes) => Ok(bytes),
        RawValue::Null => Err(CqlError::invalid("null is not supported inside collections")),
        RawValue::Unset => Err(CqlError::invalid("unset value is not supported inside collections")),
    }
}

fn present(elements: &[Expression], scope: &Scope<'_>) -> Result<Vec<Bytes>, CqlError> {
    elements.iter().map(|element| inside(element, scope)).collect()
}

fn element(
    collection: &Expression,
    column_type: &ColumnType,
    key: &Expression,
    scope: &Scope<'_>,
) -> Result<Option<Bytes>, CqlError> {
    let (Some(bytes), Some(key)) = (collection.value(scope)?, key.value(scope)?) else { return Ok(None) };
    Ok(match column_type {
        ColumnType::Map { key: key_type, .. } => collection::split_map(&bytes)?
            .into_iter()
            .find(|(other, _)| compare_values(key_type, other, &key) == Ordering::Equal)
            .map(|(_, value)| value),
        ColumnType::Set { element, .. } => collection::split_list(&bytes)?
            .into_iter()
            .find(|other| compare_values(element, other, &key) == Ordering::Equal),
        ColumnType::List { .. } => {
            let index = list_index(&key)?;
            usize::try_from(index)
                .ok()
                .and_then(|index| collection::split_list(&bytes).ok()?.into_iter().nth(index))
        }
        other => return Err(CqlError::invalid(format!("a value of type {other} has no elements"))),
    })
}

/// The number in a list index's wire bytes.
pub(crate) fn list_index(bytes: &Bytes) -> Result<i32, CqlError> {
    let number: [u8; 4] =
        bytes[..].try_into().map_err(|_| CqlError::invalid("Invalid value for a list index"))?;
    Ok(i32::from_be_bytes(number))
}

fn slice(
    collection: &Expression,
    column_type: &ColumnType,
    from: Option<&Expression>,
    to: Option<&Expression>,
    scope: &Scope<'_>,
) -> Result<Option<Bytes>, CqlError> {
    let Some(bytes) = collection.value(scope)? else { return Ok(None) };
    let bound = |end: Option<&Expression>| match end {
        Some(expression) => expression.value(scope),
        None => Ok(None),
    };
    let (low, high) = (bound(from)?, bound(to)?);
    let inside = |kind: &ColumnType, key: &Bytes| {
        low.as_ref().is_none_or(|low| compare_values(kind, key, low) != Ordering::Less)
            && high.as_ref().is_none_or(|high| compare_values(kind, key, high) != Ordering::Greater)
    };
    match column_type {
        ColumnType::Map { key, .. } => {
            let mut entries = collection::split_map(&bytes)?;
            entries.retain(|(entry, _)| inside(key, entry));
            Ok((!entries.is_empty()).then(|| collection::encode_map(&entries)))
        }
        ColumnType::Set { element, .. } => {
            let mut elements = collection::split_list(&bytes)?;
            elements.retain(|item| inside(element, item));
            Ok((!elements.is_empty()).then(|| collection::encode_list(&elements)))
        }
        other => Err(CqlError::invalid(format!("a value of type {other} cannot be sliced"))),
    }
}

/// `writetime`, `maxwritetime` and `ttl` of a column or one part of it.
fn cell_time(
    function: TimeFunction,
    column: &super::super::row_view::ColumnRef,
    part: &CellPart,
    scope: &Scope<'_>,
) -> Result<Option<Bytes>, CqlError> {
    let Some(data) = scope.row.as_ref().and_then(|row| row.data(column)) else { return Ok(None) };
    match (data, part) {
        (ColumnData::Cell(cell), _) => Ok(one_time(function, cell, scope.now_seconds)),
        (ColumnData::Collection(cells), CellPart::Whole) => {
            if function == TimeFunction::MaxWriteTime {
                let newest = cells.cells.iter().map(|(_, cell)| cell.timestamp).max();
                return Ok(newest.map(|timestamp| Bytes::copy_from_slice(&timestamp.to_be_bytes())));
            }
            let mut out = BytesMut::new();
            out.put_i32(cells.cells.len() as i32);
            for (_, cell) in &cells.cells {
                match one_time(function, cell, scope.now_seconds) {
                    Some(bytes) => {
                        out.put_i32(bytes.len() as i32);
                        out.put_slice(&bytes);
                    }
                    None => out.put_i32(-1),
                }
            }
            Ok(Some(out.freeze()))
        }
        (ColumnData::Collection(cells), part) => {
            let path = match part {
                CellPart::Element(key) => {
                    let Some(key) = key.value(scope)? else { return Ok(None) };
                    let (ColumnType::Set { element: kind, .. } | ColumnType::Map { key: kind, .. }) =
                        &column.column_type
                    else {
                        return Ok(None);
                    };
                    encode_path(kind, &key)?
                }
                CellPart::Field(index) => Bytes::copy_from_slice(&(*index as u16).to_be_bytes()),
                CellPart::Whole => return Ok(None),
            };
            let found = cells.cells.binary_search_by(|(other, _)| other.cmp(&path)).ok();
            Ok(found.and_then(|at| one_time(function, &cells.cells[at].1, scope.now_seconds)))
        }
    }
}

fn one_time(function: TimeFunction, cell: &Cell, now_seconds: i64) -> Option<Bytes> {
    match function {
        TimeFunction::WriteTime | TimeFunction::MaxWriteTime => {
            Some(Bytes::copy_from_slice(&cell.timestamp.to_be_bytes()))
        }
        TimeFunction::Ttl => match cell.kind {
            CellKind::Expiring { expires_at, .. } => {
                let left = (expires_at - now_seconds).clamp(0, i64::from(i32::MAX)) as i32;
                Some(Bytes::copy_from_slice(&left.to_be_bytes()))
            }
            _ => None,
        },
    }
}
