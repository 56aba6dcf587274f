//! Schema: keyspaces, tables, columns and types at one version, as immutable values.

mod column;
mod keyspace;
mod property;
mod schema;
mod table;

pub use column::{ClusteringOrder, Column, ColumnId, ColumnKind, DroppedColumn};
pub use keyspace::{Keyspace, Replication};
pub use property::PropertyValue;
pub use schema::{Schema, SchemaVersion};
pub use table::{Partitioner, TableId, TableOptions, TableSchema};
