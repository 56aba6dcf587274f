//! Does the whole hold? Harnesses that need more than one crate, for tests only.
//!
//! `docs/testing.md` says which harness answers which question; the tests themselves are in `tests/tests`.

pub mod cql_script;
pub mod crash;
pub mod tidy;
pub mod wall_clock;
