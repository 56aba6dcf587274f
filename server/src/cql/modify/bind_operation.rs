//! Assignments of SET and columns of DELETE -> [`Operation`]s.

use model::schema::{Column, ColumnKind};
use model::types::ColumnType;
use std::sync::Arc;

use super::super::expression::{Binder, Expression, bind_term};
use super::super::syntax::ast::{Assignment, AssignmentKind, DeletedColumn, Name, Term};
use super::modify_plan::{Operation, OperationKind};
use crate::error::CqlError;

impl Operation {
    /// `kind` on `column`.
    pub(crate) fn on(column: &Column, kind: OperationKind) -> Operation {
        Operation {
            column: column.id,
            name: column.name.clone(),
            column_type: column.column_type.clone(),
            is_static: column.kind == ColumnKind::Static,
            kind,
        }
    }
}

fn is_key(column: &Column) -> bool {
    matches!(column.kind, ColumnKind::PartitionKey | ColumnKind::Clustering)
}

/// Binds one assignment of SET.
///
/// Errors: Invalid, for key columns and for operations that the column's type does not have.
pub(crate) fn bind_assignment(
    binder: &mut Binder<'_>,
    assignment: &Assignment,
) -> Result<Operation, CqlError> {
    let column = binder.column(&assignment.column)?;
    if is_key(column) {
        return Err(CqlError::invalid(format!("PRIMARY KEY part {} found in SET part", column.name)));
    }
    let shown = assignment.span.text(binder.text);
    let kind = match &assignment.kind {
        AssignmentKind::Set(value) => {
            if column.column_type == ColumnType::Counter {
                return Err(CqlError::invalid(format!(
                    "Cannot set the value of counter column {} (counters can only be incremented/decremented, not set)",
                    column.name
                )));
            }
            OperationKind::Set(bind_term(binder, value, &column.column_type, &column.name)?)
        }
        AssignmentKind::Add(value) => match &column.column_type {
            ColumnType::Counter => count(binder, column, value, false)?,
            kind => {
                require_multi_cell_collection(kind, shown, &column.name)?;
                OperationKind::Add(bind_term(binder, value, kind, &column.name)?)
            }
        },
        AssignmentKind::Subtract(value) => match &column.column_type {
            ColumnType::Counter => count(binder, column, value, true)?,
            kind => {
                require_multi_cell_collection(kind, shown, &column.name)?;
                match kind {
                    ColumnType::List { .. } => {
                        OperationKind::DiscardFromList(bind_term(binder, value, kind, &column.name)?)
                    }
                    ColumnType::Map { key, .. } => {
                        let keys = ColumnType::Set { element: Arc::clone(key), frozen: false };
                        OperationKind::Discard(bind_term(binder, value, &keys, &column.name)?)
                    }
                    _ => OperationKind::Discard(bind_term(binder, value, kind, &column.name)?),
                }
            }
        },
        AssignmentKind::Prepend(value) => match &column.column_type {
            ColumnType::Counter => count(binder, column, value, false)?,
            kind => {
                require_multi_cell_collection(kind, shown, &column.name)?;
                let value = bind_term(binder, value, kind, &column.name)?;
                match kind {
                    ColumnType::List { .. } => OperationKind::Prepend(value),
                    _ => OperationKind::Add(value),
                }
            }
        },
        AssignmentKind::SetElement { key, value } => {
            require_multi_cell_collection(&column.column_type, shown, &column.name)?;
            match &column.column_type {
                ColumnType::Map { key: key_type, value: value_type, .. } => OperationKind::SetKey {
                    key: bind_term(binder, key, key_type, &format!("key({})", column.name))?,
                    value: bind_term(binder, value, value_type, &format!("value({})", column.name))?,
                },
                ColumnType::List { element, .. } => OperationKind::SetIndex {
                    index: bind_term(binder, key, &ColumnType::Int, &format!("idx({})", column.name))?,
                    value: bind_term(binder, value, element, &format!("value({})", column.name))?,
                },
                _ => {
                    return Err(CqlError::invalid(format!(
                        "Invalid operation ({shown}) for set column {}",
                        column.name
                    )));
                }
            }
        }
        AssignmentKind::SetField { field, value } => {
            let (index, kind) = field_of(column, field, shown)?;
            let value = bind_term(binder, value, &kind, &format!("{}.{}", column.name, field.text))?;
            OperationKind::SetField { index, value }
        }
    };
    Ok(Operation::on(column, kind))
}

/// Binds what a DELETE removes of a row.
///
/// Errors: Invalid, for key columns and for parts that the column's type does not have.
pub(crate) fn bind_deleted(binder: &mut Binder<'_>, deleted: &DeletedColumn) -> Result<Operation, CqlError> {
    let column = binder.column(deleted.column())?;
    if is_key(column) {
        return Err(CqlError::invalid(format!(
            "Invalid identifier {} for deletion (should not be a PRIMARY KEY part)",
            column.name
        )));
    }
    let kind = match deleted {
        DeletedColumn::Column(_) => OperationKind::Delete,
        DeletedColumn::Element { key, .. } => {
            let shown = format!("{}[…]", column.name);
            require_multi_cell_collection(&column.column_type, &shown, &column.name)?;
            let receiver = format!("key({})", column.name);
            match &column.column_type {
                ColumnType::List { .. } => OperationKind::DeleteIndex(bind_term(
                    binder,
                    key,
                    &ColumnType::Int,
                    &format!("idx({})", column.name),
                )?),
                ColumnType::Map { key: kind, .. } | ColumnType::Set { element: kind, .. } => {
                    OperationKind::DeleteKey(bind_term(binder, key, kind, &receiver)?)
                }
                other => {
                    return Err(CqlError::invalid(format!(
                        "Invalid deletion operation for column {} of type {other}",
                        column.name
                    )));
                }
            }
        }
        DeletedColumn::Field { field, .. } => {
            let shown = format!("{}.{}", column.name, field.text);
            OperationKind::DeleteField(field_of(column, field, &shown)?.0)
        }
    };
    Ok(Operation::on(column, kind))
}

fn count(
    binder: &mut Binder<'_>,
    column: &Column,
    value: &Term,
    down: bool,
) -> Result<OperationKind, CqlError> {
    let by: Expression = bind_term(binder, value, &column.column_type, &column.name)?;
    Ok(OperationKind::Count { by, down })
}

fn require_multi_cell_collection(kind: &ColumnType, shown: &str, name: &str) -> Result<(), CqlError> {
    if !kind.is_collection() {
        return Err(CqlError::invalid(format!(
            "Invalid operation ({shown}) for non collection column {name}"
        )));
    }
    if !kind.is_multi_cell() {
        return Err(CqlError::invalid(format!(
            "Invalid operation ({shown}) for frozen collection column {name}"
        )));
    }
    Ok(())
}

fn field_of(column: &Column, field: &Name, shown: &str) -> Result<(u16, ColumnType), CqlError> {
    let ColumnType::Udt { definition, frozen } = &column.column_type else {
        return Err(CqlError::invalid(format!(
            "Invalid operation ({shown}) for non-UDT column {}",
            column.name
        )));
    };
    if *frozen {
        return Err(CqlError::invalid(format!(
            "Invalid operation ({shown}) for frozen UDT column {}",
            column.name
        )));
    }
    definition
        .field_index(&field.text)
        .and_then(|index| Some((u16::try_from(index).ok()?, definition.fields[index].1.clone())))
        .ok_or_else(|| {
            CqlError::invalid(format!(
                "UDT column {} does not have a field named {}",
                column.name, field.text
            ))
        })
}
