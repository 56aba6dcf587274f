//! The system keyspaces: which of their tables are computed, and their contents.

mod kind;

pub(crate) use kind::{is_computed, is_system_keyspace};
