//! [`QueryParameters`]: what travels beside a statement in QUERY and EXECUTE.
//!
//! The flags are one byte in versions 3 and 4 and an int in version 5; keyspace and now-in-seconds exist from
//! version 5 on. The body's order is the specification's.

use bytes::{BufMut, Bytes, BytesMut};
use model::DecodeError;

use super::consistency::Consistency;
use super::primitives::{BodyReader, put_bytes, put_string};
use super::value::BoundValues;
use super::version::ProtocolVersion;

const VALUES: u32 = 0x01;
const SKIP_METADATA: u32 = 0x02;
const PAGE_SIZE: u32 = 0x04;
const PAGING_STATE: u32 = 0x08;
const SERIAL_CONSISTENCY: u32 = 0x10;
const DEFAULT_TIMESTAMP: u32 = 0x20;
const VALUE_NAMES: u32 = 0x40;
const KEYSPACE: u32 = 0x80;
const NOW_IN_SECONDS: u32 = 0x100;

/// Parameters of one QUERY or EXECUTE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryParameters {
    /// Consistency level.
    pub consistency: Consistency,
    /// Values for the markers.
    pub values: BoundValues,
    /// The client knows the columns of the result and does not want them again.
    pub skip_metadata: bool,
    /// Rows a page; `None` or not positive: all at once.
    pub page_size: Option<i32>,
    /// Where the page before ended, as we gave it.
    pub paging_state: Option<Bytes>,
    /// Level of the conditional part.
    pub serial_consistency: Option<Consistency>,
    /// Write timestamp, microseconds, for statements that name none.
    pub default_timestamp: Option<i64>,
    /// Keyspace for this statement only (version 5).
    pub keyspace: Option<String>,
    /// The client's idea of now, for ttl (version 5).
    pub now_in_seconds: Option<i32>,
}

/// What the flags say follows.
pub(super) struct Flags(u32);

impl Flags {
    /// Reads them as `version` writes them.
    ///
    /// Errors: bits that `version` gives no meaning, because what they announce could not be skipped.
    pub(super) fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<Flags, DecodeError> {
        let at = body.offset();
        let (bits, known) = if version >= ProtocolVersion::V5 {
            (body.read_i32("flags")? as u32, 0x1FF)
        } else {
            (u32::from(body.read_u8("flags")?), 0x7F)
        };
        if bits & !known != 0 {
            return Err(DecodeError::new(format!("unknown flags {bits:#x} in version {version}"), at));
        }
        Ok(Flags(bits))
    }

    pub(super) fn put(bits: u32, version: ProtocolVersion, out: &mut BytesMut) {
        if version >= ProtocolVersion::V5 {
            out.put_u32(bits);
        } else {
            out.put_u8(bits as u8);
        }
    }

    fn has(&self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    /// Whether a named or positional list of values precedes the rest (never in a batch).
    pub(super) fn has_values_in_batch(&self) -> bool {
        self.has(VALUES | SKIP_METADATA | PAGE_SIZE | PAGING_STATE | VALUE_NAMES)
    }
}

/// The part that QUERY, EXECUTE and BATCH end with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tail {
    pub(super) serial_consistency: Option<Consistency>,
    pub(super) default_timestamp: Option<i64>,
    pub(super) keyspace: Option<String>,
    pub(super) now_in_seconds: Option<i32>,
}

impl Tail {
    pub(super) fn read(body: &mut BodyReader, flags: &Flags) -> Result<Tail, DecodeError> {
        let mut tail = Tail::default();
        if flags.has(SERIAL_CONSISTENCY) {
            let at = body.offset();
            let level = read_consistency(body, "serial consistency")?;
            if !level.is_serial() {
                return Err(DecodeError::new(
                    format!("serial consistency must be SERIAL or LOCAL_SERIAL, not {level}"),
                    at,
                ));
            }
            tail.serial_consistency = Some(level);
        }
        if flags.has(DEFAULT_TIMESTAMP) {
            tail.default_timestamp = Some(body.read_i64("default timestamp")?);
        }
        if flags.has(KEYSPACE) {
            tail.keyspace = Some(body.read_string("keyspace")?);
        }
        if flags.has(NOW_IN_SECONDS) {
            tail.now_in_seconds = Some(body.read_i32("now in seconds")?);
        }
        Ok(tail)
    }

    /// The flags that announce it. What `version` has no place for is left out.
    pub(super) fn bits(&self, version: ProtocolVersion) -> u32 {
        let v5 = version >= ProtocolVersion::V5;
        bit(self.serial_consistency.is_some(), SERIAL_CONSISTENCY)
            | bit(self.default_timestamp.is_some(), DEFAULT_TIMESTAMP)
            | bit(v5 && self.keyspace.is_some(), KEYSPACE)
            | bit(v5 && self.now_in_seconds.is_some(), NOW_IN_SECONDS)
    }

    pub(super) fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        if let Some(level) = self.serial_consistency {
            out.put_u16(level.code());
        }
        if let Some(timestamp) = self.default_timestamp {
            out.put_i64(timestamp);
        }
        if version < ProtocolVersion::V5 {
            return;
        }
        if let Some(keyspace) = &self.keyspace {
            put_string(keyspace, out);
        }
        if let Some(now) = self.now_in_seconds {
            out.put_i32(now);
        }
    }
}

fn bit(set: bool, flag: u32) -> u32 {
    if set { flag } else { 0 }
}

/// Reads a consistency level.
pub(super) fn read_consistency(body: &mut BodyReader, what: &str) -> Result<Consistency, DecodeError> {
    let at = body.offset();
    Consistency::from_code(body.read_u16(what)?, at)
}

impl QueryParameters {
    /// Reads the parameters of a QUERY or EXECUTE.
    ///
    /// Errors: the place of what does not decode.
    pub fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<QueryParameters, DecodeError> {
        let consistency = read_consistency(body, "consistency")?;
        let flags = Flags::read(body, version)?;
        let values = if flags.has(VALUES) {
            BoundValues::read(body, version, flags.has(VALUE_NAMES))?
        } else {
            BoundValues::default()
        };
        let page_size = if flags.has(PAGE_SIZE) { Some(body.read_i32("page size")?) } else { None };
        let paging_state = if flags.has(PAGING_STATE) { body.read_bytes("paging state")? } else { None };
        let tail = Tail::read(body, &flags)?;
        Ok(QueryParameters {
            consistency,
            values,
            skip_metadata: flags.has(SKIP_METADATA),
            page_size,
            paging_state,
            serial_consistency: tail.serial_consistency,
            default_timestamp: tail.default_timestamp,
            keyspace: tail.keyspace,
            now_in_seconds: tail.now_in_seconds,
        })
    }

    /// Appends them. Keyspace and now-in-seconds are left out before version 5.
    pub fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        let tail = Tail {
            serial_consistency: self.serial_consistency,
            default_timestamp: self.default_timestamp,
            keyspace: self.keyspace.clone(),
            now_in_seconds: self.now_in_seconds,
        };
        let bits = tail.bits(version)
            | bit(!self.values.is_empty(), VALUES)
            | bit(!self.values.is_empty() && matches!(self.values, BoundValues::Named(_)), VALUE_NAMES)
            | bit(self.skip_metadata, SKIP_METADATA)
            | bit(self.page_size.is_some(), PAGE_SIZE)
            | bit(self.paging_state.is_some(), PAGING_STATE);
        out.put_u16(self.consistency.code());
        Flags::put(bits, version, out);
        if !self.values.is_empty() {
            self.values.put(out);
        }
        if let Some(page_size) = self.page_size {
            out.put_i32(page_size);
        }
        if let Some(state) = &self.paging_state {
            put_bytes(Some(state), out);
        }
        tail.put(version, out);
    }
}
