//! Bytes of rows, mutations and fragments: on disk, in the commit log and between nodes.
//!
//! One layout for all three, drawn in `docs/formats/mutation.md`. Decoding shares the buffer it reads
//! from, checks every length against the bytes present, and never panics.

mod cell;
mod decoder;
pub mod fragment;
pub mod mutation;
pub mod row;
pub mod varint;

pub use mutation::VERSION;
