//! [`PropertyValue`]: the value of one option of `WITH`, as the user wrote it.

use std::collections::BTreeMap;

/// What stands behind `=` in `WITH name = value`. Numbers stay text: only the option says how to read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertyValue {
    /// `'text'`, a bare word, a uuid, or a blob (as `0x…`).
    Text(String),
    /// `864000` or `0.01`, with an optional minus.
    Number(String),
    /// `true` or `false`.
    Boolean(bool),
    /// `{'class': '…', 'enabled': true}`: keys and values as text.
    Map(BTreeMap<String, String>),
}
