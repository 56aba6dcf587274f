//! Literals -> wire bytes of a type.

use bytes::Bytes;
use model::types::{ColumnType, literal};

use super::super::syntax::ast::LiteralKind;
use crate::error::CqlError;

/// The wire bytes of a literal as a value of `expected`; `None` for null.
///
/// Errors: Invalid, with the literal, the receiver's name and the type.
pub(crate) fn bind_literal(
    kind: &LiteralKind,
    expected: &ColumnType,
    name: &str,
) -> Result<Option<Bytes>, CqlError> {
    let (form, text) = match kind {
        LiteralKind::Null => return Ok(None),
        LiteralKind::Text(text) => ("STRING", text.as_str()),
        LiteralKind::Integer(text) => ("INTEGER", text.as_str()),
        LiteralKind::Float(text) => ("FLOAT", text.as_str()),
        LiteralKind::Boolean(true) => ("BOOLEAN", "true"),
        LiteralKind::Boolean(false) => ("BOOLEAN", "false"),
        LiteralKind::Uuid(text) => ("UUID", text.as_str()),
        LiteralKind::Duration(text) => ("DURATION", text.as_str()),
        LiteralKind::Blob(bytes) => {
            if *expected == ColumnType::Blob {
                return Ok(Some(bytes.clone()));
            }
            let shown: String = bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
            return Err(mismatch("HEX", &format!("0x{shown}"), expected, name));
        }
    };
    if !fits(kind, expected) {
        return Err(mismatch(form, text, expected, name));
    }
    literal::parse_literal_text(expected, text).map(Some).map_err(|error| {
        CqlError::invalid(format!(
            "Invalid {form} constant ({}) for \"{name}\" of type {expected}: {error}",
            shorten(text)
        ))
    })
}

/// The type a literal has when nothing says which; `None` for null.
pub(crate) fn natural_type(kind: &LiteralKind) -> Option<ColumnType> {
    Some(match kind {
        LiteralKind::Null => return None,
        LiteralKind::Text(_) => ColumnType::Text,
        LiteralKind::Integer(text) => {
            if text.parse::<i32>().is_ok() {
                ColumnType::Int
            } else if text.parse::<i64>().is_ok() {
                ColumnType::BigInt
            } else {
                ColumnType::VarInt
            }
        }
        LiteralKind::Float(_) => ColumnType::Double,
        LiteralKind::Boolean(_) => ColumnType::Boolean,
        LiteralKind::Uuid(text) => {
            // The version digit of 8-4-4-4-12.
            if text.as_bytes().get(14) == Some(&b'1') { ColumnType::TimeUuid } else { ColumnType::Uuid }
        }
        LiteralKind::Blob(_) => ColumnType::Blob,
        LiteralKind::Duration(_) => ColumnType::Duration,
    })
}

/// Whether a literal of this form may stand for a value of `expected`.
pub(crate) fn fits(kind: &LiteralKind, expected: &ColumnType) -> bool {
    use ColumnType as T;
    match kind {
        LiteralKind::Null => true,
        LiteralKind::Text(_) => {
            matches!(expected, T::Ascii | T::Text | T::Inet | T::Date | T::Time | T::Timestamp)
        }
        LiteralKind::Integer(_) => matches!(
            expected,
            T::BigInt
                | T::Counter
                | T::Date
                | T::Decimal
                | T::Double
                | T::Float
                | T::Int
                | T::SmallInt
                | T::Time
                | T::Timestamp
                | T::TinyInt
                | T::VarInt
        ),
        LiteralKind::Float(_) => matches!(expected, T::Decimal | T::Double | T::Float),
        LiteralKind::Boolean(_) => matches!(expected, T::Boolean),
        LiteralKind::Uuid(_) => matches!(expected, T::Uuid | T::TimeUuid),
        LiteralKind::Blob(_) => matches!(expected, T::Blob),
        LiteralKind::Duration(_) => matches!(expected, T::Duration),
    }
}

fn mismatch(form: &str, text: &str, expected: &ColumnType, name: &str) -> CqlError {
    CqlError::invalid(format!(
        "Invalid {form} constant ({}) for \"{name}\" of type {expected}",
        shorten(text)
    ))
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 64 {
        text.to_string()
    } else {
        text.chars().take(64).collect::<String>() + "…"
    }
}
