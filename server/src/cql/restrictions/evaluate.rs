//! Bound restrictions and values -> partitions and clustering ranges in bytes.

use bytes::Bytes;
use model::key::{ByteRange, ClusteringKey, DecoratedKey, Token};
use model::schema::{Column, TableSchema};
use model::types::collection;
use proto::native::RawValue;

use super::super::expression::{Expression, Scope};
use super::bind::{Alternatives, BoundEnd, BoundRestrictions, ClusteringRestriction, EndValues};
use super::slices::{ClusteringStep, SliceBound, clustering_ranges};
use crate::error::CqlError;

/// Most partitions (or clustering prefixes) that the alternatives of one statement may multiply to.
const ALTERNATIVES_MAX: usize = 65_536;

impl BoundRestrictions {
    /// The partitions named by `=` and IN, in the engine's order without duplicates; `None` when the
    /// partition key is not restricted.
    pub(crate) fn partitions(
        &self,
        table: &TableSchema,
        scope: &Scope<'_>,
    ) -> Result<Option<Vec<DecoratedKey>>, CqlError> {
        let Some(parts) = &self.partition else { return Ok(None) };
        let columns: Vec<&Column> = table.partition_key().collect();
        let mut keys: Vec<Vec<Bytes>> = vec![Vec::with_capacity(columns.len())];
        for (alternatives, column) in parts.iter().zip(&columns) {
            let values = evaluate_alternatives(alternatives, std::slice::from_ref(column), scope)?;
            let mut next = Vec::with_capacity(keys.len() * values.len());
            check_count(keys.len() * values.len())?;
            for key in &keys {
                for value in &values {
                    let mut extended = key.clone();
                    extended.extend(value.iter().cloned());
                    next.push(extended);
                }
            }
            keys = next;
        }
        let mut decorated = Vec::with_capacity(keys.len());
        for key in &keys {
            if key.iter().all(Bytes::is_empty) && key.len() == 1 {
                return Err(CqlError::invalid("Key may not be empty"));
            }
            decorated.push(table.decorate(key)?);
        }
        decorated.sort();
        decorated.dedup();
        Ok(Some(decorated))
    }

    /// The range of decorated keys that the token restriction leaves.
    pub(crate) fn key_range(&self, scope: &Scope<'_>) -> Result<ByteRange, CqlError> {
        let Some(token) = &self.token else { return Ok(ByteRange::all()) };
        let number = |expression: &Expression| -> Result<i64, CqlError> {
            let bytes =
                expression.value(scope)?.ok_or_else(|| CqlError::invalid("Invalid null token value"))?;
            let bytes: [u8; 8] =
                bytes[..].try_into().map_err(|_| CqlError::invalid("Invalid token value"))?;
            Ok(i64::from_be_bytes(bytes))
        };
        let at = |token: i64| Bytes::copy_from_slice(&Token(token).to_ordered_bytes());
        let start = match &token.lower {
            None => Bytes::new(),
            Some((expression, inclusive)) => match (number(expression)?, inclusive) {
                (token, true) => at(token),
                (token, false) => match token.checked_add(1) {
                    Some(next) => at(next),
                    None => return Ok(ByteRange { start: Bytes::new(), end: Some(Bytes::new()) }),
                },
            },
        };
        let end = match &token.upper {
            None => None,
            Some((expression, inclusive)) => match (number(expression)?, inclusive) {
                // The smallest token as an upper end means the end of the ring: ranges wrap there.
                (i64::MIN, _) => None,
                (token, false) => Some(at(token)),
                (token, true) => token.checked_add(1).map(at),
            },
        };
        Ok(ByteRange { start, end })
    }

    /// The clustering ranges, ascending and disjoint.
    pub(crate) fn slices(&self, table: &TableSchema, scope: &Scope<'_>) -> Result<Vec<ByteRange>, CqlError> {
        let columns: Vec<&Column> = table.clustering().collect();
        let mut steps = Vec::with_capacity(self.clustering.len());
        let mut first = 0;
        let mut count = 1usize;
        for restriction in &self.clustering {
            match restriction {
                ClusteringRestriction::Alternatives(alternatives) => {
                    let rest = &columns[first..];
                    let values = evaluate_alternatives(alternatives, rest, scope)?;
                    count = count.saturating_mul(values.len().max(1));
                    check_count(count)?;
                    first += alternatives.width();
                    steps.push(ClusteringStep::Values(values));
                }
                ClusteringRestriction::Slice { lower, upper } => {
                    let rest = &columns[first..];
                    let bound = |end: &Option<BoundEnd>| -> Result<Option<SliceBound>, CqlError> {
                        match end {
                            Some(end) => Ok(Some(SliceBound {
                                values: evaluate_values(&end.values, rest, scope)?,
                                inclusive: end.inclusive,
                            })),
                            None => Ok(None),
                        }
                    };
                    steps.push(ClusteringStep::Slice { lower: bound(lower)?, upper: bound(upper)? });
                }
            }
        }
        Ok(clustering_ranges(&columns, &steps)?)
    }
}

impl BoundRestrictions {
    /// The clustering keys of the rows that `=` and IN name by all clustering columns, ascending, none twice.
    ///
    /// Errors: Invalid, for nulls, and values that are too long or do not fit.
    pub(crate) fn rows(
        &self,
        table: &TableSchema,
        scope: &Scope<'_>,
    ) -> Result<Vec<ClusteringKey>, CqlError> {
        let columns: Vec<&Column> = table.clustering().collect();
        let mut keys: Vec<Vec<Bytes>> = vec![Vec::with_capacity(columns.len())];
        let mut first = 0;
        for restriction in &self.clustering {
            let ClusteringRestriction::Alternatives(alternatives) = restriction else {
                return Err(CqlError::server("a slice where rows are named one by one"));
            };
            let values = evaluate_alternatives(alternatives, &columns[first..], scope)?;
            check_count(keys.len() * values.len())?;
            keys = keys
                .iter()
                .flat_map(|key| values.iter().map(move |value| [key.as_slice(), value].concat()))
                .collect();
            first += alternatives.width();
        }
        let rows = keys.iter().map(|key| table.encode_clustering(key)).collect::<Result<Vec<_>, _>>();
        let mut rows = rows?;
        rows.sort();
        rows.dedup();
        Ok(rows)
    }
}

impl Alternatives {
    /// How many columns each alternative has a value for.
    fn width(&self) -> usize {
        match self {
            Alternatives::Listed(listed) => listed.first().map_or(1, Vec::len),
            Alternatives::Bound { width, .. } | Alternatives::Tuples { width, .. } => *width,
        }
    }
}

fn check_count(count: usize) -> Result<(), CqlError> {
    if count > ALTERNATIVES_MAX {
        return Err(CqlError::invalid(format!(
            "the IN restrictions of the statement multiply to {count} combinations; the limit is {ALTERNATIVES_MAX}"
        )));
    }
    Ok(())
}

fn required(value: RawValue, column: &str) -> Result<Bytes, CqlError> {
    match value {
        RawValue::Bytes(bytes) => Ok(bytes),
        RawValue::Null => {
            Err(CqlError::invalid(format!("Invalid null value in condition for column {column}")))
        }
        RawValue::Unset => Err(CqlError::invalid(format!("Invalid unset value for column {column}"))),
    }
}

fn evaluate_values(
    values: &EndValues,
    columns: &[&Column],
    scope: &Scope<'_>,
) -> Result<Vec<Bytes>, CqlError> {
    match values {
        EndValues::Columns(expressions) => expressions
            .iter()
            .zip(columns)
            .map(|(expression, column)| required(expression.evaluate(scope)?, &column.name))
            .collect(),
        EndValues::Tuple(expression, width) => {
            let name = columns.first().map_or("", |column| column.name.as_str());
            let tuple = required(expression.evaluate(scope)?, name)?;
            split_required(&tuple, *width, columns)
        }
    }
}

fn split_required(tuple: &Bytes, width: usize, columns: &[&Column]) -> Result<Vec<Bytes>, CqlError> {
    collection::split_tuple(tuple, width)?
        .into_iter()
        .zip(columns)
        .map(|(part, column)| {
            part.ok_or_else(|| {
                CqlError::invalid(format!("Invalid null value in condition for column {}", column.name))
            })
        })
        .collect()
}

fn evaluate_alternatives(
    alternatives: &Alternatives,
    columns: &[&Column],
    scope: &Scope<'_>,
) -> Result<Vec<Vec<Bytes>>, CqlError> {
    match alternatives {
        Alternatives::Listed(listed) => listed
            .iter()
            .map(|values| {
                values
                    .iter()
                    .zip(columns)
                    .map(|(expression, column)| required(expression.evaluate(scope)?, &column.name))
                    .collect()
            })
            .collect(),
        Alternatives::Bound { list, width } => {
            let name = columns.first().map_or("", |column| column.name.as_str());
            let list = required(list.evaluate(scope)?, name)?;
            let items = collection::split_list(&list)?;
            if *width == 1 {
                return Ok(items.into_iter().map(|item| vec![item]).collect());
            }
            items.iter().map(|item| split_required(item, *width, columns)).collect()
        }
        Alternatives::Tuples { tuples, width } => {
            let name = columns.first().map_or("", |column| column.name.as_str());
            tuples
                .iter()
                .map(|tuple| split_required(&required(tuple.evaluate(scope)?, name)?, *width, columns))
                .collect()
        }
    }
}
