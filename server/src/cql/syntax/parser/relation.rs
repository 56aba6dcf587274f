//! WHERE and the conditions of IF: relations joined by AND.

use super::super::ast::{Comparison, InValues, Name, Relation, RelationLeft, RelationTest, WriteCondition};
use super::super::lexer::Lexer;
use super::super::token::TokenKind;
use super::parser::{Parsed, Parser, is_name};

impl Parser<'_> {
    /// `[WHERE relation (AND relation)*]`
    pub(super) fn where_clause(&mut self) -> Parsed<Vec<Relation>> {
        if !self.accept_word("WHERE")? {
            return Ok(Vec::new());
        }
        self.relations()
    }

    /// `relation (AND relation)*`
    fn relations(&mut self) -> Parsed<Vec<Relation>> {
        let mut relations = vec![self.relation()?];
        while self.accept_word("AND")? {
            relations.push(self.relation()?);
        }
        if self.token.kind == TokenKind::Word && self.token_text().eq_ignore_ascii_case("or") {
            let message = "conditions can only be joined by AND: there is no OR in CQL";
            return Err(self.error_at(self.token.span, message));
        }
        Ok(relations)
    }

    /// `[IF EXISTS | IF condition (AND condition)*]` of UPDATE and DELETE.
    pub(super) fn write_condition(&mut self) -> Parsed<WriteCondition> {
        if !self.accept_word("IF")? {
            return Ok(WriteCondition::None);
        }
        // A column may be called exists: then a test follows.
        let test_follows = matches!(self.look_ahead(1).kind, TokenKind::Symbol(symbol) if symbol != ";")
            || self.word_ahead(1, "IN");
        if !test_follows && self.accept_word("EXISTS")? {
            return Ok(WriteCondition::Exists);
        }
        let relations = self.relations()?;
        for relation in &relations {
            if matches!(relation.left, RelationLeft::Tuple(_) | RelationLeft::Token(_)) {
                let message = "a condition of IF is about one column, an element or a field of it";
                return Err(self.error_at(relation.span, message));
            }
        }
        Ok(WriteCondition::Columns(relations))
    }

    fn relation(&mut self) -> Parsed<Relation> {
        self.count_node()?;
        let start = self.token.span;
        if self.at_symbol("(") && !self.tuple_of_names_follows() {
            return self.nested(|parser| {
                parser.expect_symbol("(")?;
                let relation = parser.relation()?;
                parser.expect_symbol(")")?;
                Ok(Relation { span: parser.span_from(start), ..relation })
            });
        }
        let left = self.relation_left()?;
        let test = self.relation_test()?;
        Ok(Relation { left, test, span: self.span_from(start) })
    }

    fn relation_left(&mut self) -> Parsed<RelationLeft> {
        if self.at_symbol("(") {
            return Ok(RelationLeft::Tuple(self.columns()?));
        }
        if self.symbol_ahead(1, "(") && self.accept_word("TOKEN")? {
            return Ok(RelationLeft::Token(self.columns()?));
        }
        let column = self.name("a column")?;
        if self.accept_symbol("[")? {
            let key = self.term()?;
            self.expect_symbol("]")?;
            return Ok(RelationLeft::Element { column, key });
        }
        if self.accept_symbol(".")? {
            return Ok(RelationLeft::Field { column, field: self.name("a field's name")? });
        }
        Ok(RelationLeft::Column(column))
    }

    /// `'(' column (',' column)* ')'`
    fn columns(&mut self) -> Parsed<Vec<Name>> {
        self.parenthesised(|parser| {
            parser.count_node()?;
            parser.name("a column")
        })
    }

    fn relation_test(&mut self) -> Parsed<RelationTest> {
        if let Some(operator) = self.comparison() {
            self.advance()?;
            return Ok(RelationTest::Compare { operator, value: self.term()? });
        }
        if self.accept_word("IN")? {
            return Ok(RelationTest::In(self.in_values()?));
        }
        if self.accept_word("CONTAINS")? {
            return Ok(if self.contains_key()? {
                RelationTest::ContainsKey(self.term()?)
            } else {
                RelationTest::Contains(self.term()?)
            });
        }
        if self.accept_word("LIKE")? {
            return Ok(RelationTest::Like(self.term()?));
        }
        if self.accept_word("BETWEEN")? {
            let low = self.term()?;
            self.expect_word("AND")?;
            return Ok(RelationTest::Between { low, high: self.term()? });
        }
        if self.accept_word("IS")? {
            self.expect_words(&["NOT", "NULL"])?;
            return Ok(RelationTest::IsNotNull);
        }
        if self.accept_word("NOT")? {
            if self.accept_word("IN")? {
                return Ok(RelationTest::NotIn(self.in_values()?));
            }
            self.expect_word("CONTAINS")?;
            return Ok(if self.contains_key()? {
                RelationTest::NotContainsKey(self.term()?)
            } else {
                RelationTest::NotContains(self.term()?)
            });
        }
        Err(self.unexpected())
    }

    /// The comparison operator here, not taken.
    fn comparison(&mut self) -> Option<Comparison> {
        let operators = [
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ];
        operators.into_iter().find(|operator| self.at_symbol(operator.symbol()))
    }

    /// Takes the KEY of CONTAINS KEY.
    fn contains_key(&mut self) -> Parsed<bool> {
        // `CONTAINS KEY (1, 2)` has a tuple as its key: no function is called key.
        self.accept_word("KEY")
    }

    /// `'(' [value (',' value)*] ')'`, or one marker for the whole list.
    fn in_values(&mut self) -> Parsed<InValues> {
        if self.at_marker() {
            return Ok(InValues::Marker(self.marker()?));
        }
        if !self.at_symbol("(") {
            self.expect_thing("a bind marker");
            return Err(self.unexpected());
        }
        Ok(InValues::List(self.arguments()?))
    }

    /// Whether `(a, b)` and nothing but names stands here.
    fn tuple_of_names_follows(&self) -> bool {
        let mut lexer: Lexer<'_> = self.lexer_ahead();
        let mut next = || lexer.next_token().ok();
        loop {
            match next() {
                Some(token) if is_name(token, self.text) => {}
                _ => return false,
            }
            match next().map(|token| token.kind) {
                Some(TokenKind::Symbol(",")) => {}
                Some(TokenKind::Symbol(")")) => return true,
                _ => return false,
            }
        }
    }
}
