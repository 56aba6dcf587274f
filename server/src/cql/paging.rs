//! [`PagingState`]: where the next page of a SELECT begins, as opaque bytes for the client.
//!
//! Shape (version 1): version byte, flags byte, fingerprint of the statement (8 bytes, little endian),
//! remaining rows and remaining rows of the partition (4 bytes each), then the decorated key and the
//! clustering key of the last row (each length as 4 bytes, bytes), then 4 bytes of CRC32C over all of it.
//! A state comes back from the network: it is checked against length, checksum and statement, and it can
//! only choose a position inside a table that the statement reads anyway.

use bytes::Bytes;
use model::key::{ClusteringKey, DecoratedKey};

use crate::error::CqlError;

const VERSION: u8 = 1;

/// The position behind the last row of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PagingState {
    /// Partition of the last row.
    pub(crate) key: DecoratedKey,
    /// Last row; `None` when the page ended with the partition (its static row, or DISTINCT).
    pub(crate) row: Option<ClusteringKey>,
    /// Rows that LIMIT still allows.
    pub(crate) remaining: u32,
    /// Rows that PER PARTITION LIMIT still allows in that partition.
    pub(crate) remaining_in_partition: u32,
}

impl PagingState {
    /// Opaque bytes, bound to the statement by its fingerprint.
    pub(crate) fn encode(&self, fingerprint: u64) -> Bytes {
        let mut out = Vec::with_capacity(self.key.0.len() + 64);
        out.push(VERSION);
        out.push(u8::from(self.row.is_some()));
        out.extend_from_slice(&fingerprint.to_le_bytes());
        out.extend_from_slice(&self.remaining.to_le_bytes());
        out.extend_from_slice(&self.remaining_in_partition.to_le_bytes());
        put_bytes(&mut out, &self.key.0);
        put_bytes(&mut out, self.row.as_ref().map_or(&[][..], |row| row.as_bytes()));
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out.into()
    }

    /// The state of [`PagingState::encode`].
    ///
    /// Errors: Invalid, for bytes that are no state of this statement.
    pub(crate) fn decode(bytes: &Bytes, fingerprint: u64) -> Result<PagingState, CqlError> {
        let invalid = |why: &str| CqlError::protocol(format!("Invalid value for the paging state: {why}"));
        let split = bytes.len().checked_sub(4).ok_or_else(|| invalid("it is too short"))?;
        let (body, checksum) = bytes.split_at(split);
        if crc32c::crc32c(body).to_le_bytes() != checksum {
            return Err(invalid("its checksum does not fit"));
        }
        let mut rest = body;
        let head = take(&mut rest, 18).ok_or_else(|| invalid("it is too short"))?;
        if head[0] != VERSION {
            return Err(invalid("it is of another version"));
        }
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if head[2..10] != fingerprint.to_le_bytes() {
            return Err(invalid("it belongs to another statement"));
        }
        let key = take_bytes(&mut rest).ok_or_else(|| invalid("its key is cut short"))?;
        let row = take_bytes(&mut rest).ok_or_else(|| invalid("its row is cut short"))?;
        Ok(PagingState {
            key: DecoratedKey(Bytes::copy_from_slice(key)),
            row: (head[1] == 1).then(|| ClusteringKey(Bytes::copy_from_slice(row))),
            remaining: number(10),
            remaining_in_partition: number(14),
        })
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take(rest, 4)?;
    take(rest, u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> PagingState {
        PagingState {
            key: DecoratedKey::hashed(b"EWR"),
            row: Some(ClusteringKey(Bytes::from_static(b"row"))),
            remaining: 7,
            remaining_in_partition: u32::MAX,
        }
    }

    #[test]
    fn a_state_comes_back_as_it_was() {
        assert_eq!(PagingState::decode(&state().encode(42), 42), Ok(state()));
        let at_partition_end = PagingState { row: None, ..state() };
        assert_eq!(PagingState::decode(&at_partition_end.encode(0), 0), Ok(at_partition_end));
    }

    #[test]
    fn a_state_of_another_statement_or_a_damaged_one_is_refused() {
        let bytes = state().encode(42);
        assert!(PagingState::decode(&bytes, 43).is_err());
        for index in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[index] ^= 0x40;
            assert!(PagingState::decode(&damaged.into(), 42).is_err(), "flipped byte {index}");
            assert!(PagingState::decode(&bytes.slice(..index), 42).is_err(), "cut at {index}");
        }
    }
}
