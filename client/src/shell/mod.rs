//! `basalt shell`: statements from a person or a script, answers as tables.
//!
//! Input -> `lines` and `split` -> `command` -> the node through `session` -> `printer` and `table`. What a
//! statement means is the node's alone; the shell knows only where it ends.

mod command;
mod error;
mod help;
mod lines;
mod printer;
mod prompt;
mod run;
mod script;
mod session;
mod shell;
mod split;
mod table;

pub use error::ShellError;
pub use run::{Input, ShellOptions, run_shell};
pub use session::Session;
pub use shell::{Flow, Shell};
pub use split::{Piece, Pieces, split};
