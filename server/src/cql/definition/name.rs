//! Names of what a definition is about, and the answers when they name nothing.

use model::schema::PropertyValue;

use crate::cql::syntax::ast::{Property, QualifiedName};
use crate::error::CqlError;

/// The keyspace of a name: its own, or the one in use.
pub(crate) fn keyspace_of(name: &QualifiedName, in_use: Option<&str>) -> Result<String, CqlError> {
    match (&name.keyspace, in_use) {
        (Some(keyspace), _) => Ok(keyspace.text.clone()),
        (None, Some(keyspace)) => Ok(keyspace.to_string()),
        (None, None) => Err(CqlError::invalid(
            "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename",
        )),
    }
}

/// There is no such keyspace.
pub(super) fn no_keyspace(name: &str) -> CqlError {
    CqlError::invalid(format!("Keyspace '{name}' doesn't exist"))
}

/// There is no such table.
pub(super) fn no_table(keyspace: &str, name: &str) -> CqlError {
    CqlError::invalid(format!("Table '{keyspace}.{name}' doesn't exist"))
}

/// There is no such type.
pub(super) fn no_type(keyspace: &str, name: &str) -> CqlError {
    CqlError::invalid(format!("Type '{keyspace}.{name}' doesn't exist"))
}

/// Properties as the model takes them.
pub(super) fn named_values<'p>(
    properties: impl IntoIterator<Item = &'p Property>,
) -> Vec<(String, PropertyValue)> {
    properties.into_iter().map(|property| (property.name.text.clone(), property.value.clone())).collect()
}
