//! CREATE, ALTER and DROP TABLE.

use model::schema::ClusteringOrder;

use super::super::ast::{
    AlterTable, AlterTableChange, ColumnDefinition, CreateTable, DropTable, LiteralKind, Name, PrimaryKey,
    Property, Span,
};
use super::super::token::TokenKind;
use super::parser::{Parsed, Parser};

impl Parser<'_> {
    /// Behind `CREATE TABLE`, which began at `start`.
    pub(super) fn create_table(&mut self, start: Span) -> Parsed<CreateTable> {
        let if_not_exists = self.if_not_exists()?;
        let name = self.qualified_name("a table's name")?;
        let mut columns = Vec::new();
        let mut primary_key: Option<PrimaryKey> = None;
        self.expect_symbol("(")?;
        loop {
            self.count_node()?;
            let key = if self.word_ahead(1, "KEY") && self.accept_word("PRIMARY")? {
                self.expect_word("KEY")?;
                Some(self.primary_key()?)
            } else {
                let column = self.column_definition()?;
                let key = self.inline_primary_key(&column)?;
                columns.push(column);
                key
            };
            if let Some(key) = key {
                if primary_key.is_some() {
                    return Err(self.error_at(key.span, "a table has exactly one PRIMARY KEY"));
                }
                primary_key = Some(key);
            }
            // A comma before the closing parenthesis is tolerated, as Cassandra does.
            if !self.accept_symbol(",")? || self.at_symbol(")") {
                break;
            }
        }
        self.expect_symbol(")")?;
        let mut clustering_order = Vec::new();
        let mut properties = Vec::new();
        if self.accept_word("WITH")? {
            loop {
                self.table_property(&mut clustering_order, &mut properties)?;
                if !self.accept_word("AND")? {
                    break;
                }
            }
        }
        let span = self.span_from(start);
        Ok(CreateTable { name, if_not_exists, columns, primary_key, clustering_order, properties, span })
    }

    /// `'(' (name | '(' name (',' name)* ')') (',' name)* ')'`
    fn primary_key(&mut self) -> Parsed<PrimaryKey> {
        let start = self.token.span;
        let column = |parser: &mut Self| -> Parsed<Name> {
            parser.count_node()?;
            parser.name("a column")
        };
        self.expect_symbol("(")?;
        let partition_key =
            if self.at_symbol("(") { self.parenthesised(column)? } else { vec![column(self)?] };
        let mut clustering = Vec::new();
        while self.accept_symbol(",")? {
            clustering.push(column(self)?);
        }
        self.expect_symbol(")")?;
        Ok(PrimaryKey { partition_key, clustering, span: self.span_from(start) })
    }

    /// `PRIMARY KEY` behind a column.
    fn inline_primary_key(&mut self, column: &ColumnDefinition) -> Parsed<Option<PrimaryKey>> {
        let start = self.token.span;
        if !self.accept_word("PRIMARY")? {
            return Ok(None);
        }
        self.expect_word("KEY")?;
        Ok(Some(PrimaryKey {
            partition_key: vec![column.name.clone()],
            clustering: Vec::new(),
            span: self.span_from(start),
        }))
    }

    /// `name type [STATIC]`
    fn column_definition(&mut self) -> Parsed<ColumnDefinition> {
        let name = self.name("a column")?;
        let column_type = self.raw_type()?;
        let is_static = self.accept_word("STATIC")?;
        if self.at_word("MASKED") {
            return Err(self.error_at(self.token.span, "masked columns are not supported yet"));
        }
        Ok(ColumnDefinition { name, column_type, is_static })
    }

    fn table_property(
        &mut self,
        clustering_order: &mut Vec<(Name, ClusteringOrder)>,
        properties: &mut Vec<Property>,
    ) -> Parsed<()> {
        let start = self.token.span;
        if self.accept_words(&["CLUSTERING", "ORDER"])? {
            self.expect_word("BY")?;
            if !clustering_order.is_empty() {
                return Err(self.error_at(start, "CLUSTERING ORDER BY is given twice"));
            }
            *clustering_order = self.parenthesised(|parser| {
                parser.count_node()?;
                let column = parser.name("a column")?;
                if parser.accept_word("DESC")? {
                    return Ok((column, ClusteringOrder::Descending));
                }
                parser.accept_word("ASC")?;
                Ok((column, ClusteringOrder::Ascending))
            })?;
            return Ok(());
        }
        if self.accept_words(&["COMPACT", "STORAGE"])? {
            let message = "COMPACT STORAGE is not supported: leave it out, every table is a CQL table";
            return Err(self.error_at(self.span_from(start), message));
        }
        self.property(properties)
    }

    /// Behind `ALTER TABLE`.
    pub(super) fn alter_table(&mut self) -> Parsed<AlterTable> {
        let if_exists = self.if_exists()?;
        let name = self.qualified_name("a table's name")?;
        let start = self.token.span;
        let change = if self.accept_word("ADD")? {
            let if_not_exists = self.if_not_exists()?;
            let columns = self.one_or_more(|parser| {
                parser.count_node()?;
                parser.column_definition()
            })?;
            AlterTableChange::Add { if_not_exists, columns }
        } else if self.accept_word("DROP")? {
            if self.accept_words(&["COMPACT", "STORAGE"])? {
                let message = "DROP COMPACT STORAGE has nothing to drop: every table is a CQL table";
                return Err(self.error_at(self.span_from(start), message));
            }
            let if_exists = self.if_exists()?;
            let columns = self.one_or_more(|parser| {
                parser.count_node()?;
                parser.name("a column")
            })?;
            AlterTableChange::Drop { if_exists, columns, timestamp: self.drop_timestamp()? }
        } else if self.accept_word("RENAME")? {
            let if_exists = self.if_exists()?;
            AlterTableChange::Rename { if_exists, renames: self.renames("a column")? }
        } else if self.accept_word("WITH")? {
            AlterTableChange::Properties(self.properties()?)
        } else if self.accept_word("ALTER")? {
            let column = self.name("a column")?;
            self.expect_word("TYPE")?;
            AlterTableChange::ColumnType { column, column_type: self.raw_type()? }
        } else {
            return Err(self.unexpected());
        };
        Ok(AlterTable { name, if_exists, change })
    }

    /// `'(' item (',' item)* ')'`, or the same without parentheses.
    fn one_or_more<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        if self.at_symbol("(") { self.parenthesised(item) } else { self.comma_separated(item) }
    }

    /// `[USING TIMESTAMP integer]`
    fn drop_timestamp(&mut self) -> Parsed<Option<i64>> {
        if !self.accept_word("USING")? {
            return Ok(None);
        }
        self.expect_word("TIMESTAMP")?;
        let start = self.token.span;
        if matches!(self.token.kind, TokenKind::Integer | TokenKind::Symbol("-"))
            && let Some(LiteralKind::Integer(text)) = self.signed_literal()?
        {
            let out_of_range =
                |_| self.error_at(self.span_from(start), "this timestamp has more than 64 bits");
            return Ok(Some(text.parse().map_err(out_of_range)?));
        }
        self.expect_thing("an integer");
        Err(self.unexpected())
    }

    /// Behind `DROP TABLE`.
    pub(super) fn drop_table(&mut self) -> Parsed<DropTable> {
        let if_exists = self.if_exists()?;
        Ok(DropTable { name: self.qualified_name("a table's name")?, if_exists })
    }
}
