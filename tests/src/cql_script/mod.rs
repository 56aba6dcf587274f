//! CQL as text files: statements, and the answers that the documentation of the language promises.
//!
//! `tests/cql` holds the files, `tests/tests/cql.rs` runs them against a node. A file is read by [`script`],
//! played by [`player`] through a driver of others, and answers are put into words by [`render`], which
//! knows nothing of our own formatting.

pub mod player;
pub mod render;
pub mod script;

pub use player::{Controls, Player};
pub use script::Script;
