//! Arithmetic on values: operators, negation, CAST, and the calendar's part of them.
//!
//! Pure functions on wire bytes, called by CQL's functions and selectors. Null never comes here: an
//! operation on null is null, which is the caller's rule.

mod cast;
mod decimal;
mod duration;
mod number;
mod operation;

pub use cast::{can_cast, cast_value};
pub use duration::{add_to_date, add_to_timestamp, negate_duration};
pub use operation::{Operator, apply_operator, negate, result_type};
