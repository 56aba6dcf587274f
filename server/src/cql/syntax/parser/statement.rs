//! [`parse_statement`]: chooses the rule by the first words.
//!
//! Statements of CQL that Basalt does not serve yet are recognised by those words, so that the answer
//! can say "not supported yet" and not "syntax error".

use super::super::ast::{NotSupported, ParsedStatement, Statement, Truncate, Use};
use super::super::error::SyntaxError;
use super::super::lexer::shorten;
use super::super::token::TokenKind;
use super::parser::{Parsed, Parser};

/// Parses one statement, with a semicolon behind it or without.
///
/// Limits: those of [`super::super::limits`].
/// Errors: text that is no statement, with line, column and what was expected there.
pub fn parse_statement(text: &str) -> Result<ParsedStatement, SyntaxError> {
    let mut parser = Parser::new(text)?;
    let statement = parser.statement()?;
    while parser.accept_symbol(";")? {}
    if parser.token.kind != TokenKind::End {
        if matches!(text[..parser.previous_end as usize].chars().next_back(), Some(';')) {
            let found = shorten(parser.token_text());
            let message = format!("found '{found}' behind the semicolon: only one statement at a time");
            return Err(parser.error_at(parser.token.span, message));
        }
        parser.expect_thing("the end of the statement");
        return Err(parser.unexpected());
    }
    Ok(ParsedStatement { statement, markers: parser.markers })
}

/// What a recognised but unserved statement's first words are followed by.
#[derive(Clone, Copy)]
enum Behind {
    /// Possibly `IF [NOT] EXISTS`, then a name.
    Name,
    /// Anything.
    Anything,
}

/// First words of statements that are not served yet.
const NOT_SUPPORTED: &[(&[&str], &str, Behind)] = &[
    (&["CREATE", "MATERIALIZED", "VIEW"], "CREATE MATERIALIZED VIEW", Behind::Name),
    (&["ALTER", "MATERIALIZED", "VIEW"], "ALTER MATERIALIZED VIEW", Behind::Name),
    (&["DROP", "MATERIALIZED", "VIEW"], "DROP MATERIALIZED VIEW", Behind::Name),
    (&["CREATE", "OR", "REPLACE", "FUNCTION"], "CREATE FUNCTION", Behind::Name),
    (&["CREATE", "FUNCTION"], "CREATE FUNCTION", Behind::Name),
    (&["DROP", "FUNCTION"], "DROP FUNCTION", Behind::Name),
    (&["CREATE", "OR", "REPLACE", "AGGREGATE"], "CREATE AGGREGATE", Behind::Name),
    (&["CREATE", "AGGREGATE"], "CREATE AGGREGATE", Behind::Name),
    (&["DROP", "AGGREGATE"], "DROP AGGREGATE", Behind::Name),
    (&["CREATE", "TRIGGER"], "CREATE TRIGGER", Behind::Name),
    (&["DROP", "TRIGGER"], "DROP TRIGGER", Behind::Name),
    (&["CREATE", "ROLE"], "CREATE ROLE", Behind::Name),
    (&["ALTER", "ROLE"], "ALTER ROLE", Behind::Name),
    (&["DROP", "ROLE"], "DROP ROLE", Behind::Name),
    (&["CREATE", "USER"], "CREATE USER", Behind::Name),
    (&["ALTER", "USER"], "ALTER USER", Behind::Name),
    (&["DROP", "USER"], "DROP USER", Behind::Name),
    (&["ADD", "IDENTITY"], "ADD IDENTITY", Behind::Anything),
    (&["DROP", "IDENTITY"], "DROP IDENTITY", Behind::Anything),
    (&["GRANT"], "GRANT", Behind::Anything),
    (&["REVOKE"], "REVOKE", Behind::Anything),
    (&["LIST"], "LIST", Behind::Anything),
    (&["BEGIN", "TRANSACTION"], "BEGIN TRANSACTION", Behind::Anything),
];

/// First words of statements, for the message about a word that is none of them.
const STATEMENTS: &str = "SELECT, INSERT, UPDATE, DELETE, BEGIN BATCH, CREATE, ALTER, DROP, TRUNCATE, USE or \
                          DESCRIBE";

impl Parser<'_> {
    fn statement(&mut self) -> Parsed<Statement> {
        let start = self.token.span;
        if self.at_word("SELECT") {
            return Ok(Statement::Select(self.select()?));
        }
        if let Some(statement) = self.modify()? {
            return Ok(Statement::Modify(statement));
        }
        if let Some(not_supported) = self.not_supported()? {
            return Ok(Statement::NotSupported(not_supported));
        }
        if self.at_word("BEGIN") {
            return Ok(Statement::Batch(self.batch()?));
        }
        if self.accept_word("USE")? {
            return Ok(Statement::Use(Use { keyspace: self.name("a keyspace's name")? }));
        }
        if self.accept_word("TRUNCATE")? {
            if !self.accept_word("TABLE")? {
                self.accept_word("COLUMNFAMILY")?;
            }
            return Ok(Statement::Truncate(Truncate { table: self.qualified_name("a table's name")? }));
        }
        if self.accept_word("CREATE")? {
            if self.accept_table()? {
                return Ok(Statement::CreateTable(self.create_table(start)?));
            }
            if self.accept_keyspace()? {
                return Ok(Statement::CreateKeyspace(self.create_keyspace()?));
            }
            if self.accept_word("TYPE")? {
                return Ok(Statement::CreateType(self.create_type()?));
            }
            let custom = self.accept_word("CUSTOM")?;
            if custom || self.at_word("INDEX") {
                self.expect_word("INDEX")?;
                return Ok(Statement::CreateIndex(self.create_index(custom)?));
            }
            return Err(self.unexpected());
        }
        if self.accept_word("ALTER")? {
            if self.accept_table()? {
                return Ok(Statement::AlterTable(self.alter_table()?));
            }
            if self.accept_keyspace()? {
                return Ok(Statement::AlterKeyspace(self.alter_keyspace()?));
            }
            self.expect_word("TYPE")?;
            return Ok(Statement::AlterType(self.alter_type()?));
        }
        if self.accept_word("DROP")? {
            if self.accept_table()? {
                return Ok(Statement::DropTable(self.drop_table()?));
            }
            if self.accept_keyspace()? {
                return Ok(Statement::DropKeyspace(self.drop_keyspace()?));
            }
            if self.accept_word("TYPE")? {
                return Ok(Statement::DropType(self.drop_type()?));
            }
            self.expect_word("INDEX")?;
            return Ok(Statement::DropIndex(self.drop_index()?));
        }
        if self.accept_word("DESCRIBE")? || self.accept_word("DESC")? {
            return Ok(Statement::Describe(self.describe()?));
        }
        if self.token.kind == TokenKind::End {
            return Err(self.error_at(start, "the statement is empty"));
        }
        let found = shorten(self.token_text());
        Err(self.error_at(start, format!("found '{found}' but a statement begins with {STATEMENTS}")))
    }

    fn accept_table(&mut self) -> Parsed<bool> {
        Ok(self.accept_word("TABLE")? || self.accept_word("COLUMNFAMILY")?)
    }

    fn accept_keyspace(&mut self) -> Parsed<bool> {
        Ok(self.accept_word("KEYSPACE")? || self.accept_word("SCHEMA")?)
    }

    /// A statement that is not served yet, taken to its end.
    fn not_supported(&mut self) -> Parsed<Option<NotSupported>> {
        let first_words = NOT_SUPPORTED
            .iter()
            .find(|(words, _, _)| words.iter().enumerate().all(|(index, word)| self.word_ahead(index, word)));
        let Some((words, kind, behind)) = first_words else { return Ok(None) };
        for _ in *words {
            self.advance()?;
        }
        let mut name = None;
        if matches!(behind, Behind::Name) {
            if self.accept_word("IF")? {
                self.accept_word("NOT")?;
                self.expect_word("EXISTS")?;
            }
            if self.at_name() {
                name = Some(self.qualified_name("a name")?);
            }
        }
        // A transaction holds statements of its own; everything else ends at the first semicolon.
        let transaction = *kind == "BEGIN TRANSACTION";
        while self.token.kind != TokenKind::End && (transaction || self.token.kind != TokenKind::Symbol(";"))
        {
            self.advance()?;
        }
        Ok(Some(NotSupported { kind, name }))
    }
}
