//! [`Statements`]: statements out of a stream of lines, as soon as each is complete.
//!
//! A script may be longer than memory wants to hold; one statement may not.

use std::io::{self, BufRead};

use super::split::{Piece, split};

/// Longest single statement, in bytes: as long as the longest message that a node takes.
const STATEMENT_SIZE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Longest single line, in bytes, with the same reason.
const LINE_SIZE_BYTES_MAX: u64 = STATEMENT_SIZE_BYTES_MAX as u64;

/// Yields the pieces of an input, in order, with their lines.
pub(super) struct Statements<R> {
    input: R,
    buffer: String,
    /// Line of the input that the buffer begins on, from 1.
    line: usize,
    ready: std::vec::IntoIter<Piece>,
    is_over: bool,
}

impl<R: BufRead> Statements<R> {
    /// The statements of `input`.
    pub(super) fn new(input: R) -> Statements<R> {
        Statements { input, buffer: String::new(), line: 1, ready: Vec::new().into_iter(), is_over: false }
    }

    /// Reads on until a statement is complete or the input ends.
    fn fill(&mut self) -> io::Result<()> {
        loop {
            let mut line = Vec::new();
            let count = io::Read::take(&mut self.input, LINE_SIZE_BYTES_MAX).read_until(b'\n', &mut line)?;
            let text = std::str::from_utf8(&line).map_err(|_| {
                let at = self.line + self.buffer.matches('\n').count();
                io::Error::new(io::ErrorKind::InvalidData, format!("line {at} is not UTF-8 text"))
            })?;
            self.buffer.push_str(text);
            if count == 0 {
                self.is_over = true;
                let pieces = split(&self.buffer).all();
                self.hand_out(pieces);
                return Ok(());
            }
            if self.buffer.len() > STATEMENT_SIZE_BYTES_MAX {
                let message = format!("the statement that begins on line {} is too long", self.line);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            // Only a line with a `;`, or a first line, can complete something.
            if !text.contains(';') && self.buffer.len() > text.len() {
                continue;
            }
            let pieces = split(&self.buffer);
            if pieces.complete.is_empty() {
                continue;
            }
            let rest_at = pieces.rest.as_ref().map_or(self.buffer.len(), |rest| rest.start);
            self.hand_out(pieces.complete);
            self.line += self.buffer[..rest_at].matches('\n').count();
            self.buffer.drain(..rest_at);
            return Ok(());
        }
    }

    fn hand_out(&mut self, mut pieces: Vec<Piece>) {
        for piece in &mut pieces {
            piece.line += self.line - 1;
        }
        self.ready = pieces.into_iter();
    }
}

impl<R: BufRead> Iterator for Statements<R> {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<io::Result<Piece>> {
        loop {
            if let Some(piece) = self.ready.next() {
                return Some(Ok(piece));
            }
            if self.is_over {
                return None;
            }
            if let Err(error) = self.fill() {
                self.is_over = true;
                return Some(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &str) -> Vec<(usize, String)> {
        Statements::new(text.as_bytes())
            .map(|piece| piece.expect("it is text"))
            .map(|piece| (piece.line, piece.text))
            .collect()
    }

    #[test]
    fn statements_come_with_the_line_they_begin_on() {
        let text = "-- a script\nUSE a;\n\nSELECT\n 1\n;SELECT 2; SELECT\n3;\nhelp\nlast";
        let wanted =
            [(2, "USE a"), (4, "SELECT\n 1"), (6, "SELECT 2"), (6, "SELECT\n3"), (8, "help"), (9, "last")];
        assert_eq!(pieces(text), wanted.map(|(line, text)| (line, text.to_string())));
    }

    #[test]
    fn a_comment_may_span_lines_with_semicolons() {
        assert_eq!(pieces("/* a;\nb;\n*/ SELECT 1;"), [(3, "SELECT 1".to_string())]);
    }

    #[test]
    fn a_line_that_is_no_text_is_named() {
        let mut statements = Statements::new(&b"SELECT 1;\nSELECT \xff;\n"[..]);
        assert!(statements.next().is_some_and(|piece| piece.is_ok()));
        let error = statements.next().expect("an error").expect_err("it is no text");
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(statements.next().is_none());
    }

    proptest! {
        #[test]
        fn reading_by_lines_gives_what_the_whole_text_gives(text in "[a-z ;'\"$/*\\-\n]{0,60}") {
            let whole: Vec<_> = split(&text).all().into_iter().map(|piece| (piece.line, piece.text)).collect();
            prop_assert_eq!(pieces(&text), whole);
        }
    }
}
