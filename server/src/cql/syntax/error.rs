//! [`SyntaxError`]: text that is no statement, with the place where it stops being one.

use thiserror::Error;

use super::ast::Span;

/// Text that is no CQL statement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}:{column} {message}")]
pub struct SyntaxError {
    /// Line of the offending text, from 1.
    pub line: usize,
    /// Characters before it on that line, from 0.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
    /// Where it stands.
    pub span: Span,
}

impl SyntaxError {
    /// An error about `span` of `text`.
    pub(super) fn new(text: &str, span: Span, message: impl Into<String>) -> SyntaxError {
        let (line, column) = span.line_and_column(text);
        SyntaxError { line, column, message: message.into(), span }
    }
}
