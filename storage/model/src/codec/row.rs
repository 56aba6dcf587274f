//! Rows in bytes: position, flags, base timestamp, marker, deletion, columns by ascending id.
//!
//! The common row (all cells live and as old as the marker) costs a flags byte and one timestamp
//! for all; each cell then is a column id, a length and the value. Layout: `docs/formats/mutation.md`.
//! A decoded row keeps the order the type promises: column ids and paths ascend, none twice.

use bytes::{Buf, Bytes};

use super::cell::{Context, Expiry, Head, Value, put_byte_string};
use super::decoder::{Decoder, list_for};
use super::varint::{put_ivarint, put_uvarint};
use crate::data::{Cell, CollectionCells, ColumnData, Deletion, MarkerKind, Row, RowMarker};
use crate::error::DecodeError;
use crate::key::ClusteringKey;
use crate::read::ColumnSelection;
use crate::schema::ColumnId;

/// The row has a marker.
const MARKER: u8 = 1 << 0;
/// The marker expires.
const MARKER_EXPIRING: u8 = 1 << 1;
/// The marker's timestamp is the row's base.
const MARKER_AT_BASE: u8 = 1 << 2;
/// The row has a deletion.
const DELETION: u8 = 1 << 3;
/// Every column is a live cell at the base timestamp: cells have no flags.
const PLAIN: u8 = 1 << 4;
const KNOWN: u8 = MARKER | MARKER_EXPIRING | MARKER_AT_BASE | DELETION | PLAIN;

/// Appends `row`.
pub fn encode_row(row: &Row, out: &mut Vec<u8>) {
    let mut context = Context::new(base_timestamp(row));
    let plain = row.columns.iter().all(|(_, data)| match data {
        ColumnData::Cell(cell) => context.is_plain(cell),
        ColumnData::Collection(_) => false,
    });
    let mut flags = if plain { PLAIN } else { 0 };
    if let Some(marker) = row.marker {
        flags |= MARKER;
        if marker.timestamp == context.base() {
            flags |= MARKER_AT_BASE;
        }
        if marker.kind != MarkerKind::Live {
            flags |= MARKER_EXPIRING;
        }
    }
    if row.deletion.is_some() {
        flags |= DELETION;
    }
    put_byte_string(row.clustering.as_bytes(), out);
    out.push(flags);
    put_ivarint(out, context.base());
    if let Some(marker) = row.marker {
        if flags & MARKER_AT_BASE == 0 {
            context.put_timestamp(marker.timestamp, out);
        }
        if let MarkerKind::Expiring { ttl, expires_at } = marker.kind {
            context.put_expiry(Expiry { ttl, expires_at }, out);
        }
    }
    if let Some(deletion) = row.deletion {
        context.put_deletion(deletion, out);
    }
    put_uvarint(out, row.columns.len() as u64);
    let mut next_id = 0;
    for (id, data) in &row.columns {
        debug_assert!(u64::from(id.0) >= next_id, "column ids ascend");
        put_uvarint(out, u64::from(id.0) - next_id);
        next_id = u64::from(id.0) + 1;
        match data {
            ColumnData::Cell(cell) if plain => put_byte_string(&cell.value, out),
            ColumnData::Cell(cell) => context.put_cell(None, cell, out),
            ColumnData::Collection(collection) => {
                context.put_collection_head(collection.deletion, out);
                put_uvarint(out, collection.cells.len() as u64);
                for (path, cell) in &collection.cells {
                    context.put_cell(Some(path), cell, out);
                }
            }
        }
    }
}

/// Takes a row off the front of `input`; its byte strings share `input`'s buffer.
///
/// Errors: bytes that are no row; `input` is unchanged.
pub fn decode_row(input: &mut Bytes) -> Result<Row, DecodeError> {
    decode_row_of(input, &ColumnSelection::All)
}

/// As [`decode_row`], but cells of columns outside `columns` come with empty values (counters apart).
///
/// Errors: as [`decode_row`].
pub fn decode_row_of(input: &mut Bytes, columns: &ColumnSelection) -> Result<Row, DecodeError> {
    let mut decoder = Decoder::new(input);
    let row = read_row(columns, &mut decoder)?;
    let read = decoder.offset();
    input.advance(read);
    Ok(row)
}

pub(super) fn read_row(selection: &ColumnSelection, decoder: &mut Decoder<'_>) -> Result<Row, DecodeError> {
    let clustering = ClusteringKey(decoder.byte_string()?);
    let flags = decoder.flags(KNOWN)?;
    if flags & MARKER == 0 && flags & (MARKER_EXPIRING | MARKER_AT_BASE) != 0 {
        return Err(decoder.error("flags of a marker that is not there"));
    }
    let mut context = Context::new(decoder.ivarint()?);
    let mut marker = None;
    if flags & MARKER != 0 {
        let timestamp =
            if flags & MARKER_AT_BASE != 0 { context.base() } else { context.timestamp(decoder)? };
        let mut kind = MarkerKind::Live;
        if flags & MARKER_EXPIRING != 0 {
            let Expiry { ttl, expires_at } = context.expiry(decoder)?;
            kind = MarkerKind::Expiring { ttl, expires_at };
        }
        marker = Some(RowMarker { timestamp, kind });
    }
    let deletion = if flags & DELETION != 0 { Some(context.deletion(decoder)?) } else { None };
    let columns = read_columns(flags & PLAIN != 0, selection, &mut context, decoder)?;
    Ok(Row { clustering, marker, deletion, columns })
}

fn read_columns(
    plain: bool,
    selection: &ColumnSelection,
    context: &mut Context,
    decoder: &mut Decoder<'_>,
) -> Result<Vec<(ColumnId, ColumnData)>, DecodeError> {
    let count = decoder.count(2)?;
    let mut columns = list_for(count);
    let mut next_id = 0u64;
    for _ in 0..count {
        let id = next_id
            .checked_add(decoder.uvarint()?)
            .and_then(|id| u32::try_from(id).ok())
            .ok_or_else(|| decoder.error("column id does not fit 32 bits"))?;
        next_id = u64::from(id) + 1;
        let value = if selection.contains(ColumnId(id)) { Value::Wanted } else { Value::Skipped };
        let data = if plain {
            ColumnData::Cell(Cell::live(context.base(), value.read(decoder)?))
        } else {
            match context.head(decoder)? {
                Head::Cell(flags) => ColumnData::Cell(context.cell(flags, value, decoder)?),
                Head::Collection(deletion) => {
                    ColumnData::Collection(read_collection(deletion, value, context, decoder)?)
                }
            }
        };
        columns.push((ColumnId(id), data));
    }
    Ok(columns)
}

fn read_collection(
    deletion: Option<Deletion>,
    value: Value,
    context: &mut Context,
    decoder: &mut Decoder<'_>,
) -> Result<CollectionCells, DecodeError> {
    let count = decoder.count(3)?;
    let mut cells = list_for::<(Bytes, _)>(count);
    for _ in 0..count {
        let at = decoder.offset();
        let element = context.element(value, decoder)?;
        if cells.last().is_some_and(|(last, _)| *last >= element.0) {
            return Err(DecodeError::new("paths of a collection do not ascend", at));
        }
        cells.push(element);
    }
    Ok(CollectionCells { deletion, cells })
}

/// The timestamp most of the row was written at: the marker's, else the first cell's, else the
/// deletion's.
fn base_timestamp(row: &Row) -> i64 {
    let first_cell = || {
        row.columns.first().and_then(|(_, data)| match data {
            ColumnData::Cell(cell) => Some(cell.timestamp),
            ColumnData::Collection(collection) => collection
                .cells
                .first()
                .map(|(_, cell)| cell.timestamp)
                .or(collection.deletion.map(|deletion| deletion.timestamp)),
        })
    };
    row.marker
        .map(|marker| marker.timestamp)
        .or_else(first_cell)
        .or(row.deletion.map(|deletion| deletion.timestamp))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
