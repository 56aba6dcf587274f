//! Blocks as they lie in the file: compressed where that pays, under a header with a checksum.
//!
//! On the data's way: block builder -> **seal** -> file -> **open** -> block. What `open` gives out was
//! checked against its checksum, whatever is inside.

use bytes::Bytes;
use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};
use model::DecodeError;

use super::format::{BLOCK_HEADER_SIZE_BYTES, BlockHeader, BlockKind, Compression};

/// Most bytes one stored byte of LZ4 can stand for (a length byte adds 255), so that a damaged length
/// cannot ask for more memory than the bytes present can fill.
const LZ4_RATIO_MAX: usize = 256;

/// Appends `raw` as a block that lies at `offset` of the file. Compressed when asked and smaller.
///
/// Limits: `raw` is shorter than 4 GiB; the writer's blocks are bounded by the largest row.
pub(super) fn seal(
    raw: &[u8],
    kind: BlockKind,
    compress: bool,
    offset: u64,
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    let mut stored = raw;
    let mut compression = Compression::None;
    if compress {
        scratch.resize(get_maximum_output_size(raw.len()), 0);
        // The room is what LZ4 asks for at worst, so it does not fail; if it did, raw bytes are right.
        if let Ok(length) = compress_into(raw, scratch)
            && length < raw.len()
        {
            stored = &scratch[..length];
            compression = Compression::Lz4;
        }
    }
    let header =
        BlockHeader { raw_length: length_of(raw), stored_length: length_of(stored), kind, compression };
    out.extend_from_slice(&header.encode(offset, stored));
    out.extend_from_slice(stored);
}

fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a block is bounded by the largest row, far below 4 GiB")
}

/// The raw bytes of the block `sealed`, which lies at `offset` of the file and must be of `kind`.
///
/// Errors: a wrong checksum, kind or length.
pub(super) fn open(sealed: &Bytes, offset: u64, kind: BlockKind) -> Result<Bytes, DecodeError> {
    let (header, stored) = BlockHeader::decode(sealed, offset)?;
    if header.kind != kind {
        return Err(DecodeError::new(format!("a {:?} block where a {kind:?} block belongs", header.kind), 8));
    }
    let raw_length = header.raw_length as usize;
    match header.compression {
        Compression::None if raw_length == stored.len() => Ok(sealed.slice(BLOCK_HEADER_SIZE_BYTES..)),
        Compression::None => Err(DecodeError::new("lengths of a stored block differ", 0)),
        Compression::Lz4 => {
            if raw_length > stored.len().saturating_mul(LZ4_RATIO_MAX) {
                let what = format!("{} stored bytes cannot hold {raw_length}", stored.len());
                return Err(DecodeError::new(what, 0));
            }
            let mut raw = vec![0; raw_length];
            match decompress_into(stored, &mut raw) {
                Ok(length) if length == raw_length => Ok(raw.into()),
                Ok(length) => {
                    Err(DecodeError::new(format!("{length} bytes where {raw_length} were stored"), 0))
                }
                Err(error) => Err(DecodeError::new(format!("LZ4: {error}"), BLOCK_HEADER_SIZE_BYTES)),
            }
        }
    }
}

/// [`open`], in memory of its own: what is kept for long must not hold a larger buffer it was read with.
pub(super) fn open_detached(sealed: &Bytes, offset: u64, kind: BlockKind) -> Result<Bytes, DecodeError> {
    let raw = open(sealed, offset, kind)?;
    let is_shared = sealed.as_ptr_range().contains(&raw.as_ptr());
    Ok(if is_shared { Bytes::copy_from_slice(&raw) } else { raw })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(raw: &[u8], compress: bool) -> Bytes {
        let mut out = vec![];
        seal(raw, BlockKind::Data, compress, 7, &mut vec![], &mut out);
        out.into()
    }

    #[test]
    fn blocks_come_back_and_shrink_where_they_can() {
        let zeros = vec![0; 10_000];
        assert!(sealed(&zeros, true).len() < 200);
        assert_eq!(sealed(&zeros, false).len(), 10_016);
        assert_eq!(sealed(b"abc", true).len(), 19, "stored as it is when LZ4 does not shrink it");
        for raw in [&zeros[..], b"abc", b""] {
            for compress in [true, false] {
                assert_eq!(open(&sealed(raw, compress), 7, BlockKind::Data).unwrap(), raw);
                assert_eq!(open_detached(&sealed(raw, compress), 7, BlockKind::Data).unwrap(), raw);
            }
        }
        assert!(open(&sealed(&zeros, true), 7, BlockKind::Index).is_err(), "another kind");
    }

    #[test]
    fn a_length_beyond_what_the_bytes_can_hold_is_refused_before_memory_is_taken() {
        let header = BlockHeader {
            raw_length: u32::MAX,
            stored_length: 4,
            kind: BlockKind::Data,
            compression: Compression::Lz4,
        };
        let mut block = header.encode(0, b"abcd").to_vec();
        block.extend_from_slice(b"abcd");
        assert!(open(&block.into(), 0, BlockKind::Data).unwrap_err().what.contains("cannot hold"));
    }
}
