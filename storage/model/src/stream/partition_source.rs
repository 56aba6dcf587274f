//! [`PartitionSource`]: the stream of one [`PartitionUpdate`].
//!
//! The door from mutations and memtables into streams: overlapping range tombstones become
//! non-overlapping changes, rows and changes are cut to the wanted slices, and both come in either
//! direction. Rows are told as they are; [`super::Merge`] settles them.

use bytes::Bytes;
use std::collections::BinaryHeap;
use std::marker::PhantomData;

use super::{Direction, Fragment, FragmentSource};
use crate::data::{Deletion, PartitionUpdate, RangeTombstone, Row};
use crate::key::{ByteRange, ClusteringKey, DecoratedKey};

/// Tells one partition. Never fails: `E` is whatever its neighbours in a merge fail with.
pub struct PartitionSource<E> {
    stage: Stage,
    key: DecoratedKey,
    deletion: Option<Deletion>,
    static_row: Option<Row>,
    /// In the order in which they are told.
    changes: std::iter::Peekable<std::vec::IntoIter<Change>>,
    /// In the order in which they are told.
    rows: std::iter::Peekable<std::vec::IntoIter<Row>>,
    direction: Direction,
    error: PhantomData<fn() -> E>,
}

/// From this position on, this deletion.
type Change = (Bytes, Option<Deletion>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    Inside,
    Ended,
}

impl<E> PartitionSource<E> {
    /// Tells of `update` the rows and range tombstones inside `slices` (ascending, disjoint), and the
    /// static row if `static_row`. The partition itself is told even when nothing of it is left.
    pub fn new(
        key: DecoratedKey,
        update: PartitionUpdate,
        slices: &[ByteRange],
        static_row: bool,
        direction: Direction,
    ) -> PartitionSource<E> {
        let ranges = cut(strongest_ranges(&update.range_tombstones), slices);
        let mut rows = rows_inside(update.rows, slices);
        if direction == Direction::Reverse {
            rows.reverse();
        }
        PartitionSource {
            stage: Stage::Start,
            key,
            deletion: update.deletion,
            static_row: update.static_row.filter(|_| static_row),
            changes: changes_of(ranges, direction).into_iter().peekable(),
            rows: rows.into_iter().peekable(),
            direction,
            error: PhantomData,
        }
    }

    fn next_inside(&mut self) -> Fragment {
        if let Some(row) = self.static_row.take() {
            return Fragment::StaticRow(row);
        }
        let change_first = match (self.changes.peek(), self.rows.peek()) {
            (Some((position, _)), Some(row)) => match self.direction {
                Direction::Forward => &position[..] <= row.clustering.as_bytes(),
                Direction::Reverse => &position[..] > row.clustering.as_bytes(),
            },
            (change, _) => change.is_some(),
        };
        if change_first {
            if let Some((position, deletion)) = self.changes.next() {
                return Fragment::RangeTombstoneChange { position: ClusteringKey(position), deletion };
            }
        } else if let Some(row) = self.rows.next() {
            return Fragment::Row(row);
        }
        self.stage = Stage::Ended;
        Fragment::PartitionEnd
    }
}

impl<E> FragmentSource for PartitionSource<E> {
    type Error = E;

    fn next(&mut self) -> Result<Option<Fragment>, E> {
        Ok(match self.stage {
            Stage::Start => {
                self.stage = Stage::Inside;
                Some(Fragment::PartitionStart { key: self.key.clone(), deletion: self.deletion })
            }
            Stage::Inside => Some(self.next_inside()),
            Stage::Ended => None,
        })
    }
}

/// `[start, end)` under one deletion.
struct DeletedRange {
    start: Bytes,
    end: Bytes,
    deletion: Deletion,
}

/// Where a range ends, as a position.
fn end_of(range: &ByteRange) -> Bytes {
    range.end.clone().unwrap_or(Fragment::END_POSITION).min(Fragment::END_POSITION)
}

/// The ranges that some tombstone covers, disjoint and ascending, each with its strongest deletion.
fn strongest_ranges(tombstones: &[RangeTombstone]) -> Vec<DeletedRange> {
    let mut starts: Vec<(Bytes, Bytes, Deletion)> = tombstones
        .iter()
        .map(|tombstone| (tombstone.range.start.clone(), end_of(&tombstone.range), tombstone.deletion))
        .filter(|(start, end, _)| start < end)
        .collect();
    starts.sort_by(|a, b| a.0.cmp(&b.0));
    let mut bounds: Vec<Bytes> = starts.iter().flat_map(|(start, end, _)| [start, end]).cloned().collect();
    bounds.sort();
    bounds.dedup();

    let mut ranges: Vec<DeletedRange> = vec![];
    let mut starts = starts.into_iter().peekable();
    // The deletions open at a bound, strongest on top, each with its end. One that has ended is dropped
    // only once it is on top.
    let mut open: BinaryHeap<(Deletion, Bytes)> = BinaryHeap::new();
    for (index, bound) in bounds.iter().enumerate() {
        while let Some((_, end, deletion)) = starts.next_if(|(start, ..)| start <= bound) {
            open.push((deletion, end));
        }
        while open.peek().is_some_and(|(_, end)| end <= bound) {
            open.pop();
        }
        let (Some((deletion, _)), Some(next_bound)) = (open.peek(), bounds.get(index + 1)) else { continue };
        match ranges.last_mut() {
            Some(last) if last.end == *bound && last.deletion == *deletion => last.end = next_bound.clone(),
            _ => ranges.push(DeletedRange {
                start: bound.clone(),
                end: next_bound.clone(),
                deletion: *deletion,
            }),
        }
    }
    ranges
}

/// The parts of `ranges` inside `slices`; both ascend.
fn cut(ranges: Vec<DeletedRange>, slices: &[ByteRange]) -> Vec<DeletedRange> {
    if ranges.is_empty() || matches!(slices, [slice] if *slice == ByteRange::all()) {
        return ranges;
    }
    let mut parts = vec![];
    let mut first_slice = 0;
    for range in &ranges {
        while slices.get(first_slice).is_some_and(|slice| end_of(slice) <= range.start) {
            first_slice += 1;
        }
        for slice in slices[first_slice..].iter().take_while(|slice| slice.start < range.end) {
            let start = range.start.clone().max(slice.start.clone());
            let end = range.end.clone().min(end_of(slice));
            if start < end {
                parts.push(DeletedRange { start, end, deletion: range.deletion });
            }
        }
    }
    parts
}

/// The changes that tell disjoint, ascending `ranges`.
fn changes_of(ranges: Vec<DeletedRange>, direction: Direction) -> Vec<Change> {
    let mut changes = Vec::with_capacity(ranges.len() * 2);
    match direction {
        Direction::Forward => {
            for range in ranges {
                push_change(&mut changes, range.start, Some(range.deletion));
                push_change(&mut changes, range.end, None);
            }
        }
        Direction::Reverse => {
            for range in ranges.into_iter().rev() {
                push_change(&mut changes, range.end, Some(range.deletion));
                push_change(&mut changes, range.start, None);
            }
        }
    }
    changes
}

/// Adds a change where it says something new: where ranges touch, the closing change gives way.
fn push_change(changes: &mut Vec<Change>, position: Bytes, deletion: Option<Deletion>) {
    if changes.last().is_some_and(|(last, _)| *last == position) {
        changes.pop();
    }
    if changes.last().and_then(|(_, before)| *before) != deletion {
        changes.push((position, deletion));
    }
}

/// The rows inside `slices`; both ascend.
fn rows_inside(mut rows: Vec<Row>, slices: &[ByteRange]) -> Vec<Row> {
    let mut slices = slices.iter().peekable();
    rows.retain(|row| {
        let key = row.clustering.as_bytes();
        while slices.next_if(|slice| slice.end.as_ref().is_some_and(|end| &end[..] <= key)).is_some() {}
        slices.peek().is_some_and(|slice| &slice.start[..] <= key)
    });
    rows
}

#[cfg(test)]
mod tests;
