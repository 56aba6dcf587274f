//! [`Latch`]: remembers that a write or sync of commit log or manifest failed.
//!
//! After that nothing is known of the file's tail, so every later write answers the same until the
//! engine is opened again; reads go on. Shared by the commit log's writer and the manifest.

use std::sync::OnceLock;

use crate::error::Error;

/// Open until the first fatal error.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    reason: OnceLock<String>,
}

impl Latch {
    /// Latches; the first reason stays. Answers what every write answers from now on.
    pub(crate) fn close(&self, error: &Error) -> Error {
        if self.reason.set(error.to_string()).is_ok() {
            tracing::error!(%error, "the engine takes no more writes until it is reopened");
        }
        self.error()
    }

    /// Errors: when it has latched.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.reason.get().is_some() { Err(self.error()) } else { Ok(()) }
    }

    /// Why it has latched.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.get().map(String::as_str)
    }

    fn error(&self) -> Error {
        Error::Failed { reason: self.reason.get().cloned().unwrap_or_default(), latched: true }
    }
}
