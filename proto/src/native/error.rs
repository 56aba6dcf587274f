//! [`ErrorBody`]: why a request failed, with the detail that each error code carries.
//!
//! Codes and bodies are fixed by the drivers; some end the process of a driver that meets an unknown one, so no
//! code is invented here, and codes that a version does not know are told as the nearest one it does.

use std::net::IpAddr;

use bytes::{BufMut, Bytes, BytesMut};
use model::DecodeError;

use super::consistency::Consistency;
use super::parameters::read_consistency;
use super::primitives::{BodyReader, put_inet_address, put_short_bytes, put_string, put_string_list};
use super::version::ProtocolVersion;

/// What kind of write it was, for the client's retry policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteType {
    /// One partition.
    Simple,
    /// A logged batch, already in the batch log.
    Batch,
    /// An unlogged batch.
    UnloggedBatch,
    /// A counter update.
    Counter,
    /// Writing the batch log itself: safe to try again.
    BatchLog,
    /// A conditional write.
    Cas,
    /// A view's update.
    View,
    /// Change capture.
    Cdc,
}

impl WriteType {
    /// Every write type.
    pub const ALL: [WriteType; 8] = [
        WriteType::Simple,
        WriteType::Batch,
        WriteType::UnloggedBatch,
        WriteType::Counter,
        WriteType::BatchLog,
        WriteType::Cas,
        WriteType::View,
        WriteType::Cdc,
    ];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            WriteType::Simple => "SIMPLE",
            WriteType::Batch => "BATCH",
            WriteType::UnloggedBatch => "UNLOGGED_BATCH",
            WriteType::Counter => "COUNTER",
            WriteType::BatchLog => "BATCH_LOG",
            WriteType::Cas => "CAS",
            WriteType::View => "VIEW",
            WriteType::Cdc => "CDC",
        }
    }

    fn read(body: &mut BodyReader) -> Result<WriteType, DecodeError> {
        let at = body.offset();
        let name = body.read_string("write type")?;
        WriteType::ALL
            .into_iter()
            .find(|write_type| write_type.name() == name)
            .ok_or_else(|| DecodeError::new(format!("unknown write type {name:?}"), at))
    }
}

/// Why a replica failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// Not said.
    Unknown,
    /// Too many tombstones met.
    ReadTooManyTombstones,
    /// It answered too late.
    Timeout,
    /// Its schema does not fit.
    IncompatibleSchema,
    /// The read is too large.
    ReadSize,
    /// It is down.
    NodeDown,
    /// Its index is not ready.
    IndexNotAvailable,
    /// A code of a later server.
    Other(u16),
}

impl FailureReason {
    /// The reason with this code.
    pub fn from_code(code: u16) -> FailureReason {
        match code {
            0 => FailureReason::Unknown,
            1 => FailureReason::ReadTooManyTombstones,
            2 => FailureReason::Timeout,
            3 => FailureReason::IncompatibleSchema,
            4 => FailureReason::ReadSize,
            5 => FailureReason::NodeDown,
            6 => FailureReason::IndexNotAvailable,
            other => FailureReason::Other(other),
        }
    }

    /// Its code on the wire.
    pub fn code(self) -> u16 {
        match self {
            FailureReason::Unknown => 0,
            FailureReason::ReadTooManyTombstones => 1,
            FailureReason::Timeout => 2,
            FailureReason::IncompatibleSchema => 3,
            FailureReason::ReadSize => 4,
            FailureReason::NodeDown => 5,
            FailureReason::IndexNotAvailable => 6,
            FailureReason::Other(code) => code,
        }
    }
}

/// Which replicas failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failures {
    /// How many: all that versions 3 and 4 say.
    Count(i32),
    /// Each with its reason (version 5).
    Reasons(Vec<(IpAddr, FailureReason)>),
}

impl Failures {
    fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<Failures, DecodeError> {
        if version < ProtocolVersion::V5 {
            return Ok(Failures::Count(body.read_i32("number of failures")?));
        }
        let count = body.read_count_i32(1 + 4 + 2, "failures")?;
        let mut reasons = Vec::with_capacity(count);
        for _ in 0..count {
            let address = body.read_inet_address("failed replica")?;
            reasons.push((address, FailureReason::from_code(body.read_u16("reason of a failure")?)));
        }
        Ok(Failures::Reasons(reasons))
    }

    fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        match self {
            Failures::Count(count) if version < ProtocolVersion::V5 => out.put_i32(*count),
            Failures::Count(_) => out.put_i32(0),
            Failures::Reasons(reasons) => {
                out.put_i32(reasons.len() as i32);
                if version < ProtocolVersion::V5 {
                    return;
                }
                for (address, reason) in reasons {
                    put_inet_address(*address, out);
                    out.put_u16(reason.code());
                }
            }
        }
    }
}

/// The error code and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// 0x0000: a bug or a broken disk of ours.
    ServerError,
    /// 0x000A: the request is not well formed, or out of place. Drivers close the connection.
    ProtocolError,
    /// 0x0100: wrong name or password.
    BadCredentials,
    /// 0x1000: too few replicas are alive; nothing was tried.
    Unavailable {
        /// Level asked for.
        consistency: Consistency,
        /// Replicas it needs.
        required: i32,
        /// Replicas that live.
        alive: i32,
    },
    /// 0x1001: try another node, or later.
    Overloaded,
    /// 0x1002: the node is not ready yet.
    IsBootstrapping,
    /// 0x1003: the truncation failed.
    TruncateError,
    /// 0x1100: too few acknowledgements in time; the write may live.
    WriteTimeout {
        /// Level asked for.
        consistency: Consistency,
        /// Acknowledgements received.
        received: i32,
        /// Acknowledgements waited for.
        block_for: i32,
        /// Kind of write.
        write_type: WriteType,
        /// For [`WriteType::Cas`] in version 5: how often another ballot won.
        contentions: u16,
    },
    /// 0x1200: too few answers in time.
    ReadTimeout {
        /// Level asked for.
        consistency: Consistency,
        /// Answers received.
        received: i32,
        /// Answers waited for.
        block_for: i32,
        /// Whether the replica asked for data was among them.
        data_present: bool,
    },
    /// 0x1300: replicas failed.
    ReadFailure {
        /// Level asked for.
        consistency: Consistency,
        /// Answers received.
        received: i32,
        /// Answers waited for.
        block_for: i32,
        /// Which failed.
        failures: Failures,
        /// Whether the replica asked for data was among the answers.
        data_present: bool,
    },
    /// 0x1400: a user's function failed.
    FunctionFailure {
        /// Its keyspace.
        keyspace: String,
        /// Its name.
        function: String,
        /// CQL names of its argument types.
        argument_types: Vec<String>,
    },
    /// 0x1500: replicas failed to write.
    WriteFailure {
        /// Level asked for.
        consistency: Consistency,
        /// Acknowledgements received.
        received: i32,
        /// Acknowledgements waited for.
        block_for: i32,
        /// Which failed.
        failures: Failures,
        /// Kind of write.
        write_type: WriteType,
    },
    /// 0x1600: no room for captured changes (version 5).
    CdcWriteFailure,
    /// 0x1700: a conditional write whose outcome is unknown (version 5).
    CasWriteUnknown {
        /// Level asked for.
        consistency: Consistency,
        /// Acknowledgements received.
        received: i32,
        /// Acknowledgements waited for.
        block_for: i32,
    },
    /// 0x2000: the statement does not parse.
    SyntaxError,
    /// 0x2100: not allowed.
    Unauthorized,
    /// 0x2200: well formed, but makes no sense on this schema.
    Invalid,
    /// 0x2300: a setting that cannot be.
    ConfigError,
    /// 0x2400: the keyspace or table is there already.
    AlreadyExists {
        /// Keyspace.
        keyspace: String,
        /// Table; empty for a keyspace.
        table: String,
    },
    /// 0x2500: the statement is not kept here; prepare it again.
    Unprepared {
        /// The id asked for.
        id: Bytes,
    },
}

impl ErrorKind {
    /// Its code in the newest version.
    pub fn code(&self) -> i32 {
        match self {
            ErrorKind::ServerError => 0x0000,
            ErrorKind::ProtocolError => 0x000A,
            ErrorKind::BadCredentials => 0x0100,
            ErrorKind::Unavailable { .. } => 0x1000,
            ErrorKind::Overloaded => 0x1001,
            ErrorKind::IsBootstrapping => 0x1002,
            ErrorKind::TruncateError => 0x1003,
            ErrorKind::WriteTimeout { .. } => 0x1100,
            ErrorKind::ReadTimeout { .. } => 0x1200,
            ErrorKind::ReadFailure { .. } => 0x1300,
            ErrorKind::FunctionFailure { .. } => 0x1400,
            ErrorKind::WriteFailure { .. } => 0x1500,
            ErrorKind::CdcWriteFailure => 0x1600,
            ErrorKind::CasWriteUnknown { .. } => 0x1700,
            ErrorKind::SyntaxError => 0x2000,
            ErrorKind::Unauthorized => 0x2100,
            ErrorKind::Invalid => 0x2200,
            ErrorKind::ConfigError => 0x2300,
            ErrorKind::AlreadyExists { .. } => 0x2400,
            ErrorKind::Unprepared { .. } => 0x2500,
        }
    }

    /// The nearest kind that `version` knows.
    fn known_to(&self, version: ProtocolVersion) -> Option<ErrorKind> {
        let before_v4 = version < ProtocolVersion::V4;
        let before_v5 = version < ProtocolVersion::V5;
        match self.clone() {
            ErrorKind::ReadFailure { consistency, received, block_for, data_present, .. } if before_v4 => {
                Some(ErrorKind::ReadTimeout { consistency, received, block_for, data_present })
            }
            ErrorKind::WriteFailure { consistency, received, block_for, write_type, .. } if before_v4 => {
                Some(ErrorKind::WriteTimeout { consistency, received, block_for, write_type, contentions: 0 })
            }
            ErrorKind::FunctionFailure { .. } if before_v4 => Some(ErrorKind::Invalid),
            ErrorKind::CdcWriteFailure if before_v5 => Some(ErrorKind::Invalid),
            ErrorKind::CasWriteUnknown { consistency, received, block_for } if before_v5 => {
                Some(ErrorKind::WriteTimeout {
                    consistency,
                    received,
                    block_for,
                    write_type: WriteType::Cas,
                    contentions: 0,
                })
            }
            _ => None,
        }
    }

    fn read(
        code: i32,
        at: usize,
        body: &mut BodyReader,
        version: ProtocolVersion,
    ) -> Result<ErrorKind, DecodeError> {
        Ok(match code {
            0x0000 => ErrorKind::ServerError,
            0x000A => ErrorKind::ProtocolError,
            0x0100 => ErrorKind::BadCredentials,
            0x1000 => {
                let (consistency, required, alive) = read_counts(body)?;
                ErrorKind::Unavailable { consistency, required, alive }
            }
            0x1001 => ErrorKind::Overloaded,
            0x1002 => ErrorKind::IsBootstrapping,
            0x1003 => ErrorKind::TruncateError,
            0x1100 => {
                let (consistency, received, block_for) = read_counts(body)?;
                let write_type = WriteType::read(body)?;
                let contentions = if write_type == WriteType::Cas && version >= ProtocolVersion::V5 {
                    body.read_u16("contentions")?
                } else {
                    0
                };
                ErrorKind::WriteTimeout { consistency, received, block_for, write_type, contentions }
            }
            0x1200 => {
                let (consistency, received, block_for) = read_counts(body)?;
                let data_present = body.read_u8("data present")? != 0;
                ErrorKind::ReadTimeout { consistency, received, block_for, data_present }
            }
            0x1300 => {
                let (consistency, received, block_for) = read_counts(body)?;
                let failures = Failures::read(body, version)?;
                let data_present = body.read_u8("data present")? != 0;
                ErrorKind::ReadFailure { consistency, received, block_for, failures, data_present }
            }
            0x1400 => ErrorKind::FunctionFailure {
                keyspace: body.read_string("keyspace")?,
                function: body.read_string("function")?,
                argument_types: body.read_string_list("argument type")?,
            },
            0x1500 => {
                let (consistency, received, block_for) = read_counts(body)?;
                let failures = Failures::read(body, version)?;
                let write_type = WriteType::read(body)?;
                ErrorKind::WriteFailure { consistency, received, block_for, failures, write_type }
            }
            0x1600 => ErrorKind::CdcWriteFailure,
            0x1700 => {
                let (consistency, received, block_for) = read_counts(body)?;
                ErrorKind::CasWriteUnknown { consistency, received, block_for }
            }
            0x2000 => ErrorKind::SyntaxError,
            0x2100 => ErrorKind::Unauthorized,
            0x2200 => ErrorKind::Invalid,
            0x2300 => ErrorKind::ConfigError,
            0x2400 => ErrorKind::AlreadyExists {
                keyspace: body.read_string("keyspace")?,
                table: body.read_string("table")?,
            },
            0x2500 => ErrorKind::Unprepared { id: body.read_short_bytes("prepared statement id")? },
            other => return Err(DecodeError::new(format!("unknown error code {other:#06x}"), at)),
        })
    }

    fn put_detail(&self, version: ProtocolVersion, out: &mut BytesMut) {
        match self {
            ErrorKind::ServerError
            | ErrorKind::ProtocolError
            | ErrorKind::BadCredentials
            | ErrorKind::Overloaded
            | ErrorKind::IsBootstrapping
            | ErrorKind::TruncateError
            | ErrorKind::CdcWriteFailure
            | ErrorKind::SyntaxError
            | ErrorKind::Unauthorized
            | ErrorKind::Invalid
            | ErrorKind::ConfigError => {}
            ErrorKind::Unavailable { consistency, required, alive } => {
                put_counts(*consistency, *required, *alive, out);
            }
            ErrorKind::WriteTimeout { consistency, received, block_for, write_type, contentions } => {
                put_counts(*consistency, *received, *block_for, out);
                put_string(write_type.name(), out);
                if *write_type == WriteType::Cas && version >= ProtocolVersion::V5 {
                    out.put_u16(*contentions);
                }
            }
            ErrorKind::ReadTimeout { consistency, received, block_for, data_present } => {
                put_counts(*consistency, *received, *block_for, out);
                out.put_u8(u8::from(*data_present));
            }
            ErrorKind::ReadFailure { consistency, received, block_for, failures, data_present } => {
                put_counts(*consistency, *received, *block_for, out);
                failures.put(version, out);
                out.put_u8(u8::from(*data_present));
            }
            ErrorKind::FunctionFailure { keyspace, function, argument_types } => {
                put_string(keyspace, out);
                put_string(function, out);
                put_string_list(argument_types, out);
            }
            ErrorKind::WriteFailure { consistency, received, block_for, failures, write_type } => {
                put_counts(*consistency, *received, *block_for, out);
                failures.put(version, out);
                put_string(write_type.name(), out);
            }
            ErrorKind::CasWriteUnknown { consistency, received, block_for } => {
                put_counts(*consistency, *received, *block_for, out);
            }
            ErrorKind::AlreadyExists { keyspace, table } => {
                put_string(keyspace, out);
                put_string(table, out);
            }
            ErrorKind::Unprepared { id } => put_short_bytes(id, out),
        }
    }
}

fn read_counts(body: &mut BodyReader) -> Result<(Consistency, i32, i32), DecodeError> {
    let consistency = read_consistency(body, "consistency")?;
    Ok((consistency, body.read_i32("number of replicas")?, body.read_i32("number of replicas")?))
}

fn put_counts(consistency: Consistency, first: i32, second: i32, out: &mut BytesMut) {
    out.put_u16(consistency.code());
    out.put_i32(first);
    out.put_i32(second);
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorBody {
    /// Words for the user; some drivers look for substrings.
    pub message: String,
    /// Code and detail.
    pub kind: ErrorKind,
}

impl ErrorBody {
    /// An error with this text.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> ErrorBody {
        ErrorBody { message: message.into(), kind }
    }

    /// Reads one.
    ///
    /// Errors: an unknown code, or the place of what does not decode.
    pub fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<ErrorBody, DecodeError> {
        let at = body.offset();
        let code = body.read_i32("error code")?;
        let message = body.read_string("error message")?;
        Ok(ErrorBody { message, kind: ErrorKind::read(code, at, body, version)? })
    }

    /// Appends it, as the nearest kind that `version` knows.
    pub fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        let known = self.kind.known_to(version);
        let kind = known.as_ref().unwrap_or(&self.kind);
        out.put_i32(kind.code());
        put_string(&self.message, out);
        kind.put_detail(version, out);
    }
}
