//! [`Error`]: why the engine cannot do what it was asked, by what the caller does about it.
//!
//! A variant exists only where some caller acts on it differently; the rest is detail in its fields.
//! An error can be handed to every waiter of one group commit, so it is cheap to clone.
//! Left out: outcomes such as "not found", which are values, and bugs, which panic.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::DecodeError;
use thiserror::Error;

/// Why the engine cannot do what it was asked.
#[derive(Debug, Clone, Error)]
pub enum Error {
    /// A limit is reached; the same request may succeed later.
    #[error("overloaded: {0}")]
    Overloaded(String),
    /// Bytes on disk fail their check or do not decode. Never retried in silence.
    #[error(transparent)]
    Corruption(#[from] Corruption),
    /// The engine could not do it and cannot say that the same call will ever work.
    #[error("{reason}{}", if *.latched { " (the engine takes no more writes until it is reopened)" } else { "" })]
    Failed {
        /// What happened.
        reason: String,
        /// Whether every later write answers so too, until the engine is opened again.
        latched: bool,
    },
    /// The request makes no sense: unknown table, unsorted slices, a value over its limit.
    #[error("invalid request: {0}")]
    Invalid(String),
    /// The operating system refused a file operation.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: "open", "append to", "sync".
        doing: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
}

impl Error {
    /// An [`Error::Io`].
    pub fn io(doing: &'static str, path: &Path, source: io::Error) -> Error {
        Error::Io { doing, path: path.to_owned(), source: Arc::new(source) }
    }

    /// An [`Error::Corruption`] at `offset` of `file`.
    pub fn corruption(file: &Path, offset: u64, what: impl Into<String>) -> Error {
        Error::Corruption(Corruption { file: file.to_owned(), offset, what: what.into() })
    }

    /// The corruption that a decoding error means, for bytes that begin at `base` of `file`.
    pub fn undecodable(file: &Path, base: u64, error: &DecodeError) -> Error {
        Error::corruption(file, base.saturating_add(error.offset as u64), error.what.clone())
    }

    /// A failure after which the engine may still be used.
    pub fn failed(reason: impl Into<String>) -> Error {
        Error::Failed { reason: reason.into(), latched: false }
    }
}

/// Where bytes on disk are not what they must be. Raised only by decoders.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("corruption in {} at byte {offset}: {what}", file.display())]
pub struct Corruption {
    /// The file.
    pub file: PathBuf,
    /// Offset of the unit (block, record, footer) that failed, in bytes from the file's start.
    pub offset: u64,
    /// What was expected and found.
    pub what: String,
}
