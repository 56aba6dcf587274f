//! Relations of WHERE, sorted by what they restrict.
//!
//! The rules are CQL's: the partition key by `=` and `IN` (or `token`), clustering columns by `=` and `IN` on
//! a prefix and then at most one slice; everything else is a filter, which needs ALLOW FILTERING.

use model::schema::{Column, ColumnKind, TableSchema};
use model::types::ColumnType;
use std::sync::Arc;

use super::super::expression::{Binder, Expression, bind_term};
use super::super::syntax::ast::{
    Comparison, InValues, Name, Relation, RelationLeft, RelationTest, Term, TermKind,
};
use super::filter::{Filter, bind_filter};
use crate::error::CqlError;

/// Alternatives of `=` or IN.
#[derive(Debug, Clone)]
pub(crate) enum Alternatives {
    /// Each as one expression a column.
    Listed(Vec<Vec<Expression>>),
    /// A bound list of values (of tuples, when there are several columns).
    Bound {
        /// The list.
        list: Expression,
        /// How many columns an alternative has.
        width: usize,
    },
    /// Bound or written tuples, taken apart when executed.
    Tuples {
        /// Each a tuple.
        tuples: Vec<Expression>,
        /// How many columns.
        width: usize,
    },
}

/// A bound of a slice.
#[derive(Debug, Clone)]
pub(crate) struct BoundEnd {
    /// Values for the slice's columns from its first on, or one tuple of them.
    pub(crate) values: EndValues,
    /// Whether the values themselves lie inside.
    pub(crate) inclusive: bool,
}

/// Values of a bound.
#[derive(Debug, Clone)]
pub(crate) enum EndValues {
    /// One expression a column.
    Columns(Vec<Expression>),
    /// One tuple, with its width.
    Tuple(Expression, usize),
}

/// A restriction on consecutive clustering columns.
#[derive(Debug, Clone)]
pub(crate) enum ClusteringRestriction {
    /// `=` and IN.
    Alternatives(Alternatives),
    /// A slice; only the last.
    Slice {
        /// Lower bound.
        lower: Option<BoundEnd>,
        /// Upper bound.
        upper: Option<BoundEnd>,
    },
}

/// A restriction by token.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenRestriction {
    /// `token(…) > x`, and whether x is inside.
    pub(crate) lower: Option<(Expression, bool)>,
    /// `token(…) < x`, and whether x is inside.
    pub(crate) upper: Option<(Expression, bool)>,
}

/// WHERE, bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct BoundRestrictions {
    /// One a partition key column, if the whole key is restricted by `=` and IN.
    pub(crate) partition: Option<Vec<Alternatives>>,
    /// By token.
    pub(crate) token: Option<TokenRestriction>,
    /// On a prefix of the clustering columns.
    pub(crate) clustering: Vec<ClusteringRestriction>,
    /// How many clustering columns are restricted by `=` or IN, from the first on.
    pub(crate) clustering_fixed: usize,
    /// Whether some clustering column is restricted at all.
    pub(crate) clustering_restricted: bool,
    /// Whether some restriction has several alternatives.
    pub(crate) partition_in: bool,
    /// Whether a clustering column is restricted by IN.
    pub(crate) clustering_in: bool,
    /// Clustering columns fixed to one value.
    pub(crate) clustering_single: Vec<String>,
    /// What only a look at the row can tell.
    pub(crate) filters: Vec<Filter>,
    /// Whether executing this without ALLOW FILTERING must be refused.
    pub(crate) needs_filtering: bool,
    /// Partition key columns that are not restricted by `=` or IN.
    pub(crate) missing_partition: Vec<String>,
}

#[derive(Default)]
struct ColumnRelations<'a> {
    equal: Vec<&'a Relation>,
    lower: Option<&'a Relation>,
    upper: Option<&'a Relation>,
    other: Vec<&'a Relation>,
}

/// Binds the relations of a WHERE on `table`.
pub(crate) fn bind_restrictions(
    binder: &mut Binder<'_>,
    table: &TableSchema,
    relations: &[Relation],
) -> Result<BoundRestrictions, CqlError> {
    let mut bound = BoundRestrictions::default();
    let mut partition: Vec<ColumnRelations<'_>> =
        table.partition_key().map(|_| ColumnRelations::default()).collect();
    let clustering_columns: Vec<&Column> = table.clustering().collect();
    let mut clustering: Vec<ColumnRelations<'_>> =
        clustering_columns.iter().map(|_| ColumnRelations::default()).collect();
    let mut tuples: Vec<(usize, usize, &Relation)> = Vec::new();

    for relation in relations {
        match &relation.left {
            RelationLeft::Token(names) => bind_token(binder, table, names, relation, &mut bound)?,
            RelationLeft::Column(name) => {
                let column = binder.column(name)?;
                refuse_unusable(binder, relation, &column.column_type)?;
                match column.kind {
                    ColumnKind::PartitionKey => {
                        let index =
                            table.partition_key().position(|other| other.id == column.id).unwrap_or(0);
                        sort_in(&mut partition[index], relation, name)?;
                    }
                    ColumnKind::Clustering => {
                        let index =
                            clustering_columns.iter().position(|other| other.id == column.id).unwrap_or(0);
                        bound.clustering_restricted = true;
                        sort_in(&mut clustering[index], relation, name)?;
                    }
                    ColumnKind::Static | ColumnKind::Regular => {
                        bound.needs_filtering = true;
                        bound.filters.push(bind_filter(binder, relation)?);
                    }
                }
            }
            RelationLeft::Tuple(names) => {
                let mut indexes = Vec::with_capacity(names.len());
                for name in names {
                    let column = binder.column(name)?;
                    let index = clustering_columns.iter().position(|other| other.id == column.id).ok_or_else(|| {
                        CqlError::invalid(format!(
                            "Multi-column relations can only be applied to clustering columns but was applied to: {}",
                            name.text
                        ))
                    })?;
                    indexes.push(index);
                }
                for pair in indexes.windows(2) {
                    if pair[1] != pair[0] + 1 {
                        return Err(CqlError::invalid(
                            "Clustering columns must appear in the PRIMARY KEY order in multi-column relations",
                        ));
                    }
                }
                bound.clustering_restricted = true;
                tuples.push((indexes.first().copied().unwrap_or(0), names.len(), relation));
            }
            RelationLeft::Element { .. } | RelationLeft::Field { .. } => {
                bound.needs_filtering = true;
                bound.filters.push(bind_filter(binder, relation)?);
            }
        }
    }
    bind_partition(binder, table, &partition, &mut bound)?;
    bind_clustering(binder, &clustering_columns, &clustering, &tuples, &mut bound)?;
    Ok(bound)
}

/// Relations that parse but that nothing can answer.
fn refuse_unusable(binder: &Binder<'_>, relation: &Relation, kind: &ColumnType) -> Result<(), CqlError> {
    let text = relation.span.text(binder.text);
    match &relation.test {
        RelationTest::Like(_) => Err(CqlError::invalid(format!(
            "LIKE restriction is only supported on properly indexed columns. {text} is not valid."
        ))),
        RelationTest::Compare { operator: Comparison::NotEqual, .. } => {
            Err(CqlError::invalid(format!("Unsupported \"!=\" relation: {text}")))
        }
        RelationTest::NotIn(_) | RelationTest::NotContains(_) | RelationTest::NotContainsKey(_) => {
            Err(CqlError::invalid(format!("Unsupported relation: {text} (NOT is not supported yet)")))
        }
        RelationTest::IsNotNull => Err(CqlError::invalid(format!("Unsupported restriction: {text}"))),
        RelationTest::Compare { operator, .. }
            if *operator != Comparison::Equal && kind.contains_duration() =>
        {
            Err(CqlError::invalid(format!(
                "Slice restrictions are not supported on duration columns: {text}"
            )))
        }
        _ => Ok(()),
    }
}

fn sort_in<'a>(
    column: &mut ColumnRelations<'a>,
    relation: &'a Relation,
    name: &Name,
) -> Result<(), CqlError> {
    let twice = || {
        CqlError::invalid(format!(
            "{} cannot be restricted by more than one relation if it includes an Equal",
            name.text
        ))
    };
    match &relation.test {
        RelationTest::Compare { operator: Comparison::Equal, .. } | RelationTest::In(_) => {
            if !column.equal.is_empty() || column.lower.is_some() || column.upper.is_some() {
                return Err(twice());
            }
            column.equal.push(relation);
        }
        RelationTest::Compare { operator, .. } => {
            if !column.equal.is_empty() {
                return Err(twice());
            }
            let lower = matches!(operator, Comparison::Greater | Comparison::GreaterOrEqual);
            let end = if lower { &mut column.lower } else { &mut column.upper };
            if end.is_some() {
                let which = if lower { "start" } else { "end" };
                return Err(CqlError::invalid(format!(
                    "More than one restriction was found for the {which} bound on {}",
                    name.text
                )));
            }
            *end = Some(relation);
        }
        RelationTest::Between { .. } => {
            if !column.equal.is_empty() || column.lower.is_some() || column.upper.is_some() {
                return Err(twice());
            }
            column.lower = Some(relation);
            column.upper = Some(relation);
        }
        _ => column.other.push(relation),
    }
    Ok(())
}

fn bind_token(
    binder: &mut Binder<'_>,
    table: &TableSchema,
    names: &[Name],
    relation: &Relation,
    bound: &mut BoundRestrictions,
) -> Result<(), CqlError> {
    let wanted: Vec<&str> = table.partition_key().map(|column| column.name.as_str()).collect();
    let given: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    for name in names {
        binder.column(name)?;
    }
    if wanted != given {
        return Err(CqlError::invalid(format!(
            "The token function arguments must be in the partition key order: {}",
            wanted.join(", ")
        )));
    }
    if table.partitioner == model::schema::Partitioner::Ordered {
        return Err(CqlError::invalid("token() has no meaning on a table WITH partitioner = 'ordered'"));
    }
    let name = format!("token({})", given.join(", "));
    // Drivers name a bare marker here `partition key token`.
    let mut end = |term: &Term| bind_term(binder, term, &ColumnType::BigInt, "partition key token");
    let token = bound.token.get_or_insert_with(TokenRestriction::default);
    let mut set = |lower: bool, value: (Expression, bool)| {
        let slot = if lower { &mut token.lower } else { &mut token.upper };
        if slot.is_some() {
            let which = if lower { "start" } else { "end" };
            return Err(CqlError::invalid(format!(
                "More than one restriction was found for the {which} bound on {name}"
            )));
        }
        *slot = Some(value);
        Ok(())
    };
    match &relation.test {
        RelationTest::Compare { operator, value } => {
            let value = end(value)?;
            match operator {
                Comparison::Equal => {
                    set(true, (value.clone(), true))?;
                    set(false, (value, true))
                }
                Comparison::Greater => set(true, (value, false)),
                Comparison::GreaterOrEqual => set(true, (value, true)),
                Comparison::Less => set(false, (value, false)),
                Comparison::LessOrEqual => set(false, (value, true)),
                Comparison::NotEqual => Err(CqlError::invalid("Unsupported \"!=\" relation on token()")),
            }
        }
        RelationTest::Between { low, high } => {
            let (low, high) = (end(low)?, end(high)?);
            set(true, (low, true))?;
            set(false, (high, true))
        }
        _ => Err(CqlError::invalid(format!(
            "Unsupported relation on {name}: {}",
            relation.span.text(binder.text)
        ))),
    }
}

fn alternatives(
    binder: &mut Binder<'_>,
    relation: &Relation,
    column: &Column,
) -> Result<(Alternatives, bool), CqlError> {
    let name = &column.name;
    match &relation.test {
        RelationTest::Compare { value, .. } => {
            let value = bind_term(binder, value, &column.column_type, name)?;
            Ok((Alternatives::Listed(vec![vec![value]]), false))
        }
        RelationTest::In(InValues::List(terms)) => {
            let mut listed = Vec::with_capacity(terms.len());
            for term in terms {
                listed.push(vec![bind_term(binder, term, &column.column_type, name)?]);
            }
            // A list of one is as good as `=`.
            let many = terms.len() != 1;
            Ok((Alternatives::Listed(listed), many))
        }
        RelationTest::In(InValues::Marker(marker)) => {
            let list = ColumnType::List { element: Arc::new(column.column_type.freeze()), frozen: true };
            let index = binder.note_marker(*marker, &format!("in({name})"), &list);
            let list = Expression::Marker { index };
            Ok((Alternatives::Bound { list, width: 1 }, true))
        }
        _ => Err(CqlError::server("a relation was sorted under the wrong kind")),
    }
}

fn bind_partition(
    binder: &mut Binder<'_>,
    table: &TableSchema,
    relations: &[ColumnRelations<'_>],
    bound: &mut BoundRestrictions,
) -> Result<(), CqlError> {
    let columns: Vec<&Column> = table.partition_key().collect();
    let restricted =
        relations.iter().any(|each| !each.equal.is_empty() || each.lower.is_some() || each.upper.is_some());
    if bound.token.is_some() && restricted {
        return Err(CqlError::invalid(
            "Columns cannot be restricted by both a normal relation and a token relation",
        ));
    }
    bound.missing_partition = columns
        .iter()
        .zip(relations)
        .filter(|(_, each)| each.equal.is_empty())
        .map(|(column, _)| column.name.clone())
        .collect();
    let complete = bound.missing_partition.is_empty();
    let mut all = Vec::with_capacity(columns.len());
    for (column, each) in columns.iter().zip(relations) {
        for relation in &each.other {
            bound.needs_filtering = true;
            bound.filters.push(bind_filter(binder, relation)?);
        }
        if complete {
            let (values, many) = alternatives(binder, each.equal[0], column)?;
            bound.partition_in |= many;
            all.push(values);
            continue;
        }
        // BETWEEN stands in both ends and is one filter.
        let mut ends: Vec<&Relation> = each.lower.into_iter().chain(each.upper).collect();
        ends.dedup_by(|a, b| std::ptr::eq(*a, *b));
        for relation in each.equal.iter().copied().chain(ends) {
            bound.needs_filtering = true;
            bound.filters.push(bind_filter(binder, relation)?);
        }
    }
    if complete {
        bound.partition = Some(all);
    }
    Ok(())
}

fn bind_clustering(
    binder: &mut Binder<'_>,
    columns: &[&Column],
    relations: &[ColumnRelations<'_>],
    tuples: &[(usize, usize, &Relation)],
    bound: &mut BoundRestrictions,
) -> Result<(), CqlError> {
    for (first, width, relation) in tuples {
        for (index, each) in relations.iter().enumerate().skip(*first).take(*width) {
            if !each.equal.is_empty() {
                return Err(CqlError::invalid(format!(
                    "{} cannot be restricted by more than one relation if it includes an Equal",
                    columns[index].name
                )));
            }
        }
        let _ = relation;
    }
    let mut used_tuples = vec![false; tuples.len()];
    let mut position = 0;
    let mut gap: Option<usize> = None;
    let mut sliced: Option<usize> = None;
    while position < columns.len() {
        let each = &relations[position];
        let starting: Vec<usize> = tuples
            .iter()
            .enumerate()
            .filter(|(_, (first, _, _))| *first == position)
            .map(|(index, _)| index)
            .collect();
        let nothing =
            each.equal.is_empty() && each.lower.is_none() && each.upper.is_none() && starting.is_empty();
        for relation in &each.other {
            bound.needs_filtering = true;
            bound.filters.push(bind_filter(binder, relation)?);
        }
        if nothing {
            gap.get_or_insert(position);
            position += 1;
            continue;
        }
        if let Some(at) = gap.or(sliced) {
            // Not on the prefix any more: the rest is a filter.
            bound.needs_filtering = true;
            if bound.filters.is_empty() || bound.missing_partition.is_empty() {
                bound.filters.push(Filter::Reason(if gap.is_some() {
                    format!(
                        "PRIMARY KEY column \"{}\" cannot be restricted as preceding column \"{}\" is not restricted",
                        columns[position].name, columns[at].name
                    )
                } else {
                    format!(
                        "Clustering column \"{}\" cannot be restricted (preceding column \"{}\" is restricted by a non-EQ relation)",
                        columns[position].name, columns[at].name
                    )
                }));
            }
            let mut ends: Vec<&Relation> = each.lower.into_iter().chain(each.upper).collect();
            ends.dedup_by(|a, b| std::ptr::eq(*a, *b));
            for relation in each.equal.iter().copied().chain(ends) {
                bound.filters.push(bind_filter(binder, relation)?);
            }
            for index in starting {
                used_tuples[index] = true;
                bound.filters.push(bind_filter(binder, tuples[index].2)?);
            }
            position += 1;
            continue;
        }
        if let Some(relation) = each.equal.first() {
            let (values, many) = alternatives(binder, relation, columns[position])?;
            bound.clustering_in |= many;
            if !many {
                bound.clustering_single.push(columns[position].name.clone());
            }
            bound.clustering.push(ClusteringRestriction::Alternatives(values));
            position += 1;
            bound.clustering_fixed = position;
            continue;
        }
        let fixed = starting.iter().copied().find(|index| {
            matches!(
                &tuples[*index].2.test,
                RelationTest::In(_) | RelationTest::Compare { operator: Comparison::Equal, .. }
            )
        });
        if let Some(index) = fixed {
            let (_, width, relation) = tuples[index];
            if starting.len() > 1 {
                return Err(CqlError::invalid(format!(
                    "{} cannot be restricted by more than one relation if it includes an Equal",
                    columns[position].name
                )));
            }
            used_tuples[index] = true;
            let (values, many) = tuple_alternatives(binder, relation, &columns[position..position + width])?;
            bound.clustering_in |= many;
            if !many {
                bound
                    .clustering_single
                    .extend(columns[position..position + width].iter().map(|c| c.name.clone()));
            }
            bound.clustering.push(ClusteringRestriction::Alternatives(values));
            position += width;
            bound.clustering_fixed = position;
            continue;
        }
        let (mut lower, mut upper) = (None, None);
        if let Some(relation) = each.lower {
            lower = Some(single_end(binder, relation, columns[position], true)?);
        }
        if let Some(relation) = each.upper {
            upper = Some(single_end(binder, relation, columns[position], false)?);
        }
        for index in starting {
            let (_, width, relation) = tuples[index];
            used_tuples[index] = true;
            let (is_lower, end) = tuple_end(binder, relation, &columns[position..position + width])?;
            let slot = if is_lower { &mut lower } else { &mut upper };
            if slot.is_some() {
                let which = if is_lower { "start" } else { "end" };
                return Err(CqlError::invalid(format!(
                    "More than one restriction was found for the {which} bound on {}",
                    columns[position].name
                )));
            }
            *slot = Some(end);
        }
        bound.clustering.push(ClusteringRestriction::Slice { lower, upper });
        sliced = Some(position);
        position += 1;
    }
    // A tuple whose first column lies inside another restriction.
    for (index, used) in used_tuples.iter().enumerate() {
        if !used {
            bound.needs_filtering = true;
            bound.filters.push(bind_filter(binder, tuples[index].2)?);
        }
    }
    Ok(())
}

fn single_end(
    binder: &mut Binder<'_>,
    relation: &Relation,
    column: &Column,
    lower: bool,
) -> Result<BoundEnd, CqlError> {
    let (term, inclusive) = match &relation.test {
        RelationTest::Compare { operator, value } => {
            (value, matches!(operator, Comparison::GreaterOrEqual | Comparison::LessOrEqual))
        }
        RelationTest::Between { low, high } => (if lower { low } else { high }, true),
        _ => return Err(CqlError::server("a relation was sorted under the wrong kind")),
    };
    let value = bind_term(binder, term, &column.column_type, &column.name)?;
    Ok(BoundEnd { values: EndValues::Columns(vec![value]), inclusive })
}

fn tuple_type(columns: &[&Column]) -> ColumnType {
    ColumnType::Tuple(columns.iter().map(|column| column.column_type.freeze()).collect())
}

fn tuple_name(columns: &[&Column]) -> String {
    format!("({})", columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(","))
}

fn tuple_values(binder: &mut Binder<'_>, term: &Term, columns: &[&Column]) -> Result<EndValues, CqlError> {
    match &term.kind {
        TermKind::Tuple(parts) => {
            if parts.len() != columns.len() {
                return Err(CqlError::invalid(format!(
                    "Expected {} elements in value tuple, but got {}",
                    columns.len(),
                    parts.len()
                )));
            }
            let mut values = Vec::with_capacity(parts.len());
            for (part, column) in parts.iter().zip(columns) {
                values.push(bind_term(binder, part, &column.column_type, &column.name)?);
            }
            Ok(EndValues::Columns(values))
        }
        _ => {
            let bound = bind_term(binder, term, &tuple_type(columns), &tuple_name(columns))?;
            Ok(EndValues::Tuple(bound, columns.len()))
        }
    }
}

fn tuple_alternatives(
    binder: &mut Binder<'_>,
    relation: &Relation,
    columns: &[&Column],
) -> Result<(Alternatives, bool), CqlError> {
    let (terms, many): (Vec<&Term>, bool) = match &relation.test {
        RelationTest::Compare { value, .. } => (vec![value], false),
        RelationTest::In(InValues::List(terms)) => (terms.iter().collect(), true),
        RelationTest::In(InValues::Marker(marker)) => {
            let list = ColumnType::List { element: Arc::new(tuple_type(columns)), frozen: true };
            let index = binder.note_marker(*marker, &format!("in{}", tuple_name(columns)), &list);
            let list = Expression::Marker { index };
            return Ok((Alternatives::Bound { list, width: columns.len() }, true));
        }
        _ => return Err(CqlError::server("a relation was sorted under the wrong kind")),
    };
    let (mut listed, mut tuples) = (Vec::new(), Vec::new());
    for term in terms {
        match tuple_values(binder, term, columns)? {
            EndValues::Columns(values) => listed.push(values),
            EndValues::Tuple(tuple, _) => tuples.push(tuple),
        }
    }
    match (listed.is_empty(), tuples.is_empty()) {
        (_, true) => Ok((Alternatives::Listed(listed), many)),
        (true, false) => Ok((Alternatives::Tuples { tuples, width: columns.len() }, many)),
        _ => Err(CqlError::invalid("bound and written tuples cannot be mixed in one IN")),
    }
}

fn tuple_end(
    binder: &mut Binder<'_>,
    relation: &Relation,
    columns: &[&Column],
) -> Result<(bool, BoundEnd), CqlError> {
    let RelationTest::Compare { operator, value } = &relation.test else {
        return Err(CqlError::invalid(format!(
            "Unsupported multi-column relation: {}",
            relation.span.text(binder.text)
        )));
    };
    let (lower, inclusive) = match operator {
        Comparison::Greater => (true, false),
        Comparison::GreaterOrEqual => (true, true),
        Comparison::Less => (false, false),
        Comparison::LessOrEqual => (false, true),
        Comparison::Equal | Comparison::NotEqual => {
            return Err(CqlError::invalid(format!(
                "Unsupported relation: {}",
                relation.span.text(binder.text)
            )));
        }
    };
    Ok((lower, BoundEnd { values: tuple_values(binder, value, columns)?, inclusive }))
}

impl BoundRestrictions {
    /// For each partition key column the marker that is its whole value, if it is one.
    pub(crate) fn partition_key_markers(&self) -> Vec<Option<usize>> {
        let marker = |alternatives: &Alternatives| match alternatives {
            Alternatives::Listed(listed) => match &listed[..] {
                [one] => match &one[..] {
                    [Expression::Marker { index }] => Some(*index),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        self.partition.iter().flatten().map(marker).collect()
    }
}
