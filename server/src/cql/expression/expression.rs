//! [`Expression`]: a typed value over bind values, a row and aggregates.

use bytes::Bytes;
use model::types::ColumnType;

use super::super::functions::{AggregateKind, Signature};
use super::super::row_view::ColumnRef;
use super::super::syntax::ast::{Arithmetic, TimeFunction};

/// A value, computed from bind values and, in a SELECT, from a row or a group of rows.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// Wire bytes, `None` for null.
    Constant(Option<Bytes>),
    /// A bound value.
    Marker {
        /// Its number.
        index: usize,
    },
    /// A column of the row.
    Column(ColumnRef),
    /// Write time or ttl of cells.
    CellTime {
        /// Which.
        function: TimeFunction,
        /// Of which column.
        column: ColumnRef,
        /// Of which part of it.
        part: CellPart,
    },
    /// A scalar function.
    Call {
        /// The function.
        signature: Box<Signature>,
        /// Its arguments.
        arguments: Vec<Expression>,
    },
    /// `cast(a as t)`.
    Cast {
        /// Type of the argument.
        from: ColumnType,
        /// Type of the result.
        to: ColumnType,
        /// The argument.
        argument: Box<Expression>,
    },
    /// `a + b`.
    Arithmetic {
        /// The operator.
        operator: Arithmetic,
        /// Left operand and its type.
        left: Box<(Expression, ColumnType)>,
        /// Right operand and its type.
        right: Box<(Expression, ColumnType)>,
    },
    /// A list or frozen list literal.
    List(Vec<Expression>),
    /// A set literal.
    Set {
        /// Element type, for sorting.
        element: ColumnType,
        /// Elements as written.
        elements: Vec<Expression>,
    },
    /// A map literal.
    Map {
        /// Key type, for sorting.
        key: ColumnType,
        /// Entries as written.
        entries: Vec<(Expression, Expression)>,
    },
    /// A tuple or user type literal: components in order of definition.
    Tuple(Vec<Expression>),
    /// A vector literal.
    Vector {
        /// Element type.
        element: ColumnType,
        /// Elements.
        elements: Vec<Expression>,
    },
    /// `c[key]`.
    Element {
        /// The collection.
        collection: Box<Expression>,
        /// Its type.
        column_type: ColumnType,
        /// The key, or set element.
        key: Box<Expression>,
    },
    /// `c[from..to]`.
    Slice {
        /// The collection.
        collection: Box<Expression>,
        /// Its type.
        column_type: ColumnType,
        /// First key.
        from: Option<Box<Expression>>,
        /// Last key.
        to: Option<Box<Expression>>,
    },
    /// A field of a user type value.
    Field {
        /// The value.
        value: Box<Expression>,
        /// Which field.
        index: usize,
    },
    /// The result of the plan's aggregate with this number.
    Aggregate(usize),
}

/// Which cells `writetime` and `ttl` look at.
#[derive(Debug, Clone)]
pub(crate) enum CellPart {
    /// The column: one cell, or all cells of a non-frozen collection.
    Whole,
    /// The cell of one element.
    Element(Box<Expression>),
    /// The cell of one field of a non-frozen user type.
    Field(usize),
}

/// An aggregate of a SELECT.
#[derive(Debug, Clone)]
pub(crate) struct AggregateCall {
    /// Which.
    pub(crate) kind: AggregateKind,
    /// Its argument; `None` for `count(*)`.
    pub(crate) argument: Option<Expression>,
    /// Type of the argument.
    pub(crate) argument_type: ColumnType,
}

impl Expression {
    /// Whether it can be computed without bind values, row or clock.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self, Expression::Constant(_))
    }

    /// Shows `see` every column of the row that it looks at. Those of its aggregates stand in their calls.
    pub(crate) fn for_each_column<'e>(&'e self, see: &mut impl FnMut(&'e ColumnRef)) {
        match self {
            Expression::Column(column) => see(column),
            Expression::CellTime { column, part, .. } => {
                see(column);
                if let CellPart::Element(key) = part {
                    key.for_each_column(see);
                }
            }
            Expression::Call { arguments: parts, .. }
            | Expression::List(parts)
            | Expression::Tuple(parts)
            | Expression::Set { elements: parts, .. }
            | Expression::Vector { elements: parts, .. } => {
                for part in parts {
                    part.for_each_column(see);
                }
            }
            Expression::Cast { argument, .. } => argument.for_each_column(see),
            Expression::Arithmetic { left, right, .. } => {
                left.0.for_each_column(see);
                right.0.for_each_column(see);
            }
            Expression::Map { entries, .. } => {
                for (key, value) in entries {
                    key.for_each_column(see);
                    value.for_each_column(see);
                }
            }
            Expression::Element { collection, key, .. } => {
                collection.for_each_column(see);
                key.for_each_column(see);
            }
            Expression::Slice { collection, from, to, .. } => {
                collection.for_each_column(see);
                for end in [from, to].into_iter().flatten() {
                    end.for_each_column(see);
                }
            }
            Expression::Field { value, .. } => value.for_each_column(see),
            Expression::Constant(_) | Expression::Marker { .. } | Expression::Aggregate(_) => {}
        }
    }
}
