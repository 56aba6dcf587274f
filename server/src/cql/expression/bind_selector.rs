//! [`bind_selector`]: what a SELECT computes -> a typed [`Expression`], and its result column's name.

use std::sync::Arc;

use model::types::{ColumnType, can_cast};

use super::super::functions::{self, AggregateKind};
use super::super::syntax::ast::{
    Arithmetic, LiteralKind, Selector, SelectorKind, Term, TermKind, TimeFunction,
};
use super::bind_literal::natural_type;
use super::bind_term::{bind_term, is_assignable, unknown_function};
use super::{AggregateCall, Binder, CellPart, Expression, resolve_type};
use crate::error::CqlError;

/// A bound selector.
#[derive(Debug, Clone)]
pub(crate) struct BoundSelector {
    /// What it computes.
    pub(crate) expression: Expression,
    /// Its type.
    pub(crate) column_type: ColumnType,
}

/// Binds a selector. Aggregates inside are appended to `aggregates`.
///
/// Errors: Invalid, for unknown names and types that do not fit.
pub(crate) fn bind_selector(
    binder: &mut Binder<'_>,
    selector: &Selector,
    aggregates: &mut Vec<AggregateCall>,
) -> Result<BoundSelector, CqlError> {
    let bound = |expression, column_type| Ok(BoundSelector { expression, column_type });
    match &selector.kind {
        SelectorKind::Column(name) => {
            let column = binder.column_ref(name)?;
            let column_type = column.column_type.clone();
            bound(Expression::Column(column), column_type)
        }
        SelectorKind::CountRows => {
            aggregates.push(AggregateCall {
                kind: AggregateKind::CountRows,
                argument: None,
                argument_type: ColumnType::BigInt,
            });
            bound(Expression::Aggregate(aggregates.len() - 1), ColumnType::BigInt)
        }
        SelectorKind::Call { function, arguments } => {
            if let Some(keyspace) = function.keyspace.as_ref().filter(|keyspace| keyspace.text != "system") {
                return Err(unknown_function(&keyspace.text, &function.name.text));
            }
            let name = function.name.text.as_str();
            if let Some(kind) = AggregateKind::by_name(name) {
                let [argument] = &arguments[..] else {
                    return Err(CqlError::invalid(format!(
                        "Invalid number of arguments in call to function {name}: 1 required but {} provided",
                        arguments.len()
                    )));
                };
                let before = aggregates.len();
                let argument = bind_selector(binder, argument, aggregates)?;
                if aggregates.len() > before {
                    return Err(CqlError::invalid(
                        "aggregate functions cannot be used as arguments of aggregate functions",
                    ));
                }
                let result = kind.result_type(&argument.column_type)?;
                aggregates.push(AggregateCall {
                    kind,
                    argument: Some(argument.expression),
                    argument_type: argument.column_type,
                });
                return bound(Expression::Aggregate(aggregates.len() - 1), result);
            }
            let mut types = Vec::with_capacity(arguments.len());
            let mut parts: Vec<Option<BoundSelector>> = Vec::with_capacity(arguments.len());
            for argument in arguments {
                // Literals and markers take the type of the parameter, so they are bound once it is known.
                if as_term(argument).is_some() {
                    types.push(untyped_literal_type(argument));
                    parts.push(None);
                } else {
                    let part = bind_selector(binder, argument, aggregates)?;
                    types.push(Some(part.column_type.clone()));
                    parts.push(Some(part));
                }
            }
            let key_types = binder.key_types();
            let signature = functions::resolve(name, &types, &key_types)?;
            let mut bound_arguments = Vec::with_capacity(arguments.len());
            for (index, (argument, part)) in arguments.iter().zip(parts).enumerate() {
                let parameter = &signature.parameters[index];
                bound_arguments.push(match part {
                    Some(part) if is_assignable(parameter, &part.column_type) => part.expression,
                    Some(part) => {
                        return Err(CqlError::invalid(format!(
                            "Type error: argument {} of function {name} is of type {} and not {parameter}",
                            index + 1,
                            part.column_type
                        )));
                    }
                    None => bind_as(binder, argument, parameter, &format!("arg{index}({name})"), aggregates)?,
                });
            }
            let result = signature.result.clone();
            bound(Expression::Call { signature: Box::new(signature), arguments: bound_arguments }, result)
        }
        SelectorKind::Cast { argument, target } => {
            let to = resolve_type(target, binder.schema, binder.keyspace)?;
            let argument = bind_selector(binder, argument, aggregates)?;
            let from = argument.column_type;
            if from == to {
                return bound(argument.expression, to);
            }
            if !can_cast(&from, &to) {
                return Err(CqlError::invalid(format!("{from} cannot be cast to {to}")));
            }
            let argument = Box::new(argument.expression);
            bound(Expression::Cast { from, to: to.clone(), argument }, to)
        }
        SelectorKind::Time { function, argument } => time_function(binder, *function, argument),
        SelectorKind::Element { collection, key } => {
            let collection = bind_selector(binder, collection, aggregates)?;
            let (key_type, result) = match &collection.column_type {
                ColumnType::Map { key, value, .. } => ((**key).clone(), (**value).clone()),
                ColumnType::Set { element, .. } => ((**element).clone(), (**element).clone()),
                ColumnType::List { element, .. } => (ColumnType::Int, (**element).clone()),
                other => {
                    return Err(CqlError::invalid(format!(
                        "Invalid element selection: {other} is not a collection"
                    )));
                }
            };
            let key = bind_term(binder, key, &key_type, "key")?;
            bound(
                Expression::Element {
                    collection: Box::new(collection.expression),
                    column_type: collection.column_type,
                    key: Box::new(key),
                },
                result,
            )
        }
        SelectorKind::Slice { collection, from, to } => {
            let collection = bind_selector(binder, collection, aggregates)?;
            let key_type = match &collection.column_type {
                ColumnType::Map { key, .. } => (**key).clone(),
                ColumnType::Set { element, .. } => (**element).clone(),
                other => {
                    return Err(CqlError::invalid(format!(
                        "Invalid slice selection: {other} is neither a set nor a map"
                    )));
                }
            };
            let mut end = |term: &Option<Term>| match term {
                Some(term) => {
                    bind_term(binder, term, &key_type, "slice bound").map(|bound| Some(Box::new(bound)))
                }
                None => Ok(None),
            };
            let (from, to) = (end(from)?, end(to)?);
            let result = collection.column_type.freeze();
            bound(
                Expression::Slice {
                    collection: Box::new(collection.expression),
                    column_type: collection.column_type,
                    from,
                    to,
                },
                result,
            )
        }
        SelectorKind::Field { value, field } => {
            let value = bind_selector(binder, value, aggregates)?;
            let ColumnType::Udt { definition, .. } = &value.column_type else {
                return Err(CqlError::invalid(format!(
                    "Invalid field selection: a value of type {} is not a UDT",
                    value.column_type
                )));
            };
            let index = definition.field_index(&field.text).ok_or_else(|| {
                CqlError::invalid(format!("type {} has no field {}", definition.name, field.text))
            })?;
            let result = definition.fields[index].1.clone();
            bound(Expression::Field { value: Box::new(value.expression), index }, result)
        }
        SelectorKind::Hint { target, selector } => {
            let kind = resolve_type(target, binder.schema, binder.keyspace)?;
            let expression = bind_as(binder, selector, &kind, "hint", aggregates)?;
            bound(expression, kind)
        }
        SelectorKind::Binary { operator, left, right } => {
            let (left, right) = bind_operands(binder, left, right, aggregates)?;
            let result = arithmetic_type(*operator, &left.column_type, &right.column_type)?;
            bound(
                Expression::Arithmetic {
                    operator: *operator,
                    left: Box::new((left.expression, left.column_type)),
                    right: Box::new((right.expression, right.column_type)),
                },
                result,
            )
        }
        SelectorKind::Negate(inner) => {
            let inner = bind_selector(binder, inner, aggregates)?;
            let expression = negate(inner.expression, &inner.column_type)?;
            bound(expression, inner.column_type)
        }
        SelectorKind::Tuple(items) if items.len() == 1 => bind_selector(binder, &items[0], aggregates),
        SelectorKind::Tuple(items) => {
            let mut kinds = Vec::new();
            let mut parts = Vec::new();
            for item in items {
                let part = bind_selector(binder, item, aggregates)?;
                kinds.push(part.column_type.freeze());
                parts.push(part.expression);
            }
            bound(Expression::Tuple(parts), ColumnType::Tuple(kinds))
        }
        SelectorKind::List(items) | SelectorKind::Set(items) => {
            let mut parts = Vec::new();
            let mut kind: Option<ColumnType> = None;
            for item in items {
                let part = bind_selector(binder, item, aggregates)?;
                same_type(&mut kind, &part.column_type)?;
                parts.push(part.expression);
            }
            let element = kind.ok_or_else(|| cannot_infer(binder, selector))?.freeze();
            if matches!(&selector.kind, SelectorKind::List(_)) {
                return bound(
                    Expression::List(parts),
                    ColumnType::List { element: Arc::new(element), frozen: true },
                );
            }
            let result = ColumnType::Set { element: Arc::new(element.clone()), frozen: true };
            bound(Expression::Set { element, elements: parts }, result)
        }
        SelectorKind::Map(entries) => {
            let (mut key_type, mut value_type) = (None, None);
            let mut parts = Vec::new();
            for (key, value) in entries {
                let key = bind_selector(binder, key, aggregates)?;
                let value = bind_selector(binder, value, aggregates)?;
                same_type(&mut key_type, &key.column_type)?;
                same_type(&mut value_type, &value.column_type)?;
                parts.push((key.expression, value.expression));
            }
            let (Some(key), Some(value)) = (key_type, value_type) else {
                return Err(cannot_infer(binder, selector));
            };
            let result = ColumnType::Map {
                key: Arc::new(key.freeze()),
                value: Arc::new(value.freeze()),
                frozen: true,
            };
            bound(Expression::Map { key: key.freeze(), entries: parts }, result)
        }
        SelectorKind::Literal(kind) => {
            let column_type = natural_type(kind).ok_or_else(|| cannot_infer(binder, selector))?;
            let expression = bind_as(binder, selector, &column_type, "literal", aggregates)?;
            bound(expression, column_type)
        }
        SelectorKind::Marker(_) | SelectorKind::UdtOrMap(_) => Err(cannot_infer(binder, selector)),
    }
}

/// Binds a selector whose type is known from outside (a type hint, a function's parameter).
fn bind_as(
    binder: &mut Binder<'_>,
    selector: &Selector,
    expected: &ColumnType,
    name: &str,
    aggregates: &mut Vec<AggregateCall>,
) -> Result<Expression, CqlError> {
    if let Some(term) = as_term(selector) {
        return bind_term(binder, &term, expected, name);
    }
    let part = bind_selector(binder, selector, aggregates)?;
    if !is_assignable(expected, &part.column_type) {
        return Err(CqlError::invalid(format!(
            "a value of type {} is not of type {expected}",
            part.column_type
        )));
    }
    Ok(part.expression)
}

/// The same tree as a [`Term`], if no column stands in it.
fn as_term(selector: &Selector) -> Option<Term> {
    let all = |items: &[Selector]| items.iter().map(as_term).collect::<Option<Vec<_>>>();
    let kind = match &selector.kind {
        SelectorKind::Literal(kind) => TermKind::Literal(kind.clone()),
        SelectorKind::Marker(marker) => TermKind::Marker(*marker),
        SelectorKind::List(items) => TermKind::List(all(items)?),
        SelectorKind::Set(items) => TermKind::Set(all(items)?),
        SelectorKind::Tuple(items) => TermKind::Tuple(all(items)?),
        SelectorKind::Map(entries) => TermKind::Map(
            entries
                .iter()
                .map(|(key, value)| Some((as_term(key)?, as_term(value)?)))
                .collect::<Option<Vec<_>>>()?,
        ),
        SelectorKind::UdtOrMap(fields) => TermKind::Udt(
            fields
                .iter()
                .map(|(name, value)| Some((name.clone(), as_term(value)?)))
                .collect::<Option<Vec<_>>>()?,
        ),
        SelectorKind::Hint { target, selector } => {
            TermKind::Hint { target: target.clone(), term: Box::new(as_term(selector)?) }
        }
        _ => return None,
    };
    Some(Term { kind, span: selector.span })
}

fn untyped_literal_type(selector: &Selector) -> Option<ColumnType> {
    match &selector.kind {
        SelectorKind::Literal(kind) => natural_type(kind),
        _ => None,
    }
}

fn bind_operands(
    binder: &mut Binder<'_>,
    left: &Selector,
    right: &Selector,
    aggregates: &mut Vec<AggregateCall>,
) -> Result<(BoundSelector, BoundSelector), CqlError> {
    let number = |selector: &Selector| {
        matches!(
            &selector.kind,
            SelectorKind::Literal(LiteralKind::Integer(_) | LiteralKind::Float(_)) | SelectorKind::Marker(_)
        )
    };
    let beside = |binder: &mut Binder<'_>,
                  literal: &Selector,
                  other: &ColumnType,
                  aggregates: &mut Vec<AggregateCall>| {
        // A number beside a typed operand takes its type where it can.
        let fits = match &literal.kind {
            SelectorKind::Literal(kind) => super::bind_literal::fits(kind, other),
            _ => true,
        };
        if !fits {
            return bind_selector(binder, literal, aggregates);
        }
        let expression = bind_as(binder, literal, other, "operand", aggregates)?;
        Ok(BoundSelector { expression, column_type: other.clone() })
    };
    match (number(left), number(right)) {
        (true, false) => {
            let right = bind_selector(binder, right, aggregates)?;
            let left = beside(binder, left, &right.column_type, aggregates)?;
            Ok((left, right))
        }
        (false, true) => {
            let left = bind_selector(binder, left, aggregates)?;
            let right = beside(binder, right, &left.column_type, aggregates)?;
            Ok((left, right))
        }
        _ => Ok((bind_selector(binder, left, aggregates)?, bind_selector(binder, right, aggregates)?)),
    }
}

fn time_function(
    binder: &mut Binder<'_>,
    function: TimeFunction,
    argument: &Selector,
) -> Result<BoundSelector, CqlError> {
    let one = if function == TimeFunction::Ttl { ColumnType::Int } else { ColumnType::BigInt };
    let (name, part) = match &argument.kind {
        SelectorKind::Column(name) => (name, CellPart::Whole),
        SelectorKind::Element { collection, key } => {
            let SelectorKind::Column(name) = &collection.kind else { return Err(not_a_cell(function)) };
            let key_type = match &binder.column(name)?.column_type {
                ColumnType::Set { element, .. } => (**element).clone(),
                ColumnType::Map { key, .. } => (**key).clone(),
                _ => return Err(not_a_cell(function)),
            };
            (name, CellPart::Element(Box::new(bind_term(binder, key, &key_type, "key")?)))
        }
        SelectorKind::Field { value, field } => {
            let SelectorKind::Column(name) = &value.kind else { return Err(not_a_cell(function)) };
            let ColumnType::Udt { definition, .. } = &binder.column(name)?.column_type else {
                return Err(not_a_cell(function));
            };
            let index = definition.field_index(&field.text).ok_or_else(|| {
                CqlError::invalid(format!("type {} has no field {}", definition.name, field.text))
            })?;
            (name, CellPart::Field(index))
        }
        _ => return Err(not_a_cell(function)),
    };
    let column = binder.column_ref(name)?;
    if column.is_key() {
        return Err(CqlError::invalid(format!(
            "Cannot use selection function {} on PRIMARY KEY part {}",
            function.name(),
            column.name
        )));
    }
    let many = column.column_type.is_multi_cell()
        && matches!(part, CellPart::Whole)
        && function != TimeFunction::MaxWriteTime;
    let column_type = if many { ColumnType::List { element: Arc::new(one), frozen: true } } else { one };
    Ok(BoundSelector { expression: Expression::CellTime { function, column, part }, column_type })
}

fn not_a_cell(function: TimeFunction) -> CqlError {
    CqlError::invalid(format!("{} expects a column, an element of one or a field of one", function.name()))
}

fn same_type(kind: &mut Option<ColumnType>, next: &ColumnType) -> Result<(), CqlError> {
    match kind {
        None => *kind = Some(next.clone()),
        Some(kind) if is_assignable(kind, next) => {}
        Some(kind) => {
            return Err(CqlError::invalid(format!("elements of types {kind} and {next} in one collection")));
        }
    }
    Ok(())
}

fn cannot_infer(binder: &Binder<'_>, selector: &Selector) -> CqlError {
    let text = selector.span.text(binder.text);
    CqlError::invalid(format!(
        "Cannot infer type for term {text} in selection clause (try using a cast to force a type)"
    ))
}

/// The result type of `left operator right`.
pub(crate) fn arithmetic_type(
    operator: Arithmetic,
    left: &ColumnType,
    right: &ColumnType,
) -> Result<ColumnType, CqlError> {
    super::arithmetic::result_type(operator, left, right).ok_or_else(|| {
        CqlError::invalid(format!(
            "the '{}' operation is not supported between {left} and {right}",
            operator.symbol()
        ))
    })
}

/// `-value`, as zero minus the value.
pub(crate) fn negate(value: Expression, kind: &ColumnType) -> Result<Expression, CqlError> {
    let zero = model::types::literal::parse_literal_text(kind, "0")
        .map_err(|_| CqlError::invalid(format!("a value of type {kind} cannot be negated")))?;
    arithmetic_type(Arithmetic::Subtract, kind, kind)?;
    Ok(Expression::Arithmetic {
        operator: Arithmetic::Subtract,
        left: Box::new((Expression::Constant(Some(zero)), kind.clone())),
        right: Box::new((value, kind.clone())),
    })
}

/// The name of the result column of a selector without an alias.
pub(crate) fn selector_name(selector: &Selector, text: &str) -> String {
    match &selector.kind {
        SelectorKind::Column(name) => name.text.clone(),
        SelectorKind::CountRows => "count".to_string(),
        SelectorKind::Call { function, arguments } => {
            let arguments: Vec<String> =
                arguments.iter().map(|argument| selector_name(argument, text)).collect();
            let keyspace = function.keyspace.as_ref().map_or("system", |keyspace| keyspace.text.as_str());
            format!("{keyspace}.{}({})", function.name.text, arguments.join(", "))
        }
        SelectorKind::Cast { argument, target } => {
            format!("cast({} as {})", selector_name(argument, text), target.span.text(text).to_lowercase())
        }
        SelectorKind::Time { function, argument } => {
            format!("{}({})", function.name(), selector_name(argument, text))
        }
        SelectorKind::Element { collection, key } => {
            format!("{}[{}]", selector_name(collection, text), key.span.text(text))
        }
        SelectorKind::Slice { collection, from, to } => {
            let end = |term: &Option<Term>| term.as_ref().map_or("", |term| term.span.text(text));
            format!("{}[{}..{}]", selector_name(collection, text), end(from), end(to))
        }
        SelectorKind::Field { value, field } => format!("{}.{}", selector_name(value, text), field.text),
        SelectorKind::Binary { operator, left, right } => {
            format!("{} {} {}", selector_name(left, text), operator.symbol(), selector_name(right, text))
        }
        SelectorKind::Negate(inner) => format!("-{}", selector_name(inner, text)),
        _ => selector.span.text(text).to_string(),
    }
}
