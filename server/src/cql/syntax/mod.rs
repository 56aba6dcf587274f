//! From CQL text to a [`Statement`]: lexer, grammar and the tree they make.
//!
//! Entry point: [`parse_statement`]. Pure: knows no schema, so every name is only a name and every
//! type of a user only a word; binding gives them meaning. Invariants: text from outside never panics
//! and never overflows the stack; bind markers are numbered in order of appearance; every part of the
//! tree knows the bytes of the text it came from.

pub mod ast;
mod error;
mod lexer;
pub mod limits;
mod parser;
mod token;

pub use ast::{BindMarker, ParsedStatement, Span, Statement};
pub use error::SyntaxError;
pub use parser::parse_statement;

#[cfg(test)]
mod tests;
