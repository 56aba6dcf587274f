//! The ring: nodes, their tokens, and who holds the copies of a token.

mod allocate;
mod node;
mod ring;
mod strategy;

pub use allocate::allocate_tokens;
pub use node::{NodeId, NodeInfo};
pub use ring::Ring;
pub use strategy::replicas;
