//! [`Select`]: the tree of a SELECT.

use super::{Name, QualifiedName, Relation, Selector, Span, Term};

/// `SELECT … FROM …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// `SELECT JSON`.
    pub json: bool,
    /// `SELECT DISTINCT`.
    pub distinct: bool,
    /// What is computed.
    pub selection: Selection,
    /// The table.
    pub from: QualifiedName,
    /// WHERE, joined by AND.
    pub relations: Vec<Relation>,
    /// GROUP BY, in order.
    pub group_by: Vec<Selector>,
    /// ORDER BY, in order.
    pub order_by: Vec<OrderBy>,
    /// PER PARTITION LIMIT.
    pub per_partition_limit: Option<Term>,
    /// LIMIT.
    pub limit: Option<Term>,
    /// ALLOW FILTERING.
    pub allow_filtering: bool,
    /// The whole statement, without a closing semicolon.
    pub span: Span,
}

/// What a SELECT computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// `*`
    All,
    /// A list, in order, at least one.
    Items(Vec<SelectItem>),
}

/// `selector [AS alias]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectItem {
    /// What.
    pub selector: Selector,
    /// Under which name.
    pub alias: Option<Name>,
}

/// One item of ORDER BY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// The column.
    pub column: Name,
    /// The order asked for.
    pub direction: OrderDirection,
    /// Where it stands.
    pub span: Span,
}

/// The order asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderDirection {
    /// ASC, also when nothing is written.
    Ascending,
    /// DESC.
    Descending,
    /// `ANN OF vector`: by similarity, nearest first.
    NearestTo(Term),
}
