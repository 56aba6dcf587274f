//! [`PendingWrite`]: one apply call on its way through the commit log.

use model::data::Mutation;

use crate::error::Error;

/// Told once, when the write is durable and visible, or has failed.
pub(crate) type Completion = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// One apply call: all of it becomes one record.
pub(crate) struct PendingWrite {
    /// The record's payload; empty when nothing of it is to be logged.
    pub payload: Vec<u8>,
    /// What becomes visible.
    pub mutations: Vec<Mutation>,
    /// Bytes it holds in memory, for the queue's limit.
    pub size_bytes: usize,
    /// Whom to tell.
    pub done: Completion,
}
