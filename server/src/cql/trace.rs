//! [`Trace`]: the tracing session of one request, as rows of `system_traces`.
//!
//! A client that asks for a trace gets its id with the answer; the rows are there by then, so whoever polls
//! for them finds a session that has ended.

use std::net::IpAddr;

use bytes::Bytes;
use model::data::Mutation;
use proto::native::ResultBody;
use uuid::Uuid;

use super::environment::Environment;
use super::functions::FunctionContext;
use super::node_row::node_row;
use crate::error::CqlError;
use crate::native::Reply;
use crate::node::facts::NodeFacts;

/// A request that is being traced.
pub(super) struct Trace {
    id: Uuid,
    client: IpAddr,
    text: String,
    started_millis: i64,
    started_nanos: u64,
}

impl Trace {
    /// A request of `client` begins.
    pub(super) fn begin(environment: &Environment, client: IpAddr, text: &str) -> Trace {
        Trace {
            id: environment.next_timeuuid(),
            client,
            text: text.to_string(),
            started_millis: environment.now_millis(),
            started_nanos: environment.clock.monotonic_nanos(),
        }
    }

    /// Its id, for the client.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// The request has been answered: the rows that say so, in the order they are to be written.
    ///
    /// Errors: as `node_row`.
    pub(super) fn finish(
        &self,
        environment: &Environment,
        facts: &NodeFacts,
        reply: &Reply,
    ) -> Result<Vec<Mutation>, CqlError> {
        let elapsed = environment.clock.monotonic_nanos().saturating_sub(self.started_nanos) / 1000;
        let elapsed = i32::try_from(elapsed).unwrap_or(i32::MAX);
        let outcome = match reply {
            Err(error) => format!("Answered an error: {error}"),
            Ok(answer) => match &answer.result {
                ResultBody::Rows(rows) => format!("Answered {} rows", rows.row_count),
                _ => "Answered".to_string(),
            },
        };
        let coordinator = ip_bytes(facts.listen_address);
        let port = Bytes::copy_from_slice(&i32::from(facts.listen_port).to_be_bytes());
        let id = Bytes::copy_from_slice(self.id.as_bytes());
        let event = |activity: &str, elapsed: i32| {
            let values = [
                ("session_id", id.clone()),
                ("event_id", Bytes::copy_from_slice(environment.next_timeuuid().as_bytes())),
                ("activity", Bytes::copy_from_slice(activity.as_bytes())),
                ("source", coordinator.clone()),
                ("source_port", port.clone()),
                ("source_elapsed", Bytes::copy_from_slice(&elapsed.to_be_bytes())),
                ("thread", Bytes::from_static(b"native")),
            ];
            node_row(environment, ("system_traces", "events"), &values)
        };
        let session = [
            ("session_id", id.clone()),
            ("client", ip_bytes(self.client)),
            ("command", Bytes::from_static(b"QUERY")),
            ("coordinator", coordinator.clone()),
            ("coordinator_port", port.clone()),
            ("duration", Bytes::copy_from_slice(&elapsed.to_be_bytes())),
            ("request", Bytes::copy_from_slice(self.text.as_bytes())),
            ("started_at", Bytes::copy_from_slice(&self.started_millis.to_be_bytes())),
        ];
        Ok(vec![
            event(&format!("Executing {}", self.text), 0)?,
            event(&outcome, elapsed)?,
            node_row(environment, ("system_traces", "sessions"), &session)?,
        ])
    }
}

fn ip_bytes(address: IpAddr) -> Bytes {
    match address {
        IpAddr::V4(address) => Bytes::copy_from_slice(&address.octets()),
        IpAddr::V6(address) => Bytes::copy_from_slice(&address.octets()),
    }
}
