//! The node: the parts put together, started in order and stopped in the reverse order.

mod tasks;

pub use tasks::{Closing, TaskGroup, Tasks, Unfinished};
