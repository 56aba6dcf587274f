//! [`NodeInfo`]: a node as placement sees it.

use model::key::Token;
use uuid::Uuid;

/// Stable identity of a node, made when its data directory is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub Uuid);

/// What placement needs to know of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its identity.
    pub id: NodeId,
    /// Failure domain above the rack.
    pub datacenter: String,
    /// Failure domain inside the datacenter.
    pub rack: String,
    /// Its tokens, ascending: it owns the range behind the ring's previous token up to each.
    pub tokens: Vec<Token>,
}
