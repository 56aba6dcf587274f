//! The server: what a request means, and the node that carries it out.
//!
//! Front doors decode a request, call the one CQL layer, and encode its answer; the CQL layer parses,
//! binds, plans and executes on the storage engine. Invariant: no front door has rules of its own.

pub mod cli;
pub mod config;
pub mod cql;
pub mod demo;
pub mod error;
pub mod native;
pub mod node;
