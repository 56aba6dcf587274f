//! DESCRIBE: the schema as statements that make it again, in rows.
//!
//! Pure: schema and node facts in, rows out. The text itself is `model::schema`'s.

mod describe;
mod element;

pub(crate) use describe::{describe_metadata, execute_describe};
