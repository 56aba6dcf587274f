//! The system keyspaces load, and their computed tables tell the schema and the node.

use super::*;

#[test]
fn the_system_definitions_parse_and_apply() {
    let keyspaces = system_keyspaces().unwrap();
    assert_eq!(
        keyspaces.keys().collect::<Vec<_>>(),
        ["system", "system_schema", "system_traces", "system_views", "system_virtual_schema"]
    );
    assert!(keyspaces["system"].tables.contains_key("IndexInfo"));
    assert_eq!(keyspaces, system_keyspaces().unwrap(), "ids come from the names");
}
