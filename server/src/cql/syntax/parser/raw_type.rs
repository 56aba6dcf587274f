//! Types: `frozen<map<text, list<int>>>`, user types, class names.

use model::limits::{TYPE_DEPTH_MAX, VECTOR_DIMENSION_MAX};
use model::types::ColumnType;

use super::super::ast::{Name, QualifiedName, RawType, RawTypeKind};
use super::super::token::TokenKind;
use super::parser::{Parsed, Parser, name_text};

impl Parser<'_> {
    /// A type.
    pub(super) fn raw_type(&mut self) -> Parsed<RawType> {
        self.raw_type_at(1)
    }

    fn raw_type_at(&mut self, depth: usize) -> Parsed<RawType> {
        let start = self.token.span;
        if depth > TYPE_DEPTH_MAX {
            let message = format!("this type is nested more than {TYPE_DEPTH_MAX} levels deep");
            return Err(self.error_at(start, message));
        }
        if self.token.kind == TokenKind::Text {
            let class = self.text_literal()?;
            return Ok(RawType {
                kind: RawTypeKind::Custom(class),
                frozen: false,
                span: self.span_from(start),
            });
        }
        let word = self.token_text().to_ascii_lowercase();
        let parameters = self.token.kind == TokenKind::Word && self.symbol_ahead(1, "<");
        if parameters && word == "frozen" {
            self.advance()?;
            self.expect_symbol("<")?;
            let inner = self.raw_type_at(depth + 1)?;
            self.expect_symbol(">")?;
            return Ok(RawType { kind: inner.kind, frozen: true, span: self.span_from(start) });
        }
        let kind = match word.as_str() {
            "list" | "set" | "map" | "tuple" | "vector" if parameters => {
                self.advance()?;
                self.expect_symbol("<")?;
                let kind = self.parameters(&word, depth + 1)?;
                self.expect_symbol(">")?;
                kind
            }
            _ => self.named_type()?,
        };
        Ok(RawType { kind, frozen: false, span: self.span_from(start) })
    }

    /// What stands between `<` and `>` of a collection, tuple or vector.
    fn parameters(&mut self, word: &str, depth: usize) -> Parsed<RawTypeKind> {
        Ok(match word {
            "list" => RawTypeKind::List(Box::new(self.raw_type_at(depth)?)),
            "set" => RawTypeKind::Set(Box::new(self.raw_type_at(depth)?)),
            "map" => {
                let key = self.raw_type_at(depth)?;
                self.expect_symbol(",")?;
                RawTypeKind::Map(Box::new(key), Box::new(self.raw_type_at(depth)?))
            }
            "tuple" => RawTypeKind::Tuple(self.comma_separated(|parser| {
                parser.count_node()?;
                parser.raw_type_at(depth)
            })?),
            _ => {
                let element = self.raw_type_at(depth)?;
                self.expect_symbol(",")?;
                RawTypeKind::Vector(Box::new(element), self.dimension()?)
            }
        })
    }

    fn dimension(&mut self) -> Parsed<u32> {
        if self.token.kind != TokenKind::Integer {
            self.expect_thing("the vector's dimension");
            return Err(self.unexpected());
        }
        let token = self.advance()?;
        match token.span.text(self.text).parse::<u32>() {
            Ok(dimension) if dimension >= 1 && dimension as usize <= VECTOR_DIMENSION_MAX => Ok(dimension),
            _ => {
                let message = format!("a vector has 1 to {VECTOR_DIMENSION_MAX} elements");
                Err(self.error_at(token.span, message))
            }
        }
    }

    /// A built-in type without parameters, or a user type.
    fn named_type(&mut self) -> Parsed<RawTypeKind> {
        // A quoted name is a user type even if it reads like a built-in one.
        if self.token.kind == TokenKind::Word
            && let Some(native) = ColumnType::scalar_by_name(&self.token_text().to_ascii_lowercase())
        {
            self.advance()?;
            return Ok(RawTypeKind::Native(native));
        }
        if !self.at_name() {
            self.expect_thing("a type");
            return Err(self.unexpected());
        }
        let token = self.advance()?;
        let first = Name { text: name_text(token, self.text), span: token.span };
        if !self.accept_symbol(".")? {
            return Ok(RawTypeKind::User(QualifiedName { keyspace: None, name: first }));
        }
        Ok(RawTypeKind::User(QualifiedName { keyspace: Some(first), name: self.name("the type's name")? }))
    }
}
