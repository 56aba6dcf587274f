//! [`execute_batch`]: BATCH: several writes, all or none.
//!
//! All mutations go to storage in one write, which is one record of the commit log; so a logged and an unlogged
//! batch promise the same on one node: all of it, or nothing. Statements that name no timestamp share one.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::data::Mutation;
use model::limits::MUTATION_SIZE_BYTES_MAX;
use proto::native::{BatchKind, RawValue, ResultBody, WriteType};

use super::super::environment::Environment;
use super::super::expression::{Expression, Scope};
use super::change::{Change, check_timestamp, evaluate_timestamp};
use super::conditional::execute_conditional;
use super::execute_modify::{WriteOptions, write_changes};
use super::modify_plan::ModifyPlan;
use crate::error::CqlError;

/// From this size on a batch of several partitions is warned about.
const SIZE_BYTES_WARN: usize = 5 * 1024;

/// From this number of partitions on an unlogged batch is warned about.
const UNLOGGED_PARTITIONS_WARN: usize = 10;

/// What a batch answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BatchOutcome {
    /// Void, or rows with `[applied]`.
    pub(crate) result: ResultBody,
    /// What the client should know.
    pub(crate) warnings: Vec<String>,
}

/// The value of a batch's USING TIMESTAMP, with the values of the batch's markers.
///
/// Errors: Invalid, for null and the reserved timestamp.
pub(crate) fn batch_timestamp(
    expression: Option<&Expression>,
    values: &[RawValue],
    environment: &Environment,
) -> Result<Option<i64>, CqlError> {
    let Some(expression) = expression else { return Ok(None) };
    let scope = Scope { context: Some(environment), ..Scope::of_values(values) };
    evaluate_timestamp(expression, &scope)
}

/// Refuses a batch of this kind whose statements cannot stand in it, whatever their values; `timestamped`
/// says whether the batch has a USING TIMESTAMP.
pub(crate) fn check_batch<'p>(
    kind: BatchKind,
    statements: impl Iterator<Item = &'p ModifyPlan>,
    timestamped: bool,
) -> Result<(), CqlError> {
    let (mut counters, mut plain, mut conditional, mut stamped) = (false, false, false, false);
    for plan in statements {
        counters |= plan.is_counter();
        plain |= !plan.is_counter();
        conditional |= plan.is_conditional();
        stamped |= plan.timestamp.is_some();
    }
    let refused = if kind == BatchKind::Counter && plain {
        "Cannot include non-counter statement in a counter batch"
    } else if kind == BatchKind::Logged && counters {
        "Cannot include a counter statement in a logged batch"
    } else if counters && plain {
        "Counter and non-counter mutations cannot exist in the same batch"
    } else if timestamped && counters {
        "Cannot provide custom timestamp for counter BATCH"
    } else if timestamped && conditional {
        "Cannot provide custom timestamp for conditional BATCH"
    } else if timestamped && stamped {
        "Timestamp must be set either on BATCH or individual statements"
    } else {
        return Ok(());
    };
    Err(CqlError::invalid(refused))
}

/// Carries out a batch. The values of each statement were checked against its markers; the statements of a
/// batch that is one text share the values of all its markers. `using_timestamp` is the batch's own.
///
/// Errors: Invalid, for mixes that a batch cannot have and for more than 16 MiB; else as `execute_modify`.
/// Cancel: as `execute_modify`.
pub(crate) async fn execute_batch(
    environment: &Environment,
    kind: BatchKind,
    statements: &[(Arc<ModifyPlan>, Vec<RawValue>)],
    using_timestamp: Option<i64>,
    options: WriteOptions,
) -> Result<BatchOutcome, CqlError> {
    check_batch(kind, statements.iter().map(|(plan, _)| &**plan), using_timestamp.is_some())?;
    let now_seconds = options.now_seconds(environment);
    let changes = statements
        .iter()
        .map(|(plan, values)| Change::new(plan, values, environment, now_seconds))
        .collect::<Result<Vec<_>, _>>()?;
    if changes.iter().any(|change| change.plan.is_conditional()) {
        let result = execute_conditional(environment, &changes, options, true).await?;
        return Ok(BatchOutcome { result, warnings: Vec::new() });
    }
    let timestamp = match using_timestamp {
        Some(timestamp) => check_timestamp(timestamp)?,
        None => options.default_timestamp(environment)?,
    };
    let counters = changes.iter().any(|change| change.plan.is_counter());
    let write_type = match kind {
        _ if counters => WriteType::Counter,
        BatchKind::Logged => WriteType::Batch,
        _ => WriteType::UnloggedBatch,
    };
    let mut warnings = Vec::new();
    let check = |mutations: &[Mutation]| check_size(kind, &changes, mutations, &mut warnings);
    write_changes(environment, &changes, timestamp, options, write_type, check).await?;
    Ok(BatchOutcome { result: ResultBody::Void, warnings })
}

/// Refuses a batch that is too large, warns about a large one.
fn check_size(
    kind: BatchKind,
    changes: &[Change<'_>],
    mutations: &[Mutation],
    warnings: &mut Vec<String>,
) -> Result<(), CqlError> {
    let size: usize = mutations.iter().map(Mutation::size_bytes).sum();
    let tables = || {
        let names: BTreeSet<String> = changes
            .iter()
            .map(|change| format!("{}.{}", change.plan.table.keyspace, change.plan.table.name))
            .collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    if size > MUTATION_SIZE_BYTES_MAX {
        return Err(CqlError::invalid(format!(
            "Batch too large: it is of {size} bytes for [{}]; the limit is {MUTATION_SIZE_BYTES_MAX}",
            tables()
        )));
    }
    if mutations.len() > 1 && size > SIZE_BYTES_WARN {
        warnings.push(format!(
            "Batch for [{}] is of size {size}, exceeding specified threshold of {SIZE_BYTES_WARN} by {}.",
            tables(),
            size - SIZE_BYTES_WARN
        ));
    }
    if kind == BatchKind::Unlogged && mutations.len() > UNLOGGED_PARTITIONS_WARN {
        warnings.push(format!(
            "Unlogged batch covering {} partitions detected against table [{}]. You should use a logged batch for atomicity, or asynchronous writes for performance.",
            mutations.len(),
            tables()
        ));
    }
    Ok(())
}
