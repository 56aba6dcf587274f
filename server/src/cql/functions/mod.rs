//! Functions: scalar functions of values, aggregates over rows.

mod aggregate;
mod scalar;

pub(crate) use aggregate::{Aggregate, AggregateKind};
pub(crate) use scalar::{FunctionContext, Signature, resolve};
