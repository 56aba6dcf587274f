//! [`EnvelopeWriter`]: messages to the bytes of one write, as many as there are.
//!
//! Un-framed, an envelope is encoded straight into the output. Framed (version 5), envelopes gather in one payload,
//! so that one checksum and one frame serve many; an envelope larger than a frame is spread over several.
//! Invariant: between two pushes and after `flush` the output ends at the end of an envelope or frame.

use bytes::BytesMut;

use super::compression::Compression;
use super::envelope::{HEADER_SIZE_BYTES, RawHeader, flags};
use super::frame::{FRAME_PAYLOAD_BYTES_MAX, put_frame};
use super::opcode::Opcode;
use super::request::RequestEnvelope;
use super::response::ResponseEnvelope;
use super::version::ProtocolVersion;

/// Smaller bodies are not compressed: it would cost more than it saves.
const COMPRESS_SIZE_MIN: usize = 128;

/// Memory kept for the next payload, in bytes; what a large message needed beyond is given back.
const KEPT_SIZE_MAX: usize = 4 * FRAME_PAYLOAD_BYTES_MAX;

/// Writes envelopes.
#[derive(Debug, Default)]
pub struct EnvelopeWriter {
    compression: Option<Compression>,
    framed: bool,
    /// Framed: envelopes of the frame to come. Un-framed with compression: the body before it is compressed.
    gathered: BytesMut,
}

/// What stands in a header, without the length.
struct Head {
    version: ProtocolVersion,
    is_response: bool,
    flags: u8,
    stream: i16,
    opcode: Opcode,
}

impl Head {
    fn put(&self, more_flags: u8, length: usize, out: &mut BytesMut) {
        RawHeader {
            version: self.version.number(),
            is_response: self.is_response,
            flags: self.flags | more_flags,
            stream: self.stream,
            opcode: self.opcode.code(),
            length: length as i32,
        }
        .put(out);
    }
}

impl EnvelopeWriter {
    /// A writer that is not framed and does not compress.
    pub fn new() -> EnvelopeWriter {
        EnvelopeWriter::default()
    }

    /// Turns to what STARTUP agreed on; call it after READY or AUTHENTICATE was pushed.
    pub fn switch(&mut self, version: ProtocolVersion, compression: Option<Compression>) {
        self.compression = compression;
        self.framed = version >= ProtocolVersion::V5;
    }

    /// Appends a response. Call [`EnvelopeWriter::flush`] before `out` is sent.
    pub fn push_response(&mut self, response: &ResponseEnvelope, out: &mut BytesMut) {
        let head = Head {
            version: response.version,
            is_response: true,
            flags: response.flags(),
            stream: response.stream,
            opcode: response.response.opcode(),
        };
        self.push(&head, |body| response.put_body(body), out);
    }

    /// Appends a request. Call [`EnvelopeWriter::flush`] before `out` is sent.
    pub fn push_request(&mut self, request: &RequestEnvelope, out: &mut BytesMut) {
        let head = Head {
            version: request.version,
            is_response: false,
            flags: request.flags(),
            stream: request.stream,
            opcode: request.request.opcode(),
        };
        self.push(&head, |body| request.put_body(body), out);
    }

    fn push(&mut self, head: &Head, put_body: impl FnOnce(&mut BytesMut), out: &mut BytesMut) {
        if self.framed {
            self.push_framed(head, put_body, out);
        } else if let Some(compression) = self.compression {
            self.gathered.clear();
            put_body(&mut self.gathered);
            if self.gathered.len() < COMPRESS_SIZE_MIN {
                head.put(0, self.gathered.len(), out);
                out.extend_from_slice(&self.gathered);
            } else {
                let start = out.len();
                head.put(flags::COMPRESSED, 0, out);
                compression.compress_body(&self.gathered, out);
                patch_length(out, start);
            }
            self.give_back();
        } else {
            let start = out.len();
            head.put(0, 0, out);
            put_body(out);
            patch_length(out, start);
        }
    }

    fn push_framed(&mut self, head: &Head, put_body: impl FnOnce(&mut BytesMut), out: &mut BytesMut) {
        let start = self.gathered.len();
        head.put(0, 0, &mut self.gathered);
        put_body(&mut self.gathered);
        patch_length(&mut self.gathered, start);
        if self.gathered.len() <= FRAME_PAYLOAD_BYTES_MAX {
            return;
        }
        let lz4 = self.compression == Some(Compression::Lz4);
        let last = self.gathered.split_off(start);
        if !self.gathered.is_empty() {
            put_frame(&self.gathered, true, lz4, out);
        }
        self.gathered = last;
        if self.gathered.len() > FRAME_PAYLOAD_BYTES_MAX {
            for part in self.gathered.chunks(FRAME_PAYLOAD_BYTES_MAX) {
                put_frame(part, false, lz4, out);
            }
            self.give_back();
        }
    }

    /// Completes what was pushed, so that `out` may be sent.
    pub fn flush(&mut self, out: &mut BytesMut) {
        if !self.framed || self.gathered.is_empty() {
            return;
        }
        put_frame(&self.gathered, true, self.compression == Some(Compression::Lz4), out);
        self.give_back();
    }

    fn give_back(&mut self) {
        if self.gathered.capacity() > KEPT_SIZE_MAX {
            self.gathered = BytesMut::new();
        } else {
            self.gathered.clear();
        }
    }
}

/// Writes the length of the body that ends `out` into the header at `start`.
fn patch_length(out: &mut BytesMut, start: usize) {
    let length = (out.len() - start - HEADER_SIZE_BYTES) as i32;
    out[start + HEADER_SIZE_BYTES - 4..start + HEADER_SIZE_BYTES].copy_from_slice(&length.to_be_bytes());
}
