//! The system keyspaces: which of their tables are computed, and their contents.
//!
//! On the data's way: read command -> **content** (rows from schema, facts and engine) -> partition stream.

mod chain;
mod content;
mod definitions;
mod kind;
mod node_tables;
mod rows;
mod schema_tables;
mod view_tables;

#[cfg(test)]
mod tests;

pub(crate) use content::{ConnectedClient, SystemTables, SystemTablesParts};
pub(crate) use definitions::system_keyspaces;
pub(crate) use kind::{is_computed, is_system_keyspace};
