//! CQL types and values: what a value is, its wire bytes, its key order, its text.

mod canonical;
mod class_name;
mod codec;
pub mod collection;
mod column_type;
mod compare;
pub mod key_order;
pub mod literal;
pub mod timeuuid;
mod type_text;
mod value;
pub mod vint;

#[cfg(test)]
mod arbitrary;

pub use canonical::canonical_value;
pub use class_name::{class_name, parse_class_name};
pub use codec::{DAY_NANOSECONDS, decode_value, encode_value, validate_value};
pub use column_type::{ColumnType, UserType, is_reserved, quote_identifier};
pub use compare::compare_values;
pub use type_text::{ResolveUserType, check_collection_element};
pub use value::{CqlDuration, Decimal, Value};
