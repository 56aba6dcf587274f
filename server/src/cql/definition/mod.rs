//! CREATE, ALTER, DROP and TRUNCATE: from a statement's tree to a change of the schema.
//!
//! On the data's way: tree -> **definition** -> `SchemaChange` -> schema registry. The rules of a schema are
//! `model::schema`'s; here names are completed, types resolved and IF [NOT] EXISTS decided.

mod execute;
mod keyspace;
mod name;
mod table;
mod type_room;
mod user_type;

#[cfg(test)]
mod tests;

pub(crate) use execute::execute_definition;
#[cfg(test)]
pub(crate) use tests::test_node::TestNode;
