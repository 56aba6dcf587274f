//! [`CqlError`]: every error a client can be answered with, and the one table that maps ours to it.
//!
//! The codes and their bodies are the native protocol's; other doors translate from here.

use bytes::Bytes;
use model::{InvalidSchema, InvalidValue};
use proto::native::{Consistency, ErrorBody, ErrorKind, Failures, WriteType};

use crate::cql::syntax::SyntaxError;

/// An error as a client sees it. Boxed, because nearly every result carries none.
#[derive(Debug, Clone, PartialEq)]
pub struct CqlError(Box<ErrorBody>);

impl CqlError {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> CqlError {
        CqlError(Box::new(ErrorBody::new(kind, message)))
    }

    /// A statement that is well formed and cannot be carried out (0x2200).
    pub fn invalid(message: impl Into<String>) -> CqlError {
        CqlError::new(ErrorKind::Invalid, message)
    }

    /// A statement that does not parse (0x2000).
    pub fn syntax(message: impl Into<String>) -> CqlError {
        CqlError::new(ErrorKind::SyntaxError, message)
    }

    /// A request that breaks the protocol (0x000A).
    pub fn protocol(message: impl Into<String>) -> CqlError {
        CqlError::new(ErrorKind::ProtocolError, message)
    }

    /// A setting of a schema statement that cannot be (0x2300).
    pub fn config(message: impl Into<String>) -> CqlError {
        CqlError::new(ErrorKind::ConfigError, message)
    }

    /// Our fault (0x0000).
    pub fn server(message: impl Into<String>) -> CqlError {
        CqlError::new(ErrorKind::ServerError, message)
    }

    /// A prepared statement this node does not know (0x2500).
    pub fn unprepared(id: Bytes) -> CqlError {
        let shown: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let message = format!(
            "Prepared query with ID {shown} not found (either the query was not prepared on this node or it was removed from its bounded cache)"
        );
        CqlError::new(ErrorKind::Unprepared { id }, message)
    }

    /// Too few live replicas (0x1000).
    pub fn unavailable(consistency: Consistency, required: u32, alive: u32) -> CqlError {
        let kind = ErrorKind::Unavailable { consistency, required: required as i32, alive: alive as i32 };
        CqlError::new(kind, format!("Cannot achieve consistency level {consistency}"))
    }

    /// A replica failed while it wrote (0x1500): the outcome is unknown.
    pub fn write_failure(
        consistency: Consistency,
        write_type: WriteType,
        message: impl Into<String>,
    ) -> CqlError {
        let kind = ErrorKind::WriteFailure {
            consistency,
            received: 0,
            block_for: 1,
            failures: Failures::Count(1),
            write_type,
        };
        CqlError::new(kind, message)
    }

    /// What the client is sent.
    pub fn body(&self) -> &ErrorBody {
        &self.0
    }
}

impl std::fmt::Display for CqlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for CqlError {}

impl From<SyntaxError> for CqlError {
    fn from(error: SyntaxError) -> CqlError {
        CqlError::syntax(error.to_string())
    }
}

impl From<InvalidValue> for CqlError {
    fn from(error: InvalidValue) -> CqlError {
        CqlError::invalid(error.message)
    }
}

impl From<InvalidSchema> for CqlError {
    fn from(error: InvalidSchema) -> CqlError {
        let message = error.to_string();
        match error {
            InvalidSchema::AlreadyExists { keyspace, table } => {
                CqlError::new(ErrorKind::AlreadyExists { keyspace, table }, message)
            }
            InvalidSchema::Configuration(_) => CqlError::config(message),
            InvalidSchema::Invalid(_) => CqlError::invalid(message),
        }
    }
}
