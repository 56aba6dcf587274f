//! Types as class names: how the protocol spells a type it has no code for.
//!
//! The form is Cassandra's, and drivers parse it: `org.apache.cassandra.db.marshal.VectorType(…FloatType , 3)`.
//! Names of user types and fields are in hexadecimal, because they may hold any character.

use std::fmt::Write;
use std::sync::Arc;

use model::DecodeError;
use model::limits::TYPE_DEPTH_MAX;
use model::types::{ColumnType, UserType};

const PACKAGE: &str = "org.apache.cassandra.db.marshal.";

/// The class name of a type.
pub(super) fn class_name(column_type: &ColumnType) -> String {
    let mut out = String::new();
    write_class(column_type, &mut out);
    out
}

/// The class of a type, without package and arguments.
fn class_of(column_type: &ColumnType) -> &'static str {
    match column_type {
        ColumnType::Ascii => "AsciiType",
        ColumnType::BigInt => "LongType",
        ColumnType::Blob => "BytesType",
        ColumnType::Boolean => "BooleanType",
        ColumnType::Counter => "CounterColumnType",
        ColumnType::Decimal => "DecimalType",
        ColumnType::Double => "DoubleType",
        ColumnType::Duration => "DurationType",
        ColumnType::Float => "FloatType",
        ColumnType::Inet => "InetAddressType",
        ColumnType::Int => "Int32Type",
        ColumnType::SmallInt => "ShortType",
        ColumnType::Text => "UTF8Type",
        ColumnType::Time => "TimeType",
        ColumnType::Timestamp => "TimestampType",
        ColumnType::TimeUuid => "TimeUUIDType",
        ColumnType::TinyInt => "ByteType",
        ColumnType::Date => "SimpleDateType",
        ColumnType::Uuid => "UUIDType",
        ColumnType::VarInt => "IntegerType",
        ColumnType::List { .. } => "ListType",
        ColumnType::Set { .. } => "SetType",
        ColumnType::Map { .. } => "MapType",
        ColumnType::Tuple(_) => "TupleType",
        ColumnType::Udt { .. } => "UserType",
        ColumnType::Vector { .. } => "VectorType",
    }
}

fn simple_of(class: &str) -> Option<ColumnType> {
    Some(match class {
        "AsciiType" => ColumnType::Ascii,
        "LongType" => ColumnType::BigInt,
        "BytesType" => ColumnType::Blob,
        "BooleanType" => ColumnType::Boolean,
        "CounterColumnType" => ColumnType::Counter,
        "DecimalType" => ColumnType::Decimal,
        "DoubleType" => ColumnType::Double,
        "DurationType" => ColumnType::Duration,
        "FloatType" => ColumnType::Float,
        "InetAddressType" => ColumnType::Inet,
        "Int32Type" => ColumnType::Int,
        "ShortType" => ColumnType::SmallInt,
        "UTF8Type" => ColumnType::Text,
        "TimeType" => ColumnType::Time,
        // `DateType` is the old class of `timestamp`; it reads the same.
        "TimestampType" | "DateType" => ColumnType::Timestamp,
        "TimeUUIDType" => ColumnType::TimeUuid,
        "ByteType" => ColumnType::TinyInt,
        "SimpleDateType" => ColumnType::Date,
        "UUIDType" => ColumnType::Uuid,
        "IntegerType" => ColumnType::VarInt,
        _ => return None,
    })
}

fn write_class(column_type: &ColumnType, out: &mut String) {
    let may_freeze = column_type.is_collection() || matches!(column_type, ColumnType::Udt { .. });
    let frozen = may_freeze && !column_type.is_multi_cell();
    if frozen {
        out.push_str(PACKAGE);
        out.push_str("FrozenType(");
    }
    out.push_str(PACKAGE);
    out.push_str(class_of(column_type));
    match column_type {
        ColumnType::List { element, .. } | ColumnType::Set { element, .. } => {
            write_arguments(&[element.as_ref()], out);
        }
        ColumnType::Map { key, value, .. } => write_arguments(&[key.as_ref(), value.as_ref()], out),
        ColumnType::Tuple(elements) => {
            let elements: Vec<&ColumnType> = elements.iter().collect();
            write_arguments(&elements, out);
        }
        ColumnType::Udt { definition, .. } => {
            out.push('(');
            out.push_str(&definition.keyspace);
            out.push(',');
            write_hex(&definition.name, out);
            for (name, field_type) in &definition.fields {
                out.push(',');
                write_hex(name, out);
                out.push(':');
                write_class(field_type, out);
            }
            out.push(')');
        }
        ColumnType::Vector { element, dimension } => {
            out.push('(');
            write_class(element, out);
            // The blank before the comma is Cassandra's.
            write!(out, " , {dimension})").expect("writing to a string cannot fail");
        }
        _ => {}
    }
    if frozen {
        out.push(')');
    }
}

fn write_arguments(arguments: &[&ColumnType], out: &mut String) {
    out.push('(');
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_class(argument, out);
    }
    out.push(')');
}

fn write_hex(text: &str, out: &mut String) {
    for byte in text.bytes() {
        write!(out, "{byte:02x}").expect("writing to a string cannot fail");
    }
}

/// The type that a class name stands for, inside `depth` other types.
///
/// Errors: the offset in `text` of an unknown class, a missing bracket, or nesting deeper than
/// [`TYPE_DEPTH_MAX`].
pub(super) fn parse_class_name(text: &str, depth: usize) -> Result<ColumnType, DecodeError> {
    let mut parser = Parser { text, at: 0 };
    let column_type = parser.class(depth, false)?;
    parser.skip_blanks();
    if parser.at < text.len() {
        return Err(parser.error("more text after the type"));
    }
    Ok(column_type)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, what: &str) -> DecodeError {
        DecodeError::new(format!("class name {:?}: {what} at character {}", self.text, self.at), self.at)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(' ').len();
    }

    /// Takes `wanted` if it is next after blanks.
    fn take(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), DecodeError> {
        if self.take(wanted) { Ok(()) } else { Err(self.error(&format!("expected '{wanted}'"))) }
    }

    /// The text up to the next sign of the grammar.
    fn word(&mut self) -> Result<&'a str, DecodeError> {
        self.skip_blanks();
        let rest = self.rest();
        let word = &rest[..rest.find(['(', ')', ',', ':', ' ']).unwrap_or(rest.len())];
        if word.is_empty() {
            return Err(self.error("expected a name"));
        }
        self.at += word.len();
        Ok(word)
    }

    fn hex(&mut self) -> Result<String, DecodeError> {
        let word = self.word()?;
        let bytes: Option<Vec<u8>> = word
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        bytes
            .filter(|_| word.len() % 2 == 0)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| self.error("expected a name in hexadecimal"))
    }

    fn class(&mut self, depth: usize, frozen: bool) -> Result<ColumnType, DecodeError> {
        if depth > TYPE_DEPTH_MAX {
            return Err(self.error(&format!("types are nested deeper than {TYPE_DEPTH_MAX}")));
        }
        let frozen = frozen || depth > 0;
        let word = self.word()?;
        let class = word.strip_prefix(PACKAGE).unwrap_or(word);
        if let Some(simple) = simple_of(class) {
            return Ok(simple);
        }
        self.expect('(')?;
        let column_type = match class {
            "FrozenType" => self.wrapped(depth, true)?,
            "ReversedType" => self.wrapped(depth, frozen)?,
            "ListType" => ColumnType::List { element: self.nested(depth)?, frozen },
            "SetType" => ColumnType::Set { element: self.nested(depth)?, frozen },
            "MapType" => {
                let key = self.nested(depth)?;
                self.expect(',')?;
                ColumnType::Map { key, value: self.nested(depth)?, frozen }
            }
            "TupleType" => {
                let mut elements = vec![self.class(depth + 1, true)?];
                while self.take(',') {
                    elements.push(self.class(depth + 1, true)?);
                }
                ColumnType::Tuple(elements)
            }
            "UserType" => ColumnType::Udt { definition: Arc::new(self.user_type(depth)?), frozen },
            "VectorType" => {
                let element = self.nested(depth)?;
                self.expect(',')?;
                let dimension = self.word()?.parse().map_err(|_| self.error("expected a dimension"))?;
                ColumnType::Vector { element, dimension }
            }
            other => return Err(self.error(&format!("unknown class {other:?}"))),
        };
        self.expect(')')?;
        Ok(column_type)
    }

    fn nested(&mut self, depth: usize) -> Result<Arc<ColumnType>, DecodeError> {
        self.class(depth + 1, true).map(Arc::new)
    }

    /// The argument of a class that says something about it only. Wrapping nests the parser but not the type,
    /// so that it counts as deeper only when it wraps another wrapping.
    fn wrapped(&mut self, depth: usize, frozen: bool) -> Result<ColumnType, DecodeError> {
        let inner = self.rest().trim_start_matches(' ');
        let inner = inner.strip_prefix(PACKAGE).unwrap_or(inner);
        let again = inner.starts_with("FrozenType") || inner.starts_with("ReversedType");
        self.class(if again { depth + 1 } else { depth }, frozen)
    }

    fn user_type(&mut self, depth: usize) -> Result<UserType, DecodeError> {
        let keyspace = self.word()?.to_string();
        self.expect(',')?;
        let name = self.hex()?;
        let mut fields = Vec::new();
        while self.take(',') {
            let field = self.hex()?;
            self.expect(':')?;
            fields.push((field, self.class(depth + 1, true)?));
        }
        Ok(UserType { keyspace, name, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_spelled_as_drivers_parse_it() {
        let vector = ColumnType::Vector { element: Arc::new(ColumnType::Float), dimension: 3 };
        assert_eq!(
            class_name(&vector),
            "org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType , 3)"
        );
    }

    #[test]
    fn nested_types_come_back_from_their_class_names() {
        let user_type = UserType {
            keyspace: "ks".to_string(),
            name: "näme,(:".to_string(),
            fields: vec![("a".to_string(), ColumnType::Int), ("b c".to_string(), ColumnType::Text)],
        };
        let udt = ColumnType::Udt { definition: Arc::new(user_type), frozen: true };
        let list = ColumnType::List { element: Arc::new(udt), frozen: true };
        let map = ColumnType::Map { key: Arc::new(ColumnType::Uuid), value: Arc::new(list), frozen: true };
        let tuple = ColumnType::Tuple(vec![map, ColumnType::Duration]);
        let vector = ColumnType::Vector { element: Arc::new(tuple), dimension: 7 };
        assert_eq!(parse_class_name(&class_name(&vector), 0), Ok(vector));
    }

    #[test]
    fn class_names_of_others_are_read_without_package_and_blanks() {
        let vector = ColumnType::Vector { element: Arc::new(ColumnType::Int), dimension: 5 };
        assert_eq!(parse_class_name("VectorType(Int32Type,5)", 0), Ok(vector));
        assert_eq!(parse_class_name("ReversedType( TimestampType )", 0), Ok(ColumnType::Timestamp));
    }

    #[test]
    fn broken_class_names_are_refused_with_the_place() {
        for (text, place) in [
            ("", "expected a name at character 0"),
            ("VectorType(Int32Type", "expected ',' at character 20"),
            ("VectorType(Int32Type,x)", "expected a dimension"),
            ("ListType(Int32Type", "expected ')'"),
            ("ListType(Foo(Int32Type))", "unknown class"),
            ("UserType(ks,6", "expected a name in hexadecimal"),
            ("Int32Type)", "more text after the type"),
            ("TupleType()", "expected a name"),
        ] {
            let error = parse_class_name(text, 0).unwrap_err();
            assert!(error.what.contains(place), "{text:?} gave {error}");
        }
        let deep = "ListType(".repeat(100_000);
        assert!(parse_class_name(&deep, 0).unwrap_err().what.contains("nested deeper"));
        let deep = "FrozenType(".repeat(100_000);
        assert!(parse_class_name(&deep, 0).unwrap_err().what.contains("nested deeper"));
    }
}
