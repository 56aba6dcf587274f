//! [`Request`]: everything a client may ask, and [`RequestEnvelope`], the request with what travels around it.
//!
//! Invariant: decoding takes only what is there and errors with the place. Bytes after a complete message are
//! ignored, because some drivers pad.

use bytes::{BufMut, Bytes, BytesMut};
use model::DecodeError;

use super::consistency::Consistency;
use super::envelope::{Envelope, flags};
use super::event::EventType;
use super::opcode::Opcode;
use super::parameters::{Flags, QueryParameters, Tail, read_consistency};
use super::primitives::{
    BodyReader, CustomPayload, put_bytes, put_bytes_map, put_long_string, put_short_bytes, put_string,
    put_string_list, put_string_map,
};
use super::value::{RawValue, put_positional, read_positional};
use super::version::ProtocolVersion;

/// A client's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Opens the connection: options by name, in the client's order and spelling.
    Startup(Vec<(String, String)>),
    /// Asks which options there are; also the heartbeat.
    Options,
    /// Runs a statement.
    Query(Query),
    /// Parses and keeps a statement.
    Prepare(Prepare),
    /// Runs a kept statement.
    Execute(Execute),
    /// Runs several modifications.
    Batch(Batch),
    /// Wants events of these types.
    Register(Vec<EventType>),
    /// Credentials.
    AuthResponse(Option<Bytes>),
}

/// A statement as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The statement.
    pub text: String,
    /// Its parameters.
    pub parameters: QueryParameters,
}

/// A statement to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepare {
    /// The statement.
    pub text: String,
    /// Keyspace for unqualified names (version 5); else the connection's.
    pub keyspace: Option<String>,
}

/// A kept statement to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execute {
    /// Its id, from PREPARED.
    pub id: Bytes,
    /// Which result columns the client knows (version 5).
    pub result_metadata_id: Option<Bytes>,
    /// Its parameters.
    pub parameters: QueryParameters,
}

/// Kind of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchKind {
    /// All or, in the end, nothing.
    Logged = 0,
    /// Atomic by partition only.
    Unlogged = 1,
    /// Counter updates.
    Counter = 2,
}

/// A statement of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementRef {
    /// As text.
    Text(String),
    /// By the id of a kept one.
    Prepared(Bytes),
}

/// A statement of a batch with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchStatement {
    /// Which statement.
    pub statement: StatementRef,
    /// Its values, in order of the markers.
    pub values: Vec<RawValue>,
}

/// Several modifications in one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its kind.
    pub kind: BatchKind,
    /// Its statements, in the client's order; may be empty.
    pub statements: Vec<BatchStatement>,
    /// Consistency level.
    pub consistency: Consistency,
    /// Level of the conditional part.
    pub serial_consistency: Option<Consistency>,
    /// Write timestamp, microseconds, for statements that name none.
    pub default_timestamp: Option<i64>,
    /// Keyspace for unqualified names (version 5).
    pub keyspace: Option<String>,
    /// The client's idea of now, for ttl (version 5).
    pub now_in_seconds: Option<i32>,
}

impl Request {
    /// Its opcode.
    pub fn opcode(&self) -> Opcode {
        match self {
            Request::Startup(_) => Opcode::Startup,
            Request::Options => Opcode::Options,
            Request::Query(_) => Opcode::Query,
            Request::Prepare(_) => Opcode::Prepare,
            Request::Execute(_) => Opcode::Execute,
            Request::Batch(_) => Opcode::Batch,
            Request::Register(_) => Opcode::Register,
            Request::AuthResponse(_) => Opcode::AuthResponse,
        }
    }

    /// Reads the message of a request.
    ///
    /// Errors: an opcode that is no request, or the place of what does not decode.
    pub fn read(
        opcode: Opcode,
        body: &mut BodyReader,
        version: ProtocolVersion,
    ) -> Result<Request, DecodeError> {
        Ok(match opcode {
            Opcode::Startup => Request::Startup(body.read_string_map("STARTUP option")?),
            Opcode::Options => Request::Options,
            Opcode::Query => Request::Query(Query {
                text: body.read_long_string("statement")?,
                parameters: QueryParameters::read(body, version)?,
            }),
            Opcode::Prepare => Request::Prepare(read_prepare(body, version)?),
            Opcode::Execute => Request::Execute(Execute {
                id: body.read_short_bytes("prepared statement id")?,
                result_metadata_id: if version >= ProtocolVersion::V5 {
                    Some(body.read_short_bytes("result metadata id")?)
                } else {
                    None
                },
                parameters: QueryParameters::read(body, version)?,
            }),
            Opcode::Batch => Request::Batch(read_batch(body, version)?),
            Opcode::Register => {
                let at = body.offset();
                let names = body.read_string_list("event type")?;
                Request::Register(
                    names.iter().map(|name| EventType::from_name(name, at)).collect::<Result<_, _>>()?,
                )
            }
            Opcode::AuthResponse => Request::AuthResponse(body.read_bytes("credentials")?),
            response => return Err(DecodeError::new(format!("{response} is not a request"), 0)),
        })
    }

    /// Appends its message.
    pub fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        match self {
            Request::Startup(options) => put_string_map(options, out),
            Request::Options => {}
            Request::Query(query) => {
                put_long_string(&query.text, out);
                query.parameters.put(version, out);
            }
            Request::Prepare(prepare) => put_prepare(prepare, version, out),
            Request::Execute(execute) => {
                put_short_bytes(&execute.id, out);
                if version >= ProtocolVersion::V5 {
                    put_short_bytes(execute.result_metadata_id.as_deref().unwrap_or_default(), out);
                }
                execute.parameters.put(version, out);
            }
            Request::Batch(batch) => put_batch(batch, version, out),
            Request::Register(types) => {
                let names: Vec<&str> = types.iter().map(|event_type| event_type.name()).collect();
                put_string_list(&names, out);
            }
            Request::AuthResponse(token) => put_bytes(token.as_deref(), out),
        }
    }
}

const PREPARE_WITH_KEYSPACE: u32 = 0x01;

fn read_prepare(body: &mut BodyReader, version: ProtocolVersion) -> Result<Prepare, DecodeError> {
    let text = body.read_long_string("statement")?;
    if version < ProtocolVersion::V5 {
        return Ok(Prepare { text, keyspace: None });
    }
    let at = body.offset();
    let flags = body.read_i32("flags of PREPARE")? as u32;
    if flags & !PREPARE_WITH_KEYSPACE != 0 {
        return Err(DecodeError::new(format!("unknown flags {flags:#x} of PREPARE"), at));
    }
    let keyspace =
        if flags & PREPARE_WITH_KEYSPACE != 0 { Some(body.read_string("keyspace")?) } else { None };
    Ok(Prepare { text, keyspace })
}

fn put_prepare(prepare: &Prepare, version: ProtocolVersion, out: &mut BytesMut) {
    put_long_string(&prepare.text, out);
    if version < ProtocolVersion::V5 {
        return;
    }
    match &prepare.keyspace {
        None => out.put_u32(0),
        Some(keyspace) => {
            out.put_u32(PREPARE_WITH_KEYSPACE);
            put_string(keyspace, out);
        }
    }
}

fn read_batch(body: &mut BodyReader, version: ProtocolVersion) -> Result<Batch, DecodeError> {
    let kind = match body.read_u8("batch kind")? {
        0 => BatchKind::Logged,
        1 => BatchKind::Unlogged,
        2 => BatchKind::Counter,
        other => return Err(DecodeError::new(format!("unknown batch kind {other}"), body.offset() - 1)),
    };
    // The smallest statement: its kind, an empty id and no values.
    let count = body.read_count_u16(1 + 2 + 2, "batch statements")?;
    let mut statements = Vec::with_capacity(count);
    for _ in 0..count {
        let statement = match body.read_u8("kind of a batch statement")? {
            0 => StatementRef::Text(body.read_long_string("statement")?),
            1 => StatementRef::Prepared(body.read_short_bytes("prepared statement id")?),
            other => {
                return Err(DecodeError::new(
                    format!("unknown kind {other} of a batch statement"),
                    body.offset() - 1,
                ));
            }
        };
        statements.push(BatchStatement { statement, values: read_positional(body, version)? });
    }
    let consistency = read_consistency(body, "consistency")?;
    let at = body.offset();
    let flags = Flags::read(body, version)?;
    if flags.has_values_in_batch() {
        // Named values of a batch have no place on the wire: the specification says the flag must not be used.
        return Err(DecodeError::new("a batch has flags that only a single statement may have", at));
    }
    let tail = Tail::read(body, &flags)?;
    Ok(Batch {
        kind,
        statements,
        consistency,
        serial_consistency: tail.serial_consistency,
        default_timestamp: tail.default_timestamp,
        keyspace: tail.keyspace,
        now_in_seconds: tail.now_in_seconds,
    })
}

fn put_batch(batch: &Batch, version: ProtocolVersion, out: &mut BytesMut) {
    out.put_u8(batch.kind as u8);
    out.put_u16(batch.statements.len() as u16);
    for statement in &batch.statements {
        match &statement.statement {
            StatementRef::Text(text) => {
                out.put_u8(0);
                put_long_string(text, out);
            }
            StatementRef::Prepared(id) => {
                out.put_u8(1);
                put_short_bytes(id, out);
            }
        }
        put_positional(&statement.values, out);
    }
    let tail = Tail {
        serial_consistency: batch.serial_consistency,
        default_timestamp: batch.default_timestamp,
        keyspace: batch.keyspace.clone(),
        now_in_seconds: batch.now_in_seconds,
    };
    out.put_u16(batch.consistency.code());
    Flags::put(tail.bits(version), version, out);
    tail.put(version, out);
}

/// A request with its stream and what travels around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestEnvelope {
    /// Version it was written in; the answer's version.
    pub version: ProtocolVersion,
    /// Stream id, which the answer repeats.
    pub stream: i16,
    /// Whether the client wants the request traced.
    pub tracing: bool,
    /// Opaque bytes for extensions (version 4 and later); ignored unless known.
    pub custom_payload: CustomPayload,
    /// The request.
    pub request: Request,
}

impl RequestEnvelope {
    /// A plain request on `stream`.
    pub fn new(version: ProtocolVersion, stream: i16, request: Request) -> RequestEnvelope {
        RequestEnvelope { version, stream, tracing: false, custom_payload: Vec::new(), request }
    }

    /// Decodes the body of `envelope`.
    ///
    /// Errors: as [`Request::read`], and an opcode that is none. The connection stays usable.
    pub fn decode(envelope: Envelope) -> Result<RequestEnvelope, DecodeError> {
        let header = envelope.header;
        let opcode = Opcode::from_code(header.opcode)
            .ok_or_else(|| DecodeError::new(format!("unknown opcode {:#04x}", header.opcode), 0))?;
        let mut body = BodyReader::new(envelope.body);
        let custom_payload =
            if header.flags & flags::CUSTOM_PAYLOAD != 0 && header.version >= ProtocolVersion::V4 {
                body.read_bytes_map("custom payload")?
            } else {
                Vec::new()
            };
        let request = Request::read(opcode, &mut body, header.version)?;
        Ok(RequestEnvelope {
            version: header.version,
            stream: header.stream,
            tracing: header.flags & flags::TRACING != 0,
            custom_payload,
            request,
        })
    }

    /// The flags of its header.
    pub fn flags(&self) -> u8 {
        let tracing = if self.tracing { flags::TRACING } else { 0 };
        let payload = if self.has_payload() { flags::CUSTOM_PAYLOAD } else { 0 };
        tracing | payload
    }

    /// Appends its body.
    pub fn put_body(&self, out: &mut BytesMut) {
        if self.has_payload() {
            put_bytes_map(&self.custom_payload, out);
        }
        self.request.put(self.version, out);
    }

    fn has_payload(&self) -> bool {
        self.version >= ProtocolVersion::V4 && !self.custom_payload.is_empty()
    }
}
