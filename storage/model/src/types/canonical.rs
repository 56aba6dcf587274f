//! The canonical wire bytes of a value: sets and maps sorted by their element order, without duplicates.
//!
//! Drivers send a set in any order; a cell holds it sorted, so that equal sets are equal bytes. Stands
//! between the bound bytes of a request and the cell.

use bytes::Bytes;

use super::ColumnType;
use super::collection::{encode_list, encode_map, encode_tuple, encode_vector};
use super::collection::{split_list, split_map, split_tuple, split_vector};
use super::compare::compare_values;
use super::validate_value;
use crate::error::InvalidValue;

/// Validates `wire` and puts every set and map in it in order; of equal map keys the last one wins.
///
/// A type without sets and maps costs no copy.
///
/// Errors: as [`validate_value`].
pub fn canonical_value(kind: &ColumnType, wire: &Bytes) -> Result<Bytes, InvalidValue> {
    validate_value(kind, wire)?;
    if holds_sorted_collection(kind) { sorted(kind, wire) } else { Ok(wire.clone()) }
}

fn holds_sorted_collection(kind: &ColumnType) -> bool {
    match kind {
        ColumnType::Set { .. } | ColumnType::Map { .. } => true,
        ColumnType::List { element, .. } | ColumnType::Vector { element, .. } => {
            holds_sorted_collection(element)
        }
        ColumnType::Tuple(kinds) => kinds.iter().any(holds_sorted_collection),
        ColumnType::Udt { definition, .. } => {
            definition.fields.iter().any(|(_, kind)| holds_sorted_collection(kind))
        }
        _ => false,
    }
}

fn sorted(kind: &ColumnType, wire: &Bytes) -> Result<Bytes, InvalidValue> {
    if wire.is_empty() {
        return Ok(wire.clone());
    }
    let each = |kind: &ColumnType, parts: Vec<Bytes>| {
        parts.iter().map(|part| sorted(kind, part)).collect::<Result<Vec<Bytes>, InvalidValue>>()
    };
    Ok(match kind {
        ColumnType::List { element, .. } => encode_list(&each(element, split_list(wire)?)?),
        ColumnType::Vector { element, dimension } => {
            encode_vector(element, &each(element, split_vector(element, *dimension, wire)?)?)
        }
        ColumnType::Set { element, .. } => {
            let mut parts = each(element, split_list(wire)?)?;
            parts.sort_by(|a, b| compare_values(element, a, b));
            parts.dedup_by(|later, first| compare_values(element, later, first).is_eq());
            encode_list(&parts)
        }
        ColumnType::Map { key, value, .. } => {
            let mut entries = vec![];
            for (k, v) in split_map(wire)? {
                entries.push((sorted(key, &k)?, sorted(value, &v)?));
            }
            entries.sort_by(|a, b| compare_values(key, &a.0, &b.0));
            // The sort is stable and `dedup_by` keeps the first of equals; the last one shall win.
            entries.dedup_by(|later, first| {
                let equal = compare_values(key, &later.0, &first.0).is_eq();
                if equal {
                    std::mem::swap(later, first);
                }
                equal
            });
            encode_map(&entries)
        }
        ColumnType::Tuple(kinds) => sorted_components(kinds.iter(), split_tuple(wire, kinds.len())?)?,
        ColumnType::Udt { definition, .. } => {
            let kinds = definition.fields.iter().map(|(_, kind)| kind);
            sorted_components(kinds, split_tuple(wire, definition.fields.len())?)?
        }
        _ => wire.clone(),
    })
}

fn sorted_components<'k>(
    kinds: impl Iterator<Item = &'k ColumnType>,
    parts: Vec<Option<Bytes>>,
) -> Result<Bytes, InvalidValue> {
    let parts = kinds.zip(parts).map(|(kind, part)| part.map(|bytes| sorted(kind, &bytes)).transpose());
    Ok(encode_tuple(&parts.collect::<Result<Vec<_>, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn sets_and_maps_are_sorted_and_the_last_of_equal_keys_wins() {
        let set = ColumnType::Set { element: Arc::new(ColumnType::TinyInt), frozen: true };
        let wire = encode_list(&[[1u8], [0xFF], [1]]);
        assert_eq!(canonical_value(&set, &wire).unwrap(), encode_list(&[[0xFFu8], [1]]));

        let map = ColumnType::Map { key: Arc::new(ColumnType::Text), value: Arc::new(set), frozen: true };
        let wire =
            encode_map(&[("b", encode_list(&[[2u8], [1]])), ("a", wire), ("b", encode_list(&[[9u8]]))]);
        let expected = encode_map(&[("a", encode_list(&[[0xFFu8], [1]])), ("b", encode_list(&[[9u8]]))]);
        assert_eq!(canonical_value(&map, &wire).unwrap(), expected);
    }

    #[test]
    fn lists_keep_their_order() {
        let list = ColumnType::List { element: Arc::new(ColumnType::TinyInt), frozen: true };
        let wire = encode_list(&[[3u8], [1], [3]]);
        assert_eq!(canonical_value(&list, &wire).unwrap(), wire);
    }
}
