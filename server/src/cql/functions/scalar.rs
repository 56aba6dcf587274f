//! Scalar functions: name and argument types -> function, and its evaluation on wire bytes.
//!
//! Both spellings of Cassandra are known (`toTimestamp` and `to_timestamp`). A null argument gives null,
//! except where said.

use bytes::Bytes;
use model::key::{compose_partition_key, murmur3_token};
use model::types::{
    ColumnType, Decimal, Value, collection, decode_value, encode_value, timeuuid, validate_value,
};
use std::sync::Arc;

use super::aggregate::{Aggregate, AggregateKind};
use crate::error::CqlError;

/// What functions need from outside: time and chance, fixed for one statement's execution.
pub(crate) trait FunctionContext {
    /// Milliseconds since 1970.
    fn now_millis(&self) -> i64;
    /// A fresh version 1 uuid.
    fn next_timeuuid(&self) -> uuid::Uuid;
    /// A fresh random uuid.
    fn next_uuid(&self) -> uuid::Uuid;
}

/// A scalar function, resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ScalarFunction {
    /// `now()`, `current_timeuuid()`.
    Now,
    /// `uuid()`.
    Uuid,
    /// `current_timestamp()`.
    CurrentTimestamp,
    /// `current_date()`.
    CurrentDate,
    /// `current_time()`.
    CurrentTime,
    /// `token(partition key)`.
    Token,
    /// `min_timeuuid(timestamp)`.
    MinTimeUuid,
    /// `max_timeuuid(timestamp)`.
    MaxTimeUuid,
    /// `to_date(timestamp | timeuuid)`.
    ToDate,
    /// `to_timestamp(date | timeuuid)`.
    ToTimestamp,
    /// `to_unix_timestamp(date | timestamp | timeuuid)`.
    ToUnixTimestamp,
    /// `<type>_as_blob(x)`: the bytes as they are.
    AsBlob,
    /// `blob_as_<type>(blob)`: the bytes, checked.
    FromBlob,
    /// `abs(number)`.
    Abs,
    /// `exp`, `log`, `log10`, by name.
    Exp,
    /// Natural logarithm.
    Log,
    /// Decimal logarithm.
    Log10,
    /// To the nearest whole, halves away from zero.
    Round,
    /// Number of elements.
    CollectionCount,
    /// An aggregate over the elements of a list or set.
    CollectionAggregate(AggregateKind),
    /// Keys of a map, as a set.
    MapKeys,
    /// Values of a map, as a list.
    MapValues,
    /// Similarity of two float vectors.
    Similarity(Similarity),
}

/// How vectors are compared; all in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Similarity {
    /// (1 + cosine) / 2.
    Cosine,
    /// 1 / (1 + squared distance).
    Euclidean,
    /// (1 + dot product) / 2.
    DotProduct,
}

/// A function with the types of its parameters and result.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    /// The function.
    pub(crate) function: ScalarFunction,
    /// Parameter types, one an argument.
    pub(crate) parameters: Vec<ColumnType>,
    /// Result type.
    pub(crate) result: ColumnType,
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// The function called `name` for arguments of these types (`None`: a literal or marker whose type the
/// function decides). `key_types` are the partition key's types, for `token`.
///
/// Errors: Invalid, for an unknown name or arguments that do not fit.
pub(crate) fn resolve(
    name: &str,
    arguments: &[Option<ColumnType>],
    key_types: &[ColumnType],
) -> Result<Signature, CqlError> {
    let key = plain(name);
    let no_match = || {
        let types: Vec<String> =
            arguments.iter().map(|kind| kind.as_ref().map_or("?".to_string(), ToString::to_string)).collect();
        CqlError::invalid(format!(
            "Invalid call to function {name}, its parameters do not match the arguments ({})",
            types.join(", ")
        ))
    };
    let arity = |count: usize| if arguments.len() == count { Ok(()) } else { Err(no_match()) };
    let argument = |index: usize, default: ColumnType| arguments[index].clone().unwrap_or(default);
    let signature = |function, parameters, result| Ok(Signature { function, parameters, result });
    match key.as_str() {
        "now" | "currenttimeuuid" => {
            arity(0)?;
            signature(ScalarFunction::Now, vec![], ColumnType::TimeUuid)
        }
        "uuid" => {
            arity(0)?;
            signature(ScalarFunction::Uuid, vec![], ColumnType::Uuid)
        }
        "currenttimestamp" => {
            arity(0)?;
            signature(ScalarFunction::CurrentTimestamp, vec![], ColumnType::Timestamp)
        }
        "currentdate" => {
            arity(0)?;
            signature(ScalarFunction::CurrentDate, vec![], ColumnType::Date)
        }
        "currenttime" => {
            arity(0)?;
            signature(ScalarFunction::CurrentTime, vec![], ColumnType::Time)
        }
        "token" => {
            arity(key_types.len())?;
            signature(ScalarFunction::Token, key_types.to_vec(), ColumnType::BigInt)
        }
        "mintimeuuid" | "maxtimeuuid" => {
            arity(1)?;
            let function =
                if key == "mintimeuuid" { ScalarFunction::MinTimeUuid } else { ScalarFunction::MaxTimeUuid };
            signature(function, vec![ColumnType::Timestamp], ColumnType::TimeUuid)
        }
        "todate" | "totimestamp" | "tounixtimestamp" | "dateof" | "unixtimestampof" => {
            arity(1)?;
            let kind = argument(0, ColumnType::TimeUuid);
            let fits = match key.as_str() {
                "todate" => matches!(kind, ColumnType::Timestamp | ColumnType::TimeUuid),
                "totimestamp" => matches!(kind, ColumnType::Date | ColumnType::TimeUuid),
                "tounixtimestamp" => {
                    matches!(kind, ColumnType::Date | ColumnType::Timestamp | ColumnType::TimeUuid)
                }
                _ => kind == ColumnType::TimeUuid,
            };
            if !fits {
                return Err(no_match());
            }
            match key.as_str() {
                "todate" => signature(ScalarFunction::ToDate, vec![kind], ColumnType::Date),
                "totimestamp" | "dateof" => {
                    signature(ScalarFunction::ToTimestamp, vec![kind], ColumnType::Timestamp)
                }
                _ => signature(ScalarFunction::ToUnixTimestamp, vec![kind], ColumnType::BigInt),
            }
        }
        "abs" | "exp" | "log" | "log10" | "round" => {
            arity(1)?;
            let kind = argument(0, ColumnType::Double);
            if !is_number(&kind) {
                return Err(no_match());
            }
            let function = match key.as_str() {
                "abs" => ScalarFunction::Abs,
                "exp" => ScalarFunction::Exp,
                "log" => ScalarFunction::Log,
                "log10" => ScalarFunction::Log10,
                _ => ScalarFunction::Round,
            };
            signature(function, vec![kind.clone()], kind)
        }
        "collectioncount" => {
            arity(1)?;
            let kind = arguments[0].clone().filter(ColumnType::is_collection).ok_or_else(no_match)?;
            signature(ScalarFunction::CollectionCount, vec![kind], ColumnType::Int)
        }
        "collectionmin" | "collectionmax" | "collectionsum" | "collectionavg" => {
            arity(1)?;
            let kind = arguments[0].clone().ok_or_else(no_match)?;
            let (ColumnType::List { element, .. } | ColumnType::Set { element, .. }) = &kind else {
                return Err(no_match());
            };
            let aggregate = AggregateKind::by_name(&key["collection".len()..]).ok_or_else(no_match)?;
            let result = aggregate.result_type(element)?;
            signature(ScalarFunction::CollectionAggregate(aggregate), vec![kind], result)
        }
        "mapkeys" | "mapvalues" => {
            arity(1)?;
            let map = arguments[0].clone().ok_or_else(no_match)?;
            let ColumnType::Map { key: key_type, value, .. } = &map else { return Err(no_match()) };
            if key == "mapkeys" {
                let result = ColumnType::Set { element: Arc::clone(key_type), frozen: true };
                return signature(ScalarFunction::MapKeys, vec![map.clone()], result);
            }
            let result = ColumnType::List { element: Arc::clone(value), frozen: true };
            signature(ScalarFunction::MapValues, vec![map.clone()], result)
        }
        "similaritycosine" | "similarityeuclidean" | "similaritydotproduct" => {
            arity(2)?;
            let vector = arguments.iter().flatten().next().cloned().ok_or_else(no_match)?;
            let floats =
                matches!(&vector, ColumnType::Vector { element, .. } if **element == ColumnType::Float);
            if !floats || arguments.iter().flatten().any(|kind| *kind != vector) {
                return Err(no_match());
            }
            let how = match key.as_str() {
                "similaritycosine" => Similarity::Cosine,
                "similarityeuclidean" => Similarity::Euclidean,
                _ => Similarity::DotProduct,
            };
            signature(ScalarFunction::Similarity(how), vec![vector.clone(), vector], ColumnType::Float)
        }
        _ => {
            let simple = |text: &str| ColumnType::parse(text, &|_| None).ok();
            if let Some(kind) = key.strip_suffix("asblob").and_then(simple) {
                arity(1)?;
                return signature(ScalarFunction::AsBlob, vec![kind], ColumnType::Blob);
            }
            if let Some(kind) = key.strip_prefix("blobas").and_then(simple) {
                arity(1)?;
                return signature(ScalarFunction::FromBlob, vec![ColumnType::Blob], kind);
            }
            Err(CqlError::invalid(format!("Unknown function '{name}'")))
        }
    }
}

fn is_number(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::TinyInt
            | ColumnType::SmallInt
            | ColumnType::Int
            | ColumnType::BigInt
            | ColumnType::VarInt
            | ColumnType::Float
            | ColumnType::Double
            | ColumnType::Decimal
            | ColumnType::Counter
    )
}

impl Signature {
    /// The function's value for wire-byte arguments.
    pub(crate) fn evaluate(
        &self,
        arguments: &[Option<Bytes>],
        context: &dyn FunctionContext,
    ) -> Result<Option<Bytes>, CqlError> {
        let long = |number: i64| Some(Bytes::copy_from_slice(&number.to_be_bytes()));
        match self.function {
            ScalarFunction::Now => {
                return Ok(Some(Bytes::copy_from_slice(context.next_timeuuid().as_bytes())));
            }
            ScalarFunction::Uuid => return Ok(Some(Bytes::copy_from_slice(context.next_uuid().as_bytes()))),
            ScalarFunction::CurrentTimestamp => return Ok(long(context.now_millis())),
            ScalarFunction::CurrentDate => return Ok(Some(date_of_millis(context.now_millis()))),
            ScalarFunction::CurrentTime => {
                return Ok(long(context.now_millis().rem_euclid(86_400_000) * 1_000_000));
            }
            _ => {}
        }
        let mut present = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match argument {
                Some(bytes) => present.push(bytes.clone()),
                None if self.function == ScalarFunction::CollectionCount => return Ok(Some(int(0))),
                None if self.function == ScalarFunction::Token => {
                    return Err(CqlError::invalid(
                        "Invalid null value for a partition key column in token()",
                    ));
                }
                None => return Ok(None),
            }
        }
        let Some(first) = present.first() else { return Ok(None) };
        let parameter = &self.parameters[0];
        let value = match &self.function {
            ScalarFunction::Token => {
                return Ok(long(murmur3_token(&compose_partition_key(&present)).0));
            }
            ScalarFunction::MinTimeUuid => uuid_bytes(timeuuid::min_for_millis(millis(parameter, first)?)),
            ScalarFunction::MaxTimeUuid => uuid_bytes(timeuuid::max_for_millis(millis(parameter, first)?)),
            ScalarFunction::ToDate => date_of_millis(millis(parameter, first)?),
            ScalarFunction::ToTimestamp | ScalarFunction::ToUnixTimestamp => {
                return Ok(long(millis(parameter, first)?));
            }
            ScalarFunction::AsBlob => first.clone(),
            ScalarFunction::FromBlob => {
                validate_value(&self.result, first).map_err(|error| {
                    CqlError::invalid(format!("In call to function blob_as_{}: {error}", self.result))
                })?;
                first.clone()
            }
            ScalarFunction::Abs
            | ScalarFunction::Exp
            | ScalarFunction::Log
            | ScalarFunction::Log10
            | ScalarFunction::Round => {
                if first.is_empty() {
                    return Ok(None);
                }
                self.number(parameter, first)?
            }
            ScalarFunction::CollectionCount => match parameter {
                ColumnType::Map { .. } => int(collection::split_map(first)?.len() as i32),
                _ => int(collection::split_list(first)?.len() as i32),
            },
            ScalarFunction::CollectionAggregate(kind) => {
                let (ColumnType::List { element, .. } | ColumnType::Set { element, .. }) = parameter else {
                    return Ok(None);
                };
                let mut aggregate = Aggregate::new(*kind, (**element).clone());
                for item in collection::split_list(first)? {
                    aggregate.add(Some(&item))?;
                }
                return Ok(aggregate.finish()?.0);
            }
            ScalarFunction::MapKeys => {
                let entries = collection::split_map(first)?;
                collection::encode_list(&entries.into_iter().map(|(key, _)| key).collect::<Vec<_>>())
            }
            ScalarFunction::MapValues => {
                let entries = collection::split_map(first)?;
                collection::encode_list(&entries.into_iter().map(|(_, value)| value).collect::<Vec<_>>())
            }
            ScalarFunction::Similarity(how) => {
                let result = similarity(*how, &floats(first), &floats(&present[1]))?;
                Bytes::copy_from_slice(&result.to_be_bytes())
            }
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    fn number(&self, kind: &ColumnType, bytes: &Bytes) -> Result<Bytes, CqlError> {
        use num_traits::{Signed, ToPrimitive};
        let float = |number: f64| match self.function {
            ScalarFunction::Abs => number.abs(),
            ScalarFunction::Exp => number.exp(),
            ScalarFunction::Log => number.ln(),
            ScalarFunction::Log10 => number.log10(),
            _ => number.round(),
        };
        let keeps = matches!(self.function, ScalarFunction::Round);
        let whole = |number: i64| match self.function {
            ScalarFunction::Abs => number.wrapping_abs(),
            _ if keeps => number,
            _ => float(number as f64) as i64,
        };
        let value = match decode_value(kind, bytes)? {
            Value::TinyInt(number) => Value::TinyInt(whole(i64::from(number)) as i8),
            Value::SmallInt(number) => Value::SmallInt(whole(i64::from(number)) as i16),
            Value::Int(number) => Value::Int(whole(i64::from(number)) as i32),
            Value::BigInt(number) => Value::BigInt(whole(number)),
            Value::Counter(number) => Value::Counter(whole(number)),
            Value::Float(number) => Value::Float(float(f64::from(number)) as f32),
            Value::Double(number) => Value::Double(float(number)),
            Value::VarInt(number) => Value::VarInt(match self.function {
                ScalarFunction::Abs => number.abs(),
                _ if keeps => number,
                _ => {
                    let result = float(number.to_f64().unwrap_or(f64::NAN));
                    num_traits::FromPrimitive::from_f64(result).ok_or_else(|| {
                        CqlError::invalid("the result of the function is not a finite number")
                    })?
                }
            }),
            Value::Decimal(Decimal { unscaled, scale }) => {
                let decimal = bigdecimal::BigDecimal::new(unscaled, i64::from(scale));
                let result = match self.function {
                    ScalarFunction::Abs => decimal.abs(),
                    ScalarFunction::Round => decimal.with_scale_round(0, bigdecimal::RoundingMode::HalfUp),
                    _ => {
                        let result = float(decimal.to_f64().unwrap_or(f64::NAN));
                        bigdecimal::FromPrimitive::from_f64(result).ok_or_else(|| {
                            CqlError::invalid("the result of the function is not a finite number")
                        })?
                    }
                };
                let (unscaled, exponent) = result.into_bigint_and_exponent();
                Value::Decimal(Decimal { unscaled, scale: exponent as i32 })
            }
            other => return Err(CqlError::server(format!("a number function over {other:?}"))),
        };
        Ok(encode_value(kind, &value)?)
    }
}

fn int(number: i32) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn uuid_bytes(uuid: uuid::Uuid) -> Bytes {
    Bytes::copy_from_slice(uuid.as_bytes())
}

fn date_of_millis(millis: i64) -> Bytes {
    let days = millis.div_euclid(86_400_000) + (1 << 31);
    Bytes::copy_from_slice(&(days as u32).to_be_bytes())
}

/// Milliseconds of a timestamp, date or timeuuid.
fn millis(kind: &ColumnType, bytes: &Bytes) -> Result<i64, CqlError> {
    match decode_value(kind, bytes)? {
        Value::Timestamp(millis) => Ok(millis),
        Value::Date(days) => Ok((i64::from(days) - (1 << 31)) * 86_400_000),
        Value::TimeUuid(uuid) => timeuuid::unix_millis(&uuid)
            .ok_or_else(|| CqlError::invalid(format!("{uuid} is not a version 1 uuid"))),
        other => Err(CqlError::invalid(format!("{other:?} has no time"))),
    }
}

fn floats(bytes: &Bytes) -> Vec<f32> {
    bytes.chunks_exact(4).map(|chunk| f32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]])).collect()
}

fn similarity(how: Similarity, a: &[f32], b: &[f32]) -> Result<f32, CqlError> {
    let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    Ok(match how {
        Similarity::DotProduct => (1.0 + dot) / 2.0,
        Similarity::Euclidean => {
            let distance: f32 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
            1.0 / (1.0 + distance)
        }
        Similarity::Cosine => {
            let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
            let (left, right) = (norm(a), norm(b));
            if left == 0.0 || right == 0.0 {
                return Err(CqlError::invalid(
                    "Function system.similarity_cosine doesn't support all-zero vectors",
                ));
            }
            (1.0 + dot / (left * right)) / 2.0
        }
    })
}
