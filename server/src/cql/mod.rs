//! CQL: text to statement, statement to plan, plan to rows.
//!
//! On the data's way: **syntax** (text -> statement) -> bind -> plan -> execute -> result.

mod definition;
mod describe;
mod environment;
mod expression;
mod functions;
mod modify;
mod paging;
mod restrictions;
mod row_view;
mod select;
pub mod syntax;
mod system;

pub(crate) use system::{
    ConnectedClient, SystemTables, SystemTablesParts, is_computed, is_system_keyspace, system_keyspaces,
};

#[cfg(test)]
pub(crate) use definition::TestNode;
