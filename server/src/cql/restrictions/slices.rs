//! Clustering restrictions -> byte ranges: the pure heart of WHERE.
//!
//! Input are the values of the restrictions on a prefix of the clustering columns; output are ascending,
//! disjoint, non-empty [`ByteRange`]s. Every mix of ASC and DESC, single- and multi-column, inclusive and
//! exclusive, comes down to byte strings, because encoded components are prefix-free (see
//! `model::key::ClusteringKey`).

use bytes::Bytes;
use model::InvalidValue;
use model::key::{ByteRange, after_prefix};
use model::schema::{ClusteringOrder, Column};
use model::types::key_order;

/// A bound of a slice: values for consecutive columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SliceBound {
    /// Wire bytes, for the columns from the step's first on; at least one.
    pub(crate) values: Vec<Bytes>,
    /// Whether rows equal to the values lie inside.
    pub(crate) inclusive: bool,
}

/// One restriction on consecutive clustering columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClusteringStep {
    /// `=`, `IN`, `(a, b) = …`, `(a, b) IN …`: the alternatives.
    Values(Vec<Vec<Bytes>>),
    /// `>`, `>=`, `<`, `<=` on one or several columns; only as the last step.
    Slice {
        /// Lower bound, in the order of values (not of storage).
        lower: Option<SliceBound>,
        /// Upper bound, in the order of values.
        upper: Option<SliceBound>,
    },
}

/// The ranges that the steps select, of a table with these clustering columns.
///
/// Shape: steps cover the columns from the first on without gaps; no steps select everything.
/// Errors: values that do not fit their column's type.
pub(crate) fn clustering_ranges(
    columns: &[&Column],
    steps: &[ClusteringStep],
) -> Result<Vec<ByteRange>, InvalidValue> {
    let mut prefixes: Vec<Vec<u8>> = vec![Vec::new()];
    let mut first = 0;
    for step in steps {
        match step {
            ClusteringStep::Values(alternatives) => {
                let width = alternatives.first().map_or(0, Vec::len);
                let mut next = Vec::with_capacity(prefixes.len() * alternatives.len());
                for prefix in &prefixes {
                    for values in alternatives {
                        let mut extended = prefix.clone();
                        encode(columns, first, values, &mut extended)?;
                        next.push(extended);
                    }
                }
                next.sort();
                next.dedup();
                prefixes = next;
                first += width;
            }
            ClusteringStep::Slice { lower, upper } => {
                let mut ranges = Vec::new();
                for prefix in &prefixes {
                    let whole = vec![prefix_range(prefix)];
                    let above = match lower {
                        Some(bound) => side_ranges(columns, first, prefix, bound, Side::Above)?,
                        None => whole.clone(),
                    };
                    let below = match upper {
                        Some(bound) => side_ranges(columns, first, prefix, bound, Side::Below)?,
                        None => whole,
                    };
                    for a in &above {
                        for b in &below {
                            ranges.push(a.intersect(b));
                        }
                    }
                }
                return Ok(normalise(ranges));
            }
        }
    }
    Ok(normalise(prefixes.iter().map(|prefix| prefix_range(prefix)).collect()))
}

/// Ascending, disjoint, without empty ranges; neighbours that touch become one.
pub(crate) fn normalise(mut ranges: Vec<ByteRange>) -> Vec<ByteRange> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by(|a, b| a.start.cmp(&b.start));
    let mut out: Vec<ByteRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if last.end.as_ref().is_none_or(|end| range.start <= *end) => {
                last.end = match (last.end.take(), range.end) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            _ => out.push(range),
        }
    }
    out
}

fn prefix_range(prefix: &[u8]) -> ByteRange {
    if prefix.is_empty() {
        return ByteRange::all();
    }
    ByteRange { start: Bytes::copy_from_slice(prefix), end: Some(after_prefix(prefix)) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

/// The ranges of rows above (or below) a bound: one range a column of the bound, because each column may
/// be stored in either direction.
fn side_ranges(
    columns: &[&Column],
    first: usize,
    prefix: &[u8],
    bound: &SliceBound,
    side: Side,
) -> Result<Vec<ByteRange>, InvalidValue> {
    let mut ranges = Vec::with_capacity(bound.values.len() + 1);
    let mut equal = prefix.to_vec();
    for (offset, value) in bound.values.iter().enumerate() {
        let parent = equal.clone();
        encode(columns, first + offset, std::slice::from_ref(value), &mut equal)?;
        let descending = columns[first + offset].order == ClusteringOrder::Descending;
        let behind = (side == Side::Above) != descending;
        let parent_range = prefix_range(&parent);
        ranges.push(if behind {
            ByteRange { start: after_prefix(&equal), end: parent_range.end }
        } else {
            ByteRange { start: parent_range.start, end: Some(Bytes::copy_from_slice(&equal)) }
        });
    }
    if bound.inclusive {
        ranges.push(prefix_range(&equal));
    }
    Ok(normalise(ranges))
}

fn encode(
    columns: &[&Column],
    first: usize,
    values: &[Bytes],
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    for (offset, value) in values.iter().enumerate() {
        let column = columns
            .get(first + offset)
            .ok_or_else(|| InvalidValue::new("more values than clustering columns in a restriction"))?;
        let descending = column.order == ClusteringOrder::Descending;
        key_order::encode_component(&column.column_type, value, descending, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
