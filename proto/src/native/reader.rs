//! [`EnvelopeReader`]: bytes as they arrive, in pieces of any size, to envelopes.
//!
//! Starts un-framed, as every connection does; [`EnvelopeReader::switch`] turns to what STARTUP agreed on: one
//! version, a compression, and from version 5 on frames.
//! Invariants: a length is compared with the limit before its bytes are kept; what is too large is refused and its
//! bytes are thrown away as they come, so that the connection stays usable.

use bytes::{Buf, Bytes, BytesMut};

use super::compression::Compression;
use super::envelope::{Envelope, EnvelopeHeader, HEADER_SIZE_BYTES, RawHeader, flags};
use super::frame::{FrameError, take_frame};
use super::version::ProtocolVersion;

/// What the reader found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// An envelope.
    Envelope(Envelope),
    /// An envelope that is not delivered. The next one is where it should be.
    Refused(EnvelopeHeader, Refusal),
}

/// Why an envelope is not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its body has more bytes than the limit.
    TooLarge {
        /// Bytes it may have.
        limit: usize,
    },
    /// Its body does not decompress, or is compressed where nothing was agreed on.
    Compression(String),
    /// Its version is not the connection's.
    Version {
        /// The connection's.
        agreed: ProtocolVersion,
    },
}

/// Which way the envelopes go that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Requests,
    Responses,
}

/// Reads envelopes.
#[derive(Debug)]
pub struct EnvelopeReader {
    direction: Direction,
    body_size_max: usize,
    agreed: Option<ProtocolVersion>,
    compression: Option<Compression>,
    framed: bool,
    /// Bytes of a refused body still to be thrown away.
    skip: usize,
    /// What is left of the last self-contained frame.
    contained: Bytes,
    /// The beginning of an envelope that spans frames.
    partial: BytesMut,
}

impl EnvelopeReader {
    /// Reads requests, as a server does, with bodies of at most `body_size_max` bytes.
    pub fn of_requests(body_size_max: usize) -> EnvelopeReader {
        EnvelopeReader::new(Direction::Requests, body_size_max)
    }

    /// Reads responses, as a client does.
    pub fn of_responses(body_size_max: usize) -> EnvelopeReader {
        EnvelopeReader::new(Direction::Responses, body_size_max)
    }

    fn new(direction: Direction, body_size_max: usize) -> EnvelopeReader {
        EnvelopeReader {
            direction,
            body_size_max,
            agreed: None,
            compression: None,
            framed: false,
            skip: 0,
            contained: Bytes::new(),
            partial: BytesMut::new(),
        }
    }

    /// Turns to what STARTUP agreed on; everything after that envelope is read so.
    pub fn switch(&mut self, version: ProtocolVersion, compression: Option<Compression>) {
        self.agreed = Some(version);
        self.compression = compression;
        self.framed = version >= ProtocolVersion::V5;
    }

    /// Bodies may have so many bytes from now on.
    pub fn set_body_size_max(&mut self, body_size_max: usize) {
        self.body_size_max = body_size_max;
    }

    /// The next envelope of what has arrived in `input`; `None` until more arrives.
    ///
    /// Errors: bytes that cannot be followed any further; the connection must be closed.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Option<Inbound>, FrameError> {
        if !self.framed {
            return self.next_unframed(input);
        }
        loop {
            if !self.contained.is_empty() {
                return self.next_contained();
            }
            if let Some(found) = self.next_partial()? {
                return Ok(Some(found));
            }
            let Some(frame) = take_frame(input, self.compression == Some(Compression::Lz4))? else {
                return Ok(None);
            };
            if !frame.self_contained {
                self.partial.extend_from_slice(&frame.payload);
            } else if self.skip > 0 || !self.partial.is_empty() {
                return Err(FrameError::Containment("a self-contained frame stands inside an envelope"));
            } else {
                self.contained = frame.payload;
            }
        }
    }

    /// Checks what can be known from a header alone.
    fn judge(&self, raw: RawHeader) -> Result<(EnvelopeHeader, Option<Refusal>), FrameError> {
        let RawHeader { stream, length, .. } = raw;
        let Some(version) = ProtocolVersion::from_number(raw.version) else {
            let use_beta = raw.flags & flags::USE_BETA != 0;
            return Err(FrameError::UnsupportedVersion { version: raw.version, stream, use_beta });
        };
        if raw.is_response != (self.direction == Direction::Responses) {
            return Err(FrameError::Direction { stream });
        }
        let length = u32::try_from(length).map_err(|_| FrameError::NegativeLength { stream, length })?;
        let header = EnvelopeHeader { version, flags: raw.flags, stream, opcode: raw.opcode, length };
        let refusal = match self.agreed {
            Some(agreed) if agreed != version => Some(Refusal::Version { agreed }),
            _ if length as usize > self.body_size_max => {
                Some(Refusal::TooLarge { limit: self.body_size_max })
            }
            _ => None,
        };
        Ok((header, refusal))
    }

    /// The body of `header` as the message was written.
    fn open(&self, header: EnvelopeHeader, body: Bytes) -> Inbound {
        if self.framed || header.flags & flags::COMPRESSED == 0 {
            return Inbound::Envelope(Envelope { header, body });
        }
        let opened = match self.compression {
            None => Err("the body is compressed but no compression was agreed on in STARTUP".to_string()),
            Some(compression) => {
                compression.decompress_body(&body, self.body_size_max).map_err(|error| error.what)
            }
        };
        match opened {
            Ok(body) => Inbound::Envelope(Envelope { header, body }),
            Err(what) => Inbound::Refused(header, Refusal::Compression(what)),
        }
    }

    fn next_unframed(&mut self, input: &mut BytesMut) -> Result<Option<Inbound>, FrameError> {
        self.skip_in(input);
        if self.skip == 0
            && let Some(ancient) = ancient_header(input)
        {
            return Err(ancient);
        }
        let Some(raw) = RawHeader::peek(input).filter(|_| self.skip == 0) else {
            return Ok(None);
        };
        let (header, refusal) = self.judge(raw)?;
        let length = header.length as usize;
        if let Some(refusal) = refusal {
            input.advance(HEADER_SIZE_BYTES);
            self.skip = length;
            self.skip_in(input);
            return Ok(Some(Inbound::Refused(header, refusal)));
        }
        if input.len() < HEADER_SIZE_BYTES + length {
            return Ok(None);
        }
        input.advance(HEADER_SIZE_BYTES);
        let body = input.split_to(length).freeze();
        Ok(Some(self.open(header, body)))
    }

    /// The next envelope of a self-contained frame, which has only whole ones.
    fn next_contained(&mut self) -> Result<Option<Inbound>, FrameError> {
        const CUT: FrameError = FrameError::Containment("a self-contained frame ends inside an envelope");
        let raw = RawHeader::peek(&self.contained).ok_or(CUT)?;
        let (header, refusal) = self.judge(raw)?;
        let length = header.length as usize;
        if self.contained.len() < HEADER_SIZE_BYTES + length {
            return Err(CUT);
        }
        self.contained.advance(HEADER_SIZE_BYTES);
        let body = self.contained.split_to(length);
        Ok(Some(match refusal {
            Some(refusal) => Inbound::Refused(header, refusal),
            None => self.open(header, body),
        }))
    }

    /// The envelope that spans frames, once it is all there.
    fn next_partial(&mut self) -> Result<Option<Inbound>, FrameError> {
        let thrown = self.skip.min(self.partial.len());
        self.partial.advance(thrown);
        self.skip -= thrown;
        let Some(raw) = RawHeader::peek(&self.partial) else {
            return Ok(None);
        };
        let (header, refusal) = self.judge(raw)?;
        let length = header.length as usize;
        if let Some(refusal) = refusal {
            self.partial.advance(HEADER_SIZE_BYTES);
            let thrown = length.min(self.partial.len());
            self.partial.advance(thrown);
            self.skip = length - thrown;
            return Ok(Some(Inbound::Refused(header, refusal)));
        }
        if self.partial.len() < HEADER_SIZE_BYTES + length {
            return Ok(None);
        }
        self.partial.advance(HEADER_SIZE_BYTES);
        let body = self.partial.split_to(length).freeze();
        Ok(Some(self.open(header, body)))
    }

    fn skip_in(&mut self, input: &mut BytesMut) {
        let thrown = self.skip.min(input.len());
        input.advance(thrown);
        self.skip -= thrown;
    }
}

/// A request of version 1 or 2, whose header has eight bytes: a stream id of one byte. Waiting for the ninth would
/// leave such a client without an answer.
fn ancient_header(input: &[u8]) -> Option<FrameError> {
    match *input {
        [version @ 1..=2, _, stream, _, _, _, _, _, ..] => {
            let stream = i16::from(stream as i8);
            Some(FrameError::UnsupportedVersion { version, stream, use_beta: false })
        }
        _ => None,
    }
}
