//! [`bind_modify`]: INSERT, UPDATE, DELETE as written -> [`ModifyPlan`].
//!
//! Here stand the rules of which part of the key a write must name, which tables refuse which statement, and
//! what may stand beside IF. Operations on single columns are bound in `bind_operation`.

use std::collections::HashSet;
use std::sync::Arc;

use model::schema::{ColumnKind, TableSchema};
use model::types::ColumnType;

use super::super::expression::{Binder, Expression, bind_term};
use super::super::restrictions::{BoundRestrictions, ClusteringRestriction, Filter, bind_restrictions};
use super::super::syntax::ast::{
    Comparison, Delete, Insert, InsertContent, ModifyStatement, Name, Relation, RelationLeft, RelationTest,
    Span, Term, Update, Using, WriteCondition,
};
use super::super::system::is_system_keyspace;
use super::bind_operation::{bind_assignment, bind_deleted};
use super::condition::{Condition, bind_condition};
use super::modify_plan::{ModifyKind, ModifyPlan, Operation, OperationKind, Reach};
use crate::error::CqlError;

/// Binds a statement on `table`, which is the binder's table too.
///
/// Errors: Invalid, for whatever cannot be carried out with any values.
pub(crate) fn bind_modify(
    binder: &mut Binder<'_>,
    table: &Arc<TableSchema>,
    statement: &ModifyStatement,
) -> Result<ModifyPlan, CqlError> {
    if is_system_keyspace(&table.keyspace) {
        return Err(CqlError::invalid(format!(
            "Cannot modify {}.{}: the system's tables are read-only",
            table.keyspace, table.name
        )));
    }
    // Markers keep their own numbers, so the order of binding is free.
    let plan = match statement {
        ModifyStatement::Insert(insert) => bind_insert(binder, table, insert),
        ModifyStatement::Update(update) => bind_update(binder, table, update),
        ModifyStatement::Delete(delete) => bind_delete(binder, table, delete),
    }?;
    check_condition(&plan)?;
    Ok(plan)
}

fn bind_insert(
    binder: &mut Binder<'_>,
    table: &Arc<TableSchema>,
    insert: &Insert,
) -> Result<ModifyPlan, CqlError> {
    if table.is_counter() {
        return Err(CqlError::invalid(
            "INSERT statements are not allowed on counter tables, use UPDATE instead",
        ));
    }
    let InsertContent::Columns { columns, values } = &insert.content else {
        return Err(CqlError::invalid("INSERT JSON is not supported yet; name the columns and their VALUES"));
    };
    if columns.len() != values.len() {
        return Err(CqlError::invalid("Unmatched column names/values"));
    }
    let mut seen = HashSet::new();
    let (mut relations, mut operations) = (Vec::new(), Vec::new());
    for (name, value) in columns.iter().zip(values) {
        let column = binder.column(name)?;
        if !seen.insert(column.id) {
            return Err(CqlError::invalid("The column names contains duplicates"));
        }
        if matches!(column.kind, ColumnKind::PartitionKey | ColumnKind::Clustering) {
            relations.push(equals(name, value));
            continue;
        }
        let value = bind_term(binder, value, &column.column_type, &column.name)?;
        operations.push(Operation::on(column, OperationKind::Set(value)));
    }
    let restrictions = bind_key(binder, table, ModifyKind::Insert, &relations)?;
    // Only static columns: no row is named, and none is inserted.
    let only_static = !operations.is_empty() && operations.iter().all(|operation| operation.is_static);
    let has_clustering = table.clustering().next().is_some();
    let reach = if has_clustering && only_static && !restrictions.clustering_restricted {
        Reach::Static
    } else {
        require_clustering(table, &restrictions)?;
        Reach::Rows
    };
    let (timestamp, ttl) = bind_using(binder, table, &insert.using)?;
    Ok(ModifyPlan {
        table: Arc::clone(table),
        kind: ModifyKind::Insert,
        marks_row: reach == Reach::Rows,
        restrictions,
        reach,
        operations,
        timestamp,
        ttl,
        condition: bind_if(binder, &insert.condition)?,
    })
}

/// `name = value`, as if it stood in a WHERE.
fn equals(name: &Name, value: &Term) -> Relation {
    Relation {
        left: RelationLeft::Column(name.clone()),
        test: RelationTest::Compare { operator: Comparison::Equal, value: value.clone() },
        span: Span { start: name.span.start, end: name.span.end },
    }
}

fn bind_update(
    binder: &mut Binder<'_>,
    table: &Arc<TableSchema>,
    update: &Update,
) -> Result<ModifyPlan, CqlError> {
    let mut operations: Vec<Operation> = Vec::with_capacity(update.assignments.len());
    for assignment in &update.assignments {
        let operation = bind_assignment(binder, assignment)?;
        let clash = operations.iter().find(|other| {
            let whole =
                |one: &Operation| matches!(one.kind, OperationKind::Set(_) | OperationKind::Count { .. });
            other.column == operation.column && (whole(other) || whole(&operation))
        });
        if clash.is_some() {
            return Err(CqlError::invalid(format!(
                "Multiple incompatible setting of column {}",
                operation.name
            )));
        }
        operations.push(operation);
    }
    let condition = bind_if(binder, &update.condition)?;
    let restrictions = bind_key(binder, table, ModifyKind::Update, &update.relations)?;
    let reach = reach_of_columns(table, ModifyKind::Update, &operations, &condition, &restrictions)?;
    let (timestamp, ttl) = bind_using(binder, table, &update.using)?;
    Ok(ModifyPlan {
        table: Arc::clone(table),
        kind: ModifyKind::Update,
        marks_row: false,
        restrictions,
        reach,
        operations,
        timestamp,
        ttl,
        condition,
    })
}

fn bind_delete(
    binder: &mut Binder<'_>,
    table: &Arc<TableSchema>,
    delete: &Delete,
) -> Result<ModifyPlan, CqlError> {
    let operations =
        delete.columns.iter().map(|column| bind_deleted(binder, column)).collect::<Result<Vec<_>, _>>()?;
    let condition = bind_if(binder, &delete.condition)?;
    let restrictions = bind_key(binder, table, ModifyKind::Delete, &delete.relations)?;
    let reach = if !operations.is_empty() {
        reach_of_columns(table, ModifyKind::Delete, &operations, &condition, &restrictions)?
    } else if !restrictions.clustering_restricted {
        Reach::Partition
    } else if is_whole_key(table, &restrictions) {
        Reach::Rows
    } else {
        Reach::Ranges
    };
    let (timestamp, ttl) = bind_using(binder, table, &delete.using)?;
    if ttl.is_some() {
        return Err(CqlError::invalid("TTL is not supported in DELETE statements"));
    }
    Ok(ModifyPlan {
        table: Arc::clone(table),
        kind: ModifyKind::Delete,
        marks_row: false,
        restrictions,
        reach,
        operations,
        timestamp,
        ttl,
        condition,
    })
}

/// Binds what names the key, and refuses everything else.
fn bind_key(
    binder: &mut Binder<'_>,
    table: &TableSchema,
    kind: ModifyKind,
    relations: &[Relation],
) -> Result<BoundRestrictions, CqlError> {
    let statement = kind.keyword();
    let mut others = Vec::new();
    for relation in relations {
        let (RelationLeft::Column(name)
        | RelationLeft::Element { column: name, .. }
        | RelationLeft::Field { column: name, .. }) = &relation.left
        else {
            if matches!(relation.left, RelationLeft::Token(_)) {
                return Err(CqlError::invalid(format!(
                    "The token function cannot be used in WHERE clauses for {statement} statements"
                )));
            }
            continue;
        };
        let column = binder.column(name)?;
        if !matches!(column.kind, ColumnKind::PartitionKey | ColumnKind::Clustering) {
            others.push(column.name.clone());
        }
    }
    if !others.is_empty() {
        return Err(CqlError::invalid(format!(
            "Non PRIMARY KEY columns found in where clause: {}",
            others.join(", ")
        )));
    }
    let bound = bind_restrictions(binder, table, relations)?;
    if !bound.missing_partition.is_empty() {
        return Err(CqlError::invalid(format!(
            "Some partition key parts are missing: {}",
            bound.missing_partition.join(", ")
        )));
    }
    if bound.needs_filtering {
        let reason = bound.filters.iter().find_map(|filter| match filter {
            Filter::Reason(reason) => Some(reason.clone()),
            _ => None,
        });
        return Err(CqlError::invalid(reason.unwrap_or_else(|| {
            format!(
                "Invalid WHERE clause: {statement} takes =, IN and, for DELETE, slices of the PRIMARY KEY"
            )
        })));
    }
    Ok(bound)
}

fn is_whole_key(table: &TableSchema, restrictions: &BoundRestrictions) -> bool {
    restrictions.clustering_fixed == table.clustering().count()
}

fn require_clustering(table: &TableSchema, restrictions: &BoundRestrictions) -> Result<(), CqlError> {
    if is_whole_key(table, restrictions) {
        return Ok(());
    }
    let missing: Vec<&str> =
        table.clustering().skip(restrictions.clustering_fixed).map(|column| column.name.as_str()).collect();
    Err(CqlError::invalid(format!("Some clustering keys are missing: {}", missing.join(", "))))
}

/// The reach of a statement that changes single columns.
fn reach_of_columns(
    table: &TableSchema,
    kind: ModifyKind,
    operations: &[Operation],
    condition: &Condition,
    restrictions: &BoundRestrictions,
) -> Result<Reach, CqlError> {
    let sliced =
        restrictions.clustering.iter().any(|part| matches!(part, ClusteringRestriction::Slice { .. }));
    if sliced {
        return Err(CqlError::invalid(match kind {
            ModifyKind::Delete => "Range deletions are not supported for specific columns".to_string(),
            _ => format!(
                "Slice restrictions are not supported on the clustering columns in {} statements",
                kind.keyword()
            ),
        }));
    }
    let tests_rows = match condition {
        Condition::Columns(tests) => tests.iter().any(|test| !test.is_static()),
        _ => false,
    };
    let only_static = operations.iter().all(|operation| operation.is_static) && !tests_rows;
    if only_static && table.clustering().next().is_some() {
        if restrictions.clustering_restricted {
            return Err(CqlError::invalid(format!(
                "Invalid restrictions on clustering columns since the {} statement modifies only static columns",
                kind.keyword()
            )));
        }
        return Ok(Reach::Static);
    }
    require_clustering(table, restrictions)?;
    Ok(Reach::Rows)
}

fn bind_using(
    binder: &mut Binder<'_>,
    table: &TableSchema,
    using: &Using,
) -> Result<(Option<Expression>, Option<Expression>), CqlError> {
    if table.is_counter() && using.timestamp.is_some() {
        return Err(CqlError::invalid("Cannot provide custom timestamp for counter updates"));
    }
    if table.is_counter() && using.ttl.is_some() {
        return Err(CqlError::invalid("Cannot provide custom TTL for counter updates"));
    }
    let timestamp = bind_timestamp(binder, using)?;
    let ttl = match &using.ttl {
        Some(term) => Some(bind_term(binder, term, &ColumnType::Int, "[ttl]")?),
        None => None,
    };
    Ok((timestamp, ttl))
}

/// USING TIMESTAMP of a statement, or of a batch.
pub(crate) fn bind_timestamp(binder: &mut Binder<'_>, using: &Using) -> Result<Option<Expression>, CqlError> {
    match &using.timestamp {
        Some(term) => bind_term(binder, term, &ColumnType::BigInt, "[timestamp]").map(Some),
        None => Ok(None),
    }
}

fn bind_if(binder: &mut Binder<'_>, condition: &WriteCondition) -> Result<Condition, CqlError> {
    Ok(match condition {
        WriteCondition::None => Condition::None,
        WriteCondition::NotExists => Condition::NotExists,
        WriteCondition::Exists => Condition::Exists,
        WriteCondition::Columns(relations) => Condition::Columns(
            relations.iter().map(|relation| bind_condition(binder, relation)).collect::<Result<_, _>>()?,
        ),
    })
}

/// What may not stand beside an IF.
fn check_condition(plan: &ModifyPlan) -> Result<(), CqlError> {
    if !plan.is_conditional() {
        return Ok(());
    }
    let statement = plan.kind.keyword();
    if plan.is_counter() {
        return Err(CqlError::invalid("Conditional updates are not supported on counter tables"));
    }
    if plan.timestamp.is_some() {
        return Err(CqlError::invalid("Cannot provide custom timestamp for conditional updates"));
    }
    if plan.restrictions.partition_in {
        return Err(CqlError::invalid(format!(
            "IN on the partition key is not supported with conditional {statement}s"
        )));
    }
    if plan.restrictions.clustering_in {
        return Err(CqlError::invalid(format!(
            "IN on the clustering key columns is not supported with conditional {statement}s"
        )));
    }
    let names_row = match plan.reach {
        Reach::Rows | Reach::Static => true,
        // Of a table without clustering columns the partition is the row.
        Reach::Partition => plan.table.clustering().next().is_none(),
        Reach::Ranges => false,
    };
    if !names_row {
        return Err(CqlError::invalid(format!(
            "{statement} statements must restrict all PRIMARY KEY columns with equality relations to be conditional"
        )));
    }
    Ok(())
}
