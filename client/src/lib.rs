//! The client: a connection to a node, and the shell that people type into.
//!
//! Knows the data model and the wire formats; never the engine, the cluster or the server. Errors are grouped by
//! what the caller does about them, and an unknown outcome is never hidden.

pub mod error;
pub mod native;
pub mod shell;

pub use error::Error;
