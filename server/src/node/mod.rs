//! The node: the parts put together, started in order and stopped in the reverse order.

pub(crate) mod engine_pool;
pub(crate) mod facts;
mod identity;
mod node;
mod schema_event;
pub(crate) mod schema_registry;
pub(crate) mod storage;
mod system_clock;
mod system_random;
mod tasks;

pub use node::{Node, Seams, StartError};
pub use system_clock::SystemClock;
pub use system_random::SystemRandom;
pub use tasks::{Closing, TaskGroup, Tasks, Unfinished};
