//! The crash programme: does the engine keep what it acknowledged, whatever call the machine stops in?
//!
//! One vocabulary of operations ([`Op`]), a model without an engine ([`Model`]), and two explorations:
//! a crash at every file-system call with every kind of loss, and an error at every call.

mod check;
mod crashes;
mod failures;
mod model;
mod op;
mod report;
mod subject;
mod workload;

pub use check::{Address, Contents, read_contents};
pub use crashes::{explore_crashes, explore_crashes_beside_threads};
pub use failures::explore_failures;
pub use model::Model;
pub use op::{Change, Op, Write};
pub use report::{Report, Trouble};
pub use subject::{Mismatch, Subject};
pub use workload::workload;
