//! [`Response`]: everything a server may answer, and [`ResponseEnvelope`], the answer with what travels around it.
//!
//! The order around a message is fixed: tracing id, warnings, custom payload, message.

use bytes::{BufMut, Bytes, BytesMut};
use model::DecodeError;
use uuid::Uuid;

use super::envelope::{Envelope, flags};
use super::error::ErrorBody;
use super::event::Event;
use super::opcode::Opcode;
use super::prepared::PreparedBody;
use super::primitives::{
    BodyReader, CustomPayload, StringMultimap, put_bytes, put_bytes_map, put_string, put_string_list,
    put_string_multimap,
};
use super::rows::Rows;
use super::schema_change::SchemaChange;
use super::version::ProtocolVersion;

/// A server's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// The connection may be used.
    Ready,
    /// Credentials are wanted: class name of the authenticator.
    Authenticate(String),
    /// Options, in order.
    Supported(StringMultimap),
    /// A statement's result.
    Result(ResultBody),
    /// The request failed.
    Error(ErrorBody),
    /// Something happened; on stream -1.
    Event(Event),
    /// Another round of authentication.
    AuthChallenge(Option<Bytes>),
    /// The credentials are good.
    AuthSuccess(Option<Bytes>),
}

/// What a statement gave.
#[derive(Debug, Clone, PartialEq)]
pub enum ResultBody {
    /// Nothing to say.
    Void,
    /// Rows of one page.
    Rows(Rows),
    /// The connection's keyspace is now this one.
    SetKeyspace(String),
    /// The statement is kept.
    Prepared(PreparedBody),
    /// The schema changed.
    SchemaChange(SchemaChange),
}

const VOID: i32 = 1;
const ROWS: i32 = 2;
const SET_KEYSPACE: i32 = 3;
const PREPARED: i32 = 4;
const SCHEMA_CHANGE: i32 = 5;

impl ResultBody {
    fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<ResultBody, DecodeError> {
        let at = body.offset();
        Ok(match body.read_i32("result kind")? {
            VOID => ResultBody::Void,
            ROWS => ResultBody::Rows(Rows::read(body, version)?),
            SET_KEYSPACE => ResultBody::SetKeyspace(body.read_string("keyspace")?),
            PREPARED => ResultBody::Prepared(PreparedBody::read(body, version)?),
            SCHEMA_CHANGE => ResultBody::SchemaChange(SchemaChange::read(body)?),
            other => return Err(DecodeError::new(format!("unknown result kind {other}"), at)),
        })
    }

    fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        match self {
            ResultBody::Void => out.put_i32(VOID),
            ResultBody::Rows(rows) => {
                out.put_i32(ROWS);
                rows.put(version, out);
            }
            ResultBody::SetKeyspace(keyspace) => {
                out.put_i32(SET_KEYSPACE);
                put_string(keyspace, out);
            }
            ResultBody::Prepared(prepared) => {
                out.put_i32(PREPARED);
                prepared.put(version, out);
            }
            ResultBody::SchemaChange(change) => {
                out.put_i32(SCHEMA_CHANGE);
                change.put(version, out);
            }
        }
    }
}

impl Response {
    /// Its opcode.
    pub fn opcode(&self) -> Opcode {
        match self {
            Response::Ready => Opcode::Ready,
            Response::Authenticate(_) => Opcode::Authenticate,
            Response::Supported(_) => Opcode::Supported,
            Response::Result(_) => Opcode::Result,
            Response::Error(_) => Opcode::Error,
            Response::Event(_) => Opcode::Event,
            Response::AuthChallenge(_) => Opcode::AuthChallenge,
            Response::AuthSuccess(_) => Opcode::AuthSuccess,
        }
    }

    /// Reads the message of a response.
    ///
    /// Errors: an opcode that is no response, or the place of what does not decode.
    pub fn read(
        opcode: Opcode,
        body: &mut BodyReader,
        version: ProtocolVersion,
    ) -> Result<Response, DecodeError> {
        Ok(match opcode {
            Opcode::Ready => Response::Ready,
            Opcode::Authenticate => Response::Authenticate(body.read_string("authenticator")?),
            Opcode::Supported => Response::Supported(body.read_string_multimap("option")?),
            Opcode::Result => Response::Result(ResultBody::read(body, version)?),
            Opcode::Error => Response::Error(ErrorBody::read(body, version)?),
            Opcode::Event => Response::Event(Event::read(body)?),
            Opcode::AuthChallenge => Response::AuthChallenge(body.read_bytes("challenge")?),
            Opcode::AuthSuccess => Response::AuthSuccess(body.read_bytes("token")?),
            request => return Err(DecodeError::new(format!("{request} is not a response"), 0)),
        })
    }

    /// Appends its message.
    pub fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        match self {
            Response::Ready => {}
            Response::Authenticate(class) => put_string(class, out),
            Response::Supported(options) => put_string_multimap(options, out),
            Response::Result(result) => result.put(version, out),
            Response::Error(error) => error.put(version, out),
            Response::Event(event) => event.put(version, out),
            Response::AuthChallenge(token) | Response::AuthSuccess(token) => put_bytes(token.as_deref(), out),
        }
    }
}

/// A response with its stream and what travels around it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseEnvelope {
    /// Version it is written in.
    pub version: ProtocolVersion,
    /// Stream id of the request; -1 for events.
    pub stream: i16,
    /// Where the trace will be found.
    pub tracing_id: Option<Uuid>,
    /// Warnings for the user; not sent before version 4.
    pub warnings: Vec<String>,
    /// Opaque bytes for extensions; not sent before version 4.
    pub custom_payload: CustomPayload,
    /// The answer.
    pub response: Response,
}

impl ResponseEnvelope {
    /// A plain response on `stream`.
    pub fn new(version: ProtocolVersion, stream: i16, response: Response) -> ResponseEnvelope {
        ResponseEnvelope {
            version,
            stream,
            tracing_id: None,
            warnings: Vec::new(),
            custom_payload: Vec::new(),
            response,
        }
    }

    /// Decodes the body of `envelope`.
    ///
    /// Errors: as [`Response::read`], and an opcode that is none.
    pub fn decode(envelope: Envelope) -> Result<ResponseEnvelope, DecodeError> {
        let header = envelope.header;
        let opcode = Opcode::from_code(header.opcode)
            .ok_or_else(|| DecodeError::new(format!("unknown opcode {:#04x}", header.opcode), 0))?;
        let mut body = BodyReader::new(envelope.body);
        let has = |flag: u8| header.flags & flag != 0;
        let tracing_id = if has(flags::TRACING) { Some(body.read_uuid("tracing id")?) } else { None };
        let warnings = if has(flags::WARNING) { body.read_string_list("warning")? } else { Vec::new() };
        let custom_payload =
            if has(flags::CUSTOM_PAYLOAD) { body.read_bytes_map("custom payload")? } else { Vec::new() };
        let response = Response::read(opcode, &mut body, header.version)?;
        Ok(ResponseEnvelope {
            version: header.version,
            stream: header.stream,
            tracing_id,
            warnings,
            custom_payload,
            response,
        })
    }

    /// The flags of its header.
    pub fn flags(&self) -> u8 {
        let set = |condition: bool, flag: u8| if condition { flag } else { 0 };
        set(self.tracing_id.is_some(), flags::TRACING)
            | set(self.has_warnings(), flags::WARNING)
            | set(self.has_payload(), flags::CUSTOM_PAYLOAD)
    }

    /// Appends its body.
    pub fn put_body(&self, out: &mut BytesMut) {
        if let Some(id) = self.tracing_id {
            out.extend_from_slice(id.as_bytes());
        }
        if self.has_warnings() {
            put_string_list(&self.warnings, out);
        }
        if self.has_payload() {
            put_bytes_map(&self.custom_payload, out);
        }
        self.response.put(self.version, out);
    }

    fn has_warnings(&self) -> bool {
        self.version >= ProtocolVersion::V4 && !self.warnings.is_empty()
    }

    fn has_payload(&self) -> bool {
        self.version >= ProtocolVersion::V4 && !self.custom_payload.is_empty()
    }
}
