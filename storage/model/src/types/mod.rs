//! CQL types and values: what a value is, its wire bytes, its key order, its text.

mod column_type;

pub use column_type::{ColumnType, UserType, is_reserved, quote_identifier};
