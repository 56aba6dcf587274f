//! Files of statements, and how a complaint names a place in one.

#![expect(clippy::disallowed_methods, reason = "opens the scripts that a person names")]

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::error::ShellError;

/// Opens a file of statements.
pub(super) fn open_script(path: &Path) -> Result<impl BufRead + use<>, ShellError> {
    let name = path.display();
    let refused = |error: &dyn fmt::Display| ShellError::Input(format!("cannot read {name}: {error}"));
    let file = File::open(path).map_err(|error| refused(&error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(refused(&io::Error::from(io::ErrorKind::IsADirectory))),
        _ => Ok(BufReader::new(file)),
    }
}

/// `message` behind the place in the script it is about.
pub(super) fn place(name: Option<&str>, line: Option<usize>, message: &str) -> String {
    match (name, line) {
        (Some(name), Some(line)) => format!("{name}, line {line}: {message}"),
        (Some(name), None) => format!("{name}: {message}"),
        (None, _) => message.to_string(),
    }
}
