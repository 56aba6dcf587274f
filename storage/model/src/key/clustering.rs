//! [`ClusteringKey`]: the order-encoded clustering columns of a row, and bounds between rows.
//!
//! Shape: the components one after the other, each in the encoding of `types::key_order` (complemented
//! for DESC). An encoded component never begins with 0x00 or 0xFF and is never a prefix of another, so:
//! the bound *before* all rows with prefix `p` is `p` itself, the bound *after* them is `p` + 0xFF.
//! A table without clustering columns has one row, whose clustering key is empty.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Position of a row inside its partition; compares as CQL orders the rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct ClusteringKey(pub Bytes);

impl ClusteringKey {
    /// The key of the only row of a table without clustering columns, and of static rows.
    pub fn empty() -> ClusteringKey {
        ClusteringKey(Bytes::new())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The bound behind every row whose clustering key begins with `prefix`.
pub fn after_prefix(prefix: &[u8]) -> Bytes {
    let mut bound = Vec::with_capacity(prefix.len() + 1);
    bound.extend_from_slice(prefix);
    bound.push(0xFF);
    bound.into()
}
