//! [`SelectPlan`]: everything about a SELECT that does not change from one execution to the next.

use std::sync::Arc;

use model::schema::TableSchema;
use model::stream::Direction;
use proto::native::ResultMetadata;

use super::super::expression::{AggregateCall, Expression};
use super::super::restrictions::BoundRestrictions;
use super::super::row_view::ColumnRef;

/// A bound SELECT.
#[derive(Debug, Clone)]
pub(crate) struct SelectPlan {
    /// The table, as it was when the statement was bound.
    pub(crate) table: Arc<TableSchema>,
    /// WHERE.
    pub(crate) restrictions: BoundRestrictions,
    /// One expression a result column.
    pub(crate) columns: Vec<Expression>,
    /// Names and types of the result columns.
    pub(crate) metadata: Arc<ResultMetadata>,
    /// Aggregates that the columns refer to by number.
    pub(crate) aggregates: Vec<AggregateCall>,
    /// GROUP BY: key columns whose values make a group; `None` without GROUP BY.
    pub(crate) group_by: Option<Vec<ColumnRef>>,
    /// DISTINCT: one row a partition.
    pub(crate) distinct: bool,
    /// Whether a partition that has only a static row gives a row.
    pub(crate) static_only_rows: bool,
    /// Order of rows inside a partition.
    pub(crate) direction: Direction,
    /// ORDER BY over several partitions: rows are sorted after they are read.
    pub(crate) sort_after: bool,
    /// LIMIT.
    pub(crate) limit: Option<Expression>,
    /// PER PARTITION LIMIT.
    pub(crate) per_partition_limit: Option<Expression>,
    /// Ties a paging state to this statement.
    pub(crate) fingerprint: u64,
}

impl SelectPlan {
    /// Whether rows are folded into groups.
    pub(crate) fn is_grouped(&self) -> bool {
        self.group_by.is_some() || !self.aggregates.is_empty()
    }

    /// Whether the whole result is one row, however many rows are read.
    pub(crate) fn is_one_group(&self) -> bool {
        self.group_by.is_none() && !self.aggregates.is_empty()
    }
}
