//! [`ColumnType::parse`]: a CQL type from its text, the inverse of `Display`.
//!
//! Read from `system_schema`, from DESCRIBE output and by clients; the CQL parser has its own tree. What is
//! nested inside another type must be frozen, but for what tuples and vectors freeze by themselves.

use std::sync::Arc;

use super::{ColumnType, UserType};
use crate::error::InvalidValue;
use crate::limits::{TYPE_DEPTH_MAX, VECTOR_DIMENSION_MAX};

/// Gives the user type of a name (without quotes) in the keyspace at hand.
pub type ResolveUserType<'r> = &'r dyn Fn(&str) -> Option<Arc<UserType>>;

impl ColumnType {
    /// The type that `text` says, such as `map<text, frozen<list<int>>>`.
    ///
    /// Limits: [`TYPE_DEPTH_MAX`] levels, those of user types counted; [`VECTOR_DIMENSION_MAX`] elements of a vector.
    ///
    /// Errors: text that is no type, unknown user types, collections inside collections that are not frozen.
    pub fn parse(text: &str, resolve: ResolveUserType) -> Result<ColumnType, InvalidValue> {
        let mut parser = Parser { text, at: 0, frozen_around: 0, resolve };
        let kind = parser.column_type(0)?;
        parser.skip_spaces();
        if parser.at < text.len() {
            return Err(parser.error("expected the end"));
        }
        if kind.depth() > TYPE_DEPTH_MAX {
            return Err(parser.error(&format!("it is nested deeper than {TYPE_DEPTH_MAX} levels")));
        }
        Ok(kind)
    }

    /// The scalar type of this name in lower case; `varchar` is `text`.
    pub fn scalar_by_name(name: &str) -> Option<ColumnType> {
        Some(match name {
            "ascii" => ColumnType::Ascii,
            "bigint" => ColumnType::BigInt,
            "blob" => ColumnType::Blob,
            "boolean" => ColumnType::Boolean,
            "counter" => ColumnType::Counter,
            "decimal" => ColumnType::Decimal,
            "double" => ColumnType::Double,
            "duration" => ColumnType::Duration,
            "float" => ColumnType::Float,
            "inet" => ColumnType::Inet,
            "int" => ColumnType::Int,
            "smallint" => ColumnType::SmallInt,
            "text" | "varchar" => ColumnType::Text,
            "time" => ColumnType::Time,
            "timestamp" => ColumnType::Timestamp,
            "timeuuid" => ColumnType::TimeUuid,
            "tinyint" => ColumnType::TinyInt,
            "date" => ColumnType::Date,
            "uuid" => ColumnType::Uuid,
            "varint" => ColumnType::VarInt,
            _ => return None,
        })
    }
}

/// That `element` may stand inside a collection.
///
/// Errors: a collection or user type that is not frozen, and a counter.
pub fn check_collection_element(element: &ColumnType) -> Result<(), InvalidValue> {
    match element {
        ColumnType::Counter => Err(InvalidValue::new("Counters are not allowed inside collections")),
        ColumnType::Udt { frozen: false, .. } => {
            Err(InvalidValue::new(format!("Non-frozen UDTs are not allowed inside collections: {element}")))
        }
        _ if element.is_multi_cell() => Err(InvalidValue::new(format!(
            "Non-frozen collections are not allowed inside collections: {element}"
        ))),
        _ => Ok(()),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// How many types around the current one freeze it.
    frozen_around: usize,
    resolve: ResolveUserType<'t>,
}

impl Parser<'_> {
    fn column_type(&mut self, depth: usize) -> Result<ColumnType, InvalidValue> {
        // The text is nested at most one deeper than its type, by `frozen<>` at each level.
        if depth > TYPE_DEPTH_MAX * 2 {
            return Err(self.error(&format!("it is nested deeper than {TYPE_DEPTH_MAX} levels")));
        }
        let (name, is_quoted) = self.name()?;
        let opens = !is_quoted && self.peek() == Some('<');
        let word = if is_quoted { String::new() } else { name.to_ascii_lowercase() };
        if !opens {
            return match ColumnType::scalar_by_name(&word) {
                Some(scalar) => Ok(scalar),
                None => self.user_type(if is_quoted { &name } else { &word }),
            };
        }
        self.expect('<')?;
        let kind = match &word[..] {
            "frozen" => {
                let inner = self.frozen(depth)?;
                if ColumnType::scalar_by_name(&inner.to_string()).is_some_and(|scalar| scalar == inner) {
                    return Err(InvalidValue::new(format!(
                        "frozen<> is only allowed on collections, tuples and user-defined types, not on {inner}"
                    )));
                }
                inner
            }
            "list" => ColumnType::List { element: self.element(depth)?, frozen: false },
            "set" => ColumnType::Set { element: self.element(depth)?, frozen: false },
            "map" => {
                let key = self.element(depth)?;
                self.expect(',')?;
                ColumnType::Map { key, value: self.element(depth)?, frozen: false }
            }
            "tuple" => {
                let mut kinds = vec![self.frozen(depth)?];
                while self.peek() == Some(',') {
                    self.expect(',')?;
                    kinds.push(self.frozen(depth)?);
                }
                ColumnType::Tuple(kinds)
            }
            "vector" => {
                let element = Arc::new(self.frozen(depth)?);
                self.expect(',')?;
                ColumnType::Vector { element, dimension: self.dimension()? }
            }
            _ => return Err(self.error(&format!("{name} takes no parameters"))),
        };
        self.expect('>')?;
        Ok(kind)
    }

    fn element(&mut self, depth: usize) -> Result<Arc<ColumnType>, InvalidValue> {
        let element = self.column_type(depth + 1)?;
        // `frozen<list<list<int>>>` freezes the inner list as well.
        if self.frozen_around == 0 {
            check_collection_element(&element)?;
        }
        Ok(Arc::new(element))
    }

    /// A type that the one around it freezes.
    fn frozen(&mut self, depth: usize) -> Result<ColumnType, InvalidValue> {
        self.frozen_around += 1;
        let inner = self.column_type(depth + 1)?;
        self.frozen_around -= 1;
        Ok(inner.freeze())
    }

    fn user_type(&self, name: &str) -> Result<ColumnType, InvalidValue> {
        match (self.resolve)(name) {
            Some(definition) => Ok(ColumnType::Udt { definition, frozen: false }),
            None => Err(InvalidValue::new(format!("Unknown type {name}"))),
        }
    }

    fn dimension(&mut self) -> Result<u32, InvalidValue> {
        self.skip_spaces();
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let dimension = self.rest()[..digits].parse::<u32>().ok();
        let in_range = |dimension: &u32| (1..=VECTOR_DIMENSION_MAX as u32).contains(dimension);
        let dimension = dimension
            .filter(in_range)
            .ok_or_else(|| self.error(&format!("a vector has 1 to {VECTOR_DIMENSION_MAX} elements")))?;
        self.at += digits;
        Ok(dimension)
    }

    /// A bare word, or a quoted name without its quotes; and which it was.
    fn name(&mut self) -> Result<(String, bool), InvalidValue> {
        self.skip_spaces();
        if self.rest().starts_with('"') {
            let mut name = String::new();
            let mut rest = self.rest()[1..].char_indices();
            while let Some((at, c)) = rest.next() {
                if c != '"' {
                    name.push(c);
                } else if rest.as_str().starts_with('"') {
                    rest.next();
                    name.push('"');
                } else if name.is_empty() {
                    break;
                } else {
                    self.at += 1 + at + 1;
                    return Ok((name, true));
                }
            }
            return Err(self.error("the quoted name has no end"));
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = self.rest().find(|c| !is_word(c)).unwrap_or(self.rest().len());
        if length == 0 {
            return Err(self.error("expected a type"));
        }
        let name = self.rest()[..length].to_string();
        self.at += length;
        Ok((name, false))
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_spaces();
        self.rest().chars().next()
    }

    fn expect(&mut self, expected: char) -> Result<(), InvalidValue> {
        if self.peek() != Some(expected) {
            return Err(self.error(&format!("expected {expected}")));
        }
        self.at += expected.len_utf8();
        Ok(())
    }

    fn error(&self, why: &str) -> InvalidValue {
        const SHOWN_CHARS_MAX: usize = 120;
        let shown: String = self.text.chars().take(SHOWN_CHARS_MAX).collect();
        InvalidValue::new(format!("Invalid type '{shown}' at character {}: {why}", self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address() -> Arc<UserType> {
        let fields = vec![("street".to_string(), ColumnType::Text), ("zip".to_string(), ColumnType::Int)];
        Arc::new(UserType { keyspace: "ks".to_string(), name: "a type".to_string(), fields })
    }

    fn parse(text: &str) -> Result<ColumnType, InvalidValue> {
        ColumnType::parse(text, &|name| (name == "a type" || name == "address").then(address))
    }

    #[test]
    fn types_are_read_as_cql_writes_them() {
        let cases = [
            ("INT", "int"),
            ("varchar", "text"),
            (" map < text , frozen<list<int>> > ", "map<text, frozen<list<int>>>"),
            ("frozen<list<list<int>>>", "frozen<list<frozen<list<int>>>>"),
            ("tuple<int, list<text>>", "frozen<tuple<int, frozen<list<text>>>>"),
            ("frozen<tuple<int, text>>", "frozen<tuple<int, text>>"),
            ("vector<float, 3>", "vector<float, 3>"),
            ("list<frozen<\"a type\">>", "list<frozen<\"a type\">>"),
            ("set<tuple<int>>", "set<frozen<tuple<int>>>"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap().to_string(), expected, "{text}");
        }
        assert!(matches!(parse("Address").unwrap(), ColumnType::Udt { frozen: false, .. }));
        assert!(parse("\"Address\"").is_err(), "a quoted name keeps its case");
    }

    #[test]
    fn what_is_no_type_is_refused_with_the_place() {
        let cases = [
            ("", "expected a type"),
            ("list<int", "at character 8: expected >"),
            ("list<int>>", "at character 9: expected the end"),
            ("int<text>", "takes no parameters"),
            ("list<list<int>>", "Non-frozen collections are not allowed inside collections: list<int>"),
            ("map<text, address>", "Non-frozen UDTs are not allowed inside collections"),
            ("list<counter>", "Counters are not allowed"),
            ("frozen<int>", "frozen<> is only allowed on collections"),
            ("vector<float, 0>", "a vector has 1 to"),
            ("vector<float, 99999999999>", "a vector has 1 to"),
            ("nothing", "Unknown type nothing"),
            ("\"open", "has no end"),
            ("list<int, text>", "expected >"),
        ];
        for (text, message) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {error}");
        }
        let deep = format!("{}int{}", "tuple<".repeat(10_000), ">".repeat(10_000));
        assert!(parse(&deep).unwrap_err().message.contains("nested deeper"));
    }

    proptest! {
        #[test]
        fn a_printed_type_reads_back(kind in crate::types::arbitrary::any_type()) {
            let definitions = definitions(&kind);
            // Random user types share a name, so only types with at most one kind of them are decidable.
            prop_assume!(definitions.len() <= 1);
            let back = ColumnType::parse(&kind.to_string(), &|_| definitions.first().cloned()).unwrap();
            prop_assert_eq!(back, kind);
        }

        #[test]
        fn any_text_is_a_type_or_an_error(text in "[a-z<>, \"0-9é]{0,30}") {
            let _ = parse(&text);
        }
    }

    fn definitions(kind: &ColumnType) -> Vec<Arc<UserType>> {
        match kind {
            ColumnType::List { element, .. }
            | ColumnType::Set { element, .. }
            | ColumnType::Vector { element, .. } => definitions(element),
            ColumnType::Map { key, value, .. } => [definitions(key), definitions(value)].concat(),
            ColumnType::Tuple(kinds) => kinds.iter().flat_map(definitions).collect(),
            ColumnType::Udt { definition, .. } => {
                let fields = definition.fields.iter().flat_map(|(_, kind)| definitions(kind));
                [definition.clone()].into_iter().chain(fields).collect()
            }
            _ => vec![],
        }
    }
}
