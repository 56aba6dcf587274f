//! [`ModifyPlan`]: an INSERT, UPDATE or DELETE, bound; made once, executed with many values.
//!
//! On a write's way: AST -> bind -> **plan** -> [`super::Change`] (with values) -> mutations.
//! Invariants: the rules of which columns may be restricted and written how were checked when it was
//! bound; what depends on values (nulls, sizes, timestamps) is checked at each execution.

use std::sync::Arc;

use model::schema::{ColumnId, TableSchema};
use model::types::ColumnType;

use super::super::expression::Expression;
use super::super::restrictions::BoundRestrictions;
use super::condition::Condition;

/// Which statement a plan is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModifyKind {
    /// INSERT: the only one that writes row markers.
    Insert,
    /// UPDATE
    Update,
    /// DELETE
    Delete,
}

impl ModifyKind {
    /// Its keyword.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            ModifyKind::Insert => "INSERT",
            ModifyKind::Update => "UPDATE",
            ModifyKind::Delete => "DELETE",
        }
    }
}

/// What of a partition a statement changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Rows named by their whole clustering key, and perhaps the static row.
    Rows,
    /// The static row only.
    Static,
    /// Ranges of rows: a DELETE by a prefix or slice of the clustering key.
    Ranges,
    /// The whole partition.
    Partition,
}

/// What happens to one column.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// The column.
    pub(crate) column: ColumnId,
    /// Its name, for messages.
    pub(crate) name: String,
    /// Its type.
    pub(crate) column_type: ColumnType,
    /// Whether it is static.
    pub(crate) is_static: bool,
    /// What happens.
    pub(crate) kind: OperationKind,
}

/// What an operation does.
#[derive(Debug, Clone)]
pub(crate) enum OperationKind {
    /// The whole value; null deletes.
    Set(Expression),
    /// Elements appended to a list or put into a set or map.
    Add(Expression),
    /// Elements put before a list's.
    Prepend(Expression),
    /// Elements of a set, or keys of a map, removed.
    Discard(Expression),
    /// Every occurrence of some elements removed from a list.
    DiscardFromList(Expression),
    /// One map entry; a null value deletes it.
    SetKey {
        /// The key.
        key: Expression,
        /// The value.
        value: Expression,
    },
    /// The list element at an index; a null value deletes it.
    SetIndex {
        /// The index.
        index: Expression,
        /// The value.
        value: Expression,
    },
    /// One field of a non-frozen user type; null deletes.
    SetField {
        /// Which field.
        index: u16,
        /// The value.
        value: Expression,
    },
    /// The whole column deleted.
    Delete,
    /// One map entry or set element deleted.
    DeleteKey(Expression),
    /// The list element at an index deleted.
    DeleteIndex(Expression),
    /// One field of a non-frozen user type deleted.
    DeleteField(u16),
    /// A counter counted up, or down.
    Count {
        /// By how much.
        by: Expression,
        /// Whether down.
        down: bool,
    },
}

impl OperationKind {
    /// Whether the row has to be read before.
    pub(crate) fn reads(&self) -> bool {
        matches!(
            self,
            OperationKind::DiscardFromList(_)
                | OperationKind::SetIndex { .. }
                | OperationKind::DeleteIndex(_)
                | OperationKind::Count { .. }
        )
    }
}

/// A bound INSERT, UPDATE or DELETE.
#[derive(Debug, Clone)]
pub(crate) struct ModifyPlan {
    /// The table, as it was when the statement was bound.
    pub(crate) table: Arc<TableSchema>,
    /// Which statement.
    pub(crate) kind: ModifyKind,
    /// Which partitions, and which rows or ranges of them.
    pub(crate) restrictions: BoundRestrictions,
    /// How much of a partition it changes.
    pub(crate) reach: Reach,
    /// What happens to columns; empty for a DELETE of whole rows, ranges or partitions.
    pub(crate) operations: Vec<Operation>,
    /// Whether its row gets a marker: an INSERT that names a row.
    pub(crate) marks_row: bool,
    /// USING TIMESTAMP.
    pub(crate) timestamp: Option<Expression>,
    /// USING TTL.
    pub(crate) ttl: Option<Expression>,
    /// IF.
    pub(crate) condition: Condition,
}

impl ModifyPlan {
    /// Whether it has an IF.
    pub(crate) fn is_conditional(&self) -> bool {
        !matches!(self.condition, Condition::None)
    }

    /// Whether its table counts.
    pub(crate) fn is_counter(&self) -> bool {
        self.table.is_counter()
    }

    /// Whether what it writes depends on what is there.
    pub(crate) fn reads(&self) -> bool {
        self.is_conditional() || self.operations.iter().any(|operation| operation.kind.reads())
    }
}
