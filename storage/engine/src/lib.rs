//! The engine: keeps one node's data. Synchronous, with threads of its own; knows bytes, not types.
//!
//! A write goes commit log -> memtable -> sstable; a read merges all of them.
//! Invariant: nothing here is `async`, and nothing here knows `cluster`, `proto` or a socket.

mod error;
pub mod fs;

pub use error::{Corruption, Error};
