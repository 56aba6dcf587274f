//! A type as written -> [`ColumnType`], with user types looked up.

use std::sync::Arc;

use model::limits::TYPE_NODES_MAX;
use model::schema::Schema;
use model::types::ColumnType;

use super::super::syntax::ast::{RawType, RawTypeKind};
use crate::error::CqlError;

/// The type that `raw` names in `keyspace`.
///
/// Errors: unknown user types, user types of other keyspaces, non-frozen collections inside others,
/// Java classes.
pub(crate) fn resolve_type(raw: &RawType, schema: &Schema, keyspace: &str) -> Result<ColumnType, CqlError> {
    let mut room = TYPE_NODES_MAX;
    resolve(raw, schema, keyspace, false, &mut room)
}

/// `room` is how many types user types may still bring, so that none is copied beyond it.
fn resolve(
    raw: &RawType,
    schema: &Schema,
    keyspace: &str,
    nested: bool,
    room: &mut usize,
) -> Result<ColumnType, CqlError> {
    let frozen = raw.frozen;
    let mut inner = |part: &RawType| -> Result<Arc<ColumnType>, CqlError> {
        let kind = resolve(part, schema, keyspace, true, room)?;
        if kind == ColumnType::Counter {
            return Err(CqlError::invalid("Counters are not allowed inside collections"));
        }
        if kind.is_multi_cell() && !frozen {
            let what = if kind.is_collection() { "collections" } else { "UDTs" };
            return Err(CqlError::invalid(format!(
                "Non-frozen {what} are not allowed inside collections: {kind}"
            )));
        }
        Ok(Arc::new(kind.freeze()))
    };
    let kind = match &raw.kind {
        RawTypeKind::Native(kind) => {
            if frozen {
                return Err(CqlError::invalid(format!(
                    "frozen<> is only allowed on collections, tuples, and user-defined types (got {kind})"
                )));
            }
            kind.clone()
        }
        RawTypeKind::List(element) => ColumnType::List { element: inner(element)?, frozen },
        RawTypeKind::Set(element) => {
            ColumnType::Set { element: no_duration(inner(element)?, "set elements")?, frozen }
        }
        RawTypeKind::Map(key, value) => {
            ColumnType::Map { key: no_duration(inner(key)?, "map keys")?, value: inner(value)?, frozen }
        }
        RawTypeKind::Tuple(elements) => {
            let mut kinds = Vec::with_capacity(elements.len());
            for element in elements {
                let kind = resolve(element, schema, keyspace, true, room)?;
                if kind == ColumnType::Counter {
                    return Err(CqlError::invalid("Counters are not allowed inside tuples"));
                }
                kinds.push(kind.freeze());
            }
            ColumnType::Tuple(kinds)
        }
        RawTypeKind::Vector(element, dimension) => {
            if *dimension as usize > model::limits::VECTOR_DIMENSION_MAX {
                return Err(CqlError::invalid(format!(
                    "vector dimension {dimension} is above the limit of {}",
                    model::limits::VECTOR_DIMENSION_MAX
                )));
            }
            ColumnType::Vector {
                element: Arc::new(resolve(element, schema, keyspace, true, room)?.freeze()),
                dimension: *dimension,
            }
        }
        RawTypeKind::User(name) => {
            if let Some(other) = name.keyspace.as_ref().filter(|other| other.text != keyspace) {
                return Err(CqlError::invalid(format!(
                    "Statement on keyspace {keyspace} cannot refer to a user type in keyspace {}; user types can only be used in the keyspace they are defined in",
                    other.text
                )));
            }
            let definition = schema
                .keyspace(keyspace)
                .and_then(|keyspace| keyspace.types.get(&name.name.text))
                .ok_or_else(|| CqlError::invalid(format!("Unknown type {keyspace}.{}", name.name.text)))?;
            *room = room.checked_sub(definition.node_count()).ok_or_else(|| {
                CqlError::invalid(format!(
                    "A type may be made of at most {TYPE_NODES_MAX} types, those inside user types counted"
                ))
            })?;
            ColumnType::Udt { definition: Arc::clone(definition), frozen }
        }
        RawTypeKind::Custom(class) => {
            return Err(CqlError::invalid(format!("Custom types are not supported: '{class}'")));
        }
    };
    Ok(if frozen || (nested && matches!(kind, ColumnType::Tuple(_))) { kind.freeze() } else { kind })
}

fn no_duration(kind: Arc<ColumnType>, place: &str) -> Result<Arc<ColumnType>, CqlError> {
    if kind.contains_duration() {
        return Err(CqlError::invalid(format!("Durations are not allowed as {place}: {kind}")));
    }
    Ok(kind)
}
