//! CQL: text to statement, statement to plan, plan to rows.
//!
//! On the data's way: **syntax** (text -> statement) -> bind -> plan -> execute -> result.

pub mod syntax;
