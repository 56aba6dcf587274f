//! [`Lexer`]: cuts CQL text into tokens, one at a time.
//!
//! On the data's way: text -> **lexer** -> parser. A lexer is a position in the text and nothing else,
//! so copying one is how the parser looks ahead. White space and comments (`--`, `//`, `/* */`)
//! separate tokens and are dropped. A minus is always a token of its own; the parser joins it to a number.

use super::ast::Span;
use super::error::SyntaxError;
use super::token::{Token, TokenKind};

/// Symbols, longer ones before those they begin with.
const SYMBOLS: &[&str] = &[
    "<=", ">=", "!=", "+=", "-=", "..", "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}",
    ",", ";", ":", ".", "?",
];

/// Units of a duration, longer ones before those they begin with.
const DURATION_UNITS: &[&str] = &["mo", "ms", "us", "µs", "ns", "y", "w", "d", "h", "m", "s"];

/// A position in CQL text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    /// The beginning of `text`, which is no longer than `STATEMENT_SIZE_BYTES_MAX`.
    pub(super) fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, position: 0 }
    }

    /// The next token; `End` again and again once the text is over.
    ///
    /// Errors: something unclosed, a malformed number, or a character that CQL does not use.
    pub(super) fn next_token(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blank()?;
        let start = self.position;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(self.token(TokenKind::End, 0));
        };
        if let Some(length) = uuid_length(rest) {
            return Ok(self.token(TokenKind::Uuid, length));
        }
        match first {
            '0'..='9' => self.number(),
            'a'..='z' | 'A'..='Z' => {
                if let Some(length) = alternative_duration_length(rest) {
                    return Ok(self.token(TokenKind::Duration, length));
                }
                Ok(self.token(TokenKind::Word, prefix_length(rest, is_word_byte)))
            }
            '\'' => self.quoted('\'', TokenKind::Text, "string"),
            '"' => {
                let token = self.quoted('"', TokenKind::QuotedName, "quoted name")?;
                if token.span.end - token.span.start == 2 {
                    return Err(SyntaxError::new(self.text, token.span, "a name cannot be empty"));
                }
                Ok(token)
            }
            '$' if rest.starts_with("$$") => match rest[2..].find("$$") {
                Some(length) => Ok(self.token(TokenKind::DollarText, length + 4)),
                None => Err(self.unclosed(start, 2, "string", "$$")),
            },
            _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => Ok(self.token(TokenKind::Symbol(symbol), symbol.len())),
                None => Err(self.unexpected(first)),
            },
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    /// Takes `length` bytes as a token.
    fn token(&mut self, kind: TokenKind, length: usize) -> Token {
        let span = span(self.position, self.position + length);
        self.position += length;
        Token { kind, span }
    }

    fn skip_blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.position += rest.len() - trimmed.len();
            if trimmed.starts_with("--") || trimmed.starts_with("//") {
                self.position += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                match comment.find("*/") {
                    Some(length) => self.position += length + 4,
                    None => return Err(self.unclosed(self.position, 2, "comment", "*/")),
                }
            } else {
                return Ok(());
            }
        }
    }

    /// A string or name between `quote`s, where a doubled quote stands for itself.
    fn quoted(&mut self, quote: char, kind: TokenKind, what: &str) -> Result<Token, SyntaxError> {
        let bytes = self.rest().as_bytes();
        let quote_byte = quote as u8;
        let mut length = 1;
        loop {
            // Quotes are ASCII, so no byte of a longer character can look like one.
            let Some(found) = bytes[length..].iter().position(|byte| *byte == quote_byte) else {
                return Err(self.unclosed(self.position, 1, what, quote.encode_utf8(&mut [0; 4])));
            };
            length += found + 1;
            if bytes.get(length) != Some(&quote_byte) {
                return Ok(self.token(kind, length));
            }
            length += 1;
        }
    }

    /// A token that begins with a digit: blob, integer, float or duration.
    fn number(&mut self) -> Result<Token, SyntaxError> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        if rest.len() >= 2 && bytes[0] == b'0' && bytes[1].eq_ignore_ascii_case(&b'x') {
            let length = 2 + prefix_length(&rest[2..], |byte| byte.is_ascii_hexdigit());
            return self.ends_cleanly(TokenKind::Blob, length, "blob");
        }
        if let Some(length) = duration_length(rest) {
            return self.ends_cleanly(TokenKind::Duration, length, "duration");
        }
        let mut length = prefix_length(rest, |byte| byte.is_ascii_digit());
        let mut kind = TokenKind::Integer;
        // `1..2` is a range between two integers, not the float `1.` before `.2`.
        if bytes.get(length) == Some(&b'.') && bytes.get(length + 1) != Some(&b'.') {
            kind = TokenKind::Float;
            length += 1 + prefix_length(&rest[length + 1..], |byte| byte.is_ascii_digit());
        }
        if bytes.get(length).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'e')) {
            let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
            let digits = prefix_length(&rest[length + 1 + sign..], |byte| byte.is_ascii_digit());
            if digits > 0 {
                kind = TokenKind::Float;
                length += 1 + sign + digits;
            }
        }
        self.ends_cleanly(kind, length, "number")
    }

    /// Takes a token that must not run on into a word.
    fn ends_cleanly(&mut self, kind: TokenKind, length: usize, what: &str) -> Result<Token, SyntaxError> {
        let more = prefix_length(&self.rest()[length..], is_word_byte);
        if more == 0 {
            return Ok(self.token(kind, length));
        }
        let span = span(self.position, self.position + length + more);
        let found = shorten(span.text(self.text));
        Err(SyntaxError::new(self.text, span, format!("malformed {what} '{found}'")))
    }

    fn unclosed(&self, start: usize, length: usize, what: &str, end: &str) -> SyntaxError {
        let message = format!("this {what} is never closed: {end} is missing");
        SyntaxError::new(self.text, span(start, start + length), message)
    }

    fn unexpected(&self, character: char) -> SyntaxError {
        let hint = match character {
            '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '`' | '\u{b4}' => {
                ": strings stand between ' and ', names between \" and \""
            }
            '&' | '|' => ": conditions are joined by AND",
            '_' => ": a name begins with a letter, or stands between \" and \"",
            _ => "",
        };
        let span = span(self.position, self.position + character.len_utf8());
        SyntaxError::new(self.text, span, format!("unexpected character {character:?}{hint}"))
    }
}

/// A span of byte offsets; texts are bounded far below `u32::MAX`.
fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, end: end as u32 }
}

/// `text` for a message: at most 40 characters.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn prefix_length(text: &str, accept: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !accept(byte)).unwrap_or(text.len())
}

/// Length of the uuid that `text` begins with.
fn uuid_length(text: &str) -> Option<usize> {
    const LENGTH: usize = 36;
    let bytes = text.as_bytes().get(..LENGTH)?;
    let shaped = bytes.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let ends = !text.as_bytes().get(LENGTH).copied().is_some_and(is_word_byte);
    (shaped && ends).then_some(LENGTH)
}

/// Length of the `1y2mo3d` that `text` begins with, if it begins with at least one number and unit.
fn duration_length(text: &str) -> Option<usize> {
    let mut length = 0;
    loop {
        let digits = prefix_length(&text[length..], |byte| byte.is_ascii_digit());
        let unit = DURATION_UNITS.iter().find(|unit| {
            let from = length + digits;
            text.get(from..from + unit.len()).is_some_and(|found| found.eq_ignore_ascii_case(unit))
        });
        match unit {
            Some(unit) if digits > 0 => length += digits + unit.len(),
            _ => return (length > 0 && digits == 0).then_some(length),
        }
    }
}

/// Length of the `P0001-02-03T04:05:06` that `text` begins with.
fn alternative_duration_length(text: &str) -> Option<usize> {
    const SHAPE: &[u8] = b"P0000-00-00T00:00:00";
    let bytes = text.as_bytes().get(..SHAPE.len())?;
    let shaped = bytes.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        other => byte.eq_ignore_ascii_case(other),
    });
    shaped.then_some(SHAPE.len())
}

/// Whether a word is an ISO 8601 duration: `P1Y2M3DT4H5M6S` or `P3W`.
pub(super) fn is_iso_duration(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    let Some(rest) = word.strip_prefix('P') else { return false };
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) => (days, Some(time)),
        None => (rest, None),
    };
    let in_order = |part: &str, units: &str| {
        let mut units = units.chars();
        let mut rest = part;
        while !rest.is_empty() {
            let digits = prefix_length(rest, |byte| byte.is_ascii_digit());
            let unit = rest[digits..].chars().next();
            if digits == 0 || unit.is_none() || !units.any(|next| Some(next) == unit) {
                return false;
            }
            rest = &rest[digits + 1..];
        }
        true
    };
    let days_right = in_order(days, "YMD") || (time.is_none() && in_order(days, "W"));
    let time_right = time.is_none_or(|time| !time.is_empty() && in_order(time, "HMS"));
    days_right && time_right && !(days.is_empty() && time.is_none())
}
