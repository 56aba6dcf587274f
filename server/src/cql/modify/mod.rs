//! INSERT, UPDATE, DELETE and BATCH: statements -> mutations -> storage.
//!
//! Once a statement: `bind_modify` -> `ModifyPlan`. Each execution: plan + values -> `Change` -> `Before` (a
//! locked read, only where the write depends on what is there) -> `Writes` -> mutations -> one storage write.

mod before;
mod bind_modify;
mod bind_operation;
mod change;
mod condition;
mod conditional;
mod execute_batch;
mod execute_modify;
mod list_path;
mod modify_plan;
mod row_builder;
mod writes;

pub(crate) use bind_modify::{bind_modify, bind_timestamp};
pub(crate) use execute_batch::{batch_timestamp, execute_batch};
pub(crate) use execute_modify::{WriteOptions, execute_modify};
pub(crate) use modify_plan::ModifyPlan;
pub(crate) use row_builder::{RowBuilder, WriteTime};

#[cfg(test)]
mod tests;
