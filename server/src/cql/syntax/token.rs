//! [`Token`]: the smallest pieces of CQL text that have a meaning of their own.

use super::ast::Span;

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Its bytes, quotes included.
    pub(super) span: Span,
}

/// The kinds of token. What a token says is in the text at its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word without quotes: keyword or name.
    Word,
    /// `"…"`
    QuotedName,
    /// `'…'`
    Text,
    /// `$$…$$`
    DollarText,
    /// Decimal digits.
    Integer,
    /// Digits with a fraction or an exponent.
    Float,
    /// `1y2mo` or `P0001-02-03T04:05:06`; other ISO forms look like words.
    Duration,
    /// 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// `0x…`
    Blob,
    /// Punctuation or an operator.
    Symbol(&'static str),
    /// The end of the text.
    End,
}
