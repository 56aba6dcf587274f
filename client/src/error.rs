//! [`enum@Error`]: what can go wrong between us and a node, by what the caller does about it.
//!
//! An outcome that is not known (the request was sent, no answer came) is a kind of its own: nothing here
//! tries again on its own when a second try could do something twice.

use std::io;

use proto::native::{ErrorBody, ErrorKind};
use thiserror::Error;

/// Why a call failed.
#[derive(Debug, Error)]
pub enum Error {
    /// No connection could be made; nothing was sent. Try another node, or later.
    #[error("cannot connect to {address}: {reason}")]
    Connect {
        /// Where to.
        address: String,
        /// Why not.
        reason: String,
    },
    /// The node answered with an error. See [`Error::outcome_is_unknown`].
    #[error("{}", .0.message)]
    Answered(Box<ErrorBody>),
    /// The request was sent and no answer came: it may have been carried out, or may be yet.
    #[error("no answer came, so that the outcome is unknown: {0}")]
    UnknownOutcome(String),
    /// The node sent what cannot be understood; the connection is of no more use.
    #[error("the node broke the protocol: {0}")]
    Protocol(String),
    /// The connection failed before this call; nothing was sent. Connect again.
    #[error("the connection is closed: {0}")]
    Closed(String),
}

impl Error {
    /// The error that the node answered, if it answered.
    pub fn answered(&self) -> Option<&ErrorBody> {
        match self {
            Error::Answered(body) => Some(body),
            _ => None,
        }
    }

    /// Whether the request may have been carried out, wholly or in part, in spite of the error.
    pub fn outcome_is_unknown(&self) -> bool {
        match self {
            Error::UnknownOutcome(_) => true,
            Error::Answered(body) => matches!(
                body.kind,
                ErrorKind::WriteTimeout { .. }
                    | ErrorKind::WriteFailure { .. }
                    | ErrorKind::CasWriteUnknown { .. }
                    | ErrorKind::ServerError
            ),
            Error::Connect { .. } | Error::Protocol(_) | Error::Closed(_) => false,
        }
    }

    pub(crate) fn connect(address: &str, error: &io::Error) -> Error {
        Error::Connect { address: address.to_string(), reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_is_never_reported_as_not_carried_out() {
        let answered = |kind| Error::Answered(Box::new(ErrorBody::new(kind, "x")));
        assert!(Error::UnknownOutcome("lost".into()).outcome_is_unknown());
        assert!(answered(ErrorKind::ServerError).outcome_is_unknown());
        assert!(!answered(ErrorKind::Invalid).outcome_is_unknown());
        assert!(!answered(ErrorKind::Overloaded).outcome_is_unknown());
    }
}
