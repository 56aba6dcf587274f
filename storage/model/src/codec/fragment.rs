//! Fragments in bytes: a tag, then the content; also the deletion alone, for partition headers.
//!
//! Sstables write partitions as these, one behind the other. Part of the format of
//! `docs/formats/mutation.md` and under its version.

use bytes::{Buf, Bytes};

use super::cell::put_byte_string;
use super::decoder::Decoder;
use super::row::{encode_row, read_row};
use super::varint::put_ivarint;
use crate::data::Deletion;
use crate::error::DecodeError;
use crate::key::{ClusteringKey, DecoratedKey};
use crate::read::ColumnSelection;
use crate::stream::Fragment;

const PARTITION_END: u8 = 0;
const PARTITION_START: u8 = 1;
const PARTITION_START_DELETED: u8 = 2;
const STATIC_ROW: u8 = 3;
const ROW: u8 = 4;
const RANGE_OPENS: u8 = 5;
const RANGE_CLOSES: u8 = 6;

/// Appends `fragment`.
pub fn encode_fragment(fragment: &Fragment, out: &mut Vec<u8>) {
    match fragment {
        Fragment::PartitionStart { key, deletion } => {
            out.push(if deletion.is_some() { PARTITION_START_DELETED } else { PARTITION_START });
            put_byte_string(key.as_bytes(), out);
            if let Some(deletion) = deletion {
                put_deletion(*deletion, out);
            }
        }
        Fragment::StaticRow(row) => {
            out.push(STATIC_ROW);
            encode_row(row, out);
        }
        Fragment::RangeTombstoneChange { position, deletion } => {
            out.push(if deletion.is_some() { RANGE_OPENS } else { RANGE_CLOSES });
            put_byte_string(position.as_bytes(), out);
            if let Some(deletion) = deletion {
                put_deletion(*deletion, out);
            }
        }
        Fragment::Row(row) => {
            out.push(ROW);
            encode_row(row, out);
        }
        Fragment::PartitionEnd => out.push(PARTITION_END),
    }
}

/// Takes a fragment off the front of `input`; its byte strings share `input`'s buffer.
///
/// Errors: bytes that are no fragment; `input` is unchanged.
pub fn decode_fragment(input: &mut Bytes) -> Result<Fragment, DecodeError> {
    decode_fragment_of(input, &ColumnSelection::All)
}

/// As [`decode_fragment`], with rows as [`super::row::decode_row_of`] gives them.
///
/// Errors: as [`decode_fragment`].
pub fn decode_fragment_of(input: &mut Bytes, columns: &ColumnSelection) -> Result<Fragment, DecodeError> {
    let mut decoder = Decoder::new(input);
    let fragment = match decoder.byte()? {
        PARTITION_END => Fragment::PartitionEnd,
        tag @ (PARTITION_START | PARTITION_START_DELETED) => {
            let key = DecoratedKey(decoder.byte_string()?);
            let deleted = tag == PARTITION_START_DELETED;
            let deletion = if deleted { Some(read_deletion(&mut decoder)?) } else { None };
            Fragment::PartitionStart { key, deletion }
        }
        STATIC_ROW => Fragment::StaticRow(read_row(columns, &mut decoder)?),
        ROW => Fragment::Row(read_row(columns, &mut decoder)?),
        tag @ (RANGE_OPENS | RANGE_CLOSES) => {
            let position = ClusteringKey(decoder.byte_string()?);
            let deletion = if tag == RANGE_OPENS { Some(read_deletion(&mut decoder)?) } else { None };
            Fragment::RangeTombstoneChange { position, deletion }
        }
        tag => return Err(DecodeError::new(format!("unknown fragment tag {tag}"), 0)),
    };
    let read = decoder.offset();
    input.advance(read);
    Ok(fragment)
}

/// Appends a deletion by itself (rows hold theirs as differences).
pub fn encode_deletion(deletion: Deletion, out: &mut Vec<u8>) {
    put_deletion(deletion, out);
}

/// Takes a deletion of [`encode_deletion`] off the front of `input`.
///
/// Errors: bytes that are no deletion; `input` is unchanged.
pub fn decode_deletion(input: &mut Bytes) -> Result<Deletion, DecodeError> {
    let mut decoder = Decoder::new(input);
    let deletion = read_deletion(&mut decoder)?;
    let read = decoder.offset();
    input.advance(read);
    Ok(deletion)
}

// The local time is written as its difference to the timestamp's second, which is about 0.
pub(super) fn put_deletion(deletion: Deletion, out: &mut Vec<u8>) {
    put_ivarint(out, deletion.timestamp);
    put_ivarint(out, deletion.local_time.wrapping_sub(deletion.timestamp.div_euclid(1_000_000)));
}

pub(super) fn read_deletion(decoder: &mut Decoder<'_>) -> Result<Deletion, DecodeError> {
    let timestamp = decoder.ivarint()?;
    let local_time = timestamp.div_euclid(1_000_000).wrapping_add(decoder.ivarint()?);
    Ok(Deletion { timestamp, local_time })
}

#[cfg(test)]
mod tests;
