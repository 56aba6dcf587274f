//! Expressions: values of a statement, and what a SELECT computes from a row.
//!
//! `bind_term` and `bind_selector` give names and types their meaning once, when a statement is bound;
//! `Expression::evaluate` then runs for every execution or row.

mod arithmetic;
mod bind_literal;
mod bind_selector;
mod bind_term;
mod binder;
mod evaluate;
mod expression;
mod resolve_type;

pub(crate) use bind_selector::{bind_selector, selector_name};
pub(crate) use bind_term::bind_term;
pub(crate) use binder::{Binder, MarkerSpec};
pub(crate) use evaluate::{Scope, list_index};
pub(crate) use expression::{AggregateCall, CellPart, Expression};
pub(crate) use resolve_type::resolve_type;
