//! [`TableSchema`]: columns, keys and options of one table.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

use super::{ClusteringOrder, Column, ColumnId, ColumnKind, DroppedColumn};

/// Identity of a table; a table dropped and made again is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableId(pub Uuid);

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The function from partition key to position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Partitioner {
    /// By Murmur3 token: the default.
    #[default]
    Hashed,
    /// By the key itself, for row ranges.
    Ordered,
}

/// Options of `CREATE TABLE … WITH`, kept as the user gave them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableOptions {
    /// Free text.
    pub comment: String,
    /// Ttl of writes that name none, seconds; 0: none.
    pub default_time_to_live: u32,
    /// Seconds a tombstone is kept; default 864,000 (ten days).
    pub gc_grace_seconds: u32,
    /// False-positive rate of the filter; default 0.01.
    pub bloom_filter_fp_chance: f64,
    /// Compaction class and settings; `class` is always there.
    pub compaction: BTreeMap<String, String>,
    /// Compression class and settings; empty or `enabled: false`: none.
    pub compression: BTreeMap<String, String>,
    /// Caching settings, as Cassandra prints them.
    pub caching: BTreeMap<String, String>,
    /// Latency at which a second read is sent; used once there are replicas.
    pub speculative_retry: String,
    /// As `speculative_retry`, for writes.
    pub additional_write_policy: String,
    /// `BLOCKING` or `NONE`; used once there are replicas.
    pub read_repair: String,
    /// Accepted and shown for compatibility.
    pub crc_check_chance: f64,
    /// Accepted and shown for compatibility.
    pub min_index_interval: u32,
    /// Accepted and shown for compatibility.
    pub max_index_interval: u32,
    /// Flush at least this often, milliseconds; 0: only by size.
    pub memtable_flush_period_in_ms: u32,
    /// Opaque extensions.
    pub extensions: BTreeMap<String, Bytes>,
}

impl Default for TableOptions {
    fn default() -> TableOptions {
        let map =
            |entries: &[(&str, &str)]| entries.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        TableOptions {
            comment: String::new(),
            default_time_to_live: 0,
            gc_grace_seconds: 864_000,
            bloom_filter_fp_chance: 0.01,
            compaction: map(&[("class", "UnifiedCompactionStrategy")]),
            compression: map(&[("class", "LZ4Compressor"), ("chunk_length_in_kb", "16")]),
            caching: map(&[("keys", "ALL"), ("rows_per_partition", "NONE")]),
            speculative_retry: "99p".to_string(),
            additional_write_policy: "99p".to_string(),
            read_repair: "BLOCKING".to_string(),
            crc_check_chance: 1.0,
            min_index_interval: 128,
            max_index_interval: 2048,
            memtable_flush_period_in_ms: 0,
            extensions: BTreeMap::new(),
        }
    }
}

/// A table at one schema version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Its identity.
    pub id: TableId,
    /// Its keyspace.
    pub keyspace: String,
    /// Its name.
    pub name: String,
    /// Every column: partition key in order, clustering in order, then static and regular by name.
    pub columns: Vec<Column>,
    /// The id the next added column gets.
    pub next_column_id: ColumnId,
    /// Columns dropped, newest last.
    pub dropped: Vec<DroppedColumn>,
    /// Hashed or ordered.
    pub partitioner: Partitioner,
    /// Options.
    pub options: TableOptions,
}

impl TableSchema {
    /// Partition key columns, in order.
    pub fn partition_key(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.kind == ColumnKind::PartitionKey)
    }

    /// Clustering columns, in order.
    pub fn clustering(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.kind == ColumnKind::Clustering)
    }

    /// Static columns, by name.
    pub fn static_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.kind == ColumnKind::Static)
    }

    /// Regular columns, by name.
    pub fn regular_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.kind == ColumnKind::Regular)
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column with this id.
    pub fn column_by_id(&self, id: ColumnId) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// Whether it is a counter table.
    pub fn is_counter(&self) -> bool {
        self.columns.iter().any(|column| column.column_type == crate::types::ColumnType::Counter)
    }

    /// Whether some clustering column is descending.
    pub fn has_descending(&self) -> bool {
        self.clustering().any(|column| column.order == ClusteringOrder::Descending)
    }
}
