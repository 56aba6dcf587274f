//! Which names keyspaces, tables, types and columns may have.

use crate::error::InvalidSchema;
use crate::limits::NAME_SIZE_BYTES_MAX;

/// Longest name of a column or field, in bytes: the wire gives names a 16-bit length.
const COLUMN_NAME_SIZE_BYTES_MAX: usize = 65_535;

/// Errors: a name that no keyspace may have.
pub(super) fn check_keyspace_name(name: &str) -> Result<(), InvalidSchema> {
    check(name, "Keyspace")
}

/// Errors: a name that no table may have.
pub(super) fn check_table_name(name: &str) -> Result<(), InvalidSchema> {
    check(name, "Table")
}

/// Errors: a name that no user type may have.
pub(super) fn check_type_name(name: &str) -> Result<(), InvalidSchema> {
    check(name, "Type")
}

/// Errors: a name that no column and no field may have.
pub(super) fn check_column_name(name: &str) -> Result<(), InvalidSchema> {
    if name.is_empty() || name.len() > COLUMN_NAME_SIZE_BYTES_MAX || name.contains('\0') {
        return Err(InvalidSchema::Invalid(format!(
            "Column name must have 1 to {COLUMN_NAME_SIZE_BYTES_MAX} bytes and no zero byte (got {} bytes)",
            name.len()
        )));
    }
    Ok(())
}

fn check(name: &str, what: &str) -> Result<(), InvalidSchema> {
    let good = !name.is_empty()
        && name.len() <= NAME_SIZE_BYTES_MAX
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if good {
        return Ok(());
    }
    Err(InvalidSchema::Invalid(format!(
        "{what} name must not be empty, more than {NAME_SIZE_BYTES_MAX} characters long, or contain non-alphanumeric-underscore characters (got \"{name}\")"
    )))
}
