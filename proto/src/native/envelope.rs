//! [`Envelope`]: nine bytes of header and a body; the unit that requests and responses are.
//!
//! In versions 3 and 4 envelopes follow each other on the wire (and are called frames there); in version 5 they
//! travel inside checksummed frames. See [`super::EnvelopeReader`] for both.

use bytes::{Bytes, BytesMut};

use super::version::ProtocolVersion;

/// Bytes of a header.
pub const HEADER_SIZE_BYTES: usize = 9;

/// Largest body the specification allows, in bytes.
pub const ENVELOPE_SIZE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Set in the version byte of a response.
pub(super) const RESPONSE_BIT: u8 = 0x80;

/// Bits of a header's flags.
pub mod flags {
    /// The body is compressed (versions 3 and 4).
    pub const COMPRESSED: u8 = 0x01;
    /// Request: trace it. Response: starts with the tracing id.
    pub const TRACING: u8 = 0x02;
    /// A custom payload stands before the message.
    pub const CUSTOM_PAYLOAD: u8 = 0x04;
    /// Warnings stand before the message.
    pub const WARNING: u8 = 0x08;
    /// The client accepts a beta version.
    pub const USE_BETA: u8 = 0x10;
}

/// Header of an envelope of a version that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeHeader {
    /// Version, without the direction bit.
    pub version: ProtocolVersion,
    /// See [`flags`].
    pub flags: u8,
    /// Stream id.
    pub stream: i16,
    /// Code of the opcode, known or not.
    pub opcode: u8,
    /// Bytes of the body as they travel.
    pub length: u32,
}

/// A header and its body, decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The header.
    pub header: EnvelopeHeader,
    /// The body.
    pub body: Bytes,
}

/// A header as it stands on the wire, nothing judged yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawHeader {
    pub(super) version: u8,
    pub(super) is_response: bool,
    pub(super) flags: u8,
    pub(super) stream: i16,
    pub(super) opcode: u8,
    pub(super) length: i32,
}

impl RawHeader {
    /// The header at the start of `bytes`, if it is all there.
    pub(super) fn peek(bytes: &[u8]) -> Option<RawHeader> {
        let &[version, flags, s0, s1, opcode, l0, l1, l2, l3] = bytes.first_chunk::<HEADER_SIZE_BYTES>()?;
        Some(RawHeader {
            version: version & !RESPONSE_BIT,
            is_response: version & RESPONSE_BIT != 0,
            flags,
            stream: i16::from_be_bytes([s0, s1]),
            opcode,
            length: i32::from_be_bytes([l0, l1, l2, l3]),
        })
    }

    pub(super) fn put(&self, out: &mut BytesMut) {
        let direction = if self.is_response { RESPONSE_BIT } else { 0 };
        let [s0, s1] = self.stream.to_be_bytes();
        let [l0, l1, l2, l3] = self.length.to_be_bytes();
        out.extend_from_slice(&[self.version | direction, self.flags, s0, s1, self.opcode, l0, l1, l2, l3]);
    }
}
