//! Which tables are computed when they are read, instead of stored.

/// System tables that the engine stores like any other.
const STORED: &[(&str, &str)] =
    &[("system", "prepared_statements"), ("system_traces", "sessions"), ("system_traces", "events")];

/// Whether `keyspace` is one of the system's, which users may read and not change.
pub(crate) fn is_system_keyspace(keyspace: &str) -> bool {
    matches!(
        keyspace,
        "system" | "system_schema" | "system_virtual_schema" | "system_views" | "system_traces"
    )
}

/// Whether the contents of `keyspace.table` are computed when they are read.
pub(crate) fn is_computed(keyspace: &str, table: &str) -> bool {
    is_system_keyspace(keyspace) && !STORED.contains(&(keyspace, table))
}

/// Whether drivers are told of `keyspace` as of a virtual one: in `system_virtual_schema` and not in
/// `system_schema`.
pub(crate) fn is_virtual_keyspace(keyspace: &str) -> bool {
    matches!(keyspace, "system_virtual_schema" | "system_views")
}
