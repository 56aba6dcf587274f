//! [`execute_modify`]: one INSERT, UPDATE or DELETE carried out.
//!
//! On a write's way: plan + values -> change -> (locks and a read, if it depends on what is there) -> one write
//! to storage, acknowledged when it is durable and visible.

use model::data::Mutation;
use proto::native::{Consistency, RawValue, ResultBody, WriteType};

use super::super::environment::Environment;
use super::before::{Before, Wanted};
use super::change::{Change, check_timestamp};
use super::conditional::execute_conditional;
use super::list_path::ListPaths;
use super::modify_plan::ModifyPlan;
use super::writes::Writes;
use crate::error::CqlError;

/// What a request says about its writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteOptions {
    /// Timestamp of writes that name none, microseconds; `None`: the node's clock.
    pub(crate) timestamp: Option<i64>,
    /// The client's idea of now, seconds since 1970; `None`: the node's.
    pub(crate) now_in_seconds: Option<i64>,
    /// How many replicas acknowledge; checked by the caller.
    pub(crate) consistency: Consistency,
    /// Level of the conditional part; checked by the caller.
    pub(crate) serial_consistency: Option<Consistency>,
}

impl WriteOptions {
    /// Seconds since 1970, for ttl and tombstones.
    pub(crate) fn now_seconds(&self, environment: &Environment) -> i64 {
        self.now_in_seconds.unwrap_or_else(|| environment.now_seconds())
    }

    /// The timestamp of writes that name none.
    ///
    /// Errors: Invalid, for the reserved one.
    pub(crate) fn default_timestamp(&self, environment: &Environment) -> Result<i64, CqlError> {
        match self.timestamp {
            Some(timestamp) => check_timestamp(timestamp),
            None => Ok(environment.next_timestamp()),
        }
    }
}

/// Carries out one statement. `values` were checked against the statement's markers.
///
/// Answers Void, or rows with `[applied]` for a statement with IF.
///
/// Errors: Invalid, for values that cannot be written; Overloaded and WriteFailure from storage.
/// Cancel: dropping the future before the write is submitted writes nothing; after it, the write counts.
pub(crate) async fn execute_modify(
    environment: &Environment,
    plan: &ModifyPlan,
    values: &[RawValue],
    options: WriteOptions,
) -> Result<ResultBody, CqlError> {
    let now_seconds = options.now_seconds(environment);
    let change = Change::new(plan, values, environment, now_seconds)?;
    if plan.is_conditional() {
        return execute_conditional(environment, &[change], options, false).await;
    }
    let timestamp = options.default_timestamp(environment)?;
    let write_type = if plan.is_counter() { WriteType::Counter } else { WriteType::Simple };
    write_changes(environment, &[change], timestamp, options, write_type, |_| Ok(())).await?;
    Ok(ResultBody::Void)
}

/// Writes changes without IF, all or none; `check` sees the mutations before they are submitted.
pub(super) async fn write_changes(
    environment: &Environment,
    changes: &[Change<'_>],
    timestamp: i64,
    options: WriteOptions,
    write_type: WriteType,
    check: impl FnOnce(&[Mutation]) -> Result<(), CqlError>,
) -> Result<(), CqlError> {
    let now_seconds = options.now_seconds(environment);
    let mut wanted = Wanted::default();
    for change in changes.iter().filter(|change| change.reads()) {
        wanted.add(change);
    }
    let (mut locks, mut before) = (Vec::new(), Before::default());
    if !wanted.is_empty() {
        locks = environment.storage.lock_partitions(wanted.partitions()).await;
        before = wanted.read(&environment.storage, now_seconds)?;
    }
    let mutations = mutations_of(environment, changes, timestamp, now_seconds, &before)?;
    check(&mutations)?;
    environment.storage.write_locked(mutations, write_type, options.consistency, locks).await
}

/// The mutations of some changes, of which each may have a timestamp of its own.
pub(super) fn mutations_of(
    environment: &Environment,
    changes: &[Change<'_>],
    timestamp: i64,
    now_seconds: i64,
    before: &Before,
) -> Result<Vec<Mutation>, CqlError> {
    let mut writes = Writes::default();
    let paths = ListPaths::new(environment);
    for change in changes {
        writes.add(change, change.timestamp.unwrap_or(timestamp), now_seconds, before, paths)?;
    }
    writes.finish(before, environment.node_id, environment.next_timestamp())
}
