//! [`Change`]: one execution of a [`ModifyPlan`]: the plan with its values worked out. Pure but for `now()`.
//!
//! On a write's way: plan + values -> **change** -> [`super::Writes`] -> mutations. Nulls in keys, unset values,
//! ttls and timestamps are decided here; a change knows which rows it must know of before it can write.

use bytes::Bytes;
use model::data::Row;
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::limits::TTL_SECONDS_MAX;
use model::schema::TableSchema;
use model::types::{ColumnType, collection};
use proto::native::RawValue;

use super::super::expression::{Expression, Scope, list_index};
use super::super::functions::FunctionContext;
use super::super::row_view::RowView;
use super::modify_plan::{ModifyPlan, Operation, OperationKind, Reach};
use super::row_builder::element_path;
use crate::error::CqlError;

/// What of its partitions a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// These rows, ascending, none twice; the static row too, if there are operations on it.
    Rows(Vec<ClusteringKey>),
    /// The static row.
    Static,
    /// Rows in these ranges.
    Ranges(Vec<ByteRange>),
    /// All of the partition.
    Partition,
}

/// An operation with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// The whole value.
    Set(Option<Bytes>),
    /// Elements of this collection added; those of a list behind the others.
    Add(Bytes),
    /// Elements of this list put before the others.
    Prepend(Bytes),
    /// Elements of this set removed.
    Discard(Bytes),
    /// Elements equal to one of these removed from the list.
    DiscardFromList(Vec<Bytes>),
    /// The cell at a path.
    SetPath(Bytes, Option<Bytes>),
    /// The list element at an index.
    SetIndex(i32, Option<Bytes>),
    /// The whole column deleted.
    Delete,
    /// Added to the counter.
    Count(i64),
}

/// A statement with its values.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    /// The statement.
    pub(crate) plan: &'a ModifyPlan,
    /// Its values.
    pub(crate) values: &'a [RawValue],
    /// The partitions, in the engine's order.
    pub(crate) keys: Vec<DecoratedKey>,
    /// What of each.
    pub(crate) target: Target,
    /// What happens to columns; those whose value is unset are left out.
    pub(crate) actions: Vec<(&'a Operation, Action)>,
    /// USING TIMESTAMP, microseconds.
    pub(crate) timestamp: Option<i64>,
    /// Seconds to live; 0: for ever.
    pub(crate) ttl: u32,
}

impl<'a> Change<'a> {
    /// Works out the values.
    ///
    /// Errors: Invalid, for values that the statement cannot have.
    pub(crate) fn new(
        plan: &'a ModifyPlan,
        values: &'a [RawValue],
        context: &dyn FunctionContext,
        now_seconds: i64,
    ) -> Result<Change<'a>, CqlError> {
        let scope =
            Scope { values, row: None::<RowView<'_>>, aggregates: &[], context: Some(context), now_seconds };
        let table: &TableSchema = &plan.table;
        let keys = plan
            .restrictions
            .partitions(table, &scope)?
            .ok_or_else(|| CqlError::server("a write without a partition key"))?;
        let target = match plan.reach {
            Reach::Rows => Target::Rows(plan.restrictions.rows(table, &scope)?),
            Reach::Static => Target::Static,
            Reach::Ranges => Target::Ranges(plan.restrictions.slices(table, &scope)?),
            Reach::Partition => Target::Partition,
        };
        let mut actions = Vec::with_capacity(plan.operations.len());
        for operation in &plan.operations {
            if let Some(action) = action_of(operation, &scope)? {
                actions.push((operation, action));
            }
        }
        let timestamp = match &plan.timestamp {
            Some(expression) => evaluate_timestamp(expression, &scope)?,
            None => None,
        };
        let ttl = evaluate_ttl(plan.ttl.as_ref(), table, &scope)?;
        Ok(Change { plan, values, keys, target, actions, timestamp, ttl })
    }

    /// The row that IF tests: `None` for the static row alone.
    pub(crate) fn tested_row(&self) -> Option<ClusteringKey> {
        match &self.target {
            Target::Rows(rows) => rows.first().cloned(),
            // Only of a table without clustering columns, where the partition is one row.
            Target::Partition => Some(ClusteringKey::empty()),
            Target::Static | Target::Ranges(_) => None,
        }
    }

    /// The rows it names.
    pub(crate) fn rows(&self) -> Vec<ClusteringKey> {
        match &self.target {
            Target::Rows(rows) => rows.clone(),
            Target::Partition if self.plan.table.clustering().next().is_none() => {
                vec![ClusteringKey::empty()]
            }
            _ => Vec::new(),
        }
    }

    /// Whether it needs to know what is there, IF included.
    pub(crate) fn reads(&self) -> bool {
        self.plan.reads()
    }

    /// The static row or the row `clustering` as IF sees it: whether all conditions hold.
    pub(crate) fn holds(
        &self,
        static_row: Option<&Row>,
        row: Option<&Row>,
        context: &dyn FunctionContext,
        now_seconds: i64,
    ) -> Result<bool, CqlError> {
        use super::condition::Condition;
        let there = if matches!(self.target, Target::Static) { static_row } else { row };
        match &self.plan.condition {
            Condition::None => Ok(true),
            Condition::NotExists => Ok(there.is_none()),
            Condition::Exists => Ok(there.is_some()),
            Condition::Columns(tests) => {
                let view = RowView { partition: &[], clustering: &[], static_row, row };
                let scope = Scope {
                    values: self.values,
                    row: None,
                    aggregates: &[],
                    context: Some(context),
                    now_seconds,
                };
                for test in tests {
                    if !test.holds(&view, &scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }
}

/// The value of USING TIMESTAMP; `None` when unset.
///
/// Errors: Invalid, for null and for the one reserved timestamp.
pub(crate) fn evaluate_timestamp(
    expression: &Expression,
    scope: &Scope<'_>,
) -> Result<Option<i64>, CqlError> {
    let bytes = match expression.evaluate(scope)? {
        RawValue::Unset => return Ok(None),
        RawValue::Null => return Err(CqlError::invalid("Invalid null value of timestamp")),
        RawValue::Bytes(bytes) => bytes,
    };
    let bytes: [u8; 8] = bytes[..].try_into().map_err(|_| CqlError::invalid("Invalid timestamp value"))?;
    check_timestamp(i64::from_be_bytes(bytes)).map(Some)
}

/// Refuses the one timestamp that no write may have.
pub(crate) fn check_timestamp(timestamp: i64) -> Result<i64, CqlError> {
    if timestamp == i64::MIN {
        return Err(CqlError::invalid(format!("Out of bound timestamp, must be greater than {}", i64::MIN)));
    }
    Ok(timestamp)
}

fn evaluate_ttl(
    expression: Option<&Expression>,
    table: &TableSchema,
    scope: &Scope<'_>,
) -> Result<u32, CqlError> {
    if table.is_counter() {
        return Ok(0);
    }
    let default = table.options.default_time_to_live;
    let Some(expression) = expression else { return Ok(default) };
    let bytes = match expression.evaluate(scope)? {
        RawValue::Unset => return Ok(default),
        RawValue::Null => return Ok(0),
        RawValue::Bytes(bytes) => bytes,
    };
    let bytes: [u8; 4] = bytes[..].try_into().map_err(|_| CqlError::invalid("Invalid TTL value"))?;
    let ttl = i32::from_be_bytes(bytes);
    let seconds = u32::try_from(ttl)
        .map_err(|_| CqlError::invalid(format!("A TTL must be greater or equal to 0, but was {ttl}")))?;
    if seconds > TTL_SECONDS_MAX {
        return Err(CqlError::invalid(format!(
            "ttl is too large. requested ({seconds}) maximum ({TTL_SECONDS_MAX})"
        )));
    }
    Ok(seconds)
}

/// The operation with its values; `None` when it does nothing.
fn action_of(operation: &Operation, scope: &Scope<'_>) -> Result<Option<Action>, CqlError> {
    let name = &operation.name;
    Ok(match &operation.kind {
        OperationKind::Set(value) => match value.evaluate(scope)? {
            RawValue::Unset => None,
            value => Some(Action::Set(value.as_bytes().cloned())),
        },
        OperationKind::Add(value) => bytes_of(value, scope)?.map(Action::Add),
        OperationKind::Prepend(value) => bytes_of(value, scope)?.map(Action::Prepend),
        OperationKind::Discard(value) => bytes_of(value, scope)?.map(Action::Discard),
        OperationKind::DiscardFromList(value) => match bytes_of(value, scope)? {
            Some(list) => Some(Action::DiscardFromList(collection::split_list(&list)?)),
            None => None,
        },
        OperationKind::SetKey { key, value } => {
            let path = path_of(operation, key, scope)?;
            match value.evaluate(scope)? {
                RawValue::Unset => None,
                value => Some(Action::SetPath(path, value.as_bytes().cloned())),
            }
        }
        OperationKind::SetIndex { index, value } => {
            let index = index_of(name, index, scope)?;
            match value.evaluate(scope)? {
                RawValue::Unset => None,
                value => Some(Action::SetIndex(index, value.as_bytes().cloned())),
            }
        }
        OperationKind::SetField { index, value } => match value.evaluate(scope)? {
            RawValue::Unset => None,
            value => Some(Action::SetPath(field_path(*index), value.as_bytes().cloned())),
        },
        OperationKind::Delete => Some(Action::Delete),
        OperationKind::DeleteKey(key) => Some(Action::SetPath(path_of(operation, key, scope)?, None)),
        OperationKind::DeleteIndex(index) => Some(Action::SetIndex(index_of(name, index, scope)?, None)),
        OperationKind::DeleteField(index) => Some(Action::SetPath(field_path(*index), None)),
        OperationKind::Count { by, down } => match by.evaluate(scope)? {
            RawValue::Unset => None,
            RawValue::Null => return Err(CqlError::invalid("Invalid null value for counter increment")),
            RawValue::Bytes(bytes) => {
                let bytes: [u8; 8] = bytes[..]
                    .try_into()
                    .map_err(|_| CqlError::invalid("Invalid empty value for counter increment"))?;
                Some(Action::Count(count_of(i64::from_be_bytes(bytes), *down)?))
            }
        },
    })
}

fn count_of(by: i64, down: bool) -> Result<i64, CqlError> {
    if !down {
        return Ok(by);
    }
    by.checked_neg().ok_or_else(|| {
        CqlError::invalid(format!(
            "The negation of {by} overflows supported counter precision (signed 8 bytes integer)"
        ))
    })
}

/// A collection to add or remove; null and unset do nothing.
fn bytes_of(value: &Expression, scope: &Scope<'_>) -> Result<Option<Bytes>, CqlError> {
    Ok(value.evaluate(scope)?.as_bytes().cloned())
}

fn field_path(index: u16) -> Bytes {
    Bytes::copy_from_slice(&index.to_be_bytes())
}

fn index_of(name: &str, index: &Expression, scope: &Scope<'_>) -> Result<i32, CqlError> {
    match index.evaluate(scope)? {
        RawValue::Bytes(bytes) => list_index(&bytes),
        RawValue::Null => {
            Err(CqlError::invalid(format!("Invalid null value for list index of column {name}")))
        }
        RawValue::Unset => {
            Err(CqlError::invalid(format!("Invalid unset value for list index of column {name}")))
        }
    }
}

/// The path of a map key or set element.
fn path_of(operation: &Operation, key: &Expression, scope: &Scope<'_>) -> Result<Bytes, CqlError> {
    let (kind, what) = match &operation.column_type {
        ColumnType::Map { key, .. } => (key, "map key"),
        ColumnType::Set { element, .. } => (element, "set element"),
        other => return Err(CqlError::server(format!("a key into a column of type {other}"))),
    };
    match key.evaluate(scope)? {
        RawValue::Bytes(bytes) => element_path(kind, &bytes),
        RawValue::Null => {
            Err(CqlError::invalid(format!("Invalid null value for {what} of column {}", operation.name)))
        }
        RawValue::Unset => {
            Err(CqlError::invalid(format!("Invalid unset value for {what} of column {}", operation.name)))
        }
    }
}
