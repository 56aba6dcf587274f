//! Selectors: what a SELECT computes, beyond what values can be.

use super::super::ast::{
    Arithmetic, LiteralKind, MarkerRef, Name, QualifiedName, RawType, Selector, SelectorKind, Span, Term,
    TimeFunction,
};
use super::super::token::{Token, TokenKind};
use super::expression::Operand;
use super::literal::literal_word;
use super::parser::{Parsed, Parser, is_name};

impl Parser<'_> {
    /// A selector.
    pub(super) fn selector(&mut self) -> Parsed<Selector> {
        self.operand()
    }

    /// `count(*)` or `count(1)`, if it stands here.
    fn count_rows(&mut self) -> Parsed<Option<Selector>> {
        let argument = self.look_ahead(2);
        let all = argument.kind == TokenKind::Symbol("*");
        let one = argument.kind == TokenKind::Integer && argument.span.text(self.text) == "1";
        if !self.word_ahead(0, "count") || !self.symbol_ahead(1, "(") || !(all || one) {
            return Ok(None);
        }
        if !self.symbol_ahead(3, ")") {
            return Ok(None);
        }
        for _ in 0..4 {
            self.advance()?;
        }
        self.height = 1;
        Ok(Some(unspanned(SelectorKind::CountRows)))
    }

    /// `cast(a AS type)`, if it stands here.
    fn cast(&mut self) -> Parsed<Option<Selector>> {
        if !self.word_ahead(0, "cast") || !self.symbol_ahead(1, "(") {
            return Ok(None);
        }
        self.advance()?;
        self.expect_symbol("(")?;
        let argument = self.selector()?;
        let height = self.height;
        self.expect_word("AS")?;
        let target = self.raw_type()?;
        self.expect_symbol(")")?;
        self.set_height(height + 1)?;
        Ok(Some(unspanned(SelectorKind::Cast { argument: Box::new(argument), target })))
    }

    /// `writetime(c)` and its kin, if one stands here.
    fn time_function(&mut self) -> Parsed<Option<Selector>> {
        let functions = [TimeFunction::WriteTime, TimeFunction::MaxWriteTime, TimeFunction::Ttl];
        let Some(function) = functions.into_iter().find(|function| self.word_ahead(0, function.name()))
        else {
            return Ok(None);
        };
        if !self.symbol_ahead(1, "(") {
            return Ok(None);
        }
        self.advance()?;
        self.expect_symbol("(")?;
        let start = self.token.span;
        let column = self.name("a column")?;
        self.height = 1;
        let column = Selector { kind: SelectorKind::Column(column), span: self.span_from(start) };
        let argument = Selector::parse_suffix(self, column)?;
        let height = self.height;
        self.expect_symbol(")")?;
        self.set_height(height + 1)?;
        Ok(Some(unspanned(SelectorKind::Time { function, argument: Box::new(argument) })))
    }

    /// What stands between `[` and `]` behind a collection, both taken.
    fn element_or_slice(&mut self, collection: Box<Selector>) -> Parsed<SelectorKind> {
        let height = self.height;
        let mut key_height = 0;
        self.expect_symbol("[")?;
        let from = if self.at_symbol("..") {
            None
        } else {
            let from = self.term()?;
            key_height = self.height;
            Some(from)
        };
        if let Some(key) = from {
            if self.accept_symbol("]")? {
                self.set_height(height.max(key_height) + 1)?;
                return Ok(SelectorKind::Element { collection, key });
            }
            return self.slice(collection, Some(key), height.max(key_height));
        }
        self.slice(collection, None, height)
    }

    fn slice(
        &mut self,
        collection: Box<Selector>,
        from: Option<Term>,
        mut height: usize,
    ) -> Parsed<SelectorKind> {
        self.expect_symbol("..")?;
        let to = if self.at_symbol("]") {
            None
        } else {
            let to = self.term()?;
            height = height.max(self.height);
            Some(to)
        };
        self.expect_symbol("]")?;
        self.set_height(height + 1)?;
        Ok(SelectorKind::Slice { collection, from, to })
    }
}

/// Whether `token` begins a value without a sign, so that `(a) token` reads as a type hint.
fn begins_value(token: Token, text: &str) -> bool {
    match token.kind {
        TokenKind::Word => {
            let word = token.span.text(text);
            !word.eq_ignore_ascii_case("as")
                && (is_name(token, text)
                    || literal_word(word).is_some()
                    || word.eq_ignore_ascii_case("token"))
        }
        TokenKind::Symbol(symbol) => matches!(symbol, "?" | ":" | "(" | "{"),
        TokenKind::End => false,
        _ => true,
    }
}

impl Operand for Selector {
    const ISO_DURATIONS: bool = false;

    fn literal(kind: LiteralKind, span: Span) -> Selector {
        Selector { kind: SelectorKind::Literal(kind), span }
    }

    fn as_literal(&self) -> Option<&LiteralKind> {
        match &self.kind {
            SelectorKind::Literal(kind) => Some(kind),
            _ => None,
        }
    }

    fn is_arithmetic(&self) -> bool {
        matches!(self.kind, SelectorKind::Binary { .. } | SelectorKind::Negate(_))
    }

    fn span(&self) -> Span {
        self.span
    }

    fn set_span(&mut self, span: Span) {
        self.span = span;
    }

    fn marker(marker: MarkerRef) -> Selector {
        unspanned(SelectorKind::Marker(marker))
    }

    fn list(elements: Vec<Selector>) -> Selector {
        unspanned(SelectorKind::List(elements))
    }

    fn set(elements: Vec<Selector>) -> Selector {
        unspanned(SelectorKind::Set(elements))
    }

    fn map(entries: Vec<(Selector, Selector)>) -> Selector {
        unspanned(SelectorKind::Map(entries))
    }

    fn udt(fields: Vec<(Name, Selector)>) -> Selector {
        unspanned(SelectorKind::UdtOrMap(fields))
    }

    fn tuple(elements: Vec<Selector>) -> Selector {
        unspanned(SelectorKind::Tuple(elements))
    }

    fn call(function: QualifiedName, arguments: Vec<Selector>) -> Selector {
        unspanned(SelectorKind::Call { function, arguments })
    }

    fn hint(target: RawType, selector: Selector) -> Selector {
        unspanned(SelectorKind::Hint { target, selector: Box::new(selector) })
    }

    fn binary(operator: Arithmetic, left: Selector, right: Selector) -> Selector {
        unspanned(SelectorKind::Binary { operator, left: Box::new(left), right: Box::new(right) })
    }

    fn negate(operand: Selector) -> Selector {
        unspanned(SelectorKind::Negate(Box::new(operand)))
    }

    fn hint_follows(after: Token, text: &str) -> bool {
        begins_value(after, text)
    }

    fn parse_name(parser: &mut Parser<'_>) -> Parsed<Selector> {
        if let Some(selector) = parser.count_rows()? {
            return Ok(selector);
        }
        if let Some(selector) = parser.cast()? {
            return Ok(selector);
        }
        if let Some(selector) = parser.time_function()? {
            return Ok(selector);
        }
        if parser.function_begins() {
            let function = parser.function_name()?;
            let arguments = parser.arguments()?;
            return Ok(Selector::call(function, arguments));
        }
        let column = parser.name("a column")?;
        parser.height = 1;
        Ok(unspanned(SelectorKind::Column(column)))
    }

    fn parse_suffix(parser: &mut Parser<'_>, selector: Selector) -> Parsed<Selector> {
        let mut selector = selector;
        loop {
            if selector.as_literal().is_some() {
                return Ok(selector);
            }
            let start = selector.span;
            let kind = match parser.token.kind {
                TokenKind::Symbol(".") => {
                    let height = parser.height;
                    parser.advance()?;
                    let field = parser.name("a field's name")?;
                    parser.set_height(height + 1)?;
                    SelectorKind::Field { value: Box::new(selector), field }
                }
                TokenKind::Symbol("[") => parser.element_or_slice(Box::new(selector))?,
                _ => return Ok(selector),
            };
            parser.count_node()?;
            selector = Selector { kind, span: parser.span_from(start) };
        }
    }
}

/// A selector whose span its caller sets.
fn unspanned(kind: SelectorKind) -> Selector {
    Selector { kind, span: Span::default() }
}
