//! The CQL native protocol, versions 3, 4 and 5: envelopes, v5 frames, requests, responses, events, errors.
//!
//! In the order of the data's way: bytes -> [`EnvelopeReader`] -> [`Envelope`] -> [`RequestEnvelope`] on the
//! server, [`ResponseEnvelope`] in the client; the other way through [`EnvelopeWriter`].
//! Invariants: no input panics; no length is believed before it is checked against a limit or the bytes present;
//! values are slices of the body they came in, so whoever keeps one for long copies it.
//! Left out: connection state and what a request means (`server`).

mod class_name;
mod column_spec;
mod compression;
mod consistency;
mod crc;
mod envelope;
mod error;
mod event;
mod frame;
mod opcode;
mod parameters;
mod prepared;
mod primitives;
mod reader;
mod request;
mod response;
mod rows;
mod schema_change;
mod type_option;
mod value;
mod version;
mod writer;

pub use column_spec::{BindMetadata, ColumnSpec, ResultMetadata};
pub use compression::Compression;
pub use consistency::Consistency;
pub use envelope::{ENVELOPE_SIZE_BYTES_MAX, Envelope, EnvelopeHeader, HEADER_SIZE_BYTES, flags};
pub use error::{ErrorBody, ErrorKind, FailureReason, Failures, WriteType};
pub use event::{Event, EventType, StatusChange, TopologyChange};
pub use frame::{FRAME_PAYLOAD_BYTES_MAX, FrameError};
pub use opcode::Opcode;
pub use parameters::QueryParameters;
pub use prepared::PreparedBody;
pub use primitives::{BodyReader, CustomPayload, StringMultimap};
pub use reader::{EnvelopeReader, Inbound, Refusal};
pub use request::{
    Batch, BatchKind, BatchStatement, Execute, Prepare, Query, Request, RequestEnvelope, StatementRef,
};
pub use response::{Response, ResponseEnvelope, ResultBody};
pub use rows::{Rows, RowsBuilder};
pub use schema_change::{ChangeTarget, ChangeType, SchemaChange};
pub use type_option::{put_type, read_type};
pub use value::{BoundValues, RawValue};
pub use version::{ProtocolVersion, unsupported_version_text};
pub use writer::EnvelopeWriter;
