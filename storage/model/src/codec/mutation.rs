//! Mutations in bytes: version, table, key, then what changes.
//!
//! The commit log's record, the hint and the message between nodes all carry this. Layout:
//! `docs/formats/mutation.md`; a change of it, or of the rows inside, raises [`VERSION`].

use bytes::{Buf, Bytes};
use uuid::Uuid;

use super::cell::put_byte_string;
use super::decoder::{Decoder, list_for};
use super::fragment::{put_deletion, read_deletion};
use super::row::{encode_row, read_row};
use super::varint::put_uvarint;
use crate::data::{Mutation, PartitionUpdate, RangeTombstone, Row};
use crate::error::DecodeError;
use crate::key::{ByteRange, DecoratedKey};
use crate::read::ColumnSelection;
use crate::schema::TableId;

/// Version of the layout of rows, fragments and mutations.
pub const VERSION: u8 = 1;

const DELETION: u8 = 1 << 0;
const STATIC_ROW: u8 = 1 << 1;
const TOMBSTONES: u8 = 1 << 2;
const ROWS: u8 = 1 << 3;
const KNOWN: u8 = DELETION | STATIC_ROW | TOMBSTONES | ROWS;

/// A range tombstone without an end reaches to the last row.
const UNTIL_END: u8 = 0;
const UNTIL_BOUND: u8 = 1;

/// Fewest bytes of a range tombstone: empty start, no end, two integers.
const TOMBSTONE_SIZE_BYTES_MIN: usize = 4;
/// Fewest bytes of a row: empty key, flags, base, no columns.
const ROW_SIZE_BYTES_MIN: usize = 4;

/// Appends `mutation`.
pub fn encode_mutation(mutation: &Mutation, out: &mut Vec<u8>) {
    out.push(VERSION);
    out.extend_from_slice(mutation.table.0.as_bytes());
    put_byte_string(mutation.key.as_bytes(), out);
    encode_partition_update(&mutation.update, out);
}

/// Takes a mutation off the front of `input`; its byte strings share `input`'s buffer.
///
/// Errors: another version, or bytes that are no mutation; `input` is unchanged.
pub fn decode_mutation(input: &mut Bytes) -> Result<Mutation, DecodeError> {
    let mut decoder = Decoder::new(input);
    let version = decoder.byte()?;
    if version != VERSION {
        return Err(DecodeError::new(format!("mutation of version {version}, this node reads {VERSION}"), 0));
    }
    let table = decoder.take(16)?;
    let mut id = [0; 16];
    id.copy_from_slice(&table);
    let key = DecoratedKey(decoder.byte_string()?);
    let update = read_partition_update(&mut decoder)?;
    let read = decoder.offset();
    input.advance(read);
    Ok(Mutation { table: TableId(Uuid::from_bytes(id)), key, update })
}

fn encode_partition_update(update: &PartitionUpdate, out: &mut Vec<u8>) {
    let present = [
        (update.deletion.is_some(), DELETION),
        (update.static_row.is_some(), STATIC_ROW),
        (!update.range_tombstones.is_empty(), TOMBSTONES),
        (!update.rows.is_empty(), ROWS),
    ];
    out.push(present.iter().filter(|(there, _)| *there).fold(0, |flags, (_, flag)| flags | flag));
    if let Some(deletion) = update.deletion {
        put_deletion(deletion, out);
    }
    if let Some(row) = &update.static_row {
        encode_row(row, out);
    }
    if !update.range_tombstones.is_empty() {
        put_uvarint(out, update.range_tombstones.len() as u64);
        for tombstone in &update.range_tombstones {
            put_byte_string(&tombstone.range.start, out);
            match &tombstone.range.end {
                None => out.push(UNTIL_END),
                Some(end) => {
                    out.push(UNTIL_BOUND);
                    put_byte_string(end, out);
                }
            }
            put_deletion(tombstone.deletion, out);
        }
    }
    if !update.rows.is_empty() {
        put_uvarint(out, update.rows.len() as u64);
        for row in &update.rows {
            encode_row(row, out);
        }
    }
}

fn read_partition_update(decoder: &mut Decoder<'_>) -> Result<PartitionUpdate, DecodeError> {
    let flags = decoder.flags(KNOWN)?;
    let deletion = if flags & DELETION != 0 { Some(read_deletion(decoder)?) } else { None };
    let static_row = if flags & STATIC_ROW != 0 { Some(read_static_row(decoder)?) } else { None };
    let mut range_tombstones = vec![];
    if flags & TOMBSTONES != 0 {
        let count = decoder.count(TOMBSTONE_SIZE_BYTES_MIN)?;
        range_tombstones = list_for(count);
        for _ in 0..count {
            range_tombstones.push(read_tombstone(decoder)?);
        }
    }
    let mut rows = vec![];
    if flags & ROWS != 0 {
        let count = decoder.count(ROW_SIZE_BYTES_MIN)?;
        rows = list_for::<Row>(count);
        for _ in 0..count {
            let at = decoder.offset();
            let row = read_row(&ColumnSelection::All, decoder)?;
            if rows.last().is_some_and(|last| last.clustering >= row.clustering) {
                return Err(DecodeError::new("rows do not ascend", at));
            }
            rows.push(row);
        }
    }
    Ok(PartitionUpdate { deletion, static_row, range_tombstones, rows })
}

fn read_static_row(decoder: &mut Decoder<'_>) -> Result<Row, DecodeError> {
    let at = decoder.offset();
    let row = read_row(&ColumnSelection::All, decoder)?;
    if !row.clustering.as_bytes().is_empty() {
        return Err(DecodeError::new("a static row has no clustering key", at));
    }
    Ok(row)
}

fn read_tombstone(decoder: &mut Decoder<'_>) -> Result<RangeTombstone, DecodeError> {
    let start = decoder.byte_string()?;
    let end = match decoder.byte()? {
        UNTIL_END => None,
        UNTIL_BOUND => Some(decoder.byte_string()?),
        _ => return Err(decoder.error("a range ends at a bound or not at all")),
    };
    Ok(RangeTombstone { range: ByteRange { start, end }, deletion: read_deletion(decoder)? })
}

#[cfg(test)]
mod tests;
