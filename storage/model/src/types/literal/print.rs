//! [`format_literal`] and [`format_text`]: wire bytes to what CQL reads, and to what a person reads.
//!
//! A literal reads back as the same bytes (DESCRIBE and system tables rely on it); the other form is how
//! cqlsh shows a value in a table: text bare at the top and quoted inside a collection, timestamps in UTC
//! with microseconds. Control characters stay as they are: who writes to a terminal escapes them.

use std::fmt::Write;

use super::format_duration;
use super::number::{format_decimal, format_double, format_float};
use super::temporal::{format_date, format_time, format_timestamp_micros, format_timestamp_millis};
use crate::types::{ColumnType, Value, decode_value, quote_identifier};

/// The CQL literal of `wire`, a value of type `kind`.
///
/// The empty value, for which CQL has no literal, becomes the call that makes it (`blob_as_int(0x)`).
/// Bytes that are no value of the type are shown as a blob.
pub fn format_literal(kind: &ColumnType, wire: &[u8]) -> String {
    format(kind, wire, Style::Literal)
}

/// `wire`, a value of type `kind`, as cqlsh shows it. Bytes that are no value are shown as a blob.
pub fn format_text(kind: &ColumnType, wire: &[u8]) -> String {
    format(kind, wire, Style::Display)
}

/// `text` in single quotes, with those inside doubled.
pub fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Literal,
    Display,
    /// Inside a collection on display.
    DisplayNested,
}

fn format(kind: &ColumnType, wire: &[u8], style: Style) -> String {
    let mut out = String::new();
    match decode_value(kind, wire) {
        Ok(value) => put_value(kind, &value, style, &mut out),
        Err(_) => put_blob(wire, &mut out),
    }
    out
}

fn put_value(kind: &ColumnType, value: &Value, style: Style, out: &mut String) {
    let text = match value {
        Value::Empty if style == Style::Literal => format!("blob_as_{kind}(0x)"),
        Value::Empty => String::new(),
        Value::Ascii(text) | Value::Text(text) => quoted(text.clone(), style),
        Value::TinyInt(number) => number.to_string(),
        Value::SmallInt(number) => number.to_string(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) | Value::Counter(number) => number.to_string(),
        Value::VarInt(number) => number.to_string(),
        Value::Decimal(decimal) => format_decimal(decimal),
        Value::Float(number) => on_display(format_float(*number), style),
        Value::Double(number) => on_display(format_double(*number), style),
        Value::Boolean(true) if style != Style::Literal => "True".to_string(),
        Value::Boolean(false) if style != Style::Literal => "False".to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Uuid(uuid) | Value::TimeUuid(uuid) => uuid.to_string(),
        Value::Inet(address) => quoted(address.to_string(), style),
        Value::Date(days) => quoted_in_cql(format_date(*days), style),
        Value::Time(nanoseconds) => quoted_in_cql(format_time(*nanoseconds), style),
        Value::Timestamp(milliseconds) => {
            let text = match style {
                Style::Literal => format_timestamp_millis(*milliseconds),
                _ => format_timestamp_micros(*milliseconds),
            };
            // A year out of range is the number of milliseconds, which stands bare.
            if text.contains(':') { quoted(text, style) } else { text }
        }
        Value::Duration(duration) => format_duration(duration),
        Value::Blob(bytes) => return put_blob(bytes, out),
        Value::List(_)
        | Value::Set(_)
        | Value::Map(_)
        | Value::Tuple(_)
        | Value::Udt(_)
        | Value::Vector(_) => {
            return put_parts(kind, value, style, out);
        }
    };
    out.push_str(&text);
}

fn put_parts(kind: &ColumnType, value: &Value, style: Style, out: &mut String) {
    let inner = if style == Style::Literal { Style::Literal } else { Style::DisplayNested };
    match (kind, value) {
        (ColumnType::List { element, .. }, Value::List(values))
        | (ColumnType::Vector { element, .. }, Value::Vector(values)) => {
            put_joined(['[', ']'], values, out, |value, out| put_value(element, value, inner, out));
        }
        (ColumnType::Set { element, .. }, Value::Set(values)) => {
            put_joined(['{', '}'], values, out, |value, out| put_value(element, value, inner, out));
        }
        (ColumnType::Map { key, value, .. }, Value::Map(entries)) => {
            put_joined(['{', '}'], entries, out, |(k, v), out| {
                put_value(key, k, inner, out);
                out.push_str(": ");
                put_value(value, v, inner, out);
            });
        }
        (ColumnType::Tuple(kinds), Value::Tuple(values)) => {
            let missing = kinds.len().saturating_sub(values.len());
            let values = values.iter().map(Option::as_ref).chain(std::iter::repeat_n(None, missing));
            put_joined(['(', ')'], kinds.iter().zip(values), out, |(kind, value), out| {
                put_optional(kind, value, inner, out);
            });
        }
        (ColumnType::Udt { definition, .. }, Value::Udt(values)) => {
            let missing = definition.fields.len().saturating_sub(values.len());
            let values = values.iter().map(Option::as_ref).chain(std::iter::repeat_n(None, missing));
            put_joined(
                ['{', '}'],
                definition.fields.iter().zip(values),
                out,
                |((name, kind), value), out| {
                    match style {
                        Style::Literal => out.push_str(&quote_identifier(name)),
                        _ => out.push_str(name),
                    }
                    out.push_str(": ");
                    put_optional(kind, value, inner, out);
                },
            );
        }
        // `decode_value` gives the variant of the type; a mismatch has nothing to show.
        _ => out.push_str(value.type_word()),
    }
}

fn put_optional(kind: &ColumnType, value: Option<&Value>, style: Style, out: &mut String) {
    match value {
        Some(value) => put_value(kind, value, style, out),
        None => out.push_str("null"),
    }
}

fn put_joined<T>(
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    out: &mut String,
    put: impl Fn(T, &mut String),
) {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        put(item, out);
    }
    out.push(close);
}

fn quoted(text: String, style: Style) -> String {
    if style == Style::Display { text } else { quote_text(&text) }
}

/// Dates and times are shown bare in collections too, as cqlsh does.
fn quoted_in_cql(text: String, style: Style) -> String {
    if style == Style::Literal { quote_text(&text) } else { text }
}

/// Whole numbers are shown without `.0`.
fn on_display(number: String, style: Style) -> String {
    match number.strip_suffix(".0") {
        Some(whole) if style != Style::Literal => whole.to_string(),
        _ => number,
    }
}

fn put_blob(bytes: &[u8], out: &mut String) {
    out.reserve(2 + bytes.len() * 2);
    out.push_str("0x");
    for byte in bytes {
        write!(out, "{byte:02x}").expect("a string takes what is written");
    }
}
