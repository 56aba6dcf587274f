//! [`NodeFacts`]: what this node knows of itself; what system.local and DESCRIBE CLUSTER tell.
//!
//! Fixed while the node runs. One node is the whole cluster today, so these are also the cluster's facts.

use std::net::IpAddr;

use cluster::ring::{NodeId, NodeInfo, Ring};
use model::key::{ByteRange, Token};
use uuid::Uuid;

/// A node as it is since its start.
#[derive(Debug, Clone)]
pub(crate) struct NodeFacts {
    /// Name of the cluster, the same on every node.
    pub(crate) cluster_name: String,
    /// Failure domain above the rack.
    pub(crate) datacenter: String,
    /// Failure domain inside the datacenter.
    pub(crate) rack: String,
    /// Identity, made with the data directory.
    pub(crate) host_id: Uuid,
    /// Its tokens, ascending.
    pub(crate) tokens: Vec<Token>,
    /// Address at which other nodes reach it.
    pub(crate) listen_address: IpAddr,
    /// Port at which other nodes reach it.
    pub(crate) listen_port: u16,
    /// Address at which clients reach it; never unspecified, because drivers connect to it.
    pub(crate) native_address: IpAddr,
    /// Port at which clients reach it.
    pub(crate) native_port: u16,
    /// Seconds since 1970 at which it started.
    pub(crate) started_at: i64,
    /// Settings as `system_views.settings` shows them: name and value. Secrets are not among them.
    pub(crate) settings: Vec<(String, String)>,
}

impl NodeFacts {
    /// Names of all datacenters, ascending.
    pub(crate) fn datacenters(&self) -> Vec<String> {
        vec![self.datacenter.clone()]
    }

    /// The ring of all nodes.
    pub(crate) fn ring(&self) -> Ring {
        Ring::new(vec![NodeInfo {
            id: NodeId(self.host_id),
            datacenter: self.datacenter.clone(),
            rack: self.rack.clone(),
            tokens: self.tokens.clone(),
        }])
    }

    /// The ranges of decorated keys of hashed tables that this node keeps: ascending, disjoint.
    pub(crate) fn hashed_regions(&self) -> Vec<ByteRange> {
        let mut regions: Vec<ByteRange> = self
            .ring()
            .ranges()
            .into_iter()
            .flat_map(|range| range.to_byte_ranges())
            .filter(|range| !range.is_empty())
            .collect();
        regions.sort_by(|a, b| a.start.cmp(&b.start));
        regions
    }
}
