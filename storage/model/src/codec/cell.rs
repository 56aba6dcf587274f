//! Cells inside an encoded row: a flags byte, then only what the row's context does not say.
//!
//! Timestamps are differences to the row's base; ttl and expiry are left out when they are those of
//! the expiring marker or cell before (`USING TTL` gives one ttl to a whole row). The functions here are
//! the only ones that know the bits of a cell's flags.

use bytes::Bytes;

use super::decoder::Decoder;
use super::varint::{put_ivarint, put_uvarint};
use crate::data::{Cell, CellKind, CounterState, Deletion};
use crate::error::DecodeError;

const KIND_MASK: u8 = 0b11;
const KIND_LIVE: u8 = 0;
const KIND_EXPIRING: u8 = 1;
const KIND_DEAD: u8 = 2;
const KIND_COUNTER: u8 = 3;
/// The timestamp is the row's base.
const AT_BASE: u8 = 1 << 2;
/// Ttl and expiry are those of the last expiring marker or cell.
const SAME_EXPIRY: u8 = 1 << 3;
/// Not a cell but a collection follows.
const COLLECTION: u8 = 1 << 4;
/// The collection has a deletion.
const COLLECTION_DELETION: u8 = 1 << 5;

/// Ttl and expiry of an expiring marker or cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expiry {
    pub(super) ttl: u32,
    pub(super) expires_at: i64,
}

/// What an encoded row has said before a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    /// The row's base timestamp.
    base: i64,
    /// Of the last expiring marker or cell.
    expiry: Option<Expiry>,
}

/// Whether a reader wants the value of a cell; without, it gets the cell with an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Wanted,
    Skipped,
}

impl Value {
    pub(super) fn read(self, decoder: &mut Decoder<'_>) -> Result<Bytes, DecodeError> {
        match self {
            Value::Wanted => decoder.byte_string(),
            Value::Skipped => decoder.skip_byte_string().map(|()| Bytes::new()),
        }
    }
}

/// What stands under a column id: a cell, or the head of a collection.
pub(super) enum Head {
    Cell(u8),
    Collection(Option<Deletion>),
}

impl Context {
    pub(super) fn new(base: i64) -> Context {
        Context { base, expiry: None }
    }

    pub(super) fn base(&self) -> i64 {
        self.base
    }

    // Differences wrap: whatever the two numbers are, adding the difference gives the second again.
    fn base_seconds(&self) -> i64 {
        self.base.div_euclid(1_000_000)
    }

    pub(super) fn put_timestamp(&self, timestamp: i64, out: &mut Vec<u8>) {
        put_ivarint(out, timestamp.wrapping_sub(self.base));
    }

    pub(super) fn timestamp(&self, decoder: &mut Decoder<'_>) -> Result<i64, DecodeError> {
        Ok(self.base.wrapping_add(decoder.ivarint()?))
    }

    pub(super) fn put_deletion(&self, deletion: Deletion, out: &mut Vec<u8>) {
        self.put_timestamp(deletion.timestamp, out);
        put_ivarint(out, deletion.local_time.wrapping_sub(self.base_seconds()));
    }

    pub(super) fn deletion(&self, decoder: &mut Decoder<'_>) -> Result<Deletion, DecodeError> {
        let timestamp = self.timestamp(decoder)?;
        let local_time = self.base_seconds().wrapping_add(decoder.ivarint()?);
        Ok(Deletion { timestamp, local_time })
    }

    pub(super) fn put_expiry(&mut self, expiry: Expiry, out: &mut Vec<u8>) {
        put_uvarint(out, u64::from(expiry.ttl));
        let expected = self.base_seconds().wrapping_add(i64::from(expiry.ttl));
        put_ivarint(out, expiry.expires_at.wrapping_sub(expected));
        self.expiry = Some(expiry);
    }

    pub(super) fn expiry(&mut self, decoder: &mut Decoder<'_>) -> Result<Expiry, DecodeError> {
        let ttl = decoder.uvarint32()?;
        let expected = self.base_seconds().wrapping_add(i64::from(ttl));
        let expiry = Expiry { ttl, expires_at: expected.wrapping_add(decoder.ivarint()?) };
        self.expiry = Some(expiry);
        Ok(expiry)
    }

    /// Whether a cell needs no flags when all cells of its row are like it.
    pub(super) fn is_plain(&self, cell: &Cell) -> bool {
        cell.kind == CellKind::Live && cell.timestamp == self.base
    }

    /// Appends a cell; `path` for an element of a collection.
    pub(super) fn put_cell(&mut self, path: Option<&Bytes>, cell: &Cell, out: &mut Vec<u8>) {
        let expiry = match cell.kind {
            CellKind::Expiring { ttl, expires_at } => Some(Expiry { ttl, expires_at }),
            _ => None,
        };
        let mut flags = match cell.kind {
            CellKind::Live => KIND_LIVE,
            CellKind::Expiring { .. } => KIND_EXPIRING,
            CellKind::Dead { .. } => KIND_DEAD,
            CellKind::Counter => KIND_COUNTER,
        };
        if cell.timestamp == self.base {
            flags |= AT_BASE;
        }
        if expiry.is_some() && expiry == self.expiry {
            flags |= SAME_EXPIRY;
        }
        out.push(flags);
        if let Some(path) = path {
            put_byte_string(path, out);
        }
        if flags & AT_BASE == 0 {
            self.put_timestamp(cell.timestamp, out);
        }
        match cell.kind {
            CellKind::Dead { local_time } => {
                debug_assert!(cell.value.is_empty(), "a dead cell has no value");
                put_ivarint(out, local_time.wrapping_sub(self.base_seconds()));
                return;
            }
            CellKind::Expiring { ttl, expires_at } if flags & SAME_EXPIRY == 0 => {
                self.put_expiry(Expiry { ttl, expires_at }, out);
            }
            _ => {}
        }
        put_byte_string(&cell.value, out);
    }

    /// Appends the head of a collection; its cells follow.
    pub(super) fn put_collection_head(&self, deletion: Option<Deletion>, out: &mut Vec<u8>) {
        out.push(COLLECTION | if deletion.is_some() { COLLECTION_DELETION } else { 0 });
        if let Some(deletion) = deletion {
            self.put_deletion(deletion, out);
        }
    }

    /// What follows a column id.
    pub(super) fn head(&mut self, decoder: &mut Decoder<'_>) -> Result<Head, DecodeError> {
        let flags = decoder.flags(KIND_MASK | AT_BASE | SAME_EXPIRY | COLLECTION | COLLECTION_DELETION)?;
        if flags & COLLECTION == 0 {
            return check_cell_flags(flags, decoder).map(Head::Cell);
        }
        if flags & !(COLLECTION | COLLECTION_DELETION) != 0 {
            return Err(decoder.error("flags of a cell on a collection"));
        }
        let deletion = if flags & COLLECTION_DELETION != 0 { Some(self.deletion(decoder)?) } else { None };
        Ok(Head::Collection(deletion))
    }

    /// An element of a collection: its path and cell.
    pub(super) fn element(
        &mut self,
        value: Value,
        decoder: &mut Decoder<'_>,
    ) -> Result<(Bytes, Cell), DecodeError> {
        let flags = decoder.flags(KIND_MASK | AT_BASE | SAME_EXPIRY)?;
        let flags = check_cell_flags(flags, decoder)?;
        let path = decoder.byte_string()?;
        Ok((path, self.cell(flags, value, decoder)?))
    }

    /// What follows the flags (and path) of a cell.
    pub(super) fn cell(
        &mut self,
        flags: u8,
        value: Value,
        decoder: &mut Decoder<'_>,
    ) -> Result<Cell, DecodeError> {
        let timestamp = if flags & AT_BASE != 0 { self.base } else { self.timestamp(decoder)? };
        let kind = match flags & KIND_MASK {
            KIND_LIVE => CellKind::Live,
            KIND_EXPIRING => {
                let expiry = match self.expiry {
                    Some(expiry) if flags & SAME_EXPIRY != 0 => expiry,
                    None if flags & SAME_EXPIRY != 0 => return Err(decoder.error("no expiry to repeat")),
                    _ => self.expiry(decoder)?,
                };
                CellKind::Expiring { ttl: expiry.ttl, expires_at: expiry.expires_at }
            }
            KIND_DEAD => {
                let local_time = self.base_seconds().wrapping_add(decoder.ivarint()?);
                return Ok(Cell::dead(timestamp, local_time));
            }
            _ => CellKind::Counter,
        };
        let at = decoder.offset();
        if kind == CellKind::Counter {
            // The shards decide what is left of the cell, so they are always read.
            let value = decoder.byte_string()?;
            check_counter(timestamp, &value, at)?;
            return Ok(Cell { timestamp, kind, value });
        }
        let value = value.read(decoder)?;
        Ok(Cell { timestamp, kind, value })
    }
}

/// Appends a byte string behind its length.
pub(super) fn put_byte_string(bytes: &[u8], out: &mut Vec<u8>) {
    put_uvarint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn check_cell_flags(flags: u8, decoder: &Decoder<'_>) -> Result<u8, DecodeError> {
    if flags & COLLECTION_DELETION != 0 || (flags & SAME_EXPIRY != 0 && flags & KIND_MASK != KIND_EXPIRING) {
        return Err(decoder.error("flags that do not go together"));
    }
    Ok(flags)
}

/// Reconciling trusts counter cells to hold a state, so what comes from outside is checked here.
fn check_counter(timestamp: i64, value: &Bytes, at: usize) -> Result<(), DecodeError> {
    let state =
        CounterState::decode(value).map_err(|error| DecodeError::new(error.what, at + error.offset))?;
    if state.shards().iter().map(|shard| shard.timestamp).max() != Some(timestamp) {
        return Err(DecodeError::new("a counter cell's timestamp is not its newest shard's", at));
    }
    Ok(())
}
