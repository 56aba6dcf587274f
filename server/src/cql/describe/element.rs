//! [`Element`]: one thing of the schema as a row of DESCRIBE.

use model::schema::{
    Keyspace, TableSchema, describe_keyspace, describe_table, describe_type, types_in_order,
};
use model::types::{UserType, quote_identifier};

/// A keyspace, type or table with the statement that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) keyspace: String,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) statement: String,
}

impl Element {
    pub(super) fn keyspace(keyspace: &Keyspace) -> Element {
        Element {
            keyspace: quote_identifier(&keyspace.name),
            kind: "keyspace",
            name: quote_identifier(&keyspace.name),
            statement: describe_keyspace(keyspace),
        }
    }

    pub(super) fn table(table: &TableSchema, internals: bool) -> Element {
        Element {
            keyspace: quote_identifier(&table.keyspace),
            kind: "table",
            name: quote_identifier(&table.name),
            statement: describe_table(table, internals),
        }
    }

    pub(super) fn user_type(definition: &UserType) -> Element {
        Element {
            keyspace: quote_identifier(&definition.keyspace),
            kind: "type",
            name: quote_identifier(&definition.name),
            statement: describe_type(definition),
        }
    }

    /// A keyspace and what is in it, in an order in which it can be made.
    pub(super) fn whole_keyspace(keyspace: &Keyspace, internals: bool) -> Vec<Element> {
        let types = types_in_order(keyspace);
        std::iter::once(Element::keyspace(keyspace))
            .chain(types.iter().map(|definition| Element::user_type(definition)))
            .chain(keyspace.tables.values().map(|table| Element::table(table, internals)))
            .collect()
    }
}
