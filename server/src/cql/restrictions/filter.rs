//! [`Filter`]: tests of single rows, for ALLOW FILTERING and for IF.

use bytes::Bytes;
use model::types::{ColumnType, collection, compare_values};
use std::cmp::Ordering;
use std::sync::Arc;

use super::super::expression::{Binder, Expression, Scope, bind_term};
use super::super::row_view::{ColumnRef, RowView};
use super::super::syntax::ast::{Comparison, InValues, Relation, RelationLeft, RelationTest};
use crate::error::CqlError;

/// What a filter looks at.
#[derive(Debug, Clone)]
pub(crate) enum FilterLeft {
    /// A column.
    Column(ColumnRef),
    /// An element of a list or map.
    Element {
        /// The collection.
        column: ColumnRef,
        /// Map key or list index.
        key: Expression,
    },
    /// A field of a user type.
    Field {
        /// The user type column.
        column: ColumnRef,
        /// Which field.
        index: usize,
    },
    /// Several columns, compared one after the other.
    Tuple(Vec<ColumnRef>),
}

/// A test of one row. A null on either side fails it.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    /// `left operator right`.
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
    /// `left IN (…)`.
    In {
        /// What is tested.
        left: FilterLeft,
        /// Its type.
        column_type: ColumnType,
        /// Alternatives.
        values: Vec<Expression>,
        /// Or one bound list of them.
        list: Option<Expression>,
    },
    /// `collection CONTAINS value`.
    Contains {
        /// The collection.
        column: ColumnRef,
        /// Element or map value.
        value: Expression,
    },
    /// `map CONTAINS KEY key`.
    ContainsKey {
        /// The map.
        column: ColumnRef,
        /// The key.
        key: Expression,
    },
    /// Always true; says why the statement needs filtering, if it is refused.
    Reason(String),
}

/// Binds the left side of a relation, with the type its right side must have.
pub(crate) fn bind_filter_left(
    binder: &mut Binder<'_>,
    left: &RelationLeft,
) -> Result<(FilterLeft, ColumnType, String), CqlError> {
    Ok(match left {
        RelationLeft::Column(name) => {
            let column = binder.column_ref(name)?;
            let kind = column.column_type.clone();
            (FilterLeft::Column(column), kind, name.text.clone())
        }
        RelationLeft::Element { column: name, key } => {
            let column = binder.column_ref(name)?;
            let (key_type, value_type) = match &column.column_type {
                ColumnType::Map { key, value, .. } => ((**key).clone(), (**value).clone()),
                ColumnType::List { element, .. } => (ColumnType::Int, (**element).clone()),
                other => {
                    return Err(CqlError::invalid(format!(
                        "Invalid element access syntax for column {} of type {other}",
                        name.text
                    )));
                }
            };
            let key = bind_term(binder, key, &key_type, &format!("key({})", name.text))?;
            (FilterLeft::Element { column, key }, value_type, format!("value({})", name.text))
        }
        RelationLeft::Field { column: name, field } => {
            let column = binder.column_ref(name)?;
            let ColumnType::Udt { definition, .. } = &column.column_type else {
                return Err(CqlError::invalid(format!(
                    "Invalid field access: {} is not a UDT column",
                    name.text
                )));
            };
            let index = definition.field_index(&field.text).ok_or_else(|| {
                CqlError::invalid(format!("UDT column {} has no field {}", name.text, field.text))
            })?;
            let kind = definition.fields[index].1.clone();
            (FilterLeft::Field { column, index }, kind, format!("{}.{}", name.text, field.text))
        }
        RelationLeft::Tuple(names) => {
            let columns = names.iter().map(|name| binder.column_ref(name)).collect::<Result<Vec<_>, _>>()?;
            let kind = ColumnType::Tuple(columns.iter().map(|column| column.column_type.freeze()).collect());
            (FilterLeft::Tuple(columns), kind, "tuple".to_string())
        }
        RelationLeft::Token(_) => {
            return Err(CqlError::invalid("token() cannot be used in a condition or filter"));
        }
    })
}

/// Binds a relation as a filter.
pub(crate) fn bind_filter(binder: &mut Binder<'_>, relation: &Relation) -> Result<Filter, CqlError> {
    let (left, column_type, name) = bind_filter_left(binder, &relation.left)?;
    let unsupported = |binder: &Binder<'_>| {
        CqlError::invalid(format!("Unsupported restriction: {}", relation.span.text(binder.text)))
    };
    match &relation.test {
        RelationTest::Compare { operator: Comparison::NotEqual, .. } => {
            let text = relation.span.text(binder.text);
            Err(CqlError::invalid(format!("Unsupported \"!=\" relation: {text}")))
        }
        RelationTest::Compare { operator, value } => {
            if *operator != Comparison::Equal && column_type.is_multi_cell() {
                return Err(CqlError::invalid(format!(
                    "Cannot use a slice relation on collection or user type column {name}"
                )));
            }
            let right = bind_term(binder, value, &column_type, &name)?;
            Ok(Filter::Compare { left, column_type, operator: *operator, right })
        }
        RelationTest::In(InValues::List(terms)) => {
            let values = terms
                .iter()
                .map(|term| bind_term(binder, term, &column_type, &name))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Filter::In { left, column_type, values, list: None })
        }
        RelationTest::In(InValues::Marker(marker)) => {
            let list = ColumnType::List { element: Arc::new(column_type.freeze()), frozen: true };
            let index = binder.note_marker(*marker, &format!("in({name})"), &list);
            let list = Some(Expression::Marker { index });
            Ok(Filter::In { left, column_type, values: Vec::new(), list })
        }
        RelationTest::Contains(term) => {
            let FilterLeft::Column(column) = left else { return Err(unsupported(binder)) };
            let kind = match &column.column_type {
                ColumnType::List { element, .. } | ColumnType::Set { element, .. } => (**element).clone(),
                ColumnType::Map { value, .. } => (**value).clone(),
                _ => {
                    return Err(CqlError::invalid(format!(
                        "Cannot use CONTAINS on non-collection column {name}"
                    )));
                }
            };
            let value = bind_term(binder, term, &kind, &format!("value({name})"))?;
            Ok(Filter::Contains { column, value })
        }
        RelationTest::ContainsKey(term) => {
            let FilterLeft::Column(column) = left else { return Err(unsupported(binder)) };
            let ColumnType::Map { key, .. } = &column.column_type else {
                return Err(CqlError::invalid(format!("Cannot use CONTAINS KEY on non-map column {name}")));
            };
            let kind = (**key).clone();
            let key = bind_term(binder, term, &kind, &format!("key({name})"))?;
            Ok(Filter::ContainsKey { column, key })
        }
        RelationTest::Between { .. } => {
            // Two filters in one would need another shape; a BETWEEN on a non-key column is rare.
            Err(CqlError::invalid(format!(
                "BETWEEN is only supported on clustering columns and token(): {}",
                relation.span.text(binder.text)
            )))
        }
        _ => Err(unsupported(binder)),
    }
}

impl FilterLeft {
    /// Its value in a row.
    pub(crate) fn value(&self, row: &RowView<'_>, scope: &Scope<'_>) -> Result<Option<Bytes>, CqlError> {
        match self {
            FilterLeft::Column(column) => row.value(column),
            FilterLeft::Element { column, key } => {
                let key = key.value(scope)?;
                let (Some(bytes), Some(key)) = (row.value(column)?, key) else { return Ok(None) };
                match &column.column_type {
                    ColumnType::Map { key: kind, .. } => Ok(collection::split_map(&bytes)?
                        .into_iter()
                        .find(|(other, _)| compare_values(kind, other, &key) == Ordering::Equal)
                        .map(|(_, value)| value)),
                    _ => {
                        let index = super::super::expression::list_index(&key)?;
                        let index = usize::try_from(index)
                            .map_err(|_| CqlError::invalid(format!("Invalid negative list index {index}")))?;
                        Ok(collection::split_list(&bytes)?.into_iter().nth(index))
                    }
                }
            }
            FilterLeft::Field { column, index } => match row.value(column)? {
                Some(bytes) => Ok(collection::tuple_component(&bytes, *index)?),
                None => Ok(None),
            },
            FilterLeft::Tuple(columns) => {
                let values = columns.iter().map(|column| row.value(column)).collect::<Result<Vec<_>, _>>()?;
                Ok(Some(collection::encode_tuple(&values)))
            }
        }
    }
}

/// Whether `a operator b` holds.
pub(crate) fn compare(kind: &ColumnType, a: &[u8], operator: Comparison, b: &[u8]) -> bool {
    let ordering = compare_values(kind, a, b);
    match operator {
        Comparison::Equal => ordering == Ordering::Equal,
        Comparison::NotEqual => ordering != Ordering::Equal,
        Comparison::Less => ordering == Ordering::Less,
        Comparison::LessOrEqual => ordering != Ordering::Greater,
        Comparison::Greater => ordering == Ordering::Greater,
        Comparison::GreaterOrEqual => ordering != Ordering::Less,
    }
}

impl Filter {
    /// Whether the row passes.
    pub(crate) fn accepts(&self, row: &RowView<'_>, scope: &Scope<'_>) -> Result<bool, CqlError> {
        let needed = |expression: &Expression, name: &str| -> Result<Bytes, CqlError> {
            expression
                .value(scope)?
                .ok_or_else(|| CqlError::invalid(format!("Unsupported null value for column {name}")))
        };
        Ok(match self {
            Filter::Reason(_) => true,
            Filter::Compare { left, column_type, operator, right } => {
                let right = needed(right, left.name())?;
                left.value(row, scope)?.is_some_and(|value| compare(column_type, &value, *operator, &right))
            }
            Filter::In { left, column_type, values, list } => {
                let mut alternatives =
                    values.iter().map(|value| needed(value, left.name())).collect::<Result<Vec<_>, _>>()?;
                if let Some(list) = list {
                    alternatives.extend(collection::split_list(&needed(list, left.name())?)?);
                }
                left.value(row, scope)?.is_some_and(|value| {
                    alternatives.iter().any(|other| compare(column_type, &value, Comparison::Equal, other))
                })
            }
            Filter::Contains { column, value } => {
                let wanted = needed(value, &column.name)?;
                let Some(bytes) = row.value(column)? else { return Ok(false) };
                match &column.column_type {
                    ColumnType::Map { value: kind, .. } => collection::split_map(&bytes)?
                        .iter()
                        .any(|(_, item)| compare(kind, item, Comparison::Equal, &wanted)),
                    ColumnType::List { element: kind, .. } | ColumnType::Set { element: kind, .. } => {
                        collection::split_list(&bytes)?
                            .iter()
                            .any(|item| compare(kind, item, Comparison::Equal, &wanted))
                    }
                    _ => false,
                }
            }
            Filter::ContainsKey { column, key } => {
                let wanted = needed(key, &column.name)?;
                let Some(bytes) = row.value(column)? else { return Ok(false) };
                let ColumnType::Map { key: kind, .. } = &column.column_type else { return Ok(false) };
                collection::split_map(&bytes)?
                    .iter()
                    .any(|(item, _)| compare(kind, item, Comparison::Equal, &wanted))
            }
        })
    }
}

impl FilterLeft {
    /// The column's name, for messages.
    pub(crate) fn name(&self) -> &str {
        match self {
            FilterLeft::Column(column)
            | FilterLeft::Element { column, .. }
            | FilterLeft::Field { column, .. } => &column.name,
            FilterLeft::Tuple(columns) => columns.first().map_or("", |column| column.name.as_str()),
        }
    }

    /// The columns it looks at.
    pub(crate) fn columns(&self) -> Vec<&ColumnRef> {
        match self {
            FilterLeft::Column(column)
            | FilterLeft::Element { column, .. }
            | FilterLeft::Field { column, .. } => {
                vec![column]
            }
            FilterLeft::Tuple(columns) => columns.iter().collect(),
        }
    }
}
