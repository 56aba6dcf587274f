//! Values and selectors: one grammar for what both share.
//!
//! Arithmetic, literals, collections, tuples, calls and type hints are written once over [`Operand`];
//! `term.rs` and `selector.rs` add what only one of them has. The height of every tree is checked while
//! it is built, because a chain `a + b + c …` nests without a parenthesis.

use super::super::ast::{
    Arithmetic, LiteralKind, MarkerRef, Name, QualifiedName, RawType, Span, Term, TermKind,
};
use super::super::lexer::Lexer;
use super::super::token::{Token, TokenKind};
use super::literal::{literal_word, negated};
use super::parser::{Parsed, Parser, is_name, name_text};

/// What the shared grammar builds: a [`Term`] or a selector.
pub(super) trait Operand: Sized {
    /// Whether `P1D` is a duration here, not a column.
    const ISO_DURATIONS: bool;

    fn literal(kind: LiteralKind, span: Span) -> Self;
    /// The constant it is, if it is one.
    fn as_literal(&self) -> Option<&LiteralKind>;
    /// Whether an operator is its root, so that parentheses around it only group.
    fn is_arithmetic(&self) -> bool;
    fn span(&self) -> Span;
    fn set_span(&mut self, span: Span);
    fn marker(marker: MarkerRef) -> Self;
    fn list(elements: Vec<Self>) -> Self;
    fn set(elements: Vec<Self>) -> Self;
    fn map(entries: Vec<(Self, Self)>) -> Self;
    fn udt(fields: Vec<(Name, Self)>) -> Self;
    fn tuple(elements: Vec<Self>) -> Self;
    fn call(function: QualifiedName, arguments: Vec<Self>) -> Self;
    fn hint(target: RawType, operand: Self) -> Self;
    fn binary(operator: Arithmetic, left: Self, right: Self) -> Self;
    fn negate(operand: Self) -> Self;

    /// Whether `(` before a type's name and `)` begins a hint; `after` is the token behind `)`.
    fn hint_follows(after: Token, text: &str) -> bool;
    /// What begins with a word or quoted name that is no constant.
    fn parse_name(parser: &mut Parser<'_>) -> Parsed<Self>;
    /// What may follow a primary, such as `[key]`.
    fn parse_suffix(parser: &mut Parser<'_>, operand: Self) -> Parsed<Self>;
}

impl<'a> Parser<'a> {
    /// A sum.
    pub(super) fn operand<T: Operand>(&mut self) -> Parsed<T> {
        let mut left = self.product::<T>()?;
        loop {
            let operator = match self.token.kind {
                TokenKind::Symbol("+") if self.prepend_allowed && self.bare_name_ahead() => return Ok(left),
                TokenKind::Symbol("+") => Arithmetic::Add,
                TokenKind::Symbol("-") => Arithmetic::Subtract,
                _ => return Ok(left),
            };
            left = self.binary(operator, left, Self::product::<T>)?;
        }
    }

    fn product<T: Operand>(&mut self) -> Parsed<T> {
        let mut left = self.signed::<T>()?;
        loop {
            let operator = match self.token.kind {
                TokenKind::Symbol("*") => Arithmetic::Multiply,
                TokenKind::Symbol("/") => Arithmetic::Divide,
                TokenKind::Symbol("%") => Arithmetic::Remainder,
                _ => return Ok(left),
            };
            left = self.binary(operator, left, Self::signed::<T>)?;
        }
    }

    /// Takes the operator and its right operand.
    fn binary<T: Operand>(
        &mut self,
        operator: Arithmetic,
        left: T,
        right: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let left_height = self.height;
        self.advance()?;
        let right = right(self)?;
        self.set_height(left_height.max(self.height) + 1)?;
        self.count_node()?;
        let span = left.span().to(right.span());
        let mut node = T::binary(operator, left, right);
        node.set_span(span);
        Ok(node)
    }

    fn signed<T: Operand>(&mut self) -> Parsed<T> {
        let start = self.token.span;
        if self.token.kind != TokenKind::Symbol("-") {
            return self.primary();
        }
        self.advance()?;
        let operand = self.nested(Self::signed::<T>)?;
        let span = self.span_from(start);
        if let Some(kind) = operand.as_literal().and_then(negated) {
            return Ok(T::literal(kind, span));
        }
        self.set_height(self.height + 1)?;
        let mut node = T::negate(operand);
        node.set_span(span);
        Ok(node)
    }

    fn primary<T: Operand>(&mut self) -> Parsed<T> {
        self.count_node()?;
        self.nested(|parser| {
            let start = parser.token.span;
            let mut operand = parser.unspanned_primary::<T>()?;
            operand.set_span(parser.span_from(start));
            T::parse_suffix(parser, operand)
        })
    }

    fn unspanned_primary<T: Operand>(&mut self) -> Parsed<T> {
        if let Some(kind) = self.literal(T::ISO_DURATIONS)? {
            self.height = 1;
            return Ok(T::literal(kind, Span::default()));
        }
        match self.token.kind {
            TokenKind::Symbol("?" | ":") => {
                self.height = 1;
                Ok(T::marker(self.marker()?))
            }
            TokenKind::Symbol("[") => {
                self.advance()?;
                let elements = self.elements("]", Vec::new(), 0)?;
                Ok(T::list(elements))
            }
            TokenKind::Symbol("{") => self.braces(),
            TokenKind::Symbol("(") => {
                if self.hint_begins::<T>() {
                    return self.hint();
                }
                self.advance()?;
                let (first, height) = self.child::<T>()?;
                if first.is_arithmetic() && self.accept_symbol(")")? {
                    return Ok(first);
                }
                let elements = self.elements(")", vec![first], height)?;
                Ok(T::tuple(elements))
            }
            TokenKind::Word | TokenKind::QuotedName => T::parse_name(self),
            _ => {
                self.expect_thing("a value");
                Err(self.unexpected())
            }
        }
    }

    /// An operand inside another, with its height.
    fn child<T: Operand>(&mut self) -> Parsed<(T, usize)> {
        // `c = [1 + 2] + c`: only the outermost sum may end before a name.
        let prepend_allowed = std::mem::take(&mut self.prepend_allowed);
        let child = self.operand::<T>()?;
        self.prepend_allowed = prepend_allowed;
        Ok((child, self.height))
    }

    /// The rest of `a, b, c` up to `close`, which is taken; `first` are those parsed already.
    fn elements<T: Operand>(
        &mut self,
        close: &'static str,
        mut first: Vec<T>,
        mut height: usize,
    ) -> Parsed<Vec<T>> {
        if first.is_empty() && self.accept_symbol(close)? {
            self.height = 1;
            return Ok(first);
        }
        if first.is_empty() {
            let (element, element_height) = self.child()?;
            first.push(element);
            height = height.max(element_height);
        }
        while self.accept_symbol(",")? {
            let (element, element_height) = self.child()?;
            first.push(element);
            height = height.max(element_height);
        }
        self.expect_symbol(close)?;
        self.set_height(height + 1)?;
        Ok(first)
    }

    /// A set, map or user type value.
    fn braces<T: Operand>(&mut self) -> Parsed<T> {
        self.expect_symbol("{")?;
        if self.accept_symbol("}")? {
            self.height = 1;
            return Ok(T::map(Vec::new()));
        }
        if self.at_field() {
            return self.fields();
        }
        let (first, height) = self.child::<T>()?;
        if !self.at_symbol(":") {
            let elements = self.elements("}", vec![first], height)?;
            return Ok(T::set(elements));
        }
        self.expect_symbol(":")?;
        let (value, value_height) = self.child::<T>()?;
        let mut height = height.max(value_height);
        let mut entries = vec![(first, value)];
        while self.accept_symbol(",")? {
            let (key, key_height) = self.child::<T>()?;
            self.expect_symbol(":")?;
            let (value, value_height) = self.child::<T>()?;
            height = height.max(key_height).max(value_height);
            entries.push((key, value));
        }
        self.expect_symbol("}")?;
        self.set_height(height + 1)?;
        Ok(T::map(entries))
    }

    fn fields<T: Operand>(&mut self) -> Parsed<T> {
        let mut height = 0;
        let mut fields = Vec::new();
        loop {
            let field = self.name("a field's name")?;
            self.expect_symbol(":")?;
            let (value, value_height) = self.child::<T>()?;
            height = height.max(value_height);
            fields.push((field, value));
            if !self.accept_symbol(",")? {
                break;
            }
        }
        self.expect_symbol("}")?;
        self.set_height(height + 1)?;
        Ok(T::udt(fields))
    }

    /// Whether `name :` stands here.
    fn at_field(&self) -> bool {
        self.at_name() && self.symbol_ahead(1, ":")
    }

    /// `'(' type ')' operand`
    fn hint<T: Operand>(&mut self) -> Parsed<T> {
        self.expect_symbol("(")?;
        let target = self.raw_type()?;
        self.expect_symbol(")")?;
        let operand = self.nested(Self::signed::<T>)?;
        self.set_height(self.height + 1)?;
        Ok(T::hint(target, operand))
    }

    /// Whether the `(` here opens a type hint and not a tuple.
    fn hint_begins<T: Operand>(&self) -> bool {
        let mut lexer = self.lexer_ahead();
        let mut next = || next_or_end(&mut lexer);
        let first = next();
        if !matches!(first.kind, TokenKind::Word | TokenKind::QuotedName) {
            return false;
        }
        let word = first.span.text(self.text);
        if first.kind == TokenKind::Word && literal_word(word).is_some() {
            return false;
        }
        let mut behind = next();
        if behind.kind == TokenKind::Symbol("<") {
            let generic = ["frozen", "list", "set", "map", "tuple", "vector"];
            return generic.iter().any(|name| word.eq_ignore_ascii_case(name));
        }
        if behind.kind == TokenKind::Symbol(".") {
            next();
            behind = next();
        }
        behind.kind == TokenKind::Symbol(")") && T::hint_follows(next(), self.text)
    }

    /// `'(' [a (',' b)*] ')'` behind a function's name.
    pub(super) fn arguments<T: Operand>(&mut self) -> Parsed<Vec<T>> {
        self.expect_symbol("(")?;
        self.elements(")", Vec::new(), 0)
    }

    /// The function `[keyspace '.'] name` before a `(`, if one stands here. Not taken.
    pub(super) fn function_begins(&self) -> bool {
        let callable = |token: Token| {
            is_name(token, self.text)
                || (token.kind == TokenKind::Word && token.span.text(self.text).eq_ignore_ascii_case("token"))
        };
        if !callable(self.token) {
            return false;
        }
        let mut lexer = self.lexer_ahead();
        let mut next = || next_or_end(&mut lexer);
        match next().kind {
            TokenKind::Symbol("(") => true,
            TokenKind::Symbol(".") => callable(next()) && next().kind == TokenKind::Symbol("("),
            _ => false,
        }
    }

    /// The name of a function that `function_begins` has seen.
    pub(super) fn function_name(&mut self) -> Parsed<QualifiedName> {
        let part = |parser: &mut Self| -> Parsed<Name> {
            let token = parser.advance()?;
            Ok(Name { text: name_text(token, parser.text), span: token.span })
        };
        let first = part(self)?;
        if !self.accept_symbol(".")? {
            return Ok(QualifiedName { keyspace: None, name: first });
        }
        Ok(QualifiedName { keyspace: Some(first), name: part(self)? })
    }

    /// Whether a name that calls no function stands behind the current token.
    fn bare_name_ahead(&self) -> bool {
        let next = self.look_ahead(1);
        is_name(next, self.text) && !matches!(self.look_ahead(2).kind, TokenKind::Symbol("(" | "."))
    }

    /// Records the height of the tree that was just built.
    pub(super) fn set_height(&mut self, height: usize) -> Parsed<()> {
        self.check_height(height)?;
        self.height = height;
        Ok(())
    }

    /// A value.
    pub(super) fn term(&mut self) -> Parsed<Term> {
        self.operand()
    }
}

fn next_or_end(lexer: &mut Lexer<'_>) -> Token {
    lexer.next_token().unwrap_or(Token { kind: TokenKind::End, span: Span::default() })
}

impl Operand for Term {
    const ISO_DURATIONS: bool = true;

    fn literal(kind: LiteralKind, span: Span) -> Term {
        Term { kind: TermKind::Literal(kind), span }
    }

    fn as_literal(&self) -> Option<&LiteralKind> {
        match &self.kind {
            TermKind::Literal(kind) => Some(kind),
            _ => None,
        }
    }

    fn is_arithmetic(&self) -> bool {
        matches!(self.kind, TermKind::Binary { .. } | TermKind::Negate(_))
    }

    fn span(&self) -> Span {
        self.span
    }

    fn set_span(&mut self, span: Span) {
        self.span = span;
    }

    fn marker(marker: MarkerRef) -> Term {
        unspanned(TermKind::Marker(marker))
    }

    fn list(elements: Vec<Term>) -> Term {
        unspanned(TermKind::List(elements))
    }

    fn set(elements: Vec<Term>) -> Term {
        unspanned(TermKind::Set(elements))
    }

    fn map(entries: Vec<(Term, Term)>) -> Term {
        unspanned(TermKind::Map(entries))
    }

    fn udt(fields: Vec<(Name, Term)>) -> Term {
        unspanned(TermKind::Udt(fields))
    }

    fn tuple(elements: Vec<Term>) -> Term {
        unspanned(TermKind::Tuple(elements))
    }

    fn call(function: QualifiedName, arguments: Vec<Term>) -> Term {
        unspanned(TermKind::Call { function, arguments })
    }

    fn hint(target: RawType, term: Term) -> Term {
        unspanned(TermKind::Hint { target, term: Box::new(term) })
    }

    fn binary(operator: Arithmetic, left: Term, right: Term) -> Term {
        unspanned(TermKind::Binary { operator, left: Box::new(left), right: Box::new(right) })
    }

    fn negate(operand: Term) -> Term {
        unspanned(TermKind::Negate(Box::new(operand)))
    }

    fn hint_follows(_after: Token, _text: &str) -> bool {
        // A value is never a bare name in parentheses.
        true
    }

    fn parse_name(parser: &mut Parser<'_>) -> Parsed<Term> {
        if !parser.function_begins() {
            parser.forget_expected();
            parser.expect_thing("a value");
            return Err(parser.unexpected());
        }
        let function = parser.function_name()?;
        let arguments = parser.arguments()?;
        Ok(Term::call(function, arguments))
    }

    fn parse_suffix(_parser: &mut Parser<'_>, term: Term) -> Parsed<Term> {
        Ok(term)
    }
}

/// A term whose span its caller sets.
fn unspanned(kind: TermKind) -> Term {
    Term { kind, span: Span::default() }
}
