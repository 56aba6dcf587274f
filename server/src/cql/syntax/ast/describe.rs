//! [`Describe`]: the forms of server-side DESCRIBE.

use super::{Name, QualifiedName};

/// `DESCRIBE … [WITH INTERNALS [AND PASSWORDS]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Describe {
    /// What.
    pub target: DescribeTarget,
    /// `WITH INTERNALS`: ids and dropped columns too.
    pub internals: bool,
    /// `AND PASSWORDS`: hashed passwords too.
    pub passwords: bool,
}

/// What is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DescribeTarget {
    /// `CLUSTER`
    Cluster,
    /// `SCHEMA`: keyspaces of users; `FULL SCHEMA`: all.
    Schema {
        /// `FULL`.
        full: bool,
    },
    /// `KEYSPACES`: their names.
    Keyspaces,
    /// `TABLES`: their names.
    Tables,
    /// `TYPES`: their names.
    Types,
    /// `FUNCTIONS`: their names.
    Functions,
    /// `AGGREGATES`: their names.
    Aggregates,
    /// `[ONLY] KEYSPACE [name]`
    Keyspace {
        /// None: the keyspace in use.
        name: Option<Name>,
        /// `ONLY`: without what is in it.
        only: bool,
    },
    /// `TABLE name`
    Table(QualifiedName),
    /// `TYPE name`
    Type(QualifiedName),
    /// `INDEX name`
    Index(QualifiedName),
    /// `MATERIALIZED VIEW name`
    MaterializedView(QualifiedName),
    /// `FUNCTION name`
    Function(QualifiedName),
    /// `AGGREGATE name`
    Aggregate(QualifiedName),
    /// A bare name: a keyspace, else a table, index or view of the keyspace in use.
    Named(QualifiedName),
}
