//! Values ([`Term`]) and what a SELECT computes from a row ([`Selector`]).
//!
//! They are two types because a value never reads a column, and a selector can. Both keep literals as
//! text with the form they were written in.

use bytes::Bytes;

use super::{MarkerRef, Name, QualifiedName, RawType, Span};

/// A constant as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiteralKind {
    /// `'…'` or `$$…$$`, without quotes and with doubled quotes undone.
    Text(String),
    /// Decimal digits with an optional minus.
    Integer(String),
    /// A number with a fraction or an exponent, `NaN`, `Infinity` or `-Infinity`.
    Float(String),
    /// `true` or `false`.
    Boolean(bool),
    /// 8-4-4-4-12 hexadecimal digits, lower case.
    Uuid(String),
    /// The bytes of `0x…`.
    Blob(Bytes),
    /// `1y2mo3d…`, `P1Y2M…`, `P3W` or `P0001-02-03T04:05:06`, with an optional minus.
    Duration(String),
    /// `null`.
    Null,
}

/// A constant and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What it is.
    pub kind: LiteralKind,
    /// Where it stands, sign included.
    pub span: Span,
}

/// A value that does not depend on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermKind {
    /// A constant.
    Literal(LiteralKind),
    /// A bound value.
    Marker(MarkerRef),
    /// `[a, b]`: a list or a vector.
    List(Vec<Term>),
    /// `{a, b}`, at least one element.
    Set(Vec<Term>),
    /// `{a: b}`; `{}` is the empty map, and an empty set where a set is wanted.
    Map(Vec<(Term, Term)>),
    /// `{f: a}`: every key is a bare name, so it can only be a user type; at least one field.
    Udt(Vec<(Name, Term)>),
    /// `(a, b)`, at least one element; `(a)` may also be just `a` in parentheses, except around
    /// arithmetic, where parentheses only group and leave no trace.
    Tuple(Vec<Term>),
    /// `f(a, b)`.
    Call {
        /// The function.
        function: QualifiedName,
        /// Its arguments.
        arguments: Vec<Term>,
    },
    /// `(type) a`: says what type `a` has where it could have several.
    Hint {
        /// The type.
        target: RawType,
        /// The value.
        term: Box<Term>,
    },
    /// `a + b`.
    Binary {
        /// The operator.
        operator: Arithmetic,
        /// Left operand.
        left: Box<Term>,
        /// Right operand.
        right: Box<Term>,
    },
    /// `-a`, where `a` is no number (a minus belongs to a number's literal).
    Negate(Box<Term>),
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Arithmetic {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Remainder => "%",
        }
    }
}

/// One thing that a SELECT computes from a row or a group of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// What it is.
    pub kind: SelectorKind,
    /// Where it stands.
    pub span: Span,
}

/// What is asked about a cell instead of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFunction {
    /// `writetime(c)`: write timestamp, microseconds.
    WriteTime,
    /// `maxwritetime(c)`: the largest write timestamp of a collection's cells.
    MaxWriteTime,
    /// `ttl(c)`: seconds left.
    Ttl,
}

impl TimeFunction {
    /// Its name in CQL.
    pub fn name(self) -> &'static str {
        match self {
            TimeFunction::WriteTime => "writetime",
            TimeFunction::MaxWriteTime => "maxwritetime",
            TimeFunction::Ttl => "ttl",
        }
    }
}

/// The forms of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectorKind {
    /// A column.
    Column(Name),
    /// A constant.
    Literal(LiteralKind),
    /// A bound value.
    Marker(MarkerRef),
    /// `count(*)` or `count(1)`.
    CountRows,
    /// `f(a, b)`; aggregates are functions too.
    Call {
        /// The function.
        function: QualifiedName,
        /// Its arguments.
        arguments: Vec<Selector>,
    },
    /// `cast(a as type)`.
    Cast {
        /// What is converted.
        argument: Box<Selector>,
        /// To what.
        target: RawType,
    },
    /// `writetime(c)`, `maxwritetime(c)`, `ttl(c)`; the argument is a column, element, slice or field.
    Time {
        /// Which.
        function: TimeFunction,
        /// About what.
        argument: Box<Selector>,
    },
    /// `c[key]`.
    Element {
        /// The collection.
        collection: Box<Selector>,
        /// Map key, set element or list index.
        key: Term,
    },
    /// `c[from..to]`, both ends inclusive and optional.
    Slice {
        /// The collection.
        collection: Box<Selector>,
        /// First map key or set element.
        from: Option<Term>,
        /// Last map key or set element.
        to: Option<Term>,
    },
    /// `c.field`.
    Field {
        /// The user type value.
        value: Box<Selector>,
        /// The field.
        field: Name,
    },
    /// `[a, b]`.
    List(Vec<Selector>),
    /// `{a, b}`, at least one element.
    Set(Vec<Selector>),
    /// `{a: b}`, or `{}`.
    Map(Vec<(Selector, Selector)>),
    /// `{f: a}` with bare names as keys: a user type, or a map whose keys are columns.
    UdtOrMap(Vec<(Name, Selector)>),
    /// `(a, b)`, at least one element; `(a)` may also be just `a` in parentheses, except around
    /// arithmetic, where parentheses only group and leave no trace.
    Tuple(Vec<Selector>),
    /// `(type) a`.
    Hint {
        /// The type.
        target: RawType,
        /// The value.
        selector: Box<Selector>,
    },
    /// `a + b`.
    Binary {
        /// The operator.
        operator: Arithmetic,
        /// Left operand.
        left: Box<Selector>,
        /// Right operand.
        right: Box<Selector>,
    },
    /// `-a`, where `a` is no number.
    Negate(Box<Selector>),
}
