//! The command line of `basalt`: arguments, logging, and one file a verb.

mod arguments;
mod logging;
mod run;
mod shell;

pub use arguments::{Arguments, DemoArguments, ShellArguments, StartArguments, Verb};
pub use logging::start_logging;
pub use run::run;
