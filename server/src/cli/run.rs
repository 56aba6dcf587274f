//! [`run`]: from arguments to the verb, and from its failure to one line on standard error.

use std::process::ExitCode;

use anyhow::Error;
use clap::{CommandFactory, Parser};

use super::arguments::{Arguments, Verb};
use super::{demo, shell, start};

/// Runs `basalt` with the arguments of the process.
///
/// Exit codes: 0; 1 for a failure, told in one line; 2 for arguments that are none.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.verb {
        None => {
            let help = Arguments::command().print_help();
            help.map(|()| ExitCode::SUCCESS).map_err(Error::from)
        }
        Some(Verb::Start(arguments)) => start::run(arguments),
        Some(Verb::Demo(arguments)) => demo::run(arguments),
        Some(Verb::Shell(arguments)) => shell::run(arguments).map_err(Error::from),
    };
    result.unwrap_or_else(|error| {
        eprintln!("basalt: {}", one_line(&error));
        ExitCode::FAILURE
    })
}

/// The error and its causes, in one line.
fn one_line(error: &Error) -> String {
    format!("{error:#}")
        .split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let error = Error::msg("port 9042 is in use\n(os error 98)").context("cannot start");
        assert_eq!(one_line(&error), "cannot start: port 9042 is in use; (os error 98)");
    }
}
