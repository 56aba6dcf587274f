//! Names, bind markers and types as they are written, before a schema gives them meaning.

use model::types::ColumnType;

use super::Span;

/// An identifier: folded to lower case unless it was quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name itself, without quotes.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `[keyspace.]name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifiedName {
    /// Keyspace, if it is written.
    pub keyspace: Option<Name>,
    /// The table, type, index, function or role.
    pub name: Name,
}

impl QualifiedName {
    /// Where both parts stand.
    pub fn span(&self) -> Span {
        self.keyspace.as_ref().map_or(self.name.span, |keyspace| keyspace.span.to(self.name.span))
    }
}

/// A place in a tree that takes the bound value number `index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerRef {
    /// Position among the statement's markers, from 0.
    pub index: u16,
    /// Where it stands.
    pub span: Span,
}

/// One `?` or `:name` of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindMarker {
    /// The name of `:name`; none for `?`. A name that is written twice makes two markers.
    pub name: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// A type as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawType {
    /// What it is.
    pub kind: RawTypeKind,
    /// Whether `frozen<…>` stands directly around it.
    pub frozen: bool,
    /// Where it stands, `frozen<` included.
    pub span: Span,
}

/// The forms of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawTypeKind {
    /// A built-in type without parameters.
    Native(ColumnType),
    /// `list<element>`.
    List(Box<RawType>),
    /// `set<element>`.
    Set(Box<RawType>),
    /// `map<key, value>`.
    Map(Box<RawType>, Box<RawType>),
    /// `tuple<…>`, at least one element.
    Tuple(Vec<RawType>),
    /// `vector<element, dimension>`, dimension at least 1.
    Vector(Box<RawType>, u32),
    /// A user-defined type.
    User(QualifiedName),
    /// `'org.apache.cassandra.…'`: a Java class name.
    Custom(String),
}
