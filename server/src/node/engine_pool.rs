//! [`EnginePool`]: from tasks to threads that may wait for the disk.
//!
//! Short reads of named partitions run on the task that asks; whatever may walk many partitions runs here,
//! at most a few at a time, so that scans starve neither point reads nor memory.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::error::CqlError;

/// Scans that run at the same time; more would only share the same two cores and the same disk.
const SCANS_MAX: usize = 8;

/// Runs work that may take long.
#[derive(Debug, Clone)]
pub(crate) struct EnginePool {
    permits: Arc<Semaphore>,
}

impl EnginePool {
    /// A pool with nothing to do.
    pub(crate) fn new() -> EnginePool {
        EnginePool { permits: Arc::new(Semaphore::new(SCANS_MAX)) }
    }

    /// Runs `work` on a thread of its own and waits for it, after those that came before.
    ///
    /// Cancel: dropping the future does not stop work that has begun.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, CqlError> + Send + 'static,
    ) -> Result<T, CqlError> {
        let _permit = self.permits.acquire().await.map_err(|_| CqlError::server("the node is closing"))?;
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(%error, "a read ended unexpectedly");
                Err(CqlError::server("the read ended unexpectedly; this is a bug, see the server's log"))
            }
        }
    }
}
