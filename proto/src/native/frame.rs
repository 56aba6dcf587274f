//! Version 5 frames: checksummed, at most 128 KiB, optionally lz4; envelopes travel inside.
//!
//! Header, little endian: uncompressed 3 bytes (17 bits payload length, 1 bit self-contained); lz4 5 bytes (17 bits
//! compressed length, 17 bits uncompressed length, 1 bit self-contained); then CRC-24 of it in 3 bytes. After the
//! payload CRC-32 of it in 4 bytes. An uncompressed length of 0 says that the payload is stored as it is.
//! Invariant: a frame is believed only after both checksums; a bad one ends the connection, because where the
//! next begins is not known.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use thiserror::Error;

use super::compression::{compress_lz4, decompress_lz4};
use super::crc::{crc24, crc32};

/// Largest payload of a frame, in bytes: 17 bits.
pub const FRAME_PAYLOAD_BYTES_MAX: usize = 128 * 1024 - 1;

const CRC24_SIZE: usize = 3;
const CRC32_SIZE: usize = 4;

/// What ends a connection, because its bytes cannot be followed any further.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A version that we do not speak; answered before the connection is closed.
    #[error("protocol version {version} is not supported")]
    UnsupportedVersion {
        /// Its number.
        version: u8,
        /// Stream id of the request.
        stream: i16,
        /// Whether the client accepts beta versions.
        use_beta: bool,
    },
    /// A response where a request must stand, or the other way round.
    #[error("wrong direction bit on stream {stream}")]
    Direction {
        /// Stream id.
        stream: i16,
    },
    /// A negative length.
    #[error("negative body length {length} on stream {stream}")]
    NegativeLength {
        /// Stream id.
        stream: i16,
        /// The length.
        length: i32,
    },
    /// The header of a frame fails its checksum.
    #[error("frame header checksum: expected {expected:#08x}, computed {computed:#08x}")]
    HeaderChecksum {
        /// As it came.
        expected: u32,
        /// Of the bytes that came.
        computed: u32,
    },
    /// The payload of a frame fails its checksum.
    #[error("frame payload checksum: expected {expected:#010x}, computed {computed:#010x}")]
    PayloadChecksum {
        /// As it came.
        expected: u32,
        /// Of the bytes that came.
        computed: u32,
    },
    /// A payload that does not decompress.
    #[error("frame payload: {0}")]
    Decompression(String),
    /// A self-contained frame that holds a part of an envelope, or stands inside one.
    #[error("{0}")]
    Containment(&'static str),
}

/// A frame's payload, checked and decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) payload: Bytes,
    pub(super) self_contained: bool,
}

/// Takes the first frame of `input`; `None` until it is all there.
pub(super) fn take_frame(input: &mut BytesMut, lz4: bool) -> Result<Option<Frame>, FrameError> {
    let header_size = if lz4 { 5 } else { 3 };
    if input.len() < header_size + CRC24_SIZE {
        return Ok(None);
    }
    let mut word = [0u8; 8];
    word[..header_size].copy_from_slice(&input[..header_size]);
    let header = u64::from_le_bytes(word);
    let expected = little_u24(&input[header_size..]);
    let computed = crc24(&input[..header_size]);
    if expected != computed {
        return Err(FrameError::HeaderChecksum { expected, computed });
    }
    let low_17 = |bits: u64| (bits & 0x1_FFFF) as usize;
    let payload_size = low_17(header);
    let (uncompressed_size, self_contained) =
        if lz4 { (low_17(header >> 17), header & 1 << 34 != 0) } else { (0, header & 1 << 17 != 0) };
    if input.len() < header_size + CRC24_SIZE + payload_size + CRC32_SIZE {
        return Ok(None);
    }
    input.advance(header_size + CRC24_SIZE);
    let payload = input.split_to(payload_size).freeze();
    let expected = input.get_u32_le();
    let computed = crc32(&payload);
    if expected != computed {
        return Err(FrameError::PayloadChecksum { expected, computed });
    }
    let payload = if uncompressed_size > 0 {
        let plain = decompress_lz4(&payload, uncompressed_size);
        Bytes::from(plain.map_err(|error| FrameError::Decompression(error.what))?)
    } else {
        payload
    };
    Ok(Some(Frame { payload, self_contained }))
}

fn little_u24(bytes: &[u8]) -> u32 {
    u32::from(bytes[0]) | u32::from(bytes[1]) << 8 | u32::from(bytes[2]) << 16
}

/// Appends a frame with `payload`, which must not be larger than [`FRAME_PAYLOAD_BYTES_MAX`].
pub(super) fn put_frame(payload: &[u8], self_contained: bool, lz4: bool, out: &mut BytesMut) {
    assert!(payload.len() <= FRAME_PAYLOAD_BYTES_MAX, "a frame's length has 17 bits");
    let header_size = if lz4 { 5 } else { 3 };
    let start = out.len();
    out.put_bytes(0, header_size + CRC24_SIZE);
    let payload_start = out.len();
    let mut uncompressed_size = 0;
    if lz4 {
        compress_lz4(payload, out);
        uncompressed_size = payload.len();
    }
    if !lz4 || out.len() - payload_start >= payload.len() {
        // Not worth it: stored, which an uncompressed length of 0 says.
        out.truncate(payload_start);
        out.extend_from_slice(payload);
        uncompressed_size = 0;
    }
    let payload_size = out.len() - payload_start;
    let contained = u64::from(self_contained);
    let header = if lz4 {
        payload_size as u64 | (uncompressed_size as u64) << 17 | contained << 34
    } else {
        payload_size as u64 | contained << 17
    };
    out[start..start + header_size].copy_from_slice(&header.to_le_bytes()[..header_size]);
    let checksum = crc24(&out[start..start + header_size]);
    out[start + header_size..payload_start].copy_from_slice(&checksum.to_le_bytes()[..CRC24_SIZE]);
    let checksum = crc32(&out[payload_start..]);
    out.put_u32_le(checksum);
}
