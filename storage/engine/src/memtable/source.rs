//! [`MemPartitionSource`] and [`MemtableSource`]: a memtable's part of a partition stream.
//!
//! Both work on clones, hold no lock, and take rows and partitions a few at a time, so that a read of a
//! slice or with a limit does not pay for the whole.

use imbl::OrdMap;
use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use model::data::Row;
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::stream::{Direction, Fragment, FragmentSource, PartitionSource};

use super::MemPartition;
use super::partition::Rows;
use crate::error::Error;

/// Rows or partitions taken from a map at a time.
const CHUNK: usize = 64;

/// Tells one partition of a memtable.
pub(crate) struct MemPartitionSource {
    /// Tells everything but the rows.
    frame: PartitionSource<Error>,
    /// The frame's next fragment, which may have to wait for rows.
    held: Option<Fragment>,
    rows: RowCursor,
    direction: Direction,
}

impl MemPartitionSource {
    /// As [`PartitionSource::new`].
    pub(crate) fn new(
        key: DecoratedKey,
        partition: MemPartition,
        slices: &[ByteRange],
        static_row: bool,
        direction: Direction,
    ) -> MemPartitionSource {
        let frame = PartitionSource::new(key, partition.without_rows(), slices, static_row, direction);
        let rows = RowCursor::new(partition.into_rows(), slices, direction);
        MemPartitionSource { frame, held: None, rows, direction }
    }
}

/// Whether a row is told before a fragment of the frame: at one position a change comes first going
/// forward and last going back.
fn row_comes_before(row: &Row, fragment: &Fragment, direction: Direction) -> bool {
    match fragment {
        Fragment::RangeTombstoneChange { position, .. } => match direction {
            Direction::Forward => row.clustering < *position,
            Direction::Reverse => row.clustering >= *position,
        },
        Fragment::PartitionEnd => true,
        Fragment::PartitionStart { .. } | Fragment::StaticRow(_) | Fragment::Row(_) => false,
    }
}

impl FragmentSource for MemPartitionSource {
    type Error = Error;

    fn next(&mut self) -> Result<Option<Fragment>, Error> {
        let held = match self.held.take() {
            Some(held) => held,
            None => match self.frame.next()? {
                Some(fragment) => fragment,
                None => return Ok(None),
            },
        };
        let direction = self.direction;
        let row_first = self.rows.peek().is_some_and(|row| row_comes_before(row, &held, direction));
        if let Some(row) = if row_first { self.rows.next() } else { None } {
            self.held = Some(held);
            return Ok(Some(Fragment::Row(Arc::unwrap_or_clone(row))));
        }
        Ok(Some(held))
    }
}

/// The rows of some slices, in the order in which they are told.
struct RowCursor {
    ready: VecDeque<Arc<Row>>,
    /// What is left of a large partition.
    map: OrdMap<ClusteringKey, Arc<Row>>,
    /// Slices of `map` not finished, in the order in which they are told.
    slices: VecDeque<(Bound<ClusteringKey>, Bound<ClusteringKey>)>,
    direction: Direction,
}

impl RowCursor {
    fn new(rows: Rows, slices: &[ByteRange], direction: Direction) -> RowCursor {
        let mut cursor =
            RowCursor { ready: VecDeque::new(), map: OrdMap::new(), slices: VecDeque::new(), direction };
        match rows {
            Rows::Few(rows) => {
                let inside =
                    |row: &Arc<Row>| slices.iter().any(|slice| slice.contains(row.clustering.as_bytes()));
                cursor.ready.extend(rows.into_iter().filter(inside));
                if direction == Direction::Reverse {
                    cursor.ready.make_contiguous().reverse();
                }
            }
            Rows::Many(map) => {
                let bounds = slices.iter().filter(|slice| !slice.is_empty()).map(bounds_of);
                match direction {
                    Direction::Forward => cursor.slices.extend(bounds),
                    Direction::Reverse => cursor.slices.extend(bounds.rev()),
                }
                cursor.map = map;
            }
        }
        cursor
    }

    fn fill(&mut self) {
        while self.ready.is_empty() {
            let Some((start, end)) = self.slices.pop_front() else { return };
            let range = self.map.range((start.clone(), end.clone()));
            let row = |(_, row): (&ClusteringKey, &Arc<Row>)| row.clone();
            match self.direction {
                Direction::Forward => self.ready.extend(range.map(row).take(CHUNK)),
                Direction::Reverse => self.ready.extend(range.rev().map(row).take(CHUNK)),
            }
            if let (CHUNK, Some(last)) = (self.ready.len(), self.ready.back()) {
                let last = Bound::Excluded(last.clustering.clone());
                self.slices.push_front(match self.direction {
                    Direction::Forward => (last, end),
                    Direction::Reverse => (start, last),
                });
            }
        }
    }

    fn peek(&mut self) -> Option<&Arc<Row>> {
        self.fill();
        self.ready.front()
    }

    fn next(&mut self) -> Option<Arc<Row>> {
        self.fill();
        self.ready.pop_front()
    }
}

fn bounds_of(slice: &ByteRange) -> (Bound<ClusteringKey>, Bound<ClusteringKey>) {
    let end = match &slice.end {
        Some(end) => Bound::Excluded(ClusteringKey(end.clone())),
        None => Bound::Unbounded,
    };
    (Bound::Included(ClusteringKey(slice.start.clone())), end)
}

/// Tells the partitions of a memtable whose keys lie in a range.
pub(crate) struct MemtableSource {
    map: OrdMap<DecoratedKey, Arc<MemPartition>>,
    ready: VecDeque<(DecoratedKey, Arc<MemPartition>)>,
    /// What of the map is still to be told.
    rest: Option<(Bound<DecoratedKey>, Bound<DecoratedKey>)>,
    current: Option<MemPartitionSource>,
    slices: Arc<[ByteRange]>,
    static_row: bool,
    direction: Direction,
}

impl MemtableSource {
    pub(super) fn new(
        map: OrdMap<DecoratedKey, Arc<MemPartition>>,
        keys: &ByteRange,
        slices: Arc<[ByteRange]>,
        static_row: bool,
        direction: Direction,
    ) -> MemtableSource {
        let key = |bytes: &Bytes| DecoratedKey(bytes.clone());
        let end = keys.end.as_ref().map_or(Bound::Unbounded, |end| Bound::Excluded(key(end)));
        let rest = (!keys.is_empty()).then(|| (Bound::Included(key(&keys.start)), end));
        MemtableSource { map, ready: VecDeque::new(), rest, current: None, slices, static_row, direction }
    }

    fn next_partition(&mut self) -> Option<(DecoratedKey, Arc<MemPartition>)> {
        if self.ready.is_empty() {
            let (start, end) = self.rest.take()?;
            let range = self.map.range((start, end.clone()));
            self.ready.extend(range.take(CHUNK).map(|(key, partition)| (key.clone(), partition.clone())));
            if let (CHUNK, Some((last, _))) = (self.ready.len(), self.ready.back()) {
                self.rest = Some((Bound::Excluded(last.clone()), end));
            }
        }
        self.ready.pop_front()
    }
}

impl FragmentSource for MemtableSource {
    type Error = Error;

    fn next(&mut self) -> Result<Option<Fragment>, Error> {
        loop {
            if let Some(current) = &mut self.current
                && let Some(fragment) = current.next()?
            {
                return Ok(Some(fragment));
            }
            let Some((key, partition)) = self.next_partition() else { return Ok(None) };
            self.current = Some(MemPartitionSource::new(
                key,
                Arc::unwrap_or_clone(partition),
                &self.slices,
                self.static_row,
                self.direction,
            ));
        }
    }
}

#[cfg(test)]
mod tests;
