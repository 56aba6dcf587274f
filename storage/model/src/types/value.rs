//! [`Value`]: a CQL value that has been decoded, one variant for each shape of type.
//!
//! Stands behind the codec: `wire bytes` -> **Value** -> functions, text forms, clients. The write and
//! read paths never build one; they carry wire bytes. A value does not know its type's names (user
//! type, fields); whoever needs them holds the [`ColumnType`](super::ColumnType) beside it.

use std::net::IpAddr;

use bytes::Bytes;
use num_bigint::BigInt;
use uuid::Uuid;

/// A decoded value. `null` is not a value: it is the absence of one (`Option`).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Zero bytes in a type whose values have some; different from null.
    Empty,
    /// 7-bit text.
    Ascii(String),
    /// Text.
    Text(String),
    /// `tinyint`.
    TinyInt(i8),
    /// `smallint`.
    SmallInt(i16),
    /// `int`.
    Int(i32),
    /// `bigint`.
    BigInt(i64),
    /// `varint`.
    VarInt(BigInt),
    /// `decimal`.
    Decimal(Decimal),
    /// `float`.
    Float(f32),
    /// `double`.
    Double(f64),
    /// `boolean`.
    Boolean(bool),
    /// `blob`.
    Blob(Bytes),
    /// `uuid`.
    Uuid(Uuid),
    /// `timeuuid`.
    TimeUuid(Uuid),
    /// `inet`.
    Inet(IpAddr),
    /// `date`: days, 2^31 is 1970-01-01.
    Date(u32),
    /// `time`: nanoseconds since midnight.
    Time(i64),
    /// `timestamp`: milliseconds since 1970-01-01 UTC.
    Timestamp(i64),
    /// `duration`.
    Duration(CqlDuration),
    /// `counter`.
    Counter(i64),
    /// `list`, in its order.
    List(Vec<Value>),
    /// `set`, in the order of the wire.
    Set(Vec<Value>),
    /// `map`, in the order of the wire.
    Map(Vec<(Value, Value)>),
    /// `tuple`; components that are missing at the end are null.
    Tuple(Vec<Option<Value>>),
    /// User type, fields in order of definition; fields that are missing at the end are null.
    Udt(Vec<Option<Value>>),
    /// `vector`.
    Vector(Vec<Value>),
}

/// An exact decimal number: `unscaled` × 10^-`scale`. 1.0 and 1.00 are different decimals of equal worth.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits.
    pub unscaled: BigInt,
    /// How many of them stand behind the point; negative: zeros follow.
    pub scale: i32,
}

/// A span of time in three units that do not convert into each other; all of one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CqlDuration {
    /// Months.
    pub months: i32,
    /// Days; one may have 23 to 25 hours.
    pub days: i32,
    /// Nanoseconds.
    pub nanoseconds: i64,
}

impl CqlDuration {
    /// Whether no two of its parts have opposite signs.
    pub fn has_one_sign(&self) -> bool {
        let none_above = self.months <= 0 && self.days <= 0 && self.nanoseconds <= 0;
        let none_below = self.months >= 0 && self.days >= 0 && self.nanoseconds >= 0;
        none_above || none_below
    }

    /// Whether some part is below zero.
    pub fn is_negative(&self) -> bool {
        self.months < 0 || self.days < 0 || self.nanoseconds < 0
    }
}

impl Value {
    /// What it is, for messages: `int`, `text`, `list`.
    pub fn type_word(&self) -> &'static str {
        match self {
            Value::Empty => "empty value",
            Value::Ascii(_) => "ascii",
            Value::Text(_) => "text",
            Value::TinyInt(_) => "tinyint",
            Value::SmallInt(_) => "smallint",
            Value::Int(_) => "int",
            Value::BigInt(_) => "bigint",
            Value::VarInt(_) => "varint",
            Value::Decimal(_) => "decimal",
            Value::Float(_) => "float",
            Value::Double(_) => "double",
            Value::Boolean(_) => "boolean",
            Value::Blob(_) => "blob",
            Value::Uuid(_) => "uuid",
            Value::TimeUuid(_) => "timeuuid",
            Value::Inet(_) => "inet",
            Value::Date(_) => "date",
            Value::Time(_) => "time",
            Value::Timestamp(_) => "timestamp",
            Value::Duration(_) => "duration",
            Value::Counter(_) => "counter",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Map(_) => "map",
            Value::Tuple(_) => "tuple",
            Value::Udt(_) => "user type",
            Value::Vector(_) => "vector",
        }
    }
}
