//! [`parse_literal_text`]: the text of one token to the wire bytes of a scalar.
//!
//! On the data's way: CQL token or CSV field -> **parse** -> wire bytes, the same as a driver would
//! bind. Whether a quoted string, a number or a hexadecimal may stand for a type is the binder's rule.

use std::net::IpAddr;

use bytes::Bytes;
use uuid::Uuid;

use super::{parse_date, parse_decimal, parse_duration, parse_time, parse_timestamp, parse_varint};
use crate::error::InvalidValue;
use crate::types::{ColumnType, Value, encode_value, validate_value};

/// The wire bytes of the scalar of type `kind` that `text` says; text without its quotes.
///
/// An empty text is the empty value of a type that has one.
///
/// Errors: text that is no `kind`; a type with parts.
pub fn parse_literal_text(kind: &ColumnType, text: &str) -> Result<Bytes, InvalidValue> {
    if let ColumnType::Ascii | ColumnType::Text = kind {
        validate_value(kind, text.as_bytes())?;
        return Ok(Bytes::copy_from_slice(text.as_bytes()));
    }
    if text.is_empty() && kind.allows_empty() {
        return Ok(Bytes::new());
    }
    let value = match kind {
        ColumnType::Blob => return parse_blob(text),
        ColumnType::TinyInt => Value::TinyInt(integer(kind, text)?),
        ColumnType::SmallInt => Value::SmallInt(integer(kind, text)?),
        ColumnType::Int => Value::Int(integer(kind, text)?),
        ColumnType::BigInt => Value::BigInt(integer(kind, text)?),
        ColumnType::Counter => Value::Counter(integer(kind, text)?),
        ColumnType::VarInt => Value::VarInt(parse_varint(text)?),
        ColumnType::Decimal => Value::Decimal(parse_decimal(text)?),
        ColumnType::Float => Value::Float(float(kind, text)?),
        ColumnType::Double => Value::Double(float(kind, text)?),
        ColumnType::Boolean if text.eq_ignore_ascii_case("true") => Value::Boolean(true),
        ColumnType::Boolean if text.eq_ignore_ascii_case("false") => Value::Boolean(false),
        ColumnType::Boolean => return Err(invalid_text("boolean", text, "expected true or false")),
        ColumnType::Uuid | ColumnType::TimeUuid => Value::Uuid(uuid(kind, text)?),
        ColumnType::Inet => Value::Inet(
            text.parse::<IpAddr>()
                .map_err(|_| invalid_text("inet", text, "expected an IPv4 or IPv6 address"))?,
        ),
        ColumnType::Date => Value::Date(parse_date(text)?),
        ColumnType::Time => Value::Time(parse_time(text)?),
        ColumnType::Timestamp => Value::Timestamp(parse_timestamp(text)?),
        ColumnType::Duration => Value::Duration(parse_duration(text)?),
        _ => return Err(invalid_text(&kind.to_string(), text, "a value with parts is no single text")),
    };
    encode_value(kind, &value)
}

/// The bytes that a hexadecimal with `0x` in front says.
pub fn parse_blob(text: &str) -> Result<Bytes, InvalidValue> {
    let wrong = || invalid_text("blob", text, "expected 0x and an even number of hexadecimal digits");
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or_else(wrong)?;
    let nibble = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return Err(wrong());
    }
    let bytes = pairs.iter().map(|[high, low]| Some((nibble(*high)? << 4) | nibble(*low)?));
    bytes.collect::<Option<Vec<u8>>>().map(Bytes::from).ok_or_else(wrong)
}

fn integer<T: std::str::FromStr<Err = std::num::ParseIntError>>(
    kind: &ColumnType,
    text: &str,
) -> Result<T, InvalidValue> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    text.parse().map_err(|error: std::num::ParseIntError| {
        let why = match error.kind() {
            PosOverflow | NegOverflow => "it is out of range",
            _ => "expected a whole number",
        };
        invalid_text(&kind.to_string(), text, why)
    })
}

/// Digits, or the words NaN and Infinity in any case, not the other words that Rust knows.
fn float<T: std::str::FromStr>(kind: &ColumnType, text: &str) -> Result<T, InvalidValue> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_word = unsigned.eq_ignore_ascii_case("nan") || unsigned.eq_ignore_ascii_case("infinity");
    let is_number = unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if !is_word && !is_number {
        return Err(invalid_text(&kind.to_string(), text, "expected a number, NaN or Infinity"));
    }
    text.parse().map_err(|_| invalid_text(&kind.to_string(), text, "expected a number, NaN or Infinity"))
}

/// The form with hyphens only.
fn uuid(kind: &ColumnType, text: &str) -> Result<Uuid, InvalidValue> {
    let wrong =
        || invalid_text(&kind.to_string(), text, "expected a form like 6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    if text.len() != 36 {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// `Unable to make int from 'abc': why`. Long texts are cut.
pub(super) fn invalid_text(kind: &str, text: &str, why: &str) -> InvalidValue {
    const SHOWN_CHARS_MAX: usize = 64;
    let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let dots = if shown.len() < text.len() { "..." } else { "" };
    InvalidValue::new(format!("Unable to make {kind} from '{shown}{dots}': {why}"))
}
