//! Tidy: the house style as a test.
//!
//! A `Tree` is the source tree as text; each rule is a pure function from tree to findings, with a test on a
//! bad example. `tests/tests/tidy.rs` runs them all on the real tree. Left out on purpose: what clippy and
//! rustfmt already see, and sizes of files, which are reported and not enforced.

mod code;
mod documents;
mod edges;
mod formats;
mod heads;
mod layout;
mod longest;
mod names_of_tests;
mod seams;
mod tree;
mod words;

pub use documents::documents;
pub use edges::edges;
pub use formats::formats;
pub use heads::heads;
pub use layout::layout;
pub use longest::longest;
pub use names_of_tests::names_of_tests;
pub use seams::seams;
pub use tree::{Finding, SourceFile, Tree};
pub use words::words;
