//! Replication strategies: token -> nodes that hold copies, exactly as Cassandra (and so every
//! token-aware driver) computes them.

use std::collections::BTreeMap;

use model::key::Token;
use model::schema::Replication;

use super::{NodeInfo, Ring};

/// The nodes that hold copies of `token`, nearest on the ring first.
///
/// Simple: the next nodes on the ring, each once. Network topology: walks the ring once and takes, for
/// each datacenter, nodes of racks not taken yet; nodes of racks already taken are put aside and fill up
/// when every rack of the datacenter has one. Fewer nodes than copies give fewer replicas.
pub fn replicas<'a>(ring: &'a Ring, replication: &Replication, token: Token) -> Vec<&'a NodeInfo> {
    match replication {
        Replication::Local => ring.nodes().first().into_iter().collect(),
        Replication::Simple { factor } => {
            let mut chosen: Vec<&NodeInfo> = Vec::new();
            for node in ring.walk(token) {
                if chosen.len() >= *factor as usize {
                    break;
                }
                if !chosen.iter().any(|other| other.id == node.id) {
                    chosen.push(node);
                }
            }
            chosen
        }
        Replication::NetworkTopology { factors } => network_topology(ring, factors, token),
    }
}

struct Datacenter<'a> {
    wanted: usize,
    taken: usize,
    racks: Vec<&'a str>,
    racks_total: usize,
    aside: Vec<&'a NodeInfo>,
}

fn network_topology<'a>(ring: &'a Ring, factors: &BTreeMap<String, u32>, token: Token) -> Vec<&'a NodeInfo> {
    let mut datacenters: BTreeMap<&str, Datacenter<'a>> = BTreeMap::new();
    for (name, factor) in factors {
        let members: Vec<&NodeInfo> = ring.nodes().iter().filter(|node| node.datacenter == *name).collect();
        let mut racks: Vec<&str> = members.iter().map(|node| node.rack.as_str()).collect();
        racks.sort_unstable();
        racks.dedup();
        let datacenter = Datacenter {
            wanted: (*factor as usize).min(members.len()),
            taken: 0,
            racks: Vec::new(),
            racks_total: racks.len(),
            aside: Vec::new(),
        };
        datacenters.insert(name, datacenter);
    }
    let mut chosen: Vec<&NodeInfo> = Vec::new();
    for node in ring.walk(token) {
        let Some(datacenter) = datacenters.get_mut(node.datacenter.as_str()) else { continue };
        let known = chosen.iter().chain(&datacenter.aside).any(|other| other.id == node.id);
        if datacenter.taken == datacenter.wanted || known {
            continue;
        }
        if datacenter.racks.contains(&node.rack.as_str()) && datacenter.racks.len() < datacenter.racks_total {
            datacenter.aside.push(node);
            continue;
        }
        chosen.push(node);
        datacenter.taken += 1;
        if !datacenter.racks.contains(&node.rack.as_str()) {
            datacenter.racks.push(&node.rack);
        }
        if datacenter.racks.len() == datacenter.racks_total {
            for spare in std::mem::take(&mut datacenter.aside) {
                if datacenter.taken < datacenter.wanted {
                    chosen.push(spare);
                    datacenter.taken += 1;
                }
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::NodeId;
    use super::*;
    use uuid::Uuid;

    fn ring(nodes: &[(&str, &str, i64)]) -> Ring {
        let node = |(index, (datacenter, rack, token)): (usize, &(&str, &str, i64))| NodeInfo {
            id: NodeId(Uuid::from_u128(index as u128)),
            datacenter: datacenter.to_string(),
            rack: rack.to_string(),
            tokens: vec![Token(*token)],
        };
        Ring::new(nodes.iter().enumerate().map(node).collect())
    }

    fn indexes(nodes: Vec<&NodeInfo>) -> Vec<u128> {
        nodes.iter().map(|node| node.id.0.as_u128()).collect()
    }

    #[test]
    fn simple_takes_the_next_nodes_and_no_more_than_there_are() {
        let ring = ring(&[("a", "1", 0), ("a", "1", 10), ("b", "1", 20)]);
        assert_eq!(indexes(replicas(&ring, &Replication::Simple { factor: 2 }, Token(5))), [1, 2]);
        assert_eq!(indexes(replicas(&ring, &Replication::Simple { factor: 9 }, Token(21))), [0, 1, 2]);
    }

    #[test]
    fn network_topology_prefers_racks_without_a_copy() {
        let ring = ring(&[("a", "1", 0), ("a", "1", 10), ("a", "2", 20), ("b", "1", 30)]);
        let factors =
            |a, b| Replication::NetworkTopology { factors: [("a".into(), a), ("b".into(), b)].into() };
        assert_eq!(indexes(replicas(&ring, &factors(2, 1), Token(0))), [0, 2, 3], "node 1 shares rack 1");
        assert_eq!(indexes(replicas(&ring, &factors(3, 0), Token(0))), [0, 2, 1], "then the one put aside");
        assert_eq!(indexes(replicas(&ring, &factors(5, 5), Token(25))), [3, 0, 2, 1]);
    }
}
