//! DESCRIBE.

use super::super::ast::{Describe, DescribeTarget};
use super::super::token::TokenKind;
use super::parser::{Parsed, Parser};

impl Parser<'_> {
    /// Behind `DESCRIBE` or `DESC`.
    pub(super) fn describe(&mut self) -> Parsed<Describe> {
        let target = self.describe_target()?;
        let mut internals = false;
        let mut passwords = false;
        if self.accept_word("WITH")? {
            self.expect_word("INTERNALS")?;
            internals = true;
            if self.accept_word("AND")? {
                self.expect_word("PASSWORDS")?;
                passwords = true;
            }
        }
        Ok(Describe { target, internals, passwords })
    }

    fn describe_target(&mut self) -> Parsed<DescribeTarget> {
        let alone = [
            ("CLUSTER", DescribeTarget::Cluster),
            ("KEYSPACES", DescribeTarget::Keyspaces),
            ("TABLES", DescribeTarget::Tables),
            ("TYPES", DescribeTarget::Types),
            ("FUNCTIONS", DescribeTarget::Functions),
            ("AGGREGATES", DescribeTarget::Aggregates),
        ];
        // None of these is reserved, so `tables.t` is a name.
        if !self.symbol_ahead(1, ".") {
            for (word, target) in alone {
                if self.accept_word(word)? {
                    return Ok(target);
                }
            }
        }
        if self.accept_word("SCHEMA")? {
            return Ok(DescribeTarget::Schema { full: false });
        }
        if self.accept_word("FULL")? {
            self.expect_word("SCHEMA")?;
            return Ok(DescribeTarget::Schema { full: true });
        }
        let only = self.word_ahead(1, "KEYSPACE") && self.accept_word("ONLY")?;
        if self.accept_word("KEYSPACE")? {
            let name = if self.at_name() { Some(self.name("a keyspace's name")?) } else { None };
            return Ok(DescribeTarget::Keyspace { name, only });
        }
        if self.accept_word("TABLE")? || self.accept_word("COLUMNFAMILY")? {
            return Ok(DescribeTarget::Table(self.qualified_name("a table's name")?));
        }
        if self.accept_word("INDEX")? {
            return Ok(DescribeTarget::Index(self.qualified_name("an index's name")?));
        }
        if self.accept_word("MATERIALIZED")? {
            self.expect_word("VIEW")?;
            return Ok(DescribeTarget::MaterializedView(self.qualified_name("a view's name")?));
        }
        let name_follows = matches!(self.look_ahead(1).kind, TokenKind::Word | TokenKind::QuotedName)
            && !self.word_ahead(1, "WITH");
        if name_follows {
            if self.accept_word("TYPE")? {
                return Ok(DescribeTarget::Type(self.qualified_name("a type's name")?));
            }
            if self.accept_word("FUNCTION")? {
                return Ok(DescribeTarget::Function(self.qualified_name("a function's name")?));
            }
            if self.accept_word("AGGREGATE")? {
                return Ok(DescribeTarget::Aggregate(self.qualified_name("an aggregate's name")?));
            }
        }
        Ok(DescribeTarget::Named(self.qualified_name("a name")?))
    }
}
