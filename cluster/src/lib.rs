//! Many nodes as one: who owns which part of the ring, and how many must answer.
//!
//! Today one node is the whole cluster, so this crate holds the rules that must not change when there
//! are more: token allocation, placement by replication strategy, and what each consistency level asks.
//! Everything here is pure: values in, values out.
//! Invariant: nothing here knows `engine`, `proto`, a file or a socket.

pub mod replication;
pub mod ring;
