//! Replication: what a consistency level asks of the replicas.

mod consistency;

pub use consistency::{ConsistencyLevel, Required, required};
