//! The bytes of a commit log segment: its header, and what a record's payload holds.
//!
//! Drawn in `docs/formats/commit_log.md`; the framing of records is `record_log`. Pure: bytes to values.

use bytes::Bytes;
use model::DecodeError;
use model::codec::{mutation, varint};
use model::data::Mutation;

use super::SegmentId;

/// First bytes of every segment.
pub(crate) const MAGIC: [u8; 8] = *b"BASLTLOG";
/// Version that is written, and the only one that is read.
pub(crate) const VERSION: u32 = 1;

const VERSION_AT: usize = MAGIC.len();
const ID_AT: usize = VERSION_AT + 4;
const PREVIOUS_AT: usize = ID_AT + 8;
const PREVIOUS_LENGTH_AT: usize = PREVIOUS_AT + 8;
const CHECKSUM_AT: usize = PREVIOUS_LENGTH_AT + 4;
/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = CHECKSUM_AT + 4;
const _: () = assert!(HEADER_BYTES == 36);

/// A segment's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Its own id.
    pub id: SegmentId,
    /// The segment before it; 0 when it is the first of all.
    pub previous: SegmentId,
    /// How many bytes of the segment before it count: whole records, all of them durable.
    pub previous_length: u32,
}

/// Why a header does not decode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadHeader {
    /// Written by another version of Basalt.
    Version(u32),
    /// Cut short or damaged.
    Damaged(&'static str),
}

impl SegmentHeader {
    /// Its bytes.
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[..VERSION_AT].copy_from_slice(&MAGIC);
        out[VERSION_AT..ID_AT].copy_from_slice(&VERSION.to_le_bytes());
        out[ID_AT..PREVIOUS_AT].copy_from_slice(&self.id.0.to_le_bytes());
        out[PREVIOUS_AT..PREVIOUS_LENGTH_AT].copy_from_slice(&self.previous.0.to_le_bytes());
        out[PREVIOUS_LENGTH_AT..CHECKSUM_AT].copy_from_slice(&self.previous_length.to_le_bytes());
        let checksum = crc32c::crc32c(&out[..CHECKSUM_AT]);
        out[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        out
    }

    /// The header at the beginning of `file`.
    pub(crate) fn decode(file: &[u8]) -> Result<SegmentHeader, BadHeader> {
        let head: &[u8; HEADER_BYTES] =
            file.first_chunk().ok_or(BadHeader::Damaged("the header is cut short"))?;
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        if head[..VERSION_AT] != MAGIC {
            return Err(BadHeader::Damaged("no commit log segment begins here"));
        }
        // A later version may have another header: only what stands before the version is relied on.
        if word(VERSION_AT) > VERSION {
            return Err(BadHeader::Version(word(VERSION_AT)));
        }
        if word(CHECKSUM_AT) != crc32c::crc32c(&head[..CHECKSUM_AT]) || word(VERSION_AT) != VERSION {
            return Err(BadHeader::Damaged("the header does not match its checksum"));
        }
        Ok(SegmentHeader {
            id: SegmentId(long(ID_AT)),
            previous: SegmentId(long(PREVIOUS_AT)),
            previous_length: word(PREVIOUS_LENGTH_AT),
        })
    }
}

/// The payload of a record: a count, then the mutations.
pub(crate) fn encode_mutations<'a>(mutations: impl ExactSizeIterator<Item = &'a Mutation>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    varint::put_uvarint(&mut out, mutations.len() as u64);
    for one in mutations {
        mutation::encode_mutation(one, &mut out);
    }
    out
}

/// The mutations of [`encode_mutations`]; their byte strings share the payload's buffer.
pub(crate) fn decode_mutations(payload: &Bytes) -> Result<Vec<Mutation>, DecodeError> {
    let mut rest = payload.clone();
    let at = |rest: &Bytes| payload.len() - rest.len();
    let count = varint::get_uvarint(&mut rest)?;
    // A mutation takes more than one byte, so this bounds what a damaged count can reserve.
    if count > rest.len() as u64 {
        return Err(DecodeError::new("more mutations than bytes", 0));
    }
    let mut mutations = Vec::with_capacity(count.min(1024) as usize);
    for _ in 0..count {
        let start = at(&rest);
        let one = mutation::decode_mutation(&mut rest)
            .map_err(|error| DecodeError::new(error.what, start + error.offset))?;
        mutations.push(one);
    }
    if !rest.is_empty() {
        return Err(DecodeError::new("bytes behind the last mutation", at(&rest)));
    }
    Ok(mutations)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: SegmentHeader =
        SegmentHeader { id: SegmentId(9), previous: SegmentId(7), previous_length: 4711 };

    #[test]
    fn a_header_comes_back_and_no_changed_byte_passes() {
        let bytes = HEADER.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Ok(HEADER));
        for at in 0..bytes.len() {
            let mut damaged = bytes;
            damaged[at] ^= 1;
            assert!(SegmentHeader::decode(&damaged).is_err(), "byte {at}");
            assert!(SegmentHeader::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        let mut bytes = HEADER.encode();
        bytes[VERSION_AT] = 2;
        assert_eq!(SegmentHeader::decode(&bytes), Err(BadHeader::Version(2)));
    }
}
