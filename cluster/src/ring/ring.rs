//! [`Ring`]: tokens of all nodes in order, immutable.

use model::key::{Token, TokenRange};

use super::NodeInfo;

/// Tokens in ascending order with their owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    nodes: Vec<NodeInfo>,
    /// Token and index into `nodes`, ascending, no token twice.
    tokens: Vec<(Token, usize)>,
}

impl Ring {
    /// The ring of these nodes. A token that two nodes claim belongs to the earlier one.
    pub fn new(nodes: Vec<NodeInfo>) -> Ring {
        let mut tokens: Vec<(Token, usize)> = nodes
            .iter()
            .enumerate()
            .flat_map(|(index, node)| node.tokens.iter().map(move |token| (*token, index)))
            .collect();
        tokens.sort();
        tokens.dedup_by_key(|(token, _)| *token);
        Ring { nodes, tokens }
    }

    /// Nodes, in the order given.
    pub fn nodes(&self) -> &[NodeInfo] {
        &self.nodes
    }

    /// Datacenter names, ascending, each once.
    pub fn datacenters(&self) -> Vec<String> {
        let mut names: Vec<String> = self.nodes.iter().map(|node| node.datacenter.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Owners in ring order from the one that owns `token` on: each vnode once, nodes repeat.
    pub fn walk(&self, token: Token) -> impl Iterator<Item = &NodeInfo> {
        let start = self.tokens.partition_point(|(other, _)| *other < token);
        let (head, tail) = self.tokens.split_at(start);
        tail.iter().chain(head).map(|(_, index)| &self.nodes[*index])
    }

    /// The ranges between neighbouring tokens, ascending by end; together they are the whole ring.
    pub fn ranges(&self) -> Vec<TokenRange> {
        (0..self.tokens.len())
            .map(|index| {
                let before = if index == 0 { self.tokens.len() - 1 } else { index - 1 };
                TokenRange { start_exclusive: self.tokens[before].0, end_inclusive: self.tokens[index].0 }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NodeId, allocate_tokens};
    use super::*;
    use uuid::Uuid;

    #[test]
    fn ranges_cover_the_ring_once_and_the_walk_begins_at_the_owner() {
        let node = |number: u128, tokens: &[i64]| NodeInfo {
            id: NodeId(Uuid::from_u128(number)),
            datacenter: "dc1".into(),
            rack: "r1".into(),
            tokens: tokens.iter().map(|token| Token(*token)).collect(),
        };
        let ring = Ring::new(vec![node(1, &[-10, 50]), node(2, &[20])]);
        let owners = |token| ring.walk(Token(token)).map(|node| node.id.0.as_u128()).collect::<Vec<_>>();
        assert_eq!(owners(-10), [1, 2, 1]);
        assert_eq!(owners(-9), [2, 1, 1]);
        assert_eq!(owners(51), [1, 2, 1], "behind the last token the ring wraps to the first");
        assert_eq!(ring.ranges().len(), 3);
        assert_eq!(ring.ranges()[0].start_exclusive, Token(50));
    }

    #[test]
    fn byte_ranges_of_all_ranges_are_disjoint_and_complete() {
        let info = NodeInfo {
            id: NodeId(Uuid::nil()),
            datacenter: "dc1".into(),
            rack: "r1".into(),
            tokens: allocate_tokens(&[], 8),
        };
        let ring = Ring::new(vec![info]);
        let mut ranges: Vec<_> = ring.ranges().into_iter().flat_map(|range| range.to_byte_ranges()).collect();
        ranges.sort_by(|a, b| a.start.cmp(&b.start));
        assert!(ranges[0].start.is_empty());
        assert_eq!(ranges.last().unwrap().end, None);
        for pair in ranges.windows(2) {
            assert_eq!(pair[0].end.as_ref(), Some(&pair[1].start));
        }
    }
}
