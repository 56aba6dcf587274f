//! [`CqlService`]: what stands behind the native protocol's door; [`Answer`], what it gives back.
//!
//! The door decodes and encodes and keeps the connection's state; everything that means something happens in
//! the service. The trait exists so that the door is tested with a service that has no database.

use std::future::Future;
use std::sync::Arc;

use proto::native::{Batch, CustomPayload, Execute, Prepare, Query, ResultBody};
use uuid::Uuid;

use super::client_state::ClientState;
use crate::error::CqlError;

/// Who asks, and how.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The connection it came by.
    pub client: Arc<ClientState>,
    /// Whether the client wants the request traced.
    pub tracing: bool,
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The result. On `SetKeyspace` the door also changes the connection's keyspace.
    pub result: ResultBody,
    /// Warnings for the user; the door drops them for clients that cannot take any.
    pub warnings: Vec<String>,
    /// Where the trace will be found, if one was asked for.
    pub tracing_id: Option<Uuid>,
    /// Opaque bytes for extensions.
    pub custom_payload: CustomPayload,
}

impl From<ResultBody> for Answer {
    fn from(result: ResultBody) -> Answer {
        Answer { result, warnings: Vec::new(), tracing_id: None, custom_payload: Vec::new() }
    }
}

/// What the service answers.
pub type Reply = Result<Answer, CqlError>;

/// Carries out requests. Many run at the same time, also of one connection.
///
/// Duties: a future that is dropped leaves no half of a request behind; none blocks its thread for long.
pub trait CqlService: Send + Sync + 'static {
    /// Runs a statement.
    fn query(&self, context: RequestContext, query: Query) -> impl Future<Output = Reply> + Send;

    /// Parses and keeps a statement; answers [`ResultBody::Prepared`].
    fn prepare(&self, context: RequestContext, prepare: Prepare) -> impl Future<Output = Reply> + Send;

    /// Runs a kept statement, or answers Unprepared.
    fn execute(&self, context: RequestContext, execute: Execute) -> impl Future<Output = Reply> + Send;

    /// Runs several modifications.
    fn batch(&self, context: RequestContext, batch: Batch) -> impl Future<Output = Reply> + Send;
}
