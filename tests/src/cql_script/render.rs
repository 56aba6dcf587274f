//! Answers of the driver in words: tables, values and errors as `.test` files write them.
//!
//! Text at the top of a field stands as it is, inside a collection it is quoted; times are UTC. Written
//! without the code under test, so that a mistake of its formatting is not also the expectation.

use scylla::errors::{DbError, ExecutionError, PrepareError, RequestAttemptError};
use scylla::frame::response::result::{CollectionType, ColumnType, NativeType};
use scylla::value::{CqlValue, Row};

const MILLISECONDS_DAY: i64 = 86_400_000;

/// A row as one line.
pub fn row(row: &Row) -> String {
    row.columns.iter().map(|value| field(value.as_ref())).collect::<Vec<_>>().join(" | ")
}

fn field(value: Option<&CqlValue>) -> String {
    match value {
        None => "null".to_string(),
        Some(CqlValue::Text(text) | CqlValue::Ascii(text)) => text.clone(),
        Some(value) => inner(value),
    }
}

fn optional(value: Option<&CqlValue>) -> String {
    value.map_or_else(|| "null".to_string(), inner)
}

fn list(values: &[CqlValue], open: char, close: char) -> String {
    let values: Vec<String> = values.iter().map(inner).collect();
    format!("{open}{}{close}", values.join(", "))
}

/// A value as it stands inside a collection.
fn inner(value: &CqlValue) -> String {
    match value {
        CqlValue::Text(text) | CqlValue::Ascii(text) => format!("'{}'", text.replace('\'', "''")),
        CqlValue::Boolean(value) => value.to_string(),
        CqlValue::Blob(bytes) => {
            format!("0x{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        CqlValue::Counter(value) => value.0.to_string(),
        CqlValue::Decimal(value) => {
            let (digits, scale) = value.as_signed_be_bytes_slice_and_exponent();
            decimal(whole_number(digits), scale)
        }
        CqlValue::Varint(value) => whole_number(value.as_signed_bytes_be_slice()).to_string(),
        CqlValue::Date(value) => date(i64::from(value.0) - (1 << 31)),
        CqlValue::Time(value) => time(value.0),
        CqlValue::Timestamp(value) => {
            let (day, milliseconds) =
                (value.0.div_euclid(MILLISECONDS_DAY), value.0.rem_euclid(MILLISECONDS_DAY));
            let clock = time(milliseconds * 1_000_000);
            format!("{} {}+0000", date(day), &clock[..12])
        }
        CqlValue::Duration(value) => format!("{}mo{}d{}ns", value.months, value.days, value.nanoseconds),
        CqlValue::Double(value) => format!("{value:?}"),
        CqlValue::Float(value) => format!("{value:?}"),
        CqlValue::Empty => "empty".to_string(),
        CqlValue::Int(value) => value.to_string(),
        CqlValue::BigInt(value) => value.to_string(),
        CqlValue::SmallInt(value) => value.to_string(),
        CqlValue::TinyInt(value) => value.to_string(),
        CqlValue::Inet(value) => value.to_string(),
        CqlValue::Uuid(value) => value.to_string(),
        CqlValue::Timeuuid(value) => value.to_string(),
        CqlValue::List(values) | CqlValue::Vector(values) => list(values, '[', ']'),
        CqlValue::Set(values) => list(values, '{', '}'),
        CqlValue::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}: {}", inner(key), inner(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        CqlValue::Tuple(values) => {
            let values: Vec<String> = values.iter().map(|value| optional(value.as_ref())).collect();
            format!("({})", values.join(", "))
        }
        CqlValue::UserDefinedType { fields, .. } => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}: {}", optional(value.as_ref()))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// Two's complement, big endian. The files keep to what 128 bits hold.
fn whole_number(bytes: &[u8]) -> i128 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value, byte| (value << 8) | i128::from(*byte))
}

fn decimal(digits: i128, scale: i32) -> String {
    if scale <= 0 {
        return format!("{digits}{}", "0".repeat(scale.unsigned_abs() as usize));
    }
    let (sign, digits, scale) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs(), scale as usize);
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{part}")
}

/// A date of the proleptic Gregorian calendar from days since 1970-01-01.
fn date(days: i64) -> String {
    // Years are counted from March, so that the leap day is the last of its year; an era has 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(nanoseconds: i64) -> String {
    let (seconds, rest) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    format!("{:02}:{:02}:{:02}.{rest:09}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A type in CQL's words.
pub fn column_type(column: &ColumnType<'_>) -> String {
    let frozen = |is_frozen: bool, text: String| if is_frozen { format!("frozen<{text}>") } else { text };
    match column {
        ColumnType::Native(NativeType::Text) => "text".to_string(),
        ColumnType::Native(native) => format!("{native:?}").to_lowercase(),
        ColumnType::Collection { frozen: is_frozen, typ } => {
            let text = match typ {
                CollectionType::List(element) => format!("list<{}>", column_type(element)),
                CollectionType::Set(element) => format!("set<{}>", column_type(element)),
                CollectionType::Map(key, value) => {
                    format!("map<{}, {}>", column_type(key), column_type(value))
                }
                other => format!("{other:?}"),
            };
            frozen(*is_frozen, text)
        }
        ColumnType::Vector { typ, dimensions } => format!("vector<{}, {dimensions}>", column_type(typ)),
        ColumnType::UserDefinedType { definition, .. } => definition.name.to_string(),
        ColumnType::Tuple(types) => {
            format!("tuple<{}>", types.iter().map(column_type).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// An error as `error KIND: message`.
pub fn error(error: &ExecutionError) -> String {
    match error {
        ExecutionError::LastAttemptError(RequestAttemptError::DbError(kind, message))
        | ExecutionError::PrepareError(PrepareError::AllAttemptsFailed {
            first_attempt: RequestAttemptError::DbError(kind, message),
        }) => database_error(kind, message),
        other => format!("error Driver: {other}"),
    }
}

/// The same for an error of preparing.
pub fn prepare_error(failed: &PrepareError) -> String {
    error(&ExecutionError::PrepareError(failed.clone()))
}

fn database_error(kind: &DbError, message: &str) -> String {
    let name = format!("{kind:?}");
    let name = name.split([' ', '{', '(']).next().unwrap_or_default();
    format!("error {name}: {}", message.lines().next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scylla::value::{CqlDate, CqlDecimal, CqlTimestamp};

    #[test]
    fn values_are_put_into_words() {
        let date = |days: i64| inner(&CqlValue::Date(CqlDate((days + (1 << 31)) as u32)));
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(15_744), "2013-02-08");
        assert_eq!(inner(&CqlValue::Timestamp(CqlTimestamp(-1))), "1969-12-31 23:59:59.999+0000");
        let decimal = |bytes: &[u8], scale| {
            inner(&CqlValue::Decimal(CqlDecimal::from_signed_be_bytes_slice_and_exponent(bytes, scale)))
        };
        assert_eq!(decimal(&[0xFF], 3), "-0.001");
        assert_eq!(decimal(&[1, 0], 2), "2.56");
        assert_eq!(decimal(&[5], -2), "500");
        assert_eq!(inner(&CqlValue::Text("it's".into())), "'it''s'");
    }
}
