//! The grammar, by recursive descent: one file a family of statements.
//!
//! `parser.rs` holds the token cursor and what every rule needs (names, expectations, limits);
//! `statement.rs` chooses the rule by the first words.

mod describe;
mod expression;
mod literal;
mod modify;
mod parser;
mod raw_type;
mod relation;
mod schema;
mod select;
mod selector;
mod statement;
mod table;

pub use statement::parse_statement;
