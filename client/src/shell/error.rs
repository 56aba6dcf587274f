//! [`ShellError`]: why a statement or command did not do what it said, in one line for a person.

use std::fmt;
use std::io;

use proto::native::{ErrorBody, ErrorKind};

/// What went wrong, by what the shell does about it.
#[derive(Debug)]
pub enum ShellError {
    /// The server refused or failed; the connection is good.
    Server(ErrorBody),
    /// The connection is gone, or was never there.
    Connection(String),
    /// The input asks for something that the shell cannot do.
    Input(String),
    /// The person asked to stop waiting; whether the statement was carried out is unknown.
    Cancelled,
    /// The output cannot be written.
    Output(io::Error),
}

impl ShellError {
    /// Whether nobody reads the output any more (`basalt shell -e … | head`): no error to speak of.
    pub fn is_closed_output(&self) -> bool {
        matches!(self, ShellError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShellError::Server(body) => {
                write!(f, "{:04X} [{}] {}", body.kind.code(), name_of(&body.kind), one_line(&body.message))
            }
            ShellError::Connection(message) | ShellError::Input(message) => f.write_str(&one_line(message)),
            ShellError::Cancelled => f.write_str("cancelled; whether it was carried out is unknown"),
            ShellError::Output(error) => write!(f, "cannot write the output: {error}"),
        }
    }
}

impl std::error::Error for ShellError {}

impl From<io::Error> for ShellError {
    fn from(error: io::Error) -> ShellError {
        ShellError::Output(error)
    }
}

/// An error is one line, so that a script can read it.
fn one_line(message: &str) -> String {
    message.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn name_of(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ServerError => "ServerError",
        ErrorKind::ProtocolError => "ProtocolError",
        ErrorKind::BadCredentials => "BadCredentials",
        ErrorKind::Unavailable { .. } => "Unavailable",
        ErrorKind::Overloaded => "Overloaded",
        ErrorKind::IsBootstrapping => "IsBootstrapping",
        ErrorKind::TruncateError => "TruncateError",
        ErrorKind::WriteTimeout { .. } => "WriteTimeout",
        ErrorKind::ReadTimeout { .. } => "ReadTimeout",
        ErrorKind::ReadFailure { .. } => "ReadFailure",
        ErrorKind::FunctionFailure { .. } => "FunctionFailure",
        ErrorKind::WriteFailure { .. } => "WriteFailure",
        ErrorKind::CdcWriteFailure => "CdcWriteFailure",
        ErrorKind::CasWriteUnknown { .. } => "CasWriteUnknown",
        ErrorKind::SyntaxError => "SyntaxError",
        ErrorKind::Unauthorized => "Unauthorized",
        ErrorKind::Invalid => "Invalid",
        ErrorKind::ConfigError => "ConfigError",
        ErrorKind::AlreadyExists { .. } => "AlreadyExists",
        ErrorKind::Unprepared { .. } => "Unprepared",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_server_is_one_line_with_code_and_name() {
        let error = ShellError::Server(ErrorBody::new(ErrorKind::SyntaxError, "line 1:7\n  no such thing\n"));
        assert_eq!(error.to_string(), "2000 [SyntaxError] line 1:7 no such thing");
        let error = ShellError::Server(ErrorBody::new(ErrorKind::ServerError, "broken"));
        assert_eq!(error.to_string(), "0000 [ServerError] broken");
    }

    #[test]
    fn a_closed_pipe_is_no_error_to_speak_of() {
        assert!(ShellError::from(io::Error::from(io::ErrorKind::BrokenPipe)).is_closed_output());
        assert!(!ShellError::from(io::Error::from(io::ErrorKind::WriteZero)).is_closed_output());
    }
}
