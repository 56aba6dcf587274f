//! SELECT.

use super::super::ast::{OrderBy, OrderDirection, Select, SelectItem, Selection, Term, TermKind};
use super::super::token::TokenKind;
use super::parser::{Parsed, Parser, is_name};

impl Parser<'_> {
    /// `SELECT …`
    pub(super) fn select(&mut self) -> Parsed<Select> {
        let start = self.token.span;
        self.expect_word("SELECT")?;
        let json = self.accept_modifier("JSON")?;
        let distinct = self.accept_modifier("DISTINCT")?;
        let selection = self.selection()?;
        self.expect_word("FROM")?;
        let from = self.qualified_name("a table's name")?;
        let relations = self.where_clause()?;
        let mut group_by = Vec::new();
        if self.accept_word("GROUP")? {
            self.expect_word("BY")?;
            group_by = self.comma_separated(Self::selector)?;
        }
        let mut order_by = Vec::new();
        if self.accept_word("ORDER")? {
            self.expect_word("BY")?;
            order_by = self.comma_separated(Self::order_by)?;
        }
        let mut per_partition_limit = None;
        if self.accept_word("PER")? {
            self.expect_words(&["PARTITION", "LIMIT"])?;
            per_partition_limit = Some(self.integer_or_marker()?);
        }
        let mut limit = None;
        if self.accept_word("LIMIT")? {
            limit = Some(self.integer_or_marker()?);
        }
        let mut allow_filtering = false;
        if self.accept_word("ALLOW")? {
            self.expect_word("FILTERING")?;
            allow_filtering = true;
        }
        Ok(Select {
            json,
            distinct,
            selection,
            from,
            relations,
            group_by,
            order_by,
            per_partition_limit,
            limit,
            allow_filtering,
            span: self.span_from(start),
        })
    }

    /// Takes JSON or DISTINCT where it is no column: a column of that name is followed by what
    /// cannot begin a selector.
    fn accept_modifier(&mut self, word: &'static str) -> Parsed<bool> {
        let next = self.look_ahead(1);
        let selector_follows = match next.kind {
            TokenKind::Word => {
                let as_or_from = ["as", "from"];
                let next_word = next.span.text(self.text);
                !as_or_from.iter().any(|word| next_word.eq_ignore_ascii_case(word))
            }
            // `json * 2` multiplies, `json * FROM` and `json *, a` do not.
            TokenKind::Symbol("*") => self.word_ahead(2, "from") || self.symbol_ahead(2, ","),
            TokenKind::Symbol(symbol) => matches!(symbol, "(" | "{" | "?" | ":"),
            TokenKind::End => false,
            _ => true,
        };
        if selector_follows { self.accept_word(word) } else { Ok(false) }
    }

    fn selection(&mut self) -> Parsed<Selection> {
        if self.accept_symbol("*")? {
            if self.token.kind == TokenKind::Symbol(",") {
                let message = "* stands alone: it already means every column";
                return Err(self.error_at(self.token.span, message));
            }
            return Ok(Selection::All);
        }
        self.expect_thing("a column");
        Ok(Selection::Items(self.comma_separated(|parser| {
            let selector = parser.selector()?;
            let alias = if parser.accept_word("AS")? { Some(parser.name("an alias name")?) } else { None };
            Ok(SelectItem { selector, alias })
        })?))
    }

    fn order_by(&mut self) -> Parsed<OrderBy> {
        self.count_node()?;
        let start = self.token.span;
        let column = self.name("a column")?;
        let direction = if self.accept_words(&["ANN", "OF"])? {
            OrderDirection::NearestTo(self.term()?)
        } else if self.accept_word("DESC")? {
            OrderDirection::Descending
        } else {
            self.accept_word("ASC")?;
            OrderDirection::Ascending
        };
        Ok(OrderBy { column, direction, span: self.span_from(start) })
    }

    /// An integer, with a minus perhaps, or a bind marker.
    pub(super) fn integer_or_marker(&mut self) -> Parsed<Term> {
        let start = self.token.span;
        if self.at_marker() {
            let marker = self.marker()?;
            return Ok(Term { kind: TermKind::Marker(marker), span: marker.span });
        }
        let negative = self.accept_symbol("-")?;
        if self.token.kind != TokenKind::Integer {
            self.forget_expected();
            self.expect_thing("an integer");
            self.expect_thing("a bind marker");
            return Err(self.unexpected());
        }
        let digits = self.token_text();
        self.advance()?;
        let text = if negative { format!("-{digits}") } else { digits.to_string() };
        let kind = TermKind::Literal(super::super::ast::LiteralKind::Integer(text));
        Ok(Term { kind, span: self.span_from(start) })
    }

    /// Whether the token `distance` ahead can be a name.
    pub(super) fn name_ahead(&self, distance: usize) -> bool {
        is_name(self.look_ahead(distance), self.text)
    }
}
