//! Bound values as the client sent them -> one checked value a marker.

use model::types::canonical_value;
use proto::native::{BoundValues, RawValue};

use super::expression::MarkerSpec;
use crate::error::CqlError;

/// One value a marker, checked against its type; sets and maps in their canonical order.
///
/// Errors: Invalid, with the marker's name, for too few or too many values and bytes that do not fit.
pub(crate) fn check_values(values: &BoundValues, markers: &[MarkerSpec]) -> Result<Vec<RawValue>, CqlError> {
    match values {
        BoundValues::Positional(values) => check_positional(values, markers),
        BoundValues::Named(named) => {
            let mut ordered = Vec::with_capacity(markers.len());
            for marker in markers {
                let value = named.iter().find(|(name, _)| *name == marker.name).map(|(_, value)| value);
                ordered.push(value.cloned().unwrap_or(RawValue::Unset));
            }
            check_positional(&ordered, markers)
        }
    }
}

/// [`check_values`] of values by position.
pub(crate) fn check_positional(
    values: &[RawValue],
    markers: &[MarkerSpec],
) -> Result<Vec<RawValue>, CqlError> {
    if values.len() != markers.len() {
        return Err(CqlError::invalid(format!(
            "Invalid amount of bind variables: {} expected but {} given",
            markers.len(),
            values.len()
        )));
    }
    values
        .iter()
        .zip(markers)
        .map(|(value, marker)| match value {
            RawValue::Bytes(bytes) => {
                let bytes = canonical_value(&marker.column_type, bytes).map_err(|error| {
                    CqlError::invalid(format!(
                        "Invalid value for {} of type {}: {error}",
                        marker.name, marker.column_type
                    ))
                })?;
                Ok(RawValue::Bytes(bytes))
            }
            other => Ok(other.clone()),
        })
        .collect()
}
