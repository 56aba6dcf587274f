//! The data model: pure values, no I/O, no threads, no real clock.
//!
//! Everything else in Basalt speaks in these words: types and values, schema, keys, cells and rows,
//! mutations, partition streams and their merge, read commands. Storage compares bytes and knows no
//! types: a key's bytes sort as CQL sorts, and cells carry the wire bytes of their value.
//! Invariant: nothing here depends on another crate of ours.

pub mod clock;
pub mod codec;
pub mod data;
pub mod error;
pub mod key;
pub mod limits;
pub mod random;
pub mod read;
pub mod schema;
pub mod stream;
pub mod types;

pub use error::{DecodeError, InvalidSchema, InvalidValue};
