//! Key order: bytes whose order is the CQL order of the values, and that decode back to wire bytes.
//!
//! Partition keys of ordered tables, clustering keys and the paths of collection cells are made of
//! these components, so that storage compares bytes and knows no types. `docs/formats/keys.md` draws them.

mod decode;
mod encode;
mod number;

#[cfg(test)]
mod tests;

pub use decode::{decode_component, decode_component_into};
pub use encode::encode_component;
