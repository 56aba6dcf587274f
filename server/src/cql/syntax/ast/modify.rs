//! INSERT, UPDATE, DELETE and BATCH.

use super::{Name, QualifiedName, Relation, Span, Term};

/// `USING TIMESTAMP a AND TTL b`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Using {
    /// Write timestamp, microseconds: an integer literal or a marker.
    pub timestamp: Option<Term>,
    /// Ttl, seconds: an integer literal or a marker.
    pub ttl: Option<Term>,
}

/// The IF of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteCondition {
    /// No IF.
    None,
    /// `IF NOT EXISTS`.
    NotExists,
    /// `IF EXISTS`.
    Exists,
    /// `IF a = … AND …`, at least one; the left side is a column, element or field.
    Columns(Vec<Relation>),
}

/// `INSERT INTO …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// The table.
    pub table: QualifiedName,
    /// What is written.
    pub content: InsertContent,
    /// `None` or `NotExists`.
    pub condition: WriteCondition,
    /// USING.
    pub using: Using,
    /// The whole statement.
    pub span: Span,
}

/// What an INSERT writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsertContent {
    /// `(columns) VALUES (values)`; the binder refuses counts that differ.
    Columns {
        /// Columns, in order.
        columns: Vec<Name>,
        /// Their values.
        values: Vec<Term>,
    },
    /// `JSON '…' [DEFAULT …]`.
    Json {
        /// A text literal or a marker.
        value: Term,
        /// What happens to columns that the JSON does not name.
        default: JsonDefault,
    },
}

/// What happens to columns that an INSERT JSON does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonDefault {
    /// They become null; the default.
    Null,
    /// They stay as they are.
    Unset,
}

/// `UPDATE … SET …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The table.
    pub table: QualifiedName,
    /// USING.
    pub using: Using,
    /// SET, in order, at least one.
    pub assignments: Vec<Assignment>,
    /// WHERE, at least one.
    pub relations: Vec<Relation>,
    /// `None`, `Exists` or `Columns`.
    pub condition: WriteCondition,
    /// The whole statement.
    pub span: Span,
}

/// One assignment of SET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The column.
    pub column: Name,
    /// What happens to it.
    pub kind: AssignmentKind,
    /// Where it stands.
    pub span: Span,
}

/// What an assignment does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignmentKind {
    /// `c = value`
    Set(Term),
    /// `c = c + value` or `c += value`: append, put, or count up.
    Add(Term),
    /// `c = c - value` or `c -= value`: remove, or count down.
    Subtract(Term),
    /// `c = value + c`: list prepend (for other types the same as `Add`).
    Prepend(Term),
    /// `c[key] = value`
    SetElement {
        /// List index or map key.
        key: Term,
        /// The value; null deletes.
        value: Term,
    },
    /// `c.field = value`
    SetField {
        /// Field of a non-frozen user type.
        field: Name,
        /// The value; null deletes.
        value: Term,
    },
}

/// `DELETE … FROM …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    /// Columns or their parts; empty: whole rows.
    pub columns: Vec<DeletedColumn>,
    /// The table.
    pub table: QualifiedName,
    /// USING; only a timestamp.
    pub using: Using,
    /// WHERE, at least one.
    pub relations: Vec<Relation>,
    /// `None`, `Exists` or `Columns`.
    pub condition: WriteCondition,
    /// The whole statement.
    pub span: Span,
}

/// What a DELETE removes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletedColumn {
    /// `c`
    Column(Name),
    /// `c[key]`
    Element {
        /// The collection.
        column: Name,
        /// Map key, set element or list index.
        key: Term,
    },
    /// `c.field`
    Field {
        /// The user type column.
        column: Name,
        /// The field.
        field: Name,
    },
}

impl DeletedColumn {
    /// The column it belongs to.
    pub fn column(&self) -> &Name {
        match self {
            DeletedColumn::Column(column)
            | DeletedColumn::Element { column, .. }
            | DeletedColumn::Field { column, .. } => column,
        }
    }
}

/// A statement that may stand in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModifyStatement {
    /// INSERT
    Insert(Insert),
    /// UPDATE
    Update(Update),
    /// DELETE
    Delete(Delete),
}

impl ModifyStatement {
    /// Its table.
    pub fn table(&self) -> &QualifiedName {
        match self {
            ModifyStatement::Insert(insert) => &insert.table,
            ModifyStatement::Update(update) => &update.table,
            ModifyStatement::Delete(delete) => &delete.table,
        }
    }

    /// The bytes of the text it came from.
    pub fn span(&self) -> Span {
        match self {
            ModifyStatement::Insert(insert) => insert.span,
            ModifyStatement::Update(update) => update.span,
            ModifyStatement::Delete(delete) => delete.span,
        }
    }
}

/// `BEGIN … BATCH … APPLY BATCH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Logged, unlogged or counter.
    pub kind: BatchKind,
    /// USING; only a timestamp.
    pub using: Using,
    /// Statements in order; possibly none.
    pub statements: Vec<ModifyStatement>,
    /// The whole statement.
    pub span: Span,
}

/// What a batch promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchKind {
    /// All of it in the end; the default.
    Logged,
    /// Nothing beyond its partitions.
    Unlogged,
    /// Counter updates only.
    Counter,
}
