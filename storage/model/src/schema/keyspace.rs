//! [`Keyspace`]: a namespace of tables and types with one replication setting.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::TableSchema;
use crate::types::UserType;

/// How many copies, where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Replication {
    /// `SimpleStrategy`: this many copies on successive nodes of the ring.
    Simple {
        /// Copies.
        factor: u32,
    },
    /// `NetworkTopologyStrategy`: copies by datacenter.
    NetworkTopology {
        /// Copies by datacenter name.
        factors: BTreeMap<String, u32>,
    },
    /// Node-local system data.
    Local,
}

/// A keyspace at one schema version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyspace {
    /// Its name.
    pub name: String,
    /// Its replication.
    pub replication: Replication,
    /// False: writes skip the commit log.
    pub durable_writes: bool,
    /// Tables by name.
    pub tables: BTreeMap<String, Arc<TableSchema>>,
    /// User types by name.
    pub types: BTreeMap<String, Arc<UserType>>,
}
