//! `basalt shell`.

use std::io;
use std::process::ExitCode;

use client::shell::{Input, ShellOptions, run_shell};

use super::ShellArguments;

/// Runs the shell to its end.
///
/// Errors: the runtime cannot be made (threads are used up).
pub(super) fn run(arguments: &ShellArguments) -> io::Result<ExitCode> {
    // One thread drives the socket while this one reads and prints.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    Ok(run_shell(runtime.handle().clone(), &options(arguments)))
}

fn options(arguments: &ShellArguments) -> ShellOptions {
    let input = match (&arguments.execute, &arguments.file) {
        (Some(statements), _) => Input::Statements(statements.clone()),
        (None, Some(path)) => Input::File(path.clone()),
        (None, None) => Input::Standard,
    };
    // An IPv6 address needs brackets before a port.
    let host =
        if arguments.host.contains(':') { format!("[{}]", arguments.host) } else { arguments.host.clone() };
    ShellOptions {
        address: format!("{host}:{}", arguments.port),
        keyspace: arguments.keyspace.clone(),
        input,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> ShellArguments {
        ShellArguments { host: "::1".to_string(), port: 1, keyspace: None, execute: None, file: None }
    }

    #[test]
    fn an_address_with_colons_is_put_in_brackets() {
        assert_eq!(options(&arguments()).address, "[::1]:1");
    }

    #[test]
    fn statements_come_from_the_argument_the_file_or_standard_input() {
        assert_eq!(options(&arguments()).input, Input::Standard);
        let given = ShellArguments { execute: Some("a".to_string()), ..arguments() };
        assert_eq!(options(&given).input, Input::Statements("a".to_string()));
        let given = ShellArguments { file: Some("f".into()), ..arguments() };
        assert_eq!(options(&given).input, Input::File("f".into()));
    }
}
