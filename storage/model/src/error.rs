//! Errors of the data model, by what the caller does about them.

use thiserror::Error;

/// A value that does not fit its type: the client's fault, answered as Invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct InvalidValue {
    /// What is wrong and where, in words for the user.
    pub message: String,
}

impl InvalidValue {
    /// An error with this message.
    pub fn new(message: impl Into<String>) -> InvalidValue {
        InvalidValue { message: message.into() }
    }
}

/// A schema change that does not fit the schema.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidSchema {
    /// The keyspace or table is there already. `table` is empty for a keyspace.
    #[error("{}", already_exists_text(.keyspace, .table))]
    AlreadyExists {
        /// Its keyspace.
        keyspace: String,
        /// Its table; empty for a keyspace.
        table: String,
    },
    /// Well formed, but not allowed on this schema.
    #[error("{0}")]
    Invalid(String),
    /// A setting (replication, table option) that cannot be.
    #[error("{0}")]
    Configuration(String),
}

fn already_exists_text(keyspace: &str, table: &str) -> String {
    if table.is_empty() {
        format!("Keyspace '{keyspace}' already exists")
    } else {
        format!("Table '{keyspace}.{table}' already exists")
    }
}

/// Bytes that do not decode. Whoever read them adds the address (file and offset, or peer).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} at byte {offset}")]
pub struct DecodeError {
    /// What was expected or found.
    pub what: String,
    /// Offset inside the decoded buffer.
    pub offset: usize,
}

impl DecodeError {
    /// An error at `offset` of the decoded buffer.
    pub fn new(what: impl Into<String>, offset: usize) -> DecodeError {
        DecodeError { what: what.into(), offset }
    }
}
