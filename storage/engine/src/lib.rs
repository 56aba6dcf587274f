//! The engine: keeps one node's data. Synchronous, with threads of its own; knows bytes, not types.
//!
//! A write goes commit log -> memtable -> sstable; a read merges all of them.
//! Invariant: nothing here is `async`, and nothing here knows `cluster`, `proto` or a socket.

pub mod cache;
mod commit_log;
pub mod compaction;
mod config;
mod engine;
mod error;
pub mod filter;
mod flush;
pub mod fs;
mod interior;
mod latch;
mod manifest;
mod memtable;
mod metrics;
mod read;
mod record_log;
mod recovery;
mod region;
mod removal;
mod signal;
pub mod sstable;
mod threads;
mod write;

pub use config::{Background, EngineSettings, SeededDefect, SyncMode, TableSettings};
pub use engine::Engine;
pub use error::{Corruption, Error};
pub use metrics::{EngineStatistics, TableStatistics};
pub use read::EngineSource;
