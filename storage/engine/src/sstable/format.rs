//! Layout of an sstable file: magic, version, block headers, footer. Drawn in `docs/formats/sstable.md`.
//!
//! Little endian. Everything but the footer is a block: a header with lengths, kind, compression and a
//! checksum, then the stored bytes. The checksum also covers the block's offset, so that a block that
//! was written to, or read from, the wrong place fails too.

use model::DecodeError;

/// The last bytes of every sstable.
pub(super) const MAGIC: [u8; 8] = *b"BasaltSS";

/// Version of the layout. Any change of bytes raises it.
pub(super) const VERSION: u32 = 1;

/// Length of a block's header.
pub(super) const BLOCK_HEADER_SIZE_BYTES: usize = 16;

/// Length of the footer.
pub(super) const FOOTER_SIZE_BYTES: usize = 3 * SECTION_SIZE_BYTES + 4 + 4 + MAGIC.len();

const SECTION_SIZE_BYTES: usize = 16;
const CHECKSUM_AT: usize = 3 * SECTION_SIZE_BYTES + 4;

const _: () = assert!(FOOTER_SIZE_BYTES == 64);
const _: () = assert!(CHECKSUM_AT + 4 + MAGIC.len() == FOOTER_SIZE_BYTES);

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum BlockKind {
    /// Entries of partitions.
    Data = 1,
    /// Entries of the index.
    Index = 2,
    /// The filter.
    Filter = 3,
    /// The metadata.
    Metadata = 4,
}

/// How a block's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Compression {
    /// As they are.
    None = 0,
    /// As one LZ4 block.
    Lz4 = 1,
}

/// The bytes before a block's stored bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockHeader {
    pub(super) raw_length: u32,
    pub(super) stored_length: u32,
    pub(super) kind: BlockKind,
    pub(super) compression: Compression,
}

impl BlockHeader {
    /// The header of a block at `offset` of its file, with the checksum over it and `stored`.
    pub(super) fn encode(&self, offset: u64, stored: &[u8]) -> [u8; BLOCK_HEADER_SIZE_BYTES] {
        let mut bytes = [0; BLOCK_HEADER_SIZE_BYTES];
        bytes[0..4].copy_from_slice(&self.raw_length.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.stored_length.to_le_bytes());
        bytes[8] = self.kind as u8;
        bytes[9] = self.compression as u8;
        let checksum = block_checksum(offset, &bytes[..12], stored);
        bytes[12..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Splits a block that lies at `offset` of its file into header and stored bytes.
    ///
    /// Errors: a block of another length, a wrong checksum, values that no version writes.
    pub(super) fn decode(block: &[u8], offset: u64) -> Result<(BlockHeader, &[u8]), DecodeError> {
        let Some((head, stored)) = block.split_first_chunk::<BLOCK_HEADER_SIZE_BYTES>() else {
            return Err(DecodeError::new("a block shorter than its header", 0));
        };
        let stored_length = u32_at(head, 4);
        if stored_length as usize != stored.len() {
            let what = format!("a block of {stored_length} bytes where {} lie", stored.len());
            return Err(DecodeError::new(what, 0));
        }
        let (expected, found) = (u32_at(head, 12), block_checksum(offset, &head[..12], stored));
        if expected != found {
            let what = format!("block checksum is {found:#010x}, the header says {expected:#010x}");
            return Err(DecodeError::new(what, 0));
        }
        let kind = match head[8] {
            1 => BlockKind::Data,
            2 => BlockKind::Index,
            3 => BlockKind::Filter,
            4 => BlockKind::Metadata,
            other => return Err(DecodeError::new(format!("unknown block kind {other}"), 8)),
        };
        let compression = match head[9] {
            0 => Compression::None,
            1 => Compression::Lz4,
            other => return Err(DecodeError::new(format!("unknown compression {other}"), 9)),
        };
        Ok((BlockHeader { raw_length: u32_at(head, 0), stored_length, kind, compression }, stored))
    }
}

fn block_checksum(offset: u64, header: &[u8], stored: &[u8]) -> u32 {
    let checksum = crc32c::crc32c(&offset.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(checksum, header), stored)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// Where a section lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Section {
    fn end(&self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }
}

/// The end of the file: where the sections lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) index: Section,
    pub(super) filter: Section,
    pub(super) metadata: Section,
}

impl Footer {
    pub(super) fn encode(&self) -> [u8; FOOTER_SIZE_BYTES] {
        let mut bytes = [0; FOOTER_SIZE_BYTES];
        for (at, section) in [self.index, self.filter, self.metadata].into_iter().enumerate() {
            let at = at * SECTION_SIZE_BYTES;
            bytes[at..at + 8].copy_from_slice(&section.offset.to_le_bytes());
            bytes[at + 8..at + 16].copy_from_slice(&section.length.to_le_bytes());
        }
        bytes[CHECKSUM_AT - 4..CHECKSUM_AT].copy_from_slice(&VERSION.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..CHECKSUM_AT]);
        bytes[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&checksum.to_le_bytes());
        bytes[CHECKSUM_AT + 4..].copy_from_slice(&MAGIC);
        bytes
    }

    /// The footer of a file of `file_length` bytes.
    ///
    /// Errors: no sstable, another version, a wrong checksum, sections that do not fill the file.
    pub(super) fn decode(bytes: &[u8; FOOTER_SIZE_BYTES], file_length: u64) -> Result<Footer, DecodeError> {
        if bytes[CHECKSUM_AT + 4..] != MAGIC {
            return Err(DecodeError::new("not an sstable, or one cut short: magic is missing", 0));
        }
        let (expected, found) = (u32_at(bytes, CHECKSUM_AT), crc32c::crc32c(&bytes[..CHECKSUM_AT]));
        if expected != found {
            let what = format!("footer checksum is {found:#010x}, the footer says {expected:#010x}");
            return Err(DecodeError::new(what, 0));
        }
        let version = u32_at(bytes, CHECKSUM_AT - 4);
        if version != VERSION {
            let what = format!("sstable format version {version}; this build reads version {VERSION}");
            return Err(DecodeError::new(what, 0));
        }
        let section = |at: usize| Section {
            offset: u64_at(bytes, at * SECTION_SIZE_BYTES),
            length: u64_at(bytes, at * SECTION_SIZE_BYTES + 8),
        };
        let footer = Footer { index: section(0), filter: section(1), metadata: section(2) };
        let gapless = footer.index.end() == Some(footer.filter.offset)
            && footer.filter.end() == Some(footer.metadata.offset)
            && footer.metadata.end() == file_length.checked_sub(FOOTER_SIZE_BYTES as u64);
        if !gapless {
            return Err(DecodeError::new(format!("sections do not fill the file: {footer:?}"), 0));
        }
        Ok(footer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_bound_to_its_place_and_bytes() {
        let header = BlockHeader {
            raw_length: 9,
            stored_length: 3,
            kind: BlockKind::Data,
            compression: Compression::Lz4,
        };
        let mut block = header.encode(100, b"abc").to_vec();
        block.extend_from_slice(b"abc");
        assert_eq!(BlockHeader::decode(&block, 100), Ok((header, &b"abc"[..])));
        assert!(BlockHeader::decode(&block, 116).is_err(), "another place");
        assert!(BlockHeader::decode(&block[..18], 100).is_err(), "cut short");
        for at in 0..block.len() {
            let mut damaged = block.clone();
            damaged[at] ^= 1;
            assert!(BlockHeader::decode(&damaged, 100).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_footer_fills_its_file() {
        let footer = Footer {
            index: Section { offset: 10, length: 5 },
            filter: Section { offset: 15, length: 0 },
            metadata: Section { offset: 15, length: 7 },
        };
        let bytes = footer.encode();
        assert_eq!(Footer::decode(&bytes, 22 + 64), Ok(footer));
        assert!(Footer::decode(&bytes, 23 + 64).is_err());
        for at in 0..bytes.len() {
            let mut damaged = bytes;
            damaged[at] ^= 1;
            assert!(Footer::decode(&damaged, 22 + 64).is_err(), "byte {at}");
        }
    }
}
