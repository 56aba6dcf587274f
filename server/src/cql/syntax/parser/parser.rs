//! [`Parser`]: a cursor over tokens with what every rule of the grammar needs.
//!
//! One token of lookahead; a copy of the lexer looks further where a rule must. Everything that is
//! asked for and not found is remembered until the cursor moves, so an error can list what would have
//! been right. Invariants: nesting, nodes and markers are counted here and nowhere else.

use super::super::ast::{BindMarker, MarkerRef, Name, QualifiedName, Span};
use super::super::error::SyntaxError;
use super::super::lexer::{Lexer, shorten};
use super::super::limits::{MARKERS_MAX, NESTING_MAX, NODES_MAX, STATEMENT_SIZE_BYTES_MAX};
use super::super::token::{Token, TokenKind};
use model::types::is_reserved;

/// What a rule does.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// Most alternatives that a message lists.
const EXPECTED_MAX: usize = 12;

/// What would have been accepted at the current token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A keyword, in capitals.
    Word(&'static str),
    /// Punctuation.
    Symbol(&'static str),
    /// Something described in words.
    Thing(&'static str),
}

/// A cursor over the tokens of one statement.
pub(super) struct Parser<'a> {
    /// The statement's text.
    pub(super) text: &'a str,
    /// The current token.
    pub(super) token: Token,
    /// End of the token before the current one.
    pub(super) previous_end: u32,
    /// Bind markers so far.
    pub(super) markers: Vec<BindMarker>,
    /// Height of the tree of the value or selector that was parsed last.
    pub(super) height: usize,
    /// In SET: a value may be followed by `+ column`.
    pub(super) prepend_allowed: bool,
    lexer: Lexer<'a>,
    expected: Vec<Expected>,
    nesting: usize,
    nodes: usize,
}

impl<'a> Parser<'a> {
    /// A cursor at the first token of `text`.
    pub(super) fn new(text: &'a str) -> Parsed<Parser<'a>> {
        let start = Span::default();
        if text.len() > STATEMENT_SIZE_BYTES_MAX {
            let message = format!(
                "the statement has {} bytes, more than the {STATEMENT_SIZE_BYTES_MAX} allowed",
                text.len()
            );
            return Err(SyntaxError { line: 1, column: 0, message, span: start });
        }
        let mut lexer = Lexer::new(text);
        let token = lexer.next_token()?;
        Ok(Parser {
            text,
            token,
            previous_end: 0,
            markers: Vec::new(),
            height: 0,
            prepend_allowed: false,
            lexer,
            expected: Vec::new(),
            nesting: 0,
            nodes: 0,
        })
    }

    /// Takes the current token and moves to the next.
    pub(super) fn advance(&mut self) -> Parsed<Token> {
        let taken = self.token;
        self.token = self.lexer.next_token()?;
        self.previous_end = taken.span.end;
        self.expected.clear();
        Ok(taken)
    }

    /// The text of the current token.
    pub(super) fn token_text(&self) -> &'a str {
        self.token.span.text(self.text)
    }

    /// The span from `start` to the end of the last token taken.
    pub(super) fn span_from(&self, start: Span) -> Span {
        Span { start: start.start, end: self.previous_end.max(start.start) }
    }

    /// The token `distance` behind the current one (1: the next). What does not lex looks like the end,
    /// and is reported when the cursor reaches it.
    pub(super) fn look_ahead(&self, distance: usize) -> Token {
        let mut lexer = self.lexer;
        let mut token = self.token;
        for _ in 0..distance {
            match lexer.next_token() {
                Ok(next) => token = next,
                Err(_) => return Token { kind: TokenKind::End, span: token.span },
            }
        }
        token
    }

    /// Whether the token `distance` ahead is this symbol.
    pub(super) fn symbol_ahead(&self, distance: usize, symbol: &str) -> bool {
        matches!(self.look_ahead(distance).kind, TokenKind::Symbol(found) if found == symbol)
    }

    /// Whether the token `distance` ahead is this word.
    pub(super) fn word_ahead(&self, distance: usize, word: &str) -> bool {
        let token = self.look_ahead(distance);
        token.kind == TokenKind::Word && token.span.text(self.text).eq_ignore_ascii_case(word)
    }

    /// A copy of the lexer behind the current token, for rules that must look arbitrarily far.
    pub(super) fn lexer_ahead(&self) -> Lexer<'a> {
        self.lexer
    }

    /// Whether the current token is this word, given in capitals.
    pub(super) fn at_word(&mut self, word: &'static str) -> bool {
        let found = self.token.kind == TokenKind::Word && self.token_text().eq_ignore_ascii_case(word);
        if !found {
            self.expect_also(Expected::Word(word));
        }
        found
    }

    /// Whether the current token is this symbol.
    pub(super) fn at_symbol(&mut self, symbol: &'static str) -> bool {
        let found = self.token.kind == TokenKind::Symbol(symbol);
        if !found {
            self.expect_also(Expected::Symbol(symbol));
        }
        found
    }

    /// Takes this word if it is there.
    pub(super) fn accept_word(&mut self, word: &'static str) -> Parsed<bool> {
        let found = self.at_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Takes these words if all of them are there.
    pub(super) fn accept_words(&mut self, words: &[&'static str]) -> Parsed<bool> {
        let Some((first, rest)) = words.split_first() else { return Ok(true) };
        let found = self.at_word(first)
            && rest.iter().enumerate().all(|(index, word)| self.word_ahead(index + 1, word));
        if found {
            for _ in words {
                self.advance()?;
            }
        }
        Ok(found)
    }

    /// Takes this symbol if it is there.
    pub(super) fn accept_symbol(&mut self, symbol: &'static str) -> Parsed<bool> {
        let found = self.at_symbol(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Takes this word, or fails.
    pub(super) fn expect_word(&mut self, word: &'static str) -> Parsed<()> {
        if self.accept_word(word)? { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Takes these words one after the other, or fails.
    pub(super) fn expect_words(&mut self, words: &[&'static str]) -> Parsed<()> {
        words.iter().try_for_each(|word| self.expect_word(word))
    }

    /// Takes this symbol, or fails.
    pub(super) fn expect_symbol(&mut self, symbol: &'static str) -> Parsed<()> {
        if self.accept_symbol(symbol)? { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Remembers that something described in words would have been accepted here.
    pub(super) fn expect_thing(&mut self, thing: &'static str) {
        self.expect_also(Expected::Thing(thing));
    }

    /// Forgets what would have been accepted, where a rule says it better at once.
    pub(super) fn forget_expected(&mut self) {
        self.expected.clear();
    }

    fn expect_also(&mut self, expected: Expected) {
        if self.expected.len() < EXPECTED_MAX && !self.expected.contains(&expected) {
            self.expected.push(expected);
        }
    }

    /// An error about `span`.
    pub(super) fn error_at(&self, span: Span, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.text, span, message)
    }

    /// The error that the current token is none of those asked for.
    pub(super) fn unexpected(&self) -> SyntaxError {
        let found = match self.token.kind {
            TokenKind::End => "found the end of the statement".to_string(),
            TokenKind::Symbol(symbol) => format!("found '{symbol}'"),
            TokenKind::Word => format!("found '{}'", shorten(self.token_text())),
            _ => format!("found {}", shorten(self.token_text())),
        };
        let name_expected = self.expected.iter().any(
            |expected| matches!(expected, Expected::Thing(thing) if thing.ends_with("name") || *thing == "a column"),
        );
        let value_expected = self.expected.contains(&Expected::Thing("a value"));
        let alternatives: Vec<String> = self
            .expected
            .iter()
            .map(|expected| match expected {
                Expected::Word(word) => (*word).to_string(),
                Expected::Symbol(symbol) => format!("'{symbol}'"),
                Expected::Thing(thing) => (*thing).to_string(),
            })
            .collect();
        let mut message = match alternatives.split_last() {
            None => found,
            Some((last, [])) => format!("{found} but expected {last}"),
            Some((last, others)) => format!("{found} but expected {} or {last}", others.join(", ")),
        };
        let folded = self.token_text().to_ascii_lowercase();
        match self.token.kind {
            TokenKind::Word if name_expected && is_reserved(&folded) => {
                message.push_str(&format!(" ({folded} is a reserved word; as a name it is \"{folded}\")"));
            }
            TokenKind::Word | TokenKind::QuotedName if value_expected => {
                message.push_str(" (a string stands between single quotes)");
            }
            TokenKind::Text if name_expected => {
                message.push_str(" (a name stands between double quotes, or without)");
            }
            _ => {}
        }
        self.error_at(self.token.span, message)
    }

    /// Runs `rule` one level deeper.
    ///
    /// Errors: nesting deeper than `NESTING_MAX`.
    pub(super) fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.check_height(self.nesting + 1)?;
        self.nesting += 1;
        let result = rule(self);
        self.nesting -= 1;
        result
    }

    /// Refuses a tree higher than `NESTING_MAX`.
    pub(super) fn check_height(&self, height: usize) -> Parsed<()> {
        if height > NESTING_MAX {
            let message = format!("this is nested more than {NESTING_MAX} levels deep");
            return Err(self.error_at(self.token.span, message));
        }
        Ok(())
    }

    /// Counts one more node of the tree.
    ///
    /// Errors: more than `NODES_MAX`.
    pub(super) fn count_node(&mut self) -> Parsed<()> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!("the statement has more than {NODES_MAX} values");
            return Err(self.error_at(self.token.span, message));
        }
        Ok(())
    }

    /// `item (',' item)*`
    pub(super) fn comma_separated<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.accept_symbol(",")? {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `'(' item (',' item)* ')'`
    pub(super) fn parenthesised<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect_symbol("(")?;
        let items = self.comma_separated(item)?;
        self.expect_symbol(")")?;
        Ok(items)
    }

    /// Whether the current token can be a name: quoted, or a word that is not reserved.
    pub(super) fn at_name(&self) -> bool {
        is_name(self.token, self.text)
    }

    /// A name; `what` says which in an error.
    pub(super) fn name(&mut self, what: &'static str) -> Parsed<Name> {
        if !self.at_name() {
            self.expect_thing(what);
            return Err(self.unexpected());
        }
        let token = self.advance()?;
        Ok(Name { text: name_text(token, self.text), span: token.span })
    }

    /// `[keyspace '.'] name`
    pub(super) fn qualified_name(&mut self, what: &'static str) -> Parsed<QualifiedName> {
        let first = self.name(what)?;
        if !self.accept_symbol(".")? {
            return Ok(QualifiedName { keyspace: None, name: first });
        }
        Ok(QualifiedName { keyspace: Some(first), name: self.name(what)? })
    }

    /// Whether a bind marker begins here.
    pub(super) fn at_marker(&self) -> bool {
        matches!(self.token.kind, TokenKind::Symbol("?" | ":"))
    }

    /// `'?'` or `':' name`, numbered as the next marker.
    pub(super) fn marker(&mut self) -> Parsed<MarkerRef> {
        let start = self.token.span;
        let mut name = None;
        if self.token.kind == TokenKind::Symbol(":") {
            self.advance()?;
            // Drivers pass names of their own, so that even a reserved word is welcome here.
            if !matches!(self.token.kind, TokenKind::Word | TokenKind::QuotedName) {
                self.expect_thing("the bind marker's name");
                return Err(self.unexpected());
            }
            let token = self.advance()?;
            name = Some(name_text(token, self.text));
        } else {
            self.advance()?;
        }
        let span = self.span_from(start);
        if self.markers.len() == MARKERS_MAX {
            return Err(self.error_at(span, format!("more than {MARKERS_MAX} bind markers")));
        }
        let index = self.markers.len() as u16;
        self.markers.push(BindMarker { name, span });
        Ok(MarkerRef { index, span })
    }

    /// `IF NOT EXISTS`, or nothing.
    pub(super) fn if_not_exists(&mut self) -> Parsed<bool> {
        if !self.accept_word("IF")? {
            return Ok(false);
        }
        self.expect_words(&["NOT", "EXISTS"])?;
        Ok(true)
    }

    /// `IF EXISTS`, or nothing.
    pub(super) fn if_exists(&mut self) -> Parsed<bool> {
        if !self.accept_word("IF")? {
            return Ok(false);
        }
        self.expect_word("EXISTS")?;
        Ok(true)
    }
}

/// Whether `token` can be a name: quoted, or a word that is not reserved and not `true` or `false`.
pub(super) fn is_name(token: Token, text: &str) -> bool {
    match token.kind {
        TokenKind::QuotedName => true,
        TokenKind::Word => {
            let word = token.span.text(text).to_ascii_lowercase();
            !is_reserved(&word) && word != "true" && word != "false"
        }
        _ => false,
    }
}

/// The name that a word or quoted name says.
pub(super) fn name_text(token: Token, text: &str) -> String {
    let written = token.span.text(text);
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => written.to_ascii_lowercase(),
    }
}
