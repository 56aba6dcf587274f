//! Schema: keyspaces, tables, columns and types at one version, as immutable values.

mod change;
mod codec;
mod column;
mod compaction;
mod describe;
mod keyspace;
mod options;
mod property;
mod replication;
mod schema;
mod table;

pub use change::{NewColumn, NewTable, SchemaChange, TableChange, TypeChange};
pub use codec::{SCHEMA_SIZE_BYTES_MAX, decode_keyspaces, encode_keyspaces};
pub use column::{ClusteringOrder, Column, ColumnId, ColumnKind, DroppedColumn};
pub use compaction::{CompactionSettings, Scaling, SizeTieredSettings, TimeWindowSettings, UnifiedSettings};
pub use describe::{describe_keyspace, describe_table, describe_type, types_in_order};
pub use keyspace::{Keyspace, Replication};
pub use property::PropertyValue;
pub use schema::{Schema, SchemaVersion};
pub use table::{Partitioner, TableId, TableOptions, TableSchema};
