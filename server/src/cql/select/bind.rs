//! Binding of a SELECT: names, types and the rules of ORDER BY, GROUP BY, DISTINCT and filtering.

use std::sync::Arc;

use model::schema::{ClusteringOrder, Column, ColumnKind, TableSchema};
use model::stream::Direction;
use model::types::ColumnType;
use proto::native::{ColumnSpec, ResultMetadata};

use super::super::expression::{AggregateCall, Binder, Expression, bind_selector, bind_term, selector_name};
use super::super::restrictions::{BoundRestrictions, Filter, bind_restrictions};
use super::super::row_view::{ColumnRef, Slot};
use super::super::syntax::ast::{OrderDirection, RelationLeft, Select, Selection, SelectorKind, Term};
use super::SelectPlan;
use crate::error::CqlError;

/// Whether static columns, beside columns of the partition key, are all that is selected.
fn selects_only_static(columns: &[Expression], aggregates: &[AggregateCall]) -> bool {
    let (mut statics, mut others) = (false, false);
    let arguments = aggregates.iter().filter_map(|aggregate| aggregate.argument.as_ref());
    for expression in columns.iter().chain(arguments) {
        expression.for_each_column(&mut |column| match column.slot {
            Slot::Static(_) => statics = true,
            Slot::Partition(_) => {}
            Slot::Clustering(_) | Slot::Regular(_) => others = true,
        });
    }
    statics && !others
}

/// Binds a SELECT on `table`.
pub(crate) fn bind_select(
    binder: &mut Binder<'_>,
    table: &Arc<TableSchema>,
    select: &Select,
) -> Result<SelectPlan, CqlError> {
    if select.json {
        return Err(CqlError::invalid("SELECT JSON is not supported yet"));
    }
    let mut aggregates = Vec::new();
    let mut columns = Vec::new();
    let mut specs = Vec::new();
    let mut spec = |name: String, column_type: ColumnType| {
        specs.push(ColumnSpec {
            keyspace: table.keyspace.clone(),
            table: table.name.clone(),
            name,
            column_type,
        });
    };
    match &select.selection {
        Selection::All => {
            for column in &table.columns {
                columns.push(Expression::Column(ColumnRef::of(table, column)));
                spec(column.name.clone(), column.column_type.clone());
            }
        }
        Selection::Items(items) => {
            for item in items {
                let bound = bind_selector(binder, &item.selector, &mut aggregates)?;
                let name = match &item.alias {
                    Some(alias) => alias.text.clone(),
                    None => selector_name(&item.selector, binder.text),
                };
                columns.push(bound.expression);
                spec(name, bound.column_type);
            }
        }
    }
    let restrictions = bind_restrictions(binder, table, &select.relations)?;
    check_filtering(&restrictions, table, select.allow_filtering)?;
    if select.distinct {
        check_distinct(table, select)?;
    }
    if restrictions.clustering_restricted && selects_only_static(&columns, &aggregates) {
        return Err(CqlError::invalid(
            "Cannot restrict clustering columns when selecting only static columns",
        ));
    }
    let group_by = bind_group_by(binder, table, &restrictions, select)?;
    let reversed = bind_order(binder, table, &restrictions, select)?;
    let sort_after = !select.order_by.is_empty() && restrictions.partition_in;
    if sort_after && (group_by.is_some() || !aggregates.is_empty()) {
        return Err(CqlError::invalid(
            "ORDER BY with an IN restriction on the partition key cannot be combined with aggregates or GROUP BY",
        ));
    }
    let mut number = |term: &Option<Term>, name: &str| match term {
        Some(term) => bind_term(binder, term, &ColumnType::Int, name).map(Some),
        None => Ok(None),
    };
    let per_partition_limit = number(&select.per_partition_limit, "[per_partition_limit]")?;
    let limit = number(&select.limit, "[limit]")?;
    if select.distinct && per_partition_limit.is_some() {
        return Err(CqlError::invalid("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries"));
    }
    if !aggregates.is_empty() && group_by.is_none() && per_partition_limit.is_some() {
        return Err(CqlError::invalid("PER PARTITION LIMIT is not allowed with aggregate queries."));
    }
    let row_filter = restrictions.filters.iter().any(|filter| needs_row(filter, table));
    let text = select.span.text(binder.text);
    Ok(SelectPlan {
        table: Arc::clone(table),
        static_only_rows: !restrictions.clustering_restricted && !row_filter,
        restrictions,
        columns,
        metadata: Arc::new(ResultMetadata { columns: specs }),
        aggregates,
        group_by,
        distinct: select.distinct,
        direction: if reversed { Direction::Reverse } else { Direction::Forward },
        sort_after,
        limit,
        per_partition_limit,
        fingerprint: xxhash_rust::xxh3::xxh3_64(format!("{} {text}", table.id).as_bytes()),
    })
}

/// Whether a filter looks at columns of rows, so that a static row alone cannot pass it.
fn needs_row(filter: &Filter, table: &TableSchema) -> bool {
    let of_row = |column: &ColumnRef| {
        let kind = table.column(&column.name).map(|column| column.kind);
        matches!(kind, Some(ColumnKind::Regular | ColumnKind::Clustering))
    };
    match filter {
        Filter::Compare { left, .. } | Filter::In { left, .. } => left.columns().into_iter().any(of_row),
        Filter::Contains { column, .. } | Filter::ContainsKey { column, .. } => of_row(column),
        Filter::Reason(_) => false,
    }
}

/// Refuses what would read more than it answers, unless the statement allows it.
fn check_filtering(
    restrictions: &BoundRestrictions,
    table: &TableSchema,
    allowed: bool,
) -> Result<(), CqlError> {
    // Node-local computed tables are small: nobody needs to ask for leave to filter them.
    if allowed || super::super::system::is_computed(&table.keyspace, &table.name) {
        return Ok(());
    }
    for filter in &restrictions.filters {
        if let Filter::Reason(reason) = filter {
            return Err(CqlError::invalid(reason.clone()));
        }
    }
    let rows_of_every_partition = restrictions.partition.is_none() && restrictions.clustering_restricted;
    if restrictions.needs_filtering || rows_of_every_partition {
        return Err(CqlError::invalid(
            "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. \
             If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING",
        ));
    }
    Ok(())
}

fn check_distinct(table: &TableSchema, select: &Select) -> Result<(), CqlError> {
    let only_keys = || {
        CqlError::invalid(
            "SELECT DISTINCT queries must only request partition key columns and/or static columns",
        )
    };
    let Selection::Items(items) = &select.selection else { return Err(only_keys()) };
    let mut seen = Vec::new();
    for item in items {
        let SelectorKind::Column(name) = &item.selector.kind else { continue };
        let kind = table.column(&name.text).map(|column| column.kind);
        if !matches!(kind, Some(ColumnKind::PartitionKey | ColumnKind::Static)) {
            return Err(only_keys());
        }
        seen.push(name.text.as_str());
    }
    if let Some(missing) = table.partition_key().find(|column| !seen.contains(&column.name.as_str())) {
        return Err(CqlError::invalid(format!(
            "SELECT DISTINCT queries must request all the partition key columns (missing {})",
            missing.name
        )));
    }
    for relation in &select.relations {
        if let RelationLeft::Column(name) = &relation.left {
            let kind = table.column(&name.text).map(|column| column.kind);
            if matches!(kind, Some(ColumnKind::Clustering | ColumnKind::Regular)) {
                return Err(CqlError::invalid(
                    "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.",
                ));
            }
        }
    }
    Ok(())
}

fn bind_group_by(
    binder: &Binder<'_>,
    table: &TableSchema,
    restrictions: &BoundRestrictions,
    select: &Select,
) -> Result<Option<Vec<ColumnRef>>, CqlError> {
    if select.group_by.is_empty() {
        return Ok(None);
    }
    let key: Vec<&Column> = table.partition_key().chain(table.clustering()).collect();
    let single = |column: &Column| {
        let by_partition = column.kind == ColumnKind::PartitionKey
            && restrictions.partition.is_some()
            && !restrictions.partition_in;
        by_partition || restrictions.clustering_single.contains(&column.name)
    };
    let out_of_order =
        "Group by currently only support groups of columns following their declared order in the PRIMARY KEY";
    let mut position = 0;
    let mut columns = Vec::new();
    for selector in &select.group_by {
        let SelectorKind::Column(name) = &selector.kind else {
            return Err(CqlError::invalid(
                "functions in GROUP BY are not supported yet; group by columns of the PRIMARY KEY",
            ));
        };
        let column = binder.column(name)?;
        if !matches!(column.kind, ColumnKind::PartitionKey | ColumnKind::Clustering) {
            return Err(CqlError::invalid(format!(
                "Group by is currently only supported on the columns of the PRIMARY KEY, got {}",
                name.text
            )));
        }
        if select.distinct && column.kind == ColumnKind::Clustering {
            return Err(CqlError::invalid(
                "Grouping on clustering columns is not allowed for SELECT DISTINCT queries",
            ));
        }
        while position < key.len() && key[position].id != column.id {
            if !single(key[position]) {
                return Err(CqlError::invalid(out_of_order));
            }
            position += 1;
        }
        if position == key.len() {
            return Err(CqlError::invalid(out_of_order));
        }
        columns.push(ColumnRef::of(table, column));
        position += 1;
    }
    if position < table.partition_key().count()
        && !key[position..].iter().take_while(|c| c.kind == ColumnKind::PartitionKey).all(|c| single(c))
    {
        return Err(CqlError::invalid("Group by is not supported on only a part of the partition key"));
    }
    Ok(Some(columns))
}

/// Whether rows come in the reverse of the stored order.
fn bind_order(
    binder: &Binder<'_>,
    table: &TableSchema,
    restrictions: &BoundRestrictions,
    select: &Select,
) -> Result<bool, CqlError> {
    if select.order_by.is_empty() {
        return Ok(false);
    }
    let clustering: Vec<&Column> = table.clustering().collect();
    let mut reversed: Option<bool> = None;
    let mut position = 0;
    for order in &select.order_by {
        let descending = match &order.direction {
            OrderDirection::Ascending => false,
            OrderDirection::Descending => true,
            OrderDirection::NearestTo(_) => {
                return Err(CqlError::invalid(
                    "ORDER BY … ANN OF needs a vector index, and indexes are not supported yet",
                ));
            }
        };
        let column = binder.column(&order.column)?;
        if column.kind != ColumnKind::Clustering {
            return Err(CqlError::invalid(format!(
                "Order by is currently only supported on the clustered columns of the PRIMARY KEY, got {}",
                order.column.text
            )));
        }
        let skippable = |expected: &&Column| {
            expected.id != column.id && restrictions.clustering_single.contains(&expected.name)
        };
        while clustering.get(position).is_some_and(skippable) {
            position += 1;
        }
        if clustering.get(position).is_none_or(|expected| expected.id != column.id) {
            return Err(CqlError::invalid(
                "Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY",
            ));
        }
        position += 1;
        let reverse = descending != (column.order == ClusteringOrder::Descending);
        if reversed.is_some_and(|other| other != reverse) {
            return Err(CqlError::invalid("Unsupported order by relation"));
        }
        reversed = Some(reverse);
    }
    if restrictions.partition.is_none() {
        return Err(CqlError::invalid(
            "ORDER BY is only supported when the partition key is restricted by an EQ or an IN.",
        ));
    }
    Ok(reversed.unwrap_or(false))
}
