//! [`bind_term`]: a value as written -> an [`Expression`] of the type its receiver has.

use model::types::ColumnType;

use super::super::functions;
use super::super::syntax::ast::{Term, TermKind};
use super::bind_literal::{bind_literal, natural_type};
use super::{Binder, Expression, resolve_type};
use crate::error::CqlError;

/// Binds `term` as a value of type `expected` for the receiver called `name`.
///
/// Errors: Invalid, when the value cannot have that type.
pub(crate) fn bind_term(
    binder: &mut Binder<'_>,
    term: &Term,
    expected: &ColumnType,
    name: &str,
) -> Result<Expression, CqlError> {
    let wrong =
        |what: &str| CqlError::invalid(format!("Invalid {what} literal for {name} of type {expected}"));
    match &term.kind {
        TermKind::Literal(kind) => Ok(Expression::Constant(bind_literal(kind, expected, name)?)),
        TermKind::Marker(marker) => {
            let index = binder.note_marker(*marker, name, expected);
            Ok(Expression::Marker { index })
        }
        TermKind::List(terms) => match expected {
            ColumnType::List { element, .. } => {
                Ok(fold(Expression::List(bind_all(binder, terms, element, &format!("value({name})"))?)))
            }
            ColumnType::Vector { element, dimension } => {
                if terms.len() != *dimension as usize {
                    return Err(CqlError::invalid(format!(
                        "Invalid vector literal for {name} of type {expected}; expected {dimension} elements, but given {}",
                        terms.len()
                    )));
                }
                let elements = bind_all(binder, terms, element, &format!("value({name})"))?;
                Ok(fold(Expression::Vector { element: (**element).clone(), elements }))
            }
            _ => Err(wrong("list")),
        },
        TermKind::Set(terms) => match expected {
            ColumnType::Set { element, .. } => {
                let elements = bind_all(binder, terms, element, &format!("value({name})"))?;
                Ok(fold(Expression::Set { element: (**element).clone(), elements }))
            }
            _ => Err(wrong("set")),
        },
        TermKind::Map(entries) => match expected {
            ColumnType::Set { element, .. } if entries.is_empty() => {
                Ok(fold(Expression::Set { element: (**element).clone(), elements: Vec::new() }))
            }
            ColumnType::Udt { definition, .. } if entries.is_empty() => {
                Ok(Expression::Tuple(vec![Expression::Constant(None); definition.fields.len()]))
            }
            ColumnType::Map { key, value, .. } => {
                let mut bound = Vec::with_capacity(entries.len());
                for (entry_key, entry_value) in entries {
                    let bound_key = bind_term(binder, entry_key, key, &format!("key({name})"))?;
                    bound
                        .push((bound_key, bind_term(binder, entry_value, value, &format!("value({name})"))?));
                }
                Ok(fold(Expression::Map { key: (**key).clone(), entries: bound }))
            }
            _ => Err(wrong("map")),
        },
        TermKind::Udt(fields) => {
            let ColumnType::Udt { definition, .. } = expected else { return Err(wrong("user type")) };
            let mut bound = vec![Expression::Constant(None); definition.fields.len()];
            for (field, value) in fields {
                let index = definition.field_index(&field.text).ok_or_else(|| {
                    CqlError::invalid(format!(
                        "Unknown field '{}' in value of user defined type {}",
                        field.text, definition.name
                    ))
                })?;
                bound[index] =
                    bind_term(binder, value, &definition.fields[index].1, &format!("{name}.{}", field.text))?;
            }
            Ok(fold(Expression::Tuple(bound)))
        }
        TermKind::Tuple(terms) => match expected {
            ColumnType::Tuple(kinds) => {
                if terms.len() > kinds.len() {
                    return Err(CqlError::invalid(format!(
                        "Invalid tuple literal for {name}: too many elements. Type {expected} expects {} but got {}",
                        kinds.len(),
                        terms.len()
                    )));
                }
                let mut bound = Vec::with_capacity(terms.len());
                for (index, (part, kind)) in terms.iter().zip(kinds).enumerate() {
                    bound.push(bind_term(binder, part, kind, &format!("{name}[{index}]"))?);
                }
                Ok(fold(Expression::Tuple(bound)))
            }
            _ if terms.len() == 1 => bind_term(binder, &terms[0], expected, name),
            _ => Err(wrong("tuple")),
        },
        TermKind::Call { function, arguments } => {
            if let Some(keyspace) = function.keyspace.as_ref().filter(|keyspace| keyspace.text != "system") {
                return Err(unknown_function(&keyspace.text, &function.name.text));
            }
            let mut types = Vec::with_capacity(arguments.len());
            for argument in arguments {
                types.push(term_type(binder, argument)?);
            }
            let key_types = binder.key_types();
            let signature = functions::resolve(&function.name.text, &types, &key_types)?;
            let mut bound = Vec::with_capacity(arguments.len());
            for (index, (argument, parameter)) in arguments.iter().zip(&signature.parameters).enumerate() {
                let receiver = format!("arg{index}({})", function.name.text);
                bound.push(bind_term(binder, argument, parameter, &receiver)?);
            }
            if !is_assignable(expected, &signature.result) {
                return Err(CqlError::invalid(format!(
                    "Type error: cannot assign result of function {} (type {}) to {name} (type {expected})",
                    function.name.text, signature.result
                )));
            }
            Ok(Expression::Call { signature: Box::new(signature), arguments: bound })
        }
        TermKind::Hint { target, term } => {
            let kind = resolve_type(target, binder.schema, binder.keyspace)?;
            if !is_assignable(expected, &kind) {
                return Err(CqlError::invalid(format!(
                    "Cannot assign value ({kind}) to {name} of type {expected}"
                )));
            }
            bind_term(binder, term, &kind, name)
        }
        TermKind::Binary { operator, left, right } => {
            let left_type = term_type(binder, left)?.filter(|_| !is_number_literal(left));
            let right_type = term_type(binder, right)?.filter(|_| !is_number_literal(right));
            let left_type = left_type.unwrap_or_else(|| expected.clone());
            let right_type = right_type.unwrap_or_else(|| expected.clone());
            let result = super::bind_selector::arithmetic_type(*operator, &left_type, &right_type)?;
            if !is_assignable(expected, &result) {
                return Err(CqlError::invalid(format!(
                    "Type error: cannot assign result of operation {} (type {result}) to {name} (type {expected})",
                    operator.symbol()
                )));
            }
            let left = bind_term(binder, left, &left_type, name)?;
            let right = bind_term(binder, right, &right_type, name)?;
            Ok(Expression::Arithmetic {
                operator: *operator,
                left: Box::new((left, left_type)),
                right: Box::new((right, right_type)),
            })
        }
        TermKind::Negate(inner) => {
            let value = bind_term(binder, inner, expected, name)?;
            super::bind_selector::negate(value, expected)
        }
    }
}

fn bind_all(
    binder: &mut Binder<'_>,
    terms: &[Term],
    kind: &ColumnType,
    name: &str,
) -> Result<Vec<Expression>, CqlError> {
    terms.iter().map(|term| bind_term(binder, term, kind, name)).collect()
}

fn is_number_literal(term: &Term) -> bool {
    use super::super::syntax::ast::LiteralKind;
    matches!(&term.kind, TermKind::Literal(LiteralKind::Integer(_) | LiteralKind::Float(_)))
}

/// The type a term has by itself, or `None` where its receiver decides.
pub(crate) fn term_type(binder: &Binder<'_>, term: &Term) -> Result<Option<ColumnType>, CqlError> {
    Ok(match &term.kind {
        TermKind::Literal(kind) => natural_type(kind),
        TermKind::Hint { target, .. } => Some(resolve_type(target, binder.schema, binder.keyspace)?),
        TermKind::Call { function, arguments } => {
            let mut types = Vec::with_capacity(arguments.len());
            for argument in arguments {
                types.push(term_type(binder, argument)?);
            }
            Some(functions::resolve(&function.name.text, &types, &binder.key_types())?.result)
        }
        TermKind::Binary { left, right, operator } => {
            match (term_type(binder, left)?, term_type(binder, right)?) {
                (Some(left), Some(right)) => {
                    Some(super::bind_selector::arithmetic_type(*operator, &left, &right)?)
                }
                (left, right) => left.or(right),
            }
        }
        TermKind::Negate(inner) => term_type(binder, inner)?,
        _ => None,
    })
}

/// Whether a value of type `given` can stand where `expected` is wanted without changing its bytes.
pub(crate) fn is_assignable(expected: &ColumnType, given: &ColumnType) -> bool {
    use ColumnType as T;
    expected.freeze() == given.freeze()
        || matches!(
            (expected, given),
            (T::Blob, _)
                | (T::Text, T::Ascii)
                | (T::Uuid, T::TimeUuid)
                | (T::Timestamp, T::BigInt)
                | (T::BigInt, T::Timestamp)
                | (T::Counter, T::BigInt)
                | (T::BigInt, T::Counter)
                | (T::VarInt, T::TinyInt | T::SmallInt | T::Int | T::BigInt)
        )
}

/// The answer to a function of a user.
pub(crate) fn unknown_function(keyspace: &str, name: &str) -> CqlError {
    CqlError::invalid(format!(
        "Unknown function {keyspace}.{name}; user-defined functions are not supported yet"
    ))
}

/// A literal of constants becomes one constant, so that it is built once and not at every execution.
fn fold(expression: Expression) -> Expression {
    let constant = match &expression {
        Expression::List(elements) | Expression::Tuple(elements) => {
            elements.iter().all(Expression::is_constant)
        }
        Expression::Set { elements, .. } | Expression::Vector { elements, .. } => {
            elements.iter().all(Expression::is_constant)
        }
        Expression::Map { entries, .. } => {
            entries.iter().all(|(key, value)| key.is_constant() && value.is_constant())
        }
        _ => false,
    };
    if !constant {
        return expression;
    }
    match expression.evaluate(&super::Scope::of_values(&[])) {
        Ok(value) => Expression::Constant(value.as_bytes().cloned()),
        // Left as it is, so that the error comes when it is executed, with the statement.
        Err(_) => expression,
    }
}
