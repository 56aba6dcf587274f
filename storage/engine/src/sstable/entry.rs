//! Entries of a data block: what a partition stream becomes on disk, one entry a fragment.
//!
//! An entry is a tag, then its key (of the partition) or position (of a row or range tombstone change)
//! as length and bytes, then the rest. So a search compares keys without decoding anything else. A
//! partition ends where the next begins; its end has no entry.

use bytes::{Buf, Bytes};
use model::DecodeError;
use model::codec::fragment::{decode_deletion, encode_deletion};
use model::codec::row::{decode_row_of, encode_row};
use model::codec::varint::put_uvarint;
use model::data::{Deletion, Row};
use model::read::ColumnSelection;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    Partition { deleted: bool },
    StaticRow,
    Row,
    Change { opens: bool },
}

const PARTITION: u8 = 1;
const PARTITION_DELETED: u8 = 2;
const STATIC_ROW: u8 = 3;
const ROW: u8 = 4;
const CHANGE_OPENS: u8 = 5;
const CHANGE_CLOSES: u8 = 6;

pub(super) fn put_partition(key: &[u8], deletion: Option<Deletion>, out: &mut Vec<u8>) {
    out.push(if deletion.is_some() { PARTITION_DELETED } else { PARTITION });
    put_keyed(key, deletion, out);
}

pub(super) fn put_change(position: &[u8], deletion: Option<Deletion>, out: &mut Vec<u8>) {
    out.push(if deletion.is_some() { CHANGE_OPENS } else { CHANGE_CLOSES });
    put_keyed(position, deletion, out);
}

fn put_keyed(key: &[u8], deletion: Option<Deletion>, out: &mut Vec<u8>) {
    put_uvarint(out, key.len() as u64);
    out.extend_from_slice(key);
    if let Some(deletion) = deletion {
        encode_deletion(deletion, out);
    }
}

// The row codec begins with the clustering key as length and bytes, as an entry must.
pub(super) fn put_row(row: &Row, is_static: bool, out: &mut Vec<u8>) {
    out.push(if is_static { STATIC_ROW } else { ROW });
    encode_row(row, out);
}

/// Kind of an entry and the place of its key or position in it, without looking at the rest.
pub(super) fn head(entry: &[u8]) -> Result<(EntryKind, std::ops::Range<usize>), DecodeError> {
    let kind = match entry.first() {
        Some(&PARTITION) => EntryKind::Partition { deleted: false },
        Some(&PARTITION_DELETED) => EntryKind::Partition { deleted: true },
        Some(&STATIC_ROW) => EntryKind::StaticRow,
        Some(&ROW) => EntryKind::Row,
        Some(&CHANGE_OPENS) => EntryKind::Change { opens: true },
        Some(&CHANGE_CLOSES) => EntryKind::Change { opens: false },
        tag => return Err(DecodeError::new(format!("unknown entry tag {tag:?}"), 0)),
    };
    let (mut length, mut at) = (0u64, 1);
    loop {
        let byte = *entry.get(at).ok_or_else(|| DecodeError::new("an entry's key is cut short", at))?;
        // Five groups hold any length below 4 GiB; no entry is longer.
        if at > 5 {
            return Err(DecodeError::new("an entry's key length does not fit", at));
        }
        length |= u64::from(byte & 0x7F) << (7 * (at - 1));
        at += 1;
        if byte < 0x80 {
            break;
        }
    }
    if length > (entry.len() - at) as u64 {
        return Err(DecodeError::new("an entry's key is cut short", at));
    }
    Ok((kind, at..at + length as usize))
}

/// The wanted columns of the row of a `Row` or `StaticRow` entry; shares the entry's buffer.
pub(super) fn row(mut entry: Bytes, columns: &ColumnSelection) -> Result<Row, DecodeError> {
    if entry.is_empty() {
        return Err(DecodeError::new("an empty entry", 0));
    }
    entry.advance(1);
    let row = decode_row_of(&mut entry, columns)?;
    nothing_left(&entry)?;
    Ok(row)
}

/// The deletion behind the key of a `Partition` or `Change` entry of which `rest` is the remainder.
pub(super) fn deletion(mut rest: Bytes, present: bool) -> Result<Option<Deletion>, DecodeError> {
    let deletion = if present { Some(decode_deletion(&mut rest)?) } else { None };
    nothing_left(&rest)?;
    Ok(deletion)
}

fn nothing_left(rest: &Bytes) -> Result<(), DecodeError> {
    if rest.is_empty() { Ok(()) } else { Err(DecodeError::new("bytes behind an entry", 0)) }
}
