//! One value of every CQL type that the driver knows, with the column it goes into.
//!
//! Sets and maps are written in the order in which the server has to hand them back: by element or key.

use std::net::IpAddr;

use scylla::value::{
    CqlDate, CqlDecimal, CqlDuration, CqlTime, CqlTimestamp, CqlTimeuuid, CqlValue, CqlVarint,
};
use uuid::Uuid;

/// The columns of `every_value` as a table definition.
pub fn every_value_columns() -> &'static str {
    "a ascii, b bigint, bl blob, bo boolean, da date, de decimal, d double, du duration, fl float, i inet, sm smallint, \
     ti tinyint, t time, ts timestamp, tx text, u uuid, tu timeuuid, vi varint, l list<int>, s set<text>, \
     m map<text, bigint>, nested frozen<list<frozen<set<int>>>>, p place, fp frozen<place>, \
     tup tuple<int, text, double>, v vector<float, 3>"
}

/// Column names and the values they shall hold.
pub fn every_value(keyspace: &str) -> Vec<(&'static str, CqlValue)> {
    let text = |value: &str| CqlValue::Text(value.to_string());
    let ints = |values: &[i32]| values.iter().map(|value| CqlValue::Int(*value)).collect::<Vec<_>>();
    let place = |street: &str, zip: Option<i32>, tags: &[&str]| CqlValue::UserDefinedType {
        keyspace: keyspace.to_string(),
        name: "place".to_string(),
        fields: vec![
            ("street".to_string(), Some(text(street))),
            ("zip".to_string(), zip.map(CqlValue::Int)),
            ("tags".to_string(), Some(CqlValue::Set(tags.iter().map(|tag| text(tag)).collect()))),
        ],
    };
    let address: IpAddr = "2001:db8::1".parse().expect("an address");
    let uuid = |value: &str| Uuid::parse_str(value).expect("a uuid");
    vec![
        ("a", CqlValue::Ascii("ascii".into())),
        ("b", CqlValue::BigInt(i64::MIN)),
        ("bl", CqlValue::Blob(vec![0, 255, 16])),
        ("bo", CqlValue::Boolean(true)),
        ("da", CqlValue::Date(CqlDate((1 << 31) - 166))),
        ("de", CqlValue::Decimal(CqlDecimal::from_signed_be_bytes_and_exponent(vec![0xFE, 0x1D, 0xC0], 7))),
        ("d", CqlValue::Double(-0.1)),
        ("du", CqlValue::Duration(CqlDuration { months: 14, days: 3, nanoseconds: 3_600_000_000_001 })),
        ("fl", CqlValue::Float(1.5)),
        ("i", CqlValue::Inet(address)),
        ("sm", CqlValue::SmallInt(i16::MIN)),
        ("ti", CqlValue::TinyInt(127)),
        ("t", CqlValue::Time(CqlTime(86_399_123_456_789))),
        ("ts", CqlValue::Timestamp(CqlTimestamp(-1))),
        ("tx", text("naïve — 雪 ❄")),
        ("u", CqlValue::Uuid(uuid("123e4567-e89b-42d3-a456-426614174000"))),
        ("tu", CqlValue::Timeuuid(CqlTimeuuid::from(uuid("acbb4220-7211-11e2-8002-000000000001")))),
        ("vi", CqlValue::Varint(CqlVarint::from_signed_bytes_be(vec![1; 30]))),
        ("l", CqlValue::List(ints(&[3, 1, 3]))),
        ("s", CqlValue::Set(vec![text("a"), text("b")])),
        ("m", CqlValue::Map(vec![(text("x"), CqlValue::BigInt(-1)), (text("y"), CqlValue::BigInt(2))])),
        ("nested", CqlValue::List(vec![CqlValue::Set(ints(&[1, 2])), CqlValue::Set(ints(&[3]))])),
        ("p", place("Main St", Some(10001), &["x"])),
        ("fp", place("Side St", None, &["y", "z"])),
        ("tup", CqlValue::Tuple(vec![Some(CqlValue::Int(7)), None, Some(CqlValue::Double(2.5))])),
        ("v", CqlValue::Vector(vec![CqlValue::Float(1.0), CqlValue::Float(-2.5), CqlValue::Float(0.125)])),
    ]
}
