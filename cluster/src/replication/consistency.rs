//! [`ConsistencyLevel`]: how many replicas must answer, and where.

use std::collections::BTreeMap;

use model::schema::Replication;

/// The levels of CQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsistencyLevel {
    /// A write that is kept anywhere, a hint included.
    Any,
    /// One replica.
    One,
    /// Two replicas.
    Two,
    /// Three replicas.
    Three,
    /// More than half of all replicas.
    Quorum,
    /// Every replica.
    All,
    /// More than half of the local datacenter's replicas.
    LocalQuorum,
    /// More than half of each datacenter's replicas.
    EachQuorum,
    /// Conditional: linearizable over all datacenters.
    Serial,
    /// Conditional: linearizable in the local datacenter.
    LocalSerial,
    /// One replica of the local datacenter.
    LocalOne,
}

impl ConsistencyLevel {
    /// Whether it is one of the two levels of conditional writes.
    pub fn is_serial(self) -> bool {
        matches!(self, ConsistencyLevel::Serial | ConsistencyLevel::LocalSerial)
    }
}

/// What a request needs against what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Required {
    /// Replicas that must answer.
    pub required: u32,
    /// Replicas of those that are alive.
    pub alive: u32,
}

impl Required {
    /// Whether enough are alive to try.
    pub fn is_met(&self) -> bool {
        self.alive >= self.required
    }
}

fn quorum(copies: u32) -> u32 {
    copies / 2 + 1
}

/// What `level` asks under `replication`, with `alive` live replicas by datacenter.
///
/// For EACH_QUORUM it answers for the datacenter that is worst off.
pub fn required(
    level: ConsistencyLevel,
    replication: &Replication,
    alive: &BTreeMap<String, u32>,
    local_datacenter: &str,
) -> Required {
    let alive_total: u32 = alive.values().sum();
    let alive_local = alive.get(local_datacenter).copied().unwrap_or(0);
    let (copies, local) = match replication {
        Replication::Local => (1, 1),
        Replication::Simple { factor } => (*factor, *factor),
        Replication::NetworkTopology { factors } => {
            (factors.values().sum(), factors.get(local_datacenter).copied().unwrap_or(0))
        }
    };
    let everywhere = |required| Required { required, alive: alive_total };
    let here = |required| Required { required, alive: alive_local };
    match level {
        // A hint on the coordinator is enough for ANY, and the coordinator is alive.
        ConsistencyLevel::Any => Required { required: 1, alive: alive_total.max(1) },
        ConsistencyLevel::One => everywhere(1),
        ConsistencyLevel::Two => everywhere(2),
        ConsistencyLevel::Three => everywhere(3),
        ConsistencyLevel::Quorum | ConsistencyLevel::Serial => everywhere(quorum(copies)),
        ConsistencyLevel::All => everywhere(copies),
        ConsistencyLevel::LocalQuorum | ConsistencyLevel::LocalSerial => here(quorum(local)),
        ConsistencyLevel::LocalOne => here(1),
        ConsistencyLevel::EachQuorum => match replication {
            Replication::NetworkTopology { factors } => factors
                .iter()
                .map(|(name, factor)| Required {
                    required: quorum(*factor),
                    alive: alive.get(name).copied().unwrap_or(0),
                })
                .max_by_key(|each| i64::from(each.required) - i64::from(each.alive))
                .unwrap_or(everywhere(1)),
            _ => everywhere(quorum(copies)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_ask_what_their_names_say() {
        let simple = Replication::Simple { factor: 3 };
        let one_alive: BTreeMap<String, u32> = [("dc1".to_string(), 1)].into();
        let ask = |level, replication: &Replication| {
            let answer = required(level, replication, &one_alive, "dc1");
            (answer.required, answer.alive, answer.is_met())
        };
        assert_eq!(ask(ConsistencyLevel::One, &simple), (1, 1, true));
        assert_eq!(ask(ConsistencyLevel::Quorum, &simple), (2, 1, false));
        assert_eq!(ask(ConsistencyLevel::All, &simple), (3, 1, false));
        assert_eq!(ask(ConsistencyLevel::Any, &simple), (1, 1, true));
        assert_eq!(ask(ConsistencyLevel::All, &Replication::Local), (1, 1, true));
        let two = Replication::NetworkTopology { factors: [("dc1".into(), 1), ("dc2".into(), 3)].into() };
        assert_eq!(ask(ConsistencyLevel::LocalQuorum, &two), (1, 1, true));
        assert_eq!(ask(ConsistencyLevel::Quorum, &two), (3, 1, false));
        assert_eq!(ask(ConsistencyLevel::EachQuorum, &two), (2, 0, false));
    }
}
