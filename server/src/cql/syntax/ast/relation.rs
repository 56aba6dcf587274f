//! [`Relation`]: one test of WHERE or IF.

use super::{MarkerRef, Name, Span, Term};

/// `left test`; relations of one clause are joined by AND, in the order they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// What is tested.
    pub left: RelationLeft,
    /// How.
    pub test: RelationTest,
    /// Where it stands.
    pub span: Span,
}

/// What a relation tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelationLeft {
    /// `c`
    Column(Name),
    /// `c[key]`
    Element {
        /// The collection.
        column: Name,
        /// Map key or list index.
        key: Term,
    },
    /// `c.field`
    Field {
        /// The user type column.
        column: Name,
        /// The field.
        field: Name,
    },
    /// `(a, b)`, at least one column.
    Tuple(Vec<Name>),
    /// `token(a, b)`, at least one column.
    Token(Vec<Name>),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

/// How a relation tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelationTest {
    /// `= value` and its kin.
    Compare {
        /// The operator.
        operator: Comparison,
        /// The right side.
        value: Term,
    },
    /// `IN …`
    In(InValues),
    /// `NOT IN …`
    NotIn(InValues),
    /// `CONTAINS value`
    Contains(Term),
    /// `NOT CONTAINS value`
    NotContains(Term),
    /// `CONTAINS KEY key`
    ContainsKey(Term),
    /// `NOT CONTAINS KEY key`
    NotContainsKey(Term),
    /// `LIKE pattern`
    Like(Term),
    /// `IS NOT NULL`
    IsNotNull,
    /// `BETWEEN low AND high`, both inclusive.
    Between {
        /// Low end.
        low: Term,
        /// High end.
        high: Term,
    },
}

/// The right side of IN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InValues {
    /// `IN ?`: one bound list.
    Marker(MarkerRef),
    /// `IN (a, b)`: possibly none.
    List(Vec<Term>),
}
