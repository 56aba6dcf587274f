//! The native protocol's door: sockets to requests, answers to sockets.
//!
//! A listener accepts; each connection is one task that reads and writes, with a task for each request; the
//! [`CqlService`] behind carries requests out. The codec is `proto::native`.
//! Invariant: no rule of CQL lives here; nothing a client sends ends more than its own connection.

mod client_state;
mod connection;
mod cql_service;
mod event;
mod handshake;
mod listener;
mod outgoing;
mod settings;

pub use client_state::ClientState;
pub use cql_service::{Answer, CqlService, Reply, RequestContext};
pub use event::EventBroadcast;
pub use handshake::CQL_VERSION;
pub use listener::NativeListener;
pub use settings::NativeSettings;
