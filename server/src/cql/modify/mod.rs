//! INSERT, UPDATE, DELETE and BATCH: values -> mutations.

mod row_builder;

pub(crate) use row_builder::{RowBuilder, WriteTime};
