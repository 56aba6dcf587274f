//! The spawning seam of the engine: named threads that are joined when their owner closes.

use std::thread::JoinHandle;

use crate::error::Error;

/// A background thread. Its owner tells it to end (closes its inbox) and then joins it.
#[derive(Debug)]
pub(crate) struct Worker {
    name: &'static str,
    handle: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread.
    ///
    /// Errors: when the system gives none.
    pub(crate) fn spawn(name: &'static str, body: impl FnOnce() + Send + 'static) -> Result<Worker, Error> {
        let handle = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(body)
            .map_err(|error| Error::failed(format!("cannot start thread {name}: {error}")))?;
        Ok(Worker { name, handle: Some(handle) })
    }

    /// Waits for its end; a panic there was a bug and is reported.
    pub(crate) fn join(mut self) {
        if let Some(handle) = self.handle.take()
            && handle.join().is_err()
        {
            tracing::error!(thread = self.name, "a thread of the engine panicked");
        }
    }
}
