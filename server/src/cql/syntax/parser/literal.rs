//! Constants: what a token says when it is a value.

use bytes::Bytes;

use super::super::ast::LiteralKind;
use super::super::lexer::is_iso_duration;
use super::super::token::{Token, TokenKind};
use super::parser::{Parsed, Parser};

impl Parser<'_> {
    /// The constant that the current token is, taken; none if it is no constant.
    ///
    /// `iso_durations` says whether a word like `P1D` is one: not where a column could stand.
    pub(super) fn literal(&mut self, iso_durations: bool) -> Parsed<Option<LiteralKind>> {
        let token = self.token;
        let written = self.token_text();
        let kind = match token.kind {
            TokenKind::Text | TokenKind::DollarText => LiteralKind::Text(unquote(token, written)),
            TokenKind::Integer => LiteralKind::Integer(written.to_string()),
            TokenKind::Float => LiteralKind::Float(written.to_string()),
            TokenKind::Duration => LiteralKind::Duration(written.to_string()),
            TokenKind::Uuid => LiteralKind::Uuid(written.to_ascii_lowercase()),
            TokenKind::Blob => match decode_hexadecimal(&written[2..]) {
                Some(bytes) => LiteralKind::Blob(bytes),
                None => {
                    let message = "a blob has two hexadecimal digits a byte: one is missing";
                    return Err(self.error_at(token.span, message));
                }
            },
            TokenKind::Word => match literal_word(written) {
                Some(kind) => kind,
                None if iso_durations && is_iso_duration(written) && !self.symbol_ahead(1, "(") => {
                    LiteralKind::Duration(written.to_string())
                }
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some(kind))
    }

    /// A string, taken.
    pub(super) fn text_literal(&mut self) -> Parsed<String> {
        if !matches!(self.token.kind, TokenKind::Text | TokenKind::DollarText) {
            self.expect_thing("a string");
            return Err(self.unexpected());
        }
        let token = self.advance()?;
        Ok(unquote(token, token.span.text(self.text)))
    }
}

/// The constant that a word is, if it is one.
pub(super) fn literal_word(word: &str) -> Option<LiteralKind> {
    // Longer words are none, and need not be folded.
    if word.len() > "infinity".len() {
        return None;
    }
    match word.to_ascii_lowercase().as_str() {
        "null" => Some(LiteralKind::Null),
        "true" => Some(LiteralKind::Boolean(true)),
        "false" => Some(LiteralKind::Boolean(false)),
        "nan" => Some(LiteralKind::Float("NaN".to_string())),
        "infinity" => Some(LiteralKind::Float("Infinity".to_string())),
        _ => None,
    }
}

/// `kind` with a minus before it, if it is a number or duration without one.
pub(super) fn negated(kind: &LiteralKind) -> Option<LiteralKind> {
    let minus = |text: &String| match text.as_str() {
        "NaN" => Some(text.clone()),
        text if text.starts_with('-') => None,
        text => Some(format!("-{text}")),
    };
    match kind {
        LiteralKind::Integer(text) => minus(text).map(LiteralKind::Integer),
        LiteralKind::Float(text) => minus(text).map(LiteralKind::Float),
        LiteralKind::Duration(text) => minus(text).map(LiteralKind::Duration),
        _ => None,
    }
}

fn unquote(token: Token, written: &str) -> String {
    match token.kind {
        TokenKind::DollarText => written[2..written.len() - 2].to_string(),
        _ => written[1..written.len() - 1].replace("''", "'"),
    }
}

fn decode_hexadecimal(digits: &str) -> Option<Bytes> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| (digit as char).to_digit(16).map(|value| value as u8);
    digits.as_bytes().chunks_exact(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect()
}
