//! CQL types and values: what a value is, its wire bytes, its key order, its text.

mod canonical;
mod codec;
pub mod collection;
mod column_type;
mod compare;
pub mod key_order;
pub mod timeuuid;
mod value;
pub mod vint;

#[cfg(test)]
mod arbitrary;

pub use canonical::canonical_value;
pub use codec::{DAY_NANOSECONDS, decode_value, encode_value, validate_value};
pub use column_type::{ColumnType, UserType, is_reserved, quote_identifier};
pub use compare::compare_values;
pub use value::{CqlDuration, Decimal, Value};
