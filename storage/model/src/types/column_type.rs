//! [`ColumnType`]: the closed set of CQL types.
//!
//! The text form (`Display`) is CQL's, as `system_schema.columns.type` and DESCRIBE print it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A CQL type.
///
/// Shape: `frozen` is false only for a collection or user type whose elements are cells of their own;
/// anything nested inside another type is frozen. Tuples and vectors are always frozen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColumnType {
    /// 7-bit text.
    Ascii,
    /// i64.
    BigInt,
    /// Bytes.
    Blob,
    /// One byte, 0 or 1.
    Boolean,
    /// A counter; only in counter tables.
    Counter,
    /// i32 scale and varint.
    Decimal,
    /// f64.
    Double,
    /// Months, days, nanoseconds; has no order.
    Duration,
    /// f32.
    Float,
    /// 4 or 16 bytes.
    Inet,
    /// i32.
    Int,
    /// i16.
    SmallInt,
    /// UTF-8 text; `varchar` is its alias.
    Text,
    /// Nanoseconds in the day, i64.
    Time,
    /// Milliseconds since 1970, i64.
    Timestamp,
    /// Version 1 uuid, ordered by time.
    TimeUuid,
    /// i8.
    TinyInt,
    /// Days, u32 centred at 2^31.
    Date,
    /// Any uuid.
    Uuid,
    /// Two's complement of any length.
    VarInt,
    /// Ordered by insertion.
    List {
        /// Element type.
        element: Arc<ColumnType>,
        /// One cell instead of a cell an element.
        frozen: bool,
    },
    /// Sorted, without duplicates.
    Set {
        /// Element type.
        element: Arc<ColumnType>,
        /// One cell instead of a cell an element.
        frozen: bool,
    },
    /// Sorted by key.
    Map {
        /// Key type.
        key: Arc<ColumnType>,
        /// Value type.
        value: Arc<ColumnType>,
        /// One cell instead of a cell an entry.
        frozen: bool,
    },
    /// Fixed sequence of types; always frozen.
    Tuple(Vec<ColumnType>),
    /// User-defined type.
    Udt {
        /// Its definition.
        definition: Arc<UserType>,
        /// One cell instead of a cell a field.
        frozen: bool,
    },
    /// Fixed number of non-null elements; always frozen.
    Vector {
        /// Element type.
        element: Arc<ColumnType>,
        /// Number of elements, at least 1.
        dimension: u32,
    },
}

/// Definition of a user-defined type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserType {
    /// Keyspace it belongs to.
    pub keyspace: String,
    /// Its name, without quotes.
    pub name: String,
    /// Fields in order of definition; only ever appended to or renamed.
    pub fields: Vec<(String, ColumnType)>,
}

impl UserType {
    /// Position of the field called `name`.
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|(field, _)| field == name)
    }
}

impl UserType {
    /// How many types it is made of, as [`ColumnType::node_count`].
    pub fn node_count(&self) -> usize {
        self.fields.iter().fold(1, |sum: usize, (_, kind)| sum.saturating_add(kind.node_count()))
    }
}

impl ColumnType {
    /// Whether values of a column of this type are stored as one cell an element.
    pub fn is_multi_cell(&self) -> bool {
        match self {
            ColumnType::List { frozen, .. }
            | ColumnType::Set { frozen, .. }
            | ColumnType::Map { frozen, .. }
            | ColumnType::Udt { frozen, .. } => !frozen,
            _ => false,
        }
    }

    /// Whether this is a list, set or map (frozen or not).
    pub fn is_collection(&self) -> bool {
        matches!(self, ColumnType::List { .. } | ColumnType::Set { .. } | ColumnType::Map { .. })
    }

    /// The same type with every collection and user type in it frozen, itself included.
    pub fn freeze(&self) -> ColumnType {
        match self {
            ColumnType::List { element, .. } => {
                ColumnType::List { element: Arc::new(element.freeze()), frozen: true }
            }
            ColumnType::Set { element, .. } => {
                ColumnType::Set { element: Arc::new(element.freeze()), frozen: true }
            }
            ColumnType::Map { key, value, .. } => {
                ColumnType::Map { key: Arc::new(key.freeze()), value: Arc::new(value.freeze()), frozen: true }
            }
            ColumnType::Tuple(elements) => {
                ColumnType::Tuple(elements.iter().map(ColumnType::freeze).collect())
            }
            ColumnType::Udt { definition, .. } => {
                let fields =
                    definition.fields.iter().map(|(name, kind)| (name.clone(), kind.freeze())).collect();
                let definition =
                    UserType { keyspace: definition.keyspace.clone(), name: definition.name.clone(), fields };
                ColumnType::Udt { definition: Arc::new(definition), frozen: true }
            }
            ColumnType::Vector { element, dimension } => {
                ColumnType::Vector { element: Arc::new(element.freeze()), dimension: *dimension }
            }
            other => other.clone(),
        }
    }

    /// Size in bytes that elements of this type have inside a vector without a length before each.
    ///
    /// The protocol fixes the set: `tinyint`, `smallint`, `date` and `time` carry a length although
    /// their values are all of one size.
    pub fn fixed_size(&self) -> Option<usize> {
        match self {
            ColumnType::Boolean => Some(1),
            ColumnType::Int | ColumnType::Float => Some(4),
            ColumnType::BigInt | ColumnType::Double | ColumnType::Timestamp => Some(8),
            ColumnType::Uuid | ColumnType::TimeUuid => Some(16),
            ColumnType::Vector { element, dimension } => {
                element.fixed_size()?.checked_mul(usize::try_from(*dimension).ok()?)
            }
            _ => None,
        }
    }

    /// Whether zero bytes are a value of it (the "empty" value, which is not null).
    pub fn allows_empty(&self) -> bool {
        !matches!(
            self,
            ColumnType::TinyInt
                | ColumnType::SmallInt
                | ColumnType::Date
                | ColumnType::Time
                | ColumnType::Duration
                | ColumnType::List { .. }
                | ColumnType::Set { .. }
                | ColumnType::Map { .. }
                | ColumnType::Vector { .. }
        )
    }

    /// Levels of nesting: 1 for a scalar, 2 for a list of scalars.
    pub fn depth(&self) -> usize {
        1 + match self {
            ColumnType::List { element, .. }
            | ColumnType::Set { element, .. }
            | ColumnType::Vector { element, .. } => element.depth(),
            ColumnType::Map { key, value, .. } => key.depth().max(value.depth()),
            ColumnType::Tuple(elements) => elements.iter().map(ColumnType::depth).max().unwrap_or(0),
            ColumnType::Udt { definition, .. } => {
                definition.fields.iter().map(|(_, kind)| kind.depth()).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// How many types it is made of, itself included; a user type counts with its fields at every use.
    pub fn node_count(&self) -> usize {
        let parts: usize = match self {
            ColumnType::List { element, .. }
            | ColumnType::Set { element, .. }
            | ColumnType::Vector { element, .. } => element.node_count(),
            ColumnType::Map { key, value, .. } => key.node_count().saturating_add(value.node_count()),
            ColumnType::Tuple(elements) => {
                elements.iter().fold(0, |sum: usize, kind| sum.saturating_add(kind.node_count()))
            }
            ColumnType::Udt { definition, .. } => definition.node_count() - 1,
            _ => 0,
        };
        parts.saturating_add(1)
    }

    /// Whether a duration stands anywhere in it, so that it has no order.
    pub fn contains_duration(&self) -> bool {
        match self {
            ColumnType::Duration => true,
            ColumnType::List { element, .. }
            | ColumnType::Set { element, .. }
            | ColumnType::Vector { element, .. } => element.contains_duration(),
            ColumnType::Map { key, value, .. } => key.contains_duration() || value.contains_duration(),
            ColumnType::Tuple(elements) => elements.iter().any(ColumnType::contains_duration),
            ColumnType::Udt { definition, .. } => {
                definition.fields.iter().any(|(_, kind)| kind.contains_duration())
            }
            _ => false,
        }
    }

    /// Whether the user type `keyspace.name` stands anywhere in it.
    pub fn uses_user_type(&self, keyspace: &str, name: &str) -> bool {
        match self {
            ColumnType::List { element, .. }
            | ColumnType::Set { element, .. }
            | ColumnType::Vector { element, .. } => element.uses_user_type(keyspace, name),
            ColumnType::Map { key, value, .. } => {
                key.uses_user_type(keyspace, name) || value.uses_user_type(keyspace, name)
            }
            ColumnType::Tuple(elements) => elements.iter().any(|kind| kind.uses_user_type(keyspace, name)),
            ColumnType::Udt { definition, .. } => {
                (definition.keyspace == keyspace && definition.name == name)
                    || definition.fields.iter().any(|(_, kind)| kind.uses_user_type(keyspace, name))
            }
            _ => false,
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            ColumnType::Ascii => "ascii",
            ColumnType::BigInt => "bigint",
            ColumnType::Blob => "blob",
            ColumnType::Boolean => "boolean",
            ColumnType::Counter => "counter",
            ColumnType::Decimal => "decimal",
            ColumnType::Double => "double",
            ColumnType::Duration => "duration",
            ColumnType::Float => "float",
            ColumnType::Inet => "inet",
            ColumnType::Int => "int",
            ColumnType::SmallInt => "smallint",
            ColumnType::Text => "text",
            ColumnType::Time => "time",
            ColumnType::Timestamp => "timestamp",
            ColumnType::TimeUuid => "timeuuid",
            ColumnType::TinyInt => "tinyint",
            ColumnType::Date => "date",
            ColumnType::Uuid => "uuid",
            ColumnType::VarInt => "varint",
            ColumnType::List { element, frozen } => {
                return write_frozen(f, *frozen, format_args!("list<{element}>"));
            }
            ColumnType::Set { element, frozen } => {
                return write_frozen(f, *frozen, format_args!("set<{element}>"));
            }
            ColumnType::Map { key, value, frozen } => {
                return write_frozen(f, *frozen, format_args!("map<{key}, {value}>"));
            }
            ColumnType::Tuple(elements) => {
                f.write_str("frozen<tuple<")?;
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{element}")?;
                }
                return f.write_str(">>");
            }
            ColumnType::Udt { definition, frozen } => {
                let name = quote_identifier(&definition.name);
                return write_frozen(f, *frozen, format_args!("{name}"));
            }
            ColumnType::Vector { element, dimension } => return write!(f, "vector<{element}, {dimension}>"),
        };
        f.write_str(name)
    }
}

fn write_frozen(f: &mut fmt::Formatter<'_>, frozen: bool, inner: fmt::Arguments<'_>) -> fmt::Result {
    if frozen { write!(f, "frozen<{inner}>") } else { f.write_fmt(inner) }
}

/// `name` as CQL writes it: bare when it is a lower-case word, else in double quotes.
pub fn quote_identifier(name: &str) -> String {
    let bare = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !is_reserved(name);
    if bare { name.to_string() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Whether `name` (lower case) is a reserved word of CQL and must be quoted as an identifier.
pub fn is_reserved(name: &str) -> bool {
    const RESERVED: &[&str] = &[
        "add",
        "allow",
        "alter",
        "and",
        "apply",
        "asc",
        "authorize",
        "batch",
        "begin",
        "by",
        "columnfamily",
        "create",
        "default",
        "delete",
        "desc",
        "describe",
        "drop",
        "entries",
        "execute",
        "from",
        "full",
        "grant",
        "if",
        "in",
        "index",
        "infinity",
        "insert",
        "into",
        "is",
        "keyspace",
        "limit",
        "materialized",
        "mbean",
        "mbeans",
        "modify",
        "nan",
        "norecursive",
        "not",
        "null",
        "of",
        "on",
        "or",
        "order",
        "primary",
        "rename",
        "replace",
        "revoke",
        "schema",
        "select",
        "set",
        "table",
        "to",
        "token",
        "truncate",
        "unlogged",
        "unset",
        "update",
        "use",
        "using",
        "view",
        "where",
        "with",
    ];
    RESERVED.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_print_as_cql_writes_them() {
        let set = ColumnType::Set { element: Arc::new(ColumnType::Text), frozen: false };
        let map =
            ColumnType::Map { key: Arc::new(ColumnType::Int), value: Arc::new(set.freeze()), frozen: false };
        assert_eq!(map.to_string(), "map<int, frozen<set<text>>>");
        assert_eq!(
            ColumnType::Tuple(vec![ColumnType::Int, set.freeze()]).to_string(),
            "frozen<tuple<int, frozen<set<text>>>>"
        );
        assert_eq!(
            ColumnType::Vector { element: Arc::new(ColumnType::Float), dimension: 3 }.to_string(),
            "vector<float, 3>"
        );
    }

    #[test]
    fn identifiers_are_quoted_only_where_needed() {
        assert_eq!(quote_identifier("flights_by_day"), "flights_by_day");
        assert_eq!(quote_identifier("Year"), "\"Year\"");
        assert_eq!(quote_identifier("table"), "\"table\"");
        assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
    }
}
