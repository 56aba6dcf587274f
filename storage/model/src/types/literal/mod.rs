//! Values and text: what stands between quotes or bare in a CQL statement, and what a person reads.
//!
//! Scalars parse here from the text of one token; collections, tuples and user types are put together
//! by the CQL parser, because their parts may be bind markers and function calls.

mod calendar;
mod duration;
mod number;
mod parse;
mod print;
mod temporal;

#[cfg(test)]
mod tests;

pub use duration::{format_duration, parse_duration};
pub use number::{format_decimal, format_double, format_float, parse_decimal, parse_varint};
pub use parse::{parse_blob, parse_literal_text};
pub use print::{format_literal, format_text, quote_text};
pub use temporal::{
    add_months_to_days, days_to_timestamp, format_date, format_time, format_timestamp_iso,
    format_timestamp_micros, format_timestamp_millis, parse_date, parse_time, parse_timestamp,
    timestamp_to_days,
};
