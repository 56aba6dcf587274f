//! [`run_shell`]: what `basalt shell` does, from options to exit code.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::runtime::Handle;

use super::error::ShellError;
use super::script::open_script;
use super::session::Session;
use super::shell::Shell;

/// Where statements come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// These.
    Statements(String),
    /// A file.
    File(PathBuf),
    /// Standard input: a person at a terminal, or a script.
    Standard,
}

/// What a shell is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellOptions {
    /// `host:port` of the node.
    pub address: String,
    /// Keyspace to use.
    pub keyspace: Option<String>,
    /// Where statements come from.
    pub input: Input,
}

/// Runs a shell to its end. Errors go to standard error, one line each.
///
/// Exit codes: 0; 1 when a script's statement failed, the node cannot be reached or the output not written. A
/// prompt ends with 0 whatever the statements said.
pub fn run_shell(runtime: Handle, options: &ShellOptions) -> ExitCode {
    let stdout = io::stdout();
    // A person sees each answer at once; a script gets few, large writes.
    let mut out: Box<dyn Write> =
        if stdout.is_terminal() { Box::new(stdout.lock()) } else { Box::new(BufWriter::new(stdout.lock())) };
    let result = run(runtime, options, out.as_mut()).and_then(|()| Ok(out.flush()?));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_closed_output() => ExitCode::SUCCESS,
        Err(error) => {
            // What was printed before stands before the error.
            let _ = out.flush();
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(runtime: Handle, options: &ShellOptions, out: &mut dyn Write) -> Result<(), ShellError> {
    // A script that cannot be read is said before a connection is made.
    let script = match &options.input {
        Input::File(path) => Some((path.display().to_string(), open_script(path)?)),
        Input::Statements(_) | Input::Standard => None,
    };
    let mut shell = Shell::new(Session::connect(runtime, &options.address)?, out);
    if let Some(keyspace) = &options.keyspace {
        shell.use_keyspace(keyspace)?;
    }
    match (&options.input, script) {
        (_, Some((name, file))) => shell.run_script(Some(&name), file).map(|_| ()),
        (Input::Statements(text), None) => shell.run_script(None, text.as_bytes()).map(|_| ()),
        _ if io::stdin().is_terminal() => shell.run_prompt(),
        _ => shell.run_script(Some("standard input"), io::stdin().lock()).map(|_| ()),
    }
}
