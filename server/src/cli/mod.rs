//! The command line of `basalt`: arguments, logging, and one file a verb.

mod arguments;
mod demo;
mod logging;
mod run;
mod shell;
mod start;

pub use arguments::{Arguments, DemoArguments, ShellArguments, StartArguments, Verb};
pub use logging::start_logging;
pub use run::run;
