//! [`TableSchema`]: columns, keys and options of one table.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

use super::{ClusteringOrder, Column, ColumnId, ColumnKind, DroppedColumn};
use crate::error::{DecodeError, InvalidValue};
use crate::key::{ClusteringKey, DecoratedKey, compose_partition_key, split_partition_key};
use crate::limits::KEY_SIZE_BYTES_MAX;
use crate::types::key_order::{decode_component_into, encode_component};

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
    /// Accepted and shown for compatibility.
    pub allow_auto_snapshot: bool,
    /// Accepted and shown for compatibility.
    pub incremental_backups: bool,
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
            allow_auto_snapshot: true,
            incremental_backups: true,
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

    /// The clustering key of these wire values, or the prefix of one when there are fewer of them than
    /// clustering columns.
    ///
    /// Limits: a component has at most [`KEY_SIZE_BYTES_MAX`] bytes.
    ///
    /// Errors: bytes that are no value of their column's type, too long or too many components.
    pub fn encode_clustering(&self, components: &[Bytes]) -> Result<ClusteringKey, InvalidValue> {
        let size = components.iter().map(|component| component.len() + 4).sum();
        let mut out = Vec::with_capacity(size);
        let mut columns = self.clustering();
        for component in components {
            let column = columns.next().ok_or_else(|| {
                InvalidValue::new(format!(
                    "{} clustering values for the {} clustering columns of {}",
                    components.len(),
                    self.clustering().count(),
                    self.name
                ))
            })?;
            check_component_size(column, component)?;
            let descending = column.order == ClusteringOrder::Descending;
            encode_component(&column.column_type, component, descending, &mut out)
                .map_err(|error| in_column(column, error))?;
        }
        Ok(ClusteringKey(out.into()))
    }

    /// The wire values of a full clustering key, in the order of the columns; none for a table without
    /// clustering columns.
    ///
    /// Errors: bytes that no row of this table has, a prefix among them.
    pub fn decode_clustering(&self, key: &ClusteringKey) -> Result<Vec<Bytes>, DecodeError> {
        decode_components(key.as_bytes(), self.clustering())
    }

    /// The decorated key of these wire values of the partition key columns. Values are taken as valid in a
    /// hashed table, where any bytes have a position.
    ///
    /// Limits: a component, and a serialised partition key, have at most [`KEY_SIZE_BYTES_MAX`] bytes.
    ///
    /// Errors: too few, too many, too long components; an empty key; in an ordered table bytes that are no
    /// value of their column's type.
    pub fn decorate(&self, components: &[Bytes]) -> Result<DecoratedKey, InvalidValue> {
        let expected = self.partition_key().count();
        if components.len() != expected {
            return Err(InvalidValue::new(format!(
                "{} partition key values for the {expected} partition key columns of {}",
                components.len(),
                self.name
            )));
        }
        for (column, component) in self.partition_key().zip(components) {
            check_component_size(column, component)?;
        }
        if let [only] = components
            && only.is_empty()
        {
            return Err(InvalidValue::new("Key may not be empty"));
        }
        match self.partitioner {
            Partitioner::Hashed => {
                let key = compose_partition_key(components);
                if key.len() > KEY_SIZE_BYTES_MAX {
                    return Err(InvalidValue::new(format!(
                        "Key length of {} bytes is longer than the maximum of {KEY_SIZE_BYTES_MAX}",
                        key.len()
                    )));
                }
                Ok(DecoratedKey::hashed(&key))
            }
            Partitioner::Ordered => {
                let size = components.iter().map(|component| component.len() + 4).sum();
                let mut out = Vec::with_capacity(size);
                for (column, component) in self.partition_key().zip(components) {
                    encode_component(&column.column_type, component, false, &mut out)
                        .map_err(|error| in_column(column, error))?;
                }
                Ok(DecoratedKey(out.into()))
            }
        }
    }

    /// The wire values of the partition key columns, in order.
    ///
    /// Errors: bytes that no partition of this table has.
    pub fn partition_components(&self, key: &DecoratedKey) -> Result<Vec<Bytes>, DecodeError> {
        match self.partitioner {
            Partitioner::Hashed => {
                let serialised = key
                    .hashed_partition_key()
                    .ok_or_else(|| DecodeError::new("decorated key is shorter than a token", 0))?;
                split_partition_key(&serialised, self.partition_key().count())
            }
            Partitioner::Ordered => decode_components(key.as_bytes(), self.partition_key()),
        }
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

fn check_component_size(column: &Column, component: &Bytes) -> Result<(), InvalidValue> {
    if component.len() <= KEY_SIZE_BYTES_MAX {
        return Ok(());
    }
    Err(InvalidValue::new(format!(
        "Key length of {} bytes in column {} is longer than the maximum of {KEY_SIZE_BYTES_MAX}",
        component.len(),
        column.name
    )))
}

fn in_column(column: &Column, error: InvalidValue) -> InvalidValue {
    InvalidValue::new(format!("{} in column {}", error.message, column.name))
}

fn decode_components<'c>(
    bytes: &[u8],
    columns: impl Iterator<Item = &'c Column>,
) -> Result<Vec<Bytes>, DecodeError> {
    let mut rest = bytes;
    // All values in one buffer: wire bytes are about as long as their encoding.
    let mut values = Vec::with_capacity(bytes.len());
    let mut ends = vec![];
    for column in columns {
        let at = bytes.len() - rest.len();
        let descending = column.order == ClusteringOrder::Descending;
        decode_component_into(&column.column_type, &mut rest, descending, &mut values).map_err(|error| {
            DecodeError::new(format!("column {}: {}", column.name, error.what), at + error.offset)
        })?;
        ends.push(values.len());
    }
    if !rest.is_empty() {
        return Err(DecodeError::new("bytes behind the last key component", bytes.len() - rest.len()));
    }
    let values = Bytes::from(values);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    Ok(starts.zip(&ends).map(|(start, end)| values.slice(start..*end)).collect())
}

#[cfg(test)]
mod tests;
