//! Strategies for every message of the protocol, as far as a version can carry it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use model::types::{ColumnType, UserType};
use proptest::prelude::*;
use proto::native::*;

pub(crate) fn any_version() -> impl Strategy<Value = ProtocolVersion> {
    prop::sample::select(ProtocolVersion::ALL.to_vec())
}

/// A version and a compression that goes with it.
pub(crate) fn any_wire() -> impl Strategy<Value = (ProtocolVersion, Option<Compression>)> {
    any_version().prop_flat_map(|version| {
        let mut choices = vec![None, Some(Compression::Lz4)];
        if version < ProtocolVersion::V5 {
            choices.push(Some(Compression::Snappy));
        }
        (Just(version), prop::sample::select(choices))
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,8}", "\\PC{0,12}", "x{300}"]
}

fn blob() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

fn raw_value(version: ProtocolVersion) -> BoxedStrategy<RawValue> {
    let unset = if version >= ProtocolVersion::V4 { RawValue::Unset } else { RawValue::Null };
    prop_oneof![1 => Just(RawValue::Null), 1 => Just(unset), 4 => blob().prop_map(RawValue::Bytes)].boxed()
}

fn bound_values(version: ProtocolVersion) -> impl Strategy<Value = BoundValues> {
    prop_oneof![
        prop::collection::vec(raw_value(version), 0..5).prop_map(BoundValues::Positional),
        prop::collection::vec((text(), raw_value(version)), 1..5).prop_map(BoundValues::Named),
    ]
}

fn consistency() -> impl Strategy<Value = Consistency> {
    prop::sample::select(Consistency::ALL.to_vec())
}

fn serial() -> impl Strategy<Value = Option<Consistency>> {
    prop::sample::select(vec![None, Some(Consistency::Serial), Some(Consistency::LocalSerial)])
}

/// Present only where the version has a place for it.
fn since_v5<T: Clone + std::fmt::Debug + 'static>(
    version: ProtocolVersion,
    strategy: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    if version >= ProtocolVersion::V5 { prop::option::of(strategy).boxed() } else { Just(None).boxed() }
}

fn parameters(version: ProtocolVersion) -> impl Strategy<Value = QueryParameters> {
    let paging = (prop::option::of(any::<i32>()), prop::option::of(blob()));
    let tail = (
        serial(),
        prop::option::of(any::<i64>()),
        since_v5(version, text()),
        since_v5(version, any::<i32>()),
    );
    (consistency(), bound_values(version), any::<bool>(), paging, tail).prop_map(
        |(consistency, values, skip_metadata, (page_size, paging_state), tail)| QueryParameters {
            consistency,
            values,
            skip_metadata,
            page_size,
            paging_state,
            serial_consistency: tail.0,
            default_timestamp: tail.1,
            keyspace: tail.2,
            now_in_seconds: tail.3,
        },
    )
}

fn batch(version: ProtocolVersion) -> impl Strategy<Value = Batch> {
    let statement = prop_oneof![text().prop_map(StatementRef::Text), blob().prop_map(StatementRef::Prepared)];
    let statement = (statement, prop::collection::vec(raw_value(version), 0..4))
        .prop_map(|(statement, values)| BatchStatement { statement, values });
    let kind = prop::sample::select(vec![BatchKind::Logged, BatchKind::Unlogged, BatchKind::Counter]);
    let tail = (
        serial(),
        prop::option::of(any::<i64>()),
        since_v5(version, text()),
        since_v5(version, any::<i32>()),
    );
    (kind, prop::collection::vec(statement, 0..5), consistency(), tail).prop_map(
        |(kind, statements, consistency, tail)| Batch {
            kind,
            statements,
            consistency,
            serial_consistency: tail.0,
            default_timestamp: tail.1,
            keyspace: tail.2,
            now_in_seconds: tail.3,
        },
    )
}

fn payload(version: ProtocolVersion) -> BoxedStrategy<CustomPayload> {
    if version < ProtocolVersion::V4 {
        return Just(Vec::new()).boxed();
    }
    prop::collection::vec((text(), prop::option::of(blob())), 0..3).boxed()
}

pub(crate) fn any_request(version: ProtocolVersion) -> BoxedStrategy<RequestEnvelope> {
    let event_types = prop::sample::select(vec![
        EventType::TopologyChange,
        EventType::StatusChange,
        EventType::SchemaChange,
    ]);
    let metadata_id: BoxedStrategy<Option<Bytes>> =
        if version >= ProtocolVersion::V5 { blob().prop_map(Some).boxed() } else { Just(None).boxed() };
    let request = prop_oneof![
        prop::collection::vec((text(), text()), 0..4).prop_map(Request::Startup),
        Just(Request::Options),
        (text(), parameters(version))
            .prop_map(|(text, parameters)| Request::Query(Query { text, parameters })),
        (text(), since_v5(version, text()))
            .prop_map(|(text, keyspace)| Request::Prepare(Prepare { text, keyspace })),
        (blob(), metadata_id, parameters(version)).prop_map(|(id, result_metadata_id, parameters)| {
            Request::Execute(Execute { id, result_metadata_id, parameters })
        }),
        batch(version).prop_map(Request::Batch),
        prop::collection::vec(event_types, 0..4).prop_map(Request::Register),
        prop::option::of(blob()).prop_map(Request::AuthResponse),
    ];
    (any::<i16>(), any::<bool>(), payload(version), request)
        .prop_map(move |(stream, tracing, custom_payload, request)| RequestEnvelope {
            version,
            stream,
            tracing,
            custom_payload,
            request,
        })
        .boxed()
}

/// Types as the wire tells them: not frozen outside, frozen inside.
pub(crate) fn any_type() -> BoxedStrategy<ColumnType> {
    frozen_type().prop_map(thaw).boxed()
}

fn thaw(column_type: ColumnType) -> ColumnType {
    match column_type {
        ColumnType::List { element, .. } => ColumnType::List { element, frozen: false },
        ColumnType::Set { element, .. } => ColumnType::Set { element, frozen: false },
        ColumnType::Map { key, value, .. } => ColumnType::Map { key, value, frozen: false },
        ColumnType::Udt { definition, .. } => ColumnType::Udt { definition, frozen: false },
        other => other,
    }
}

fn frozen_type() -> BoxedStrategy<ColumnType> {
    let simple = prop::sample::select(vec![
        ColumnType::Ascii,
        ColumnType::BigInt,
        ColumnType::Blob,
        ColumnType::Boolean,
        ColumnType::Counter,
        ColumnType::Decimal,
        ColumnType::Double,
        ColumnType::Duration,
        ColumnType::Float,
        ColumnType::Inet,
        ColumnType::Int,
        ColumnType::SmallInt,
        ColumnType::Text,
        ColumnType::Time,
        ColumnType::Timestamp,
        ColumnType::TimeUuid,
        ColumnType::TinyInt,
        ColumnType::Date,
        ColumnType::Uuid,
        ColumnType::VarInt,
    ]);
    simple
        .prop_recursive(3, 12, 3, |inner| {
            let fields = prop::collection::vec((text(), inner.clone()), 0..3);
            prop_oneof![
                inner.clone().prop_map(|e| ColumnType::List { element: Arc::new(e), frozen: true }),
                inner.clone().prop_map(|e| ColumnType::Set { element: Arc::new(e), frozen: true }),
                (inner.clone(), inner.clone()).prop_map(|(k, v)| ColumnType::Map {
                    key: Arc::new(k),
                    value: Arc::new(v),
                    frozen: true
                }),
                prop::collection::vec(inner.clone(), 1..4).prop_map(ColumnType::Tuple),
                ("[a-z]{1,6}", text(), fields).prop_map(|(keyspace, name, fields)| ColumnType::Udt {
                    definition: Arc::new(UserType { keyspace, name, fields: named(fields) }),
                    frozen: true,
                }),
                (inner, 1u32..9)
                    .prop_map(|(e, dimension)| ColumnType::Vector { element: Arc::new(e), dimension }),
            ]
        })
        .boxed()
}

/// A class name has no way to write an empty name, and no user type has one.
fn named(fields: Vec<(String, ColumnType)>) -> Vec<(String, ColumnType)> {
    fields.into_iter().map(|(name, kind)| (format!("f{name}"), kind)).collect()
}

fn columns() -> impl Strategy<Value = Vec<ColumnSpec>> {
    let names = prop::sample::select(vec!["a", "b"]);
    let column =
        (names.clone(), names, text(), any_type()).prop_map(|(keyspace, table, name, column_type)| {
            ColumnSpec { keyspace: keyspace.to_string(), table: table.to_string(), name, column_type }
        });
    prop::collection::vec(column, 0..4)
}

fn metadata() -> impl Strategy<Value = Arc<ResultMetadata>> {
    columns().prop_map(|columns| Arc::new(ResultMetadata { columns }))
}

fn rows(version: ProtocolVersion) -> impl Strategy<Value = Rows> {
    (metadata(), 0usize..5, prop::option::of(blob()), since_v5(version, blob()), any::<u64>()).prop_map(
        |(metadata, count, paging_state, new_metadata_id, seed)| {
            let mut builder = RowsBuilder::new(metadata.clone());
            for row in 0..count {
                for column in 0..metadata.columns.len() {
                    match (seed >> ((row * 7 + column) % 60)) % 3 {
                        0 => builder.push_cell(None),
                        1 => builder.push_cell(Some(&seed.to_be_bytes()[..row])),
                        _ => builder.push_cell_with(|out| out.extend_from_slice(b"put together")),
                    }
                }
                builder.end_row();
            }
            Rows { paging_state, new_metadata_id, ..builder.finish() }
        },
    )
}

fn schema_change(version: ProtocolVersion) -> BoxedStrategy<SchemaChange> {
    let change = prop::sample::select(vec![ChangeType::Created, ChangeType::Updated, ChangeType::Dropped]);
    let arguments = || prop::collection::vec(text(), 0..3);
    let mut targets = vec![
        Just(ChangeTarget::Keyspace).boxed(),
        text().prop_map(ChangeTarget::Table).boxed(),
        text().prop_map(ChangeTarget::Type).boxed(),
    ];
    if version >= ProtocolVersion::V4 {
        targets.push((text(), arguments()).prop_map(|(n, a)| ChangeTarget::Function(n, a)).boxed());
        targets.push((text(), arguments()).prop_map(|(n, a)| ChangeTarget::Aggregate(n, a)).boxed());
    }
    (change, text(), prop::strategy::Union::new(targets))
        .prop_map(|(change, keyspace, target)| SchemaChange { change, keyspace, target })
        .boxed()
}

fn address() -> impl Strategy<Value = SocketAddr> {
    (any::<IpAddr>(), any::<u16>()).prop_map(|(ip, port)| SocketAddr::new(ip, port))
}

fn event(version: ProtocolVersion) -> impl Strategy<Value = Event> {
    let topology = prop::sample::select(vec![
        TopologyChange::NewNode,
        TopologyChange::RemovedNode,
        TopologyChange::MovedNode,
    ]);
    let status = prop::sample::select(vec![StatusChange::Up, StatusChange::Down]);
    prop_oneof![
        (topology, address()).prop_map(|(change, address)| Event::Topology(change, address)),
        (status, address()).prop_map(|(change, address)| Event::Status(change, address)),
        schema_change(version).prop_map(Event::Schema),
    ]
}

fn failures(version: ProtocolVersion) -> BoxedStrategy<Failures> {
    if version < ProtocolVersion::V5 {
        return (0i32..100).prop_map(Failures::Count).boxed();
    }
    prop::collection::vec((any::<IpAddr>(), any::<u16>().prop_map(FailureReason::from_code)), 0..4)
        .prop_map(Failures::Reasons)
        .boxed()
}

fn error(version: ProtocolVersion) -> BoxedStrategy<ErrorBody> {
    let counts = || (consistency(), any::<i32>(), any::<i32>());
    let write_type = || prop::sample::select(WriteType::ALL.to_vec());
    let mut kinds = vec![
        prop::sample::select(vec![
            ErrorKind::ServerError,
            ErrorKind::ProtocolError,
            ErrorKind::BadCredentials,
            ErrorKind::Overloaded,
            ErrorKind::IsBootstrapping,
            ErrorKind::TruncateError,
            ErrorKind::SyntaxError,
            ErrorKind::Unauthorized,
            ErrorKind::Invalid,
            ErrorKind::ConfigError,
        ])
        .boxed(),
        counts()
            .prop_map(|(consistency, required, alive)| ErrorKind::Unavailable {
                consistency,
                required,
                alive,
            })
            .boxed(),
        (counts(), write_type(), any::<u16>())
            .prop_map(move |((consistency, received, block_for), write_type, contentions)| {
                let told = write_type == WriteType::Cas && version >= ProtocolVersion::V5;
                let contentions = if told { contentions } else { 0 };
                ErrorKind::WriteTimeout { consistency, received, block_for, write_type, contentions }
            })
            .boxed(),
        (counts(), any::<bool>())
            .prop_map(|((consistency, received, block_for), data_present)| ErrorKind::ReadTimeout {
                consistency,
                received,
                block_for,
                data_present,
            })
            .boxed(),
        (text(), text()).prop_map(|(keyspace, table)| ErrorKind::AlreadyExists { keyspace, table }).boxed(),
        blob().prop_map(|id| ErrorKind::Unprepared { id }).boxed(),
    ];
    if version >= ProtocolVersion::V4 {
        let function = (text(), text(), prop::collection::vec(text(), 0..3));
        kinds.push(
            (counts(), failures(version), any::<bool>())
                .prop_map(|((consistency, received, block_for), failures, data_present)| {
                    ErrorKind::ReadFailure { consistency, received, block_for, failures, data_present }
                })
                .boxed(),
        );
        kinds.push(
            (counts(), failures(version), write_type())
                .prop_map(|((consistency, received, block_for), failures, write_type)| {
                    ErrorKind::WriteFailure { consistency, received, block_for, failures, write_type }
                })
                .boxed(),
        );
        kinds.push(
            function
                .prop_map(|(keyspace, function, argument_types)| ErrorKind::FunctionFailure {
                    keyspace,
                    function,
                    argument_types,
                })
                .boxed(),
        );
    }
    if version >= ProtocolVersion::V5 {
        kinds.push(Just(ErrorKind::CdcWriteFailure).boxed());
        kinds.push(
            counts()
                .prop_map(|(consistency, received, block_for)| ErrorKind::CasWriteUnknown {
                    consistency,
                    received,
                    block_for,
                })
                .boxed(),
        );
    }
    (text(), prop::strategy::Union::new(kinds))
        .prop_map(|(message, kind)| ErrorBody { message, kind })
        .boxed()
}

fn prepared(version: ProtocolVersion) -> impl Strategy<Value = PreparedBody> {
    let indexes: BoxedStrategy<Vec<u16>> = if version >= ProtocolVersion::V4 {
        prop::collection::vec(any::<u16>(), 0..3).boxed()
    } else {
        Just(Vec::new()).boxed()
    };
    let metadata_id: BoxedStrategy<Option<Bytes>> =
        if version >= ProtocolVersion::V5 { blob().prop_map(Some).boxed() } else { Just(None).boxed() };
    (blob(), metadata_id, columns(), indexes, prop::option::of(metadata())).prop_map(
        |(id, result_metadata_id, columns, partition_key_indexes, result)| PreparedBody {
            id,
            result_metadata_id,
            bind: Arc::new(BindMetadata { columns, partition_key_indexes }),
            result,
        },
    )
}

pub(crate) fn any_response(version: ProtocolVersion) -> BoxedStrategy<ResponseEnvelope> {
    let result = prop_oneof![
        1 => Just(ResultBody::Void),
        4 => rows(version).prop_map(ResultBody::Rows),
        1 => text().prop_map(ResultBody::SetKeyspace),
        3 => prepared(version).prop_map(ResultBody::Prepared),
        2 => schema_change(version).prop_map(ResultBody::SchemaChange),
    ];
    let token = || prop::option::of(blob());
    let response = prop_oneof![
        1 => Just(Response::Ready),
        1 => text().prop_map(Response::Authenticate),
        1 => prop::collection::vec((text(), prop::collection::vec(text(), 0..3)), 0..3)
            .prop_map(Response::Supported),
        6 => result.prop_map(Response::Result),
        4 => error(version).prop_map(Response::Error),
        2 => event(version).prop_map(Response::Event),
        1 => token().prop_map(Response::AuthChallenge),
        1 => token().prop_map(Response::AuthSuccess),
    ];
    let warnings: BoxedStrategy<Vec<String>> = if version >= ProtocolVersion::V4 {
        prop::collection::vec(text(), 0..3).boxed()
    } else {
        Just(Vec::new()).boxed()
    };
    let tracing = prop::option::of(any::<u128>().prop_map(uuid::Uuid::from_u128));
    (any::<i16>(), tracing, warnings, payload(version), response)
        .prop_map(move |(stream, tracing_id, warnings, custom_payload, response)| ResponseEnvelope {
            version,
            stream,
            tracing_id,
            warnings,
            custom_payload,
            response,
        })
        .boxed()
}

/// A query whose text has `size` bytes.
pub(crate) fn query_of_size(version: ProtocolVersion, size: usize) -> RequestEnvelope {
    let text = (0..size).map(|at| char::from(b'a' + (at * at % 23) as u8)).collect();
    RequestEnvelope::new(
        version,
        size as i16,
        Request::Query(Query { text, parameters: QueryParameters::default() }),
    )
}
