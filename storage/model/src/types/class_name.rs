//! Class names: types as `org.apache.cassandra.db.marshal.*` texts.
//!
//! Protocol versions that have no code for a type (`vector` in all, `duration` before v5) send it as a
//! custom type with this text, and drivers read it; the client reads it back.

use std::sync::Arc;

use super::{ColumnType, UserType};
use crate::error::InvalidValue;
use crate::limits::{TYPE_DEPTH_MAX, VECTOR_DIMENSION_MAX};

const PACKAGE: &str = "org.apache.cassandra.db.marshal.";

/// Scalars and the last part of their class names.
const SCALARS: &[(ColumnType, &str)] = &[
    (ColumnType::Ascii, "AsciiType"),
    (ColumnType::BigInt, "LongType"),
    (ColumnType::Blob, "BytesType"),
    (ColumnType::Boolean, "BooleanType"),
    (ColumnType::Counter, "CounterColumnType"),
    (ColumnType::Decimal, "DecimalType"),
    (ColumnType::Double, "DoubleType"),
    (ColumnType::Duration, "DurationType"),
    (ColumnType::Float, "FloatType"),
    (ColumnType::Inet, "InetAddressType"),
    (ColumnType::Int, "Int32Type"),
    (ColumnType::SmallInt, "ShortType"),
    (ColumnType::Text, "UTF8Type"),
    (ColumnType::Time, "TimeType"),
    (ColumnType::Timestamp, "TimestampType"),
    (ColumnType::TimeUuid, "TimeUUIDType"),
    (ColumnType::TinyInt, "ByteType"),
    (ColumnType::Date, "SimpleDateType"),
    (ColumnType::Uuid, "UUIDType"),
    (ColumnType::VarInt, "IntegerType"),
];

/// The class name of a type, with its package and parameters.
pub fn class_name(kind: &ColumnType) -> String {
    let call = |class: &str, parameters: &[String]| format!("{PACKAGE}{class}({})", parameters.join(","));
    let frozen_call = |frozen: bool, class: &str, parameters: &[String]| {
        let inner = call(class, parameters);
        if frozen { call("FrozenType", &[inner]) } else { inner }
    };
    match kind {
        ColumnType::List { element, frozen } => frozen_call(*frozen, "ListType", &[class_name(element)]),
        ColumnType::Set { element, frozen } => frozen_call(*frozen, "SetType", &[class_name(element)]),
        ColumnType::Map { key, value, frozen } => {
            frozen_call(*frozen, "MapType", &[class_name(key), class_name(value)])
        }
        ColumnType::Tuple(kinds) => call("TupleType", &kinds.iter().map(class_name).collect::<Vec<_>>()),
        ColumnType::Udt { definition, frozen } => {
            let mut parameters = vec![definition.keyspace.clone(), to_hex(&definition.name)];
            parameters.extend(
                definition.fields.iter().map(|(name, kind)| format!("{}:{}", to_hex(name), class_name(kind))),
            );
            frozen_call(*frozen, "UserType", &parameters)
        }
        ColumnType::Vector { element, dimension } => {
            format!("{PACKAGE}VectorType({}, {dimension})", class_name(element))
        }
        scalar => {
            let name = SCALARS.iter().find(|(kind, _)| kind == scalar).map_or("BytesType", |(_, name)| name);
            format!("{PACKAGE}{name}")
        }
    }
}

/// The type of a class name, with or without its package.
///
/// Limits: [`TYPE_DEPTH_MAX`] levels.
///
/// Errors: text that is no class name, classes that CQL has no type for.
pub fn parse_class_name(text: &str) -> Result<ColumnType, InvalidValue> {
    let mut parser = Parser { text, rest: text };
    let kind = parser.class(0)?;
    match parser.rest.trim() {
        "" => Ok(kind),
        _ => Err(parser.error("there is text behind it")),
    }
}

struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
}

impl<'t> Parser<'t> {
    fn class(&mut self, depth: usize) -> Result<ColumnType, InvalidValue> {
        // A level of a type is at most two of text, `FrozenType` being one.
        if depth > TYPE_DEPTH_MAX * 2 {
            return Err(self.error(&format!("it is nested deeper than {TYPE_DEPTH_MAX} levels")));
        }
        let name = self.word();
        let name = name.strip_prefix(PACKAGE).unwrap_or(name);
        if let Some((scalar, _)) = SCALARS.iter().find(|(_, class)| *class == name) {
            return Ok(scalar.clone());
        }
        self.expect('(')?;
        let kind = match name {
            "FrozenType" => self.class(depth + 1)?.freeze(),
            // The order of a clustering column, which is no part of a type here.
            "ReversedType" => self.class(depth + 1)?,
            "ListType" => ColumnType::List { element: Arc::new(self.class(depth + 1)?), frozen: false },
            "SetType" => ColumnType::Set { element: Arc::new(self.class(depth + 1)?), frozen: false },
            "MapType" => {
                let key = Arc::new(self.class(depth + 1)?);
                self.expect(',')?;
                ColumnType::Map { key, value: Arc::new(self.class(depth + 1)?), frozen: false }
            }
            "TupleType" => {
                let mut kinds = vec![self.class(depth + 1)?.freeze()];
                while self.take(',') {
                    kinds.push(self.class(depth + 1)?.freeze());
                }
                ColumnType::Tuple(kinds)
            }
            "UserType" => self.user_type(depth)?,
            "VectorType" => {
                let element = Arc::new(self.class(depth + 1)?.freeze());
                self.expect(',')?;
                let dimension = self.word().parse().ok();
                let dimension = dimension
                    .filter(|dimension| (1..=VECTOR_DIMENSION_MAX as u32).contains(dimension))
                    .ok_or_else(|| self.error("a vector of no or too many elements"))?;
                ColumnType::Vector { element, dimension }
            }
            _ => return Err(self.error(&format!("{name} is no type of CQL"))),
        };
        self.expect(')')?;
        Ok(kind)
    }

    fn user_type(&mut self, depth: usize) -> Result<ColumnType, InvalidValue> {
        let keyspace = self.word().to_string();
        self.expect(',')?;
        let name = self.hex_word()?;
        let mut fields = vec![];
        while self.take(',') {
            let field = self.hex_word()?;
            self.expect(':')?;
            fields.push((field, self.class(depth + 1)?));
        }
        Ok(ColumnType::Udt { definition: Arc::new(UserType { keyspace, name, fields }), frozen: false })
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest.trim_start();
        let end = rest.find(['(', ')', ',', ':']).unwrap_or(rest.len());
        self.rest = &rest[end..];
        rest[..end].trim_end()
    }

    fn hex_word(&mut self) -> Result<String, InvalidValue> {
        let word = self.word();
        let bytes = super::literal::parse_blob(&format!("0x{word}"))?;
        String::from_utf8(bytes.to_vec()).map_err(|_| self.error("a name is not UTF-8"))
    }

    fn take(&mut self, expected: char) -> bool {
        match self.rest.trim_start().strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, expected: char) -> Result<(), InvalidValue> {
        if self.take(expected) { Ok(()) } else { Err(self.error(&format!("expected {expected}"))) }
    }

    fn error(&self, why: &str) -> InvalidValue {
        const SHOWN_CHARS_MAX: usize = 120;
        let shown: String = self.text.chars().take(SHOWN_CHARS_MAX).collect();
        let at = self.text.len() - self.rest.len();
        InvalidValue::new(format!("Invalid class name '{shown}' at byte {at}: {why}"))
    }
}

fn to_hex(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn class_names_are_those_that_drivers_know() {
        assert_eq!(class_name(&ColumnType::Duration), "org.apache.cassandra.db.marshal.DurationType");
        let vector = ColumnType::Vector { element: Arc::new(ColumnType::Float), dimension: 3 };
        assert_eq!(
            class_name(&vector),
            "org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType, 3)"
        );
    }

    #[test]
    fn short_and_reversed_class_names_are_read() {
        let kind =
            parse_class_name("ReversedType(MapType(UTF8Type , FrozenType(ListType(Int32Type))))").unwrap();
        assert_eq!(kind.to_string(), "map<text, frozen<list<int>>>");
        for text in
            ["", "EmptyType", "ListType", "ListType(", "ListType(Int32Type))", "VectorType(Int32Type,0)"]
        {
            assert!(parse_class_name(text).is_err(), "{text}");
        }
        let deep = "ListType(".repeat(10_000);
        assert!(parse_class_name(&deep).unwrap_err().message.contains("nested deeper"));
    }

    proptest! {
        #[test]
        fn class_names_read_back(kind in crate::types::arbitrary::any_type()) {
            prop_assert_eq!(parse_class_name(&class_name(&kind)).unwrap(), kind);
        }

        #[test]
        fn any_text_is_a_class_name_or_an_error(text in "(ListType|UserType|Int32Type|[a(),: é0-9]){0,12}") {
            let _ = parse_class_name(&text);
        }
    }
}
