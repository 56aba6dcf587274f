//! [`Replication`] from and to the map that CQL writes: `{'class': …, 'replication_factor': …}`.

use std::collections::BTreeMap;

use super::Replication;
use crate::error::InvalidSchema;

/// Java package of the strategy classes, as drivers expect it.
const PACKAGE: &str = "org.apache.cassandra.locator.";
/// Most copies: more than any cluster here has nodes, and small enough for every sum of them.
const FACTOR_MAX: u32 = 1000;

impl Replication {
    /// The replication that `map` asks for. `datacenters` are those of the cluster; in a network topology
    /// `replication_factor` stands for each of them that is not named itself.
    ///
    /// Errors: `Configuration` for unknown classes, options, datacenters, and factors that cannot be.
    pub fn from_map(
        map: &BTreeMap<String, String>,
        datacenters: &[String],
    ) -> Result<Replication, InvalidSchema> {
        let class = map
            .get("class")
            .ok_or_else(|| InvalidSchema::Configuration("Missing replication strategy class".to_string()))?;
        let options = || map.iter().filter(|(name, _)| *name != "class");
        match class.strip_prefix(PACKAGE).unwrap_or(class) {
            "SimpleStrategy" => {
                if let Some((name, _)) = options().find(|(name, _)| *name != "replication_factor") {
                    return configuration(format!(
                        "Unrecognized strategy option {{{name}}} passed to SimpleStrategy; it knows replication_factor"
                    ));
                }
                let factor = map.get("replication_factor").ok_or_else(|| {
                    InvalidSchema::Configuration(
                        "SimpleStrategy requires a replication_factor strategy option.".to_string(),
                    )
                })?;
                Ok(Replication::Simple { factor: parse_factor(factor)? })
            }
            "NetworkTopologyStrategy" => {
                let mut factors = BTreeMap::new();
                if let Some(factor) = map.get("replication_factor") {
                    let factor = parse_factor(factor)?;
                    factors.extend(datacenters.iter().map(|name| (name.clone(), factor)));
                }
                for (name, factor) in options().filter(|(name, _)| *name != "replication_factor") {
                    if !datacenters.contains(name) {
                        return configuration(format!(
                            "Unrecognized strategy option {{{name}}} passed to NetworkTopologyStrategy; the datacenters are: {}",
                            datacenters.join(", ")
                        ));
                    }
                    factors.insert(name.clone(), parse_factor(factor)?);
                }
                factors.retain(|_, factor| *factor > 0);
                if factors.is_empty() {
                    return configuration(
                        "Configuration for at least one datacenter must be present".to_string(),
                    );
                }
                Ok(Replication::NetworkTopology { factors })
            }
            "LocalStrategy" => match options().next() {
                None => Ok(Replication::Local),
                Some((name, _)) => {
                    configuration(format!("Unrecognized strategy option {{{name}}} passed to LocalStrategy"))
                }
            },
            "EverywhereStrategy" => configuration("EverywhereStrategy is not supported yet".to_string()),
            _ => configuration(format!(
                "Unable to find replication strategy class '{class}'; known are SimpleStrategy and NetworkTopologyStrategy"
            )),
        }
    }

    /// The map that [`Replication::from_map`] reads, the class with its package or without.
    pub fn to_map(&self, with_package: bool) -> Vec<(String, String)> {
        let class = |name: &str| {
            let package = if with_package { PACKAGE } else { "" };
            ("class".to_string(), format!("{package}{name}"))
        };
        match self {
            Replication::Simple { factor } => {
                vec![class("SimpleStrategy"), ("replication_factor".to_string(), factor.to_string())]
            }
            Replication::NetworkTopology { factors } => {
                let factors = factors.iter().map(|(name, factor)| (name.clone(), factor.to_string()));
                std::iter::once(class("NetworkTopologyStrategy")).chain(factors).collect()
            }
            Replication::Local => vec![class("LocalStrategy")],
        }
    }
}

fn parse_factor(text: &str) -> Result<u32, InvalidSchema> {
    if text.contains('/') {
        return configuration(format!("Transient replication ('{text}') is not supported"));
    }
    match text.parse::<u32>() {
        Ok(factor) if factor <= FACTOR_MAX => Ok(factor),
        _ => {
            configuration(format!("Replication factor must be a number from 0 to {FACTOR_MAX}; found {text}"))
        }
    }
}

fn configuration<T>(message: String) -> Result<T, InvalidSchema> {
    Err(InvalidSchema::Configuration(message))
}
