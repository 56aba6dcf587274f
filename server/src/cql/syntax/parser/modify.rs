//! INSERT, UPDATE, DELETE and BATCH.

use super::super::ast::{
    Assignment, AssignmentKind, Batch, BatchKind, Delete, DeletedColumn, Insert, InsertContent, JsonDefault,
    ModifyStatement, Name, Term, TermKind, Update, Using, WriteCondition,
};
use super::super::token::TokenKind;
use super::parser::{Parsed, Parser, name_text};

/// What USING may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UsingParts {
    TimestampAndTtl,
    TimestampOnly,
}

impl Parser<'_> {
    /// INSERT, UPDATE or DELETE, if one stands here.
    pub(super) fn modify(&mut self) -> Parsed<Option<ModifyStatement>> {
        if self.at_word("INSERT") {
            return Ok(Some(ModifyStatement::Insert(self.insert()?)));
        }
        if self.at_word("UPDATE") {
            return Ok(Some(ModifyStatement::Update(self.update()?)));
        }
        if self.at_word("DELETE") {
            return Ok(Some(ModifyStatement::Delete(self.delete()?)));
        }
        Ok(None)
    }

    fn insert(&mut self) -> Parsed<Insert> {
        let start = self.token.span;
        self.expect_words(&["INSERT", "INTO"])?;
        let table = self.qualified_name("a table's name")?;
        let content = if self.accept_word("JSON")? { self.json_content()? } else { self.column_content()? };
        let condition = if self.if_not_exists()? { WriteCondition::NotExists } else { WriteCondition::None };
        let using = self.using(UsingParts::TimestampAndTtl)?;
        Ok(Insert { table, content, condition, using, span: self.span_from(start) })
    }

    fn json_content(&mut self) -> Parsed<InsertContent> {
        let start = self.token.span;
        let kind = if self.at_marker() {
            TermKind::Marker(self.marker()?)
        } else {
            TermKind::Literal(super::super::ast::LiteralKind::Text(self.text_literal()?))
        };
        let value = Term { kind, span: self.span_from(start) };
        let mut default = JsonDefault::Null;
        if self.accept_word("DEFAULT")? {
            if self.accept_word("UNSET")? {
                default = JsonDefault::Unset;
            } else {
                self.expect_word("NULL")?;
            }
        }
        Ok(InsertContent::Json { value, default })
    }

    fn column_content(&mut self) -> Parsed<InsertContent> {
        let columns = self.parenthesised(|parser| {
            parser.count_node()?;
            parser.name("a column")
        })?;
        self.expect_word("VALUES")?;
        let values = self.parenthesised(Self::term)?;
        Ok(InsertContent::Columns { columns, values })
    }

    fn update(&mut self) -> Parsed<Update> {
        let start = self.token.span;
        self.expect_word("UPDATE")?;
        let table = self.qualified_name("a table's name")?;
        let using = self.using(UsingParts::TimestampAndTtl)?;
        self.expect_word("SET")?;
        let assignments = self.comma_separated(Self::assignment)?;
        self.require_where()?;
        let relations = self.where_clause()?;
        let condition = self.write_condition()?;
        Ok(Update { table, using, assignments, relations, condition, span: self.span_from(start) })
    }

    fn assignment(&mut self) -> Parsed<Assignment> {
        self.count_node()?;
        let start = self.token.span;
        let column = self.name("a column")?;
        let kind = if self.accept_symbol("[")? {
            let key = self.term()?;
            self.expect_symbol("]")?;
            self.expect_symbol("=")?;
            AssignmentKind::SetElement { key, value: self.term()? }
        } else if self.accept_symbol(".")? {
            let field = self.name("a field's name")?;
            self.expect_symbol("=")?;
            AssignmentKind::SetField { field, value: self.term()? }
        } else if self.accept_symbol("+=")? {
            AssignmentKind::Add(self.term()?)
        } else if self.accept_symbol("-=")? {
            AssignmentKind::Subtract(self.term()?)
        } else {
            self.expect_symbol("=")?;
            self.assigned(&column)?
        };
        Ok(Assignment { column, kind, span: self.span_from(start) })
    }

    /// What stands behind `column =`.
    fn assigned(&mut self, column: &Name) -> Parsed<AssignmentKind> {
        let sign_follows = self.symbol_ahead(1, "+") || self.symbol_ahead(1, "-");
        let same_name = self.at_name() && name_text(self.token, self.text) == column.text;
        if same_name && sign_follows {
            self.advance()?;
            if self.accept_symbol("+")? {
                return Ok(AssignmentKind::Add(self.term()?));
            }
            self.expect_symbol("-")?;
            return Ok(AssignmentKind::Subtract(self.term()?));
        }
        let is_column = self.at_name() && self.token.kind == TokenKind::QuotedName;
        if is_column || (self.at_name() && sign_follows && !self.at_duration_word()) {
            return Err(self.other_column(column));
        }
        self.prepend_allowed = true;
        let value = self.term();
        self.prepend_allowed = false;
        let value = value?;
        if self.token.kind == TokenKind::Symbol("+") && self.name_ahead(1) {
            self.advance()?;
            if name_text(self.token, self.text) != column.text {
                return Err(self.other_column(column));
            }
            self.advance()?;
            return Ok(AssignmentKind::Prepend(value));
        }
        Ok(AssignmentKind::Set(value))
    }

    fn at_duration_word(&self) -> bool {
        super::super::lexer::is_iso_duration(self.token_text())
    }

    fn other_column(&self, column: &Name) -> super::super::error::SyntaxError {
        let message = format!(
            "a value cannot read other columns: only {0} = {0} + value, {0} - value or value + {0}",
            column.text
        );
        self.error_at(self.token.span, message)
    }

    fn delete(&mut self) -> Parsed<Delete> {
        let start = self.token.span;
        self.expect_word("DELETE")?;
        let mut columns = Vec::new();
        if !self.at_word("FROM") {
            columns = self.comma_separated(Self::deleted_column)?;
        }
        self.expect_word("FROM")?;
        let table = self.qualified_name("a table's name")?;
        let using = self.using(UsingParts::TimestampOnly)?;
        self.require_where()?;
        let relations = self.where_clause()?;
        let condition = self.write_condition()?;
        Ok(Delete { columns, table, using, relations, condition, span: self.span_from(start) })
    }

    fn deleted_column(&mut self) -> Parsed<DeletedColumn> {
        self.count_node()?;
        let column = self.name("a column")?;
        if self.accept_symbol("[")? {
            let key = self.term()?;
            self.expect_symbol("]")?;
            return Ok(DeletedColumn::Element { column, key });
        }
        if self.accept_symbol(".")? {
            return Ok(DeletedColumn::Field { column, field: self.name("a field's name")? });
        }
        Ok(DeletedColumn::Column(column))
    }

    /// Fails unless WHERE stands here.
    fn require_where(&mut self) -> Parsed<()> {
        if self.at_word("WHERE") { Ok(()) } else { Err(self.unexpected()) }
    }

    /// `[USING part (AND part)*]`
    fn using(&mut self, parts: UsingParts) -> Parsed<Using> {
        let mut using = Using::default();
        if !self.accept_word("USING")? {
            return Ok(using);
        }
        loop {
            let start = self.token.span;
            let part = if self.accept_word("TIMESTAMP")? {
                &mut using.timestamp
            } else if parts == UsingParts::TimestampAndTtl && self.accept_word("TTL")? {
                &mut using.ttl
            } else {
                return Err(self.unexpected());
            };
            let value = self.integer_or_marker()?;
            if part.replace(value).is_some() {
                return Err(self.error_at(start, "this part of USING is given twice"));
            }
            if !self.accept_word("AND")? {
                return Ok(using);
            }
        }
    }

    /// `BEGIN [UNLOGGED | COUNTER] BATCH … APPLY BATCH`
    pub(super) fn batch(&mut self) -> Parsed<Batch> {
        let start = self.token.span;
        self.expect_word("BEGIN")?;
        let kind = if self.accept_word("UNLOGGED")? {
            BatchKind::Unlogged
        } else if self.accept_word("COUNTER")? {
            BatchKind::Counter
        } else {
            // Some drivers write the default out.
            self.accept_word("LOGGED")?;
            BatchKind::Logged
        };
        self.expect_word("BATCH")?;
        let using = self.using(UsingParts::TimestampOnly)?;
        let mut statements = Vec::new();
        while let Some(statement) = self.modify()? {
            self.count_node()?;
            statements.push(statement);
            self.accept_symbol(";")?;
        }
        self.expect_words(&["APPLY", "BATCH"])?;
        Ok(Batch { kind, using, statements, span: self.span_from(start) })
    }
}
