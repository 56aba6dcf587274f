//! `basalt demo`.

use std::process::ExitCode;

use anyhow::Error;
use client::shell::ShellError;

use super::arguments::DemoArguments;
use super::logging::start_logging;
use crate::demo::{DemoOptions, run_demo};

/// What is logged beside a tour: only what a person must know.
const LOG: &str = "warn";

/// Runs the demo to its end.
pub(super) fn run(arguments: &DemoArguments) -> Result<ExitCode, Error> {
    start_logging(LOG)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let options = DemoOptions {
        data_directory: arguments.data.clone(),
        native_address: arguments.native_address,
        no_shell: arguments.no_shell,
    };
    match run_demo(&runtime, &options) {
        // `basalt demo | head`: nobody reads on, and that is no failure.
        Err(error) if error.downcast_ref::<ShellError>().is_some_and(ShellError::is_closed_output) => {}
        result => result?,
    }
    Ok(ExitCode::SUCCESS)
}
