//! [`SstableMetadata`]: what can be known of an sstable without reading its rows.
//!
//! Readers skip by keys, clustering positions and timestamps; pickers and purging go by timestamps and
//! the times at which data is or will be dead. [`MetadataBuilder`] gathers it while fragments are written.

use bytes::Bytes;
use model::DecodeError;
use model::codec::varint::{get_ivarint, get_uvarint, put_ivarint, put_uvarint};
use model::data::{Cell, CellKind, ColumnData, CounterState, Deletion, MarkerKind, Row};
use model::key::{ByteRange, DecoratedKey};

/// What can be known of an sstable without reading its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SstableMetadata {
    /// Key of the first partition.
    pub first_key: DecoratedKey,
    /// Key of the last partition; inside.
    pub last_key: DecoratedKey,
    /// Least and greatest position of rows and range tombstone bounds, both inside; `None` when there
    /// is no row and no range tombstone.
    pub positions: Option<(Bytes, Bytes)>,
    /// Least write timestamp of anything, tombstones included; `i64::MAX` when nothing has one.
    pub min_timestamp: i64,
    /// Greatest write timestamp of anything, tombstones included; `i64::MIN` when nothing has one.
    pub max_timestamp: i64,
    /// The first second at which something here is a tombstone: local deletion times and expiries.
    /// `None` when nothing is dead or expires.
    pub min_dead_since: Option<i64>,
    /// The second from which everything here is a tombstone; `None` when something lives for ever.
    pub all_dead_since: Option<i64>,
    /// Partitions.
    pub partitions: u64,
    /// Partitions with a deletion of their own.
    pub partition_deletions: u64,
    /// Rows without static rows.
    pub rows: u64,
    /// Cells, elements of collections included.
    pub cells: u64,
    /// Tombstones of every level: partition, range, row, collection, cell.
    pub tombstones: u64,
    /// Bytes of the data blocks before compression.
    pub raw_size_bytes: u64,
}

impl SstableMetadata {
    /// The range of its partition keys.
    pub fn key_range(&self) -> ByteRange {
        ByteRange { end: ByteRange::exactly(&self.last_key.0).end, start: self.first_key.0.clone() }
    }

    /// Whether rows or range tombstones may lie in one of `slices`. An open range that covers a slice
    /// has a bound on each side of it, so bounds suffice.
    pub fn may_contain_rows(&self, slices: &[ByteRange]) -> bool {
        self.positions.as_ref().is_some_and(|(least, greatest)| {
            slices
                .iter()
                .any(|slice| slice.start <= *greatest && slice.end.as_ref().is_none_or(|end| least < end))
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        let put_bytes = |bytes: &[u8], out: &mut Vec<u8>| {
            put_uvarint(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        };
        put_bytes(self.first_key.as_bytes(), &mut out);
        put_bytes(self.last_key.as_bytes(), &mut out);
        out.push(u8::from(self.positions.is_some()));
        if let Some((least, greatest)) = &self.positions {
            put_bytes(least, &mut out);
            put_bytes(greatest, &mut out);
        }
        put_ivarint(&mut out, self.min_timestamp);
        put_ivarint(&mut out, self.max_timestamp);
        for moment in [self.min_dead_since, self.all_dead_since] {
            out.push(u8::from(moment.is_some()));
            if let Some(moment) = moment {
                put_ivarint(&mut out, moment);
            }
        }
        let counts = [
            self.partitions,
            self.partition_deletions,
            self.rows,
            self.cells,
            self.tombstones,
            self.raw_size_bytes,
        ];
        for count in counts {
            put_uvarint(&mut out, count);
        }
        out
    }

    /// Errors: bytes that are no metadata.
    pub(super) fn decode(mut input: Bytes) -> Result<SstableMetadata, DecodeError> {
        let input = &mut input;
        let first_key = DecoratedKey(byte_string(input)?);
        let last_key = DecoratedKey(byte_string(input)?);
        let positions = if flag(input)? { Some((byte_string(input)?, byte_string(input)?)) } else { None };
        let min_timestamp = get_ivarint(input)?;
        let max_timestamp = get_ivarint(input)?;
        let min_dead_since = if flag(input)? { Some(get_ivarint(input)?) } else { None };
        let all_dead_since = if flag(input)? { Some(get_ivarint(input)?) } else { None };
        let metadata = SstableMetadata {
            first_key,
            last_key,
            positions,
            min_timestamp,
            max_timestamp,
            min_dead_since,
            all_dead_since,
            partitions: get_uvarint(input)?,
            partition_deletions: get_uvarint(input)?,
            rows: get_uvarint(input)?,
            cells: get_uvarint(input)?,
            tombstones: get_uvarint(input)?,
            raw_size_bytes: get_uvarint(input)?,
        };
        if !input.is_empty() || metadata.first_key > metadata.last_key {
            return Err(DecodeError::new("metadata that contradicts itself", 0));
        }
        Ok(metadata)
    }
}

fn flag(input: &mut Bytes) -> Result<bool, DecodeError> {
    match get_uvarint(input)? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(DecodeError::new(format!("a flag of {other}"), 0)),
    }
}

fn byte_string(input: &mut Bytes) -> Result<Bytes, DecodeError> {
    let length = get_uvarint(input)?;
    if length > input.len() as u64 {
        return Err(DecodeError::new("metadata is cut short", 0));
    }
    // A copy: the metadata outlives the block it came in.
    Ok(Bytes::copy_from_slice(&input.split_to(length as usize)))
}

/// Gathers metadata while an sstable is written.
#[derive(Debug)]
pub(super) struct MetadataBuilder {
    keys: Option<(DecoratedKey, DecoratedKey)>,
    least: Option<Bytes>,
    greatest: Option<Bytes>,
    min_timestamp: i64,
    max_timestamp: i64,
    min_dead_since: i64,
    all_dead_since: i64,
    partitions: u64,
    partition_deletions: u64,
    rows: u64,
    cells: u64,
    tombstones: u64,
}

impl MetadataBuilder {
    pub(super) fn new() -> MetadataBuilder {
        MetadataBuilder {
            keys: None,
            least: None,
            greatest: None,
            min_timestamp: i64::MAX,
            max_timestamp: i64::MIN,
            min_dead_since: i64::MAX,
            all_dead_since: i64::MIN,
            partitions: 0,
            partition_deletions: 0,
            rows: 0,
            cells: 0,
            tombstones: 0,
        }
    }

    pub(super) fn partition(&mut self, key: &DecoratedKey, deletion: Option<Deletion>) {
        match &mut self.keys {
            Some((_, last)) => *last = key.clone(),
            None => self.keys = Some((key.clone(), key.clone())),
        }
        self.partitions += 1;
        if let Some(deletion) = deletion {
            self.partition_deletions += 1;
            self.deletion(deletion);
        }
    }

    pub(super) fn change(&mut self, position: &Bytes, deletion: Option<Deletion>) {
        self.position(position);
        if let Some(deletion) = deletion {
            self.deletion(deletion);
        }
    }

    pub(super) fn row(&mut self, row: &Row, is_static: bool) {
        if !is_static {
            self.rows += 1;
            self.position(&row.clustering.0);
        }
        if let Some(marker) = row.marker {
            self.timestamp(marker.timestamp);
            match marker.kind {
                MarkerKind::Live => self.all_dead_since = i64::MAX,
                MarkerKind::Expiring { expires_at, .. } => self.dead_since(expires_at),
            }
        }
        if let Some(deletion) = row.deletion {
            self.deletion(deletion);
        }
        for (_, data) in &row.columns {
            match data {
                ColumnData::Cell(cell) => self.cell(cell),
                ColumnData::Collection(collection) => {
                    if let Some(deletion) = collection.deletion {
                        self.deletion(deletion);
                    }
                    for (_, cell) in &collection.cells {
                        self.cell(cell);
                    }
                }
            }
        }
    }

    fn cell(&mut self, cell: &Cell) {
        self.cells += 1;
        self.timestamp(cell.timestamp);
        match cell.kind {
            CellKind::Live => self.all_dead_since = i64::MAX,
            CellKind::Counter => {
                self.all_dead_since = i64::MAX;
                // The cell's timestamp is its newest shard's; a tombstone elsewhere may still have to
                // cover an older one.
                let shards = CounterState::decode(&cell.value);
                let oldest = shards.map(|state| state.shards().iter().map(|shard| shard.timestamp).min());
                self.timestamp(oldest.map_or(i64::MIN, |oldest| oldest.unwrap_or(cell.timestamp)));
            }
            CellKind::Expiring { expires_at, .. } => self.dead_since(expires_at),
            CellKind::Dead { local_time } => {
                self.tombstones += 1;
                self.dead_since(local_time);
            }
        }
    }

    fn deletion(&mut self, deletion: Deletion) {
        self.tombstones += 1;
        self.timestamp(deletion.timestamp);
        self.dead_since(deletion.local_time);
    }

    fn timestamp(&mut self, timestamp: i64) {
        self.min_timestamp = self.min_timestamp.min(timestamp);
        self.max_timestamp = self.max_timestamp.max(timestamp);
    }

    fn dead_since(&mut self, seconds: i64) {
        self.min_dead_since = self.min_dead_since.min(seconds);
        self.all_dead_since = self.all_dead_since.max(seconds);
    }

    fn position(&mut self, position: &Bytes) {
        if self.least.as_ref().is_none_or(|least| position < least) {
            self.least = Some(position.clone());
        }
        if self.greatest.as_ref().is_none_or(|greatest| position > greatest) {
            self.greatest = Some(position.clone());
        }
    }

    /// What was gathered; `None` when no partition was.
    pub(super) fn finish(self, raw_size_bytes: u64) -> Option<SstableMetadata> {
        let (first_key, last_key) = self.keys?;
        // Copies: metadata must not hold the blocks or memtable that keys and positions came from.
        let own = |bytes: Bytes| Bytes::copy_from_slice(&bytes);
        Some(SstableMetadata {
            first_key: DecoratedKey(own(first_key.0)),
            last_key: DecoratedKey(own(last_key.0)),
            positions: self.least.map(own).zip(self.greatest.map(own)),
            min_timestamp: self.min_timestamp,
            max_timestamp: self.max_timestamp,
            min_dead_since: (self.min_dead_since != i64::MAX).then_some(self.min_dead_since),
            all_dead_since: (self.all_dead_since != i64::MAX).then_some(self.all_dead_since),
            partitions: self.partitions,
            partition_deletions: self.partition_deletions,
            rows: self.rows,
            cells: self.cells,
            tombstones: self.tombstones,
            raw_size_bytes,
        })
    }
}
