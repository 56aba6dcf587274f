//! What breaks a parser? One function a target: bytes in, and a panic if a law is broken.
//!
//! The functions are plain, so that the seeds replay on any toolchain (`tests/replay.rs`) and the fuzzing
//! runtime is needed only to look for new ones. Each may be given any bytes at all.

mod cql_text;
mod key_order;
mod mutation_codec;
mod native_frame;
mod sstable_block;

pub use cql_text::cql_text;
pub use key_order::key_order;
pub use mutation_codec::mutation_codec;
pub use native_frame::native_frame;
pub use sstable_block::sstable_block;
