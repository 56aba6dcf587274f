//! The native protocol's door over loopback sockets, in front of a service without a database.

#![expect(clippy::disallowed_methods, reason = "these tests are clients: they connect sockets and spawn")]

mod fake;
mod raw_client;

mod client;
mod flow;
mod handshake;
mod hostile;
mod requests;
