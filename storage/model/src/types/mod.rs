//! CQL types and values: what a value is, its wire bytes, its key order, its text.

pub mod arithmetic;
mod canonical;
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

pub use arithmetic::{can_cast, cast_value};
pub use canonical::canonical_value;
pub use codec::{DAY_NANOSECONDS, decode_value, encode_value, validate_value};
pub use column_type::{ColumnType, UserType, is_reserved, quote_identifier};
pub use compare::compare_values;
pub use type_text::{ResolveUserType, check_collection_element};
pub use value::{CqlDuration, Decimal, Value};
