//! Changes of a schema as values: what a DDL statement asks, applied purely to a [`super::Schema`].
//!
//! On the data's way: DDL statement -> **`SchemaChange`** -> the next schema -> registry -> disk and engine.
//! Invariant: a change that is refused leaves nothing behind, because nothing is changed in place.

mod change;
mod definition;
mod names;
mod table;
mod user_type;

pub use change::{SchemaChange, TableChange, TypeChange};
pub use definition::{NewColumn, NewTable};
