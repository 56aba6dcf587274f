//! `CAST(x AS type)` on wire bytes.
//!
//! Every number casts to every other and to text; times cast to one another where nothing is made up, and
//! to text; blobs, durations and types with parts cast to nothing but themselves.

use bytes::Bytes;

use super::number::{Number, is_numeric};
use crate::error::InvalidValue;
use crate::types::literal::{
    days_to_timestamp, format_date, format_time, format_timestamp_iso, timestamp_to_days,
};
use crate::types::{ColumnType, Value, decode_value, encode_value, timeuuid};

/// Whether CAST takes a value of type `from` to type `to`.
pub fn can_cast(from: &ColumnType, to: &ColumnType) -> bool {
    use ColumnType::{Ascii, Boolean, Counter, Date, Inet, Text, Time, TimeUuid, Timestamp, Uuid};
    let to_text = matches!(to, Text | Ascii);
    from == to
        || match from {
            _ if is_numeric(from) => to_text || (is_numeric(to) && *to != Counter),
            Ascii => *to == Text,
            Boolean | Time | Uuid | Inet => to_text,
            Timestamp => to_text || *to == Date,
            Date => to_text || *to == Timestamp,
            TimeUuid => to_text || matches!(to, Timestamp | Date),
            _ => false,
        }
}

/// The wire bytes in type `to` of `wire`, a value of type `from`.
///
/// The empty value stays the empty value.
///
/// Errors: casts that there are not, values that the type has no place for.
pub fn cast_value(from: &ColumnType, to: &ColumnType, wire: &[u8]) -> Result<Bytes, InvalidValue> {
    if !can_cast(from, to) {
        return Err(InvalidValue::new(format!("{from} cannot be cast to {to}")));
    }
    if from == to || (*from == ColumnType::Ascii && *to == ColumnType::Text) {
        return Ok(Bytes::copy_from_slice(wire));
    }
    if wire.is_empty() {
        return match to.allows_empty() {
            true => Ok(Bytes::new()),
            false => Err(InvalidValue::new(format!("The empty value cannot be cast to {to}"))),
        };
    }
    if is_numeric(from) {
        let number = Number::from_wire(from, wire)?;
        return match to {
            ColumnType::Text | ColumnType::Ascii => Ok(number.to_text().into()),
            _ => number.into_wire(to),
        };
    }
    let value = decode_value(from, wire)?;
    if let ColumnType::Text | ColumnType::Ascii = to {
        return Ok(text(&value).into());
    }
    let milliseconds = match &value {
        Value::Timestamp(milliseconds) => *milliseconds,
        Value::Date(days) => days_to_timestamp(*days),
        Value::TimeUuid(uuid) => timeuuid::unix_millis(uuid).unwrap_or_default(),
        other => return Err(InvalidValue::new(format!("{} cannot be cast to {to}", other.type_word()))),
    };
    match to {
        ColumnType::Date => encode_value(to, &Value::Date(timestamp_to_days(milliseconds)?)),
        _ => encode_value(to, &Value::Timestamp(milliseconds)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Boolean(truth) => truth.to_string(),
        Value::Uuid(uuid) | Value::TimeUuid(uuid) => uuid.to_string(),
        Value::Inet(address) => address.to_string(),
        Value::Date(days) => format_date(*days),
        Value::Time(nanoseconds) => format_time(*nanoseconds),
        Value::Timestamp(milliseconds) => format_timestamp_iso(*milliseconds),
        other => other.type_word().to_string(),
    }
}
