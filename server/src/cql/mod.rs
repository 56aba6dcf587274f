//! CQL: text to statement, statement to plan, plan to rows.
//!
//! On the data's way: **syntax** (text -> statement) -> bind -> plan -> execute -> result.

mod availability;
mod bound;
mod clients;
mod definition;
mod describe;
mod environment;
mod execute_bound;
mod expression;
mod functions;
mod modify;
mod node_row;
mod paging;
mod prepared;
mod prepared_store;
mod restrictions;
mod row_view;
mod select;
mod statement_service;
pub mod syntax;
mod system;
mod trace;
mod values;

pub(crate) use clients::Clients;
pub(crate) use environment::Environment;
pub(crate) use statement_service::{StatementService, StatementServiceParts};
pub(crate) use system::{SystemTables, SystemTablesParts, is_computed, is_system_keyspace, system_keyspaces};

#[cfg(test)]
pub(crate) use definition::TestNode;
#[cfg(test)]
pub(crate) use system::ConnectedClient;
