//! Target: key components, whose byte order is the order of their values.
//!
//! The first byte chooses the type, the second the direction; the rest are two values, or encoded bytes.

use std::sync::Arc;

use model::types::key_order::{decode_component, encode_component};
use model::types::{ColumnType, compare_values, validate_value};

/// Laws: an encoding decodes to a value that encodes to the same bytes; it begins with neither 0x00 nor 0xFF;
/// two encodings compare as their values do (the other way round when descending). Any bytes may be decoded.
pub fn key_order(data: &[u8]) {
    let [kind, descending, rest @ ..] = data else { return };
    let kind = &kinds()[usize::from(*kind) % kinds().len()];
    let descending = descending % 2 == 1;
    let mut input = rest;
    let _ = decode_component(kind, &mut input, descending);
    let (a, b) = rest.split_at(rest.len() / 2);
    if let (Some(x), Some(y)) = (encoded(kind, a, descending), encoded(kind, b, descending)) {
        let order = compare_values(kind, a, b);
        assert_eq!(
            x.cmp(&y),
            if descending { order.reverse() } else { order },
            "{kind}: {a:?} against {b:?}"
        );
    }
    encoded(kind, rest, descending);
}

fn encoded(kind: &ColumnType, wire: &[u8], descending: bool) -> Option<Vec<u8>> {
    validate_value(kind, wire).ok()?;
    let mut bytes = Vec::new();
    encode_component(kind, wire, descending, &mut bytes).ok()?;
    assert!(!matches!(bytes.first(), None | Some(0x00 | 0xFF)), "{kind}: {bytes:?}");
    let mut input = bytes.as_slice();
    let back = decode_component(kind, &mut input, descending).expect("what was encoded decodes");
    assert!(input.is_empty(), "{kind}: bytes are left behind the component");
    let mut again = Vec::new();
    encode_component(kind, &back, descending, &mut again).expect("what was decoded encodes");
    assert_eq!(again, bytes, "{kind}");
    Some(bytes)
}

fn kinds() -> Vec<ColumnType> {
    let text = Arc::new(ColumnType::Text);
    let int = Arc::new(ColumnType::Int);
    vec![
        ColumnType::Ascii,
        ColumnType::BigInt,
        ColumnType::Blob,
        ColumnType::Boolean,
        ColumnType::Decimal,
        ColumnType::Double,
        ColumnType::Float,
        ColumnType::Inet,
        ColumnType::Int,
        ColumnType::SmallInt,
        ColumnType::Text,
        ColumnType::Time,
        ColumnType::Timestamp,
        ColumnType::TimeUuid,
        ColumnType::TinyInt,
        ColumnType::Date,
        ColumnType::Uuid,
        ColumnType::VarInt,
        ColumnType::List { element: int.clone(), frozen: true },
        ColumnType::Set { element: text.clone(), frozen: true },
        ColumnType::Map { key: text, value: int, frozen: true },
        ColumnType::Tuple(vec![ColumnType::Int, ColumnType::Text]),
    ]
}
