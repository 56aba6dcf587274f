//! [`Schema`]: all keyspaces at one version, immutable.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

use super::{Keyspace, TableId, TableSchema};

/// Names one schema; equal contents have equal versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SchemaVersion(pub Uuid);

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// All keyspaces at one version. Change it by `SchemaChange::apply`, which returns a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Digest of the contents.
    pub version: SchemaVersion,
    /// Keyspaces by name.
    pub keyspaces: BTreeMap<String, Arc<Keyspace>>,
}

impl Schema {
    /// The schema that holds nothing.
    pub fn empty() -> Schema {
        Schema { version: SchemaVersion(Uuid::nil()), keyspaces: BTreeMap::new() }.with_version()
    }

    /// The same contents with the version computed from them.
    pub fn with_version(mut self) -> Schema {
        let contents = contents_text(&self.keyspaces);
        self.version = SchemaVersion(Uuid::from_u128(xxhash_rust::xxh3::xxh3_128(contents.as_bytes())));
        self
    }

    /// The keyspace called `name`.
    pub fn keyspace(&self, name: &str) -> Option<&Arc<Keyspace>> {
        self.keyspaces.get(name)
    }

    /// The table `keyspace.name`.
    pub fn table(&self, keyspace: &str, name: &str) -> Option<&Arc<TableSchema>> {
        self.keyspaces.get(keyspace)?.tables.get(name)
    }

    /// The table with this id.
    pub fn table_by_id(&self, id: TableId) -> Option<&Arc<TableSchema>> {
        self.keyspaces.values().flat_map(|keyspace| keyspace.tables.values()).find(|table| table.id == id)
    }
}

/// A text of the contents that is equal when they are. `Debug` of ordered maps and plain data is
/// deterministic, and nothing parses it back.
fn contents_text(keyspaces: &BTreeMap<String, Arc<Keyspace>>) -> String {
    format!("{keyspaces:?}")
}
