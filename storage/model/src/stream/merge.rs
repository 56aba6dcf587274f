//! [`Merge`]: several partition streams into one reconciled stream.
//!
//! The heart of every read and compaction. Sources are merged by partition key, then by position in the
//! given direction; parts of one row meet in the conflict rule. What comes out obeys the order law and is
//! settled: every row is shadowed by the partition deletion and the range deletion over it (the static
//! row by the partition deletion), range tombstone changes tell the strongest open deletion and only where
//! it changes, and what is left empty (row, partition) is not told at all. So merging in any grouping
//! gives the same stream, and merging one stream alone settles it.
//! Tombstones and expired cells stay; [`super::Purge`] and [`super::live_row`] drop them.
//! Nothing is allocated a fragment: rows move from source to reader.

use super::lane_heap::LaneHeap;
use super::{Direction, Fragment, FragmentSource};
use crate::data::{Deletion, Row, reconcile_deletions};
use crate::key::{ClusteringKey, DecoratedKey};

/// A source among several of one error type.
pub type BoxedSource<E> = Box<dyn FragmentSource<Error = E> + Send>;

/// Merges partition streams; all in the same direction.
pub struct Merge<E> {
    direction: Direction,
    lanes: Vec<Lane<E>>,
    /// Lanes that stand at the start of a partition, by key.
    waiting: LaneHeap,
    /// Lanes to be read before the next partition can be chosen. Reading them earlier would read
    /// sources past the partition the caller wants.
    behind: Vec<usize>,
    /// Lanes inside the current partition, by position.
    inside: LaneHeap,
    partition: OpenPartition,
    /// Whether `partition` is being told.
    is_open: bool,
    /// What follows the partition start that was withheld until there was something to follow it.
    queued: Option<Fragment>,
}

/// A source with the fragment it stands at.
struct Lane<E> {
    source: BoxedSource<E>,
    head: Option<Fragment>,
    /// The range deletion its last change opened.
    open: Option<Deletion>,
}

/// The partition being told.
#[derive(Default)]
struct OpenPartition {
    /// Its key, until the start has been told.
    untold: Option<DecoratedKey>,
    deletion: Option<Deletion>,
    /// The range deletion in force, as told.
    range: Option<Deletion>,
    static_row: Option<Row>,
}

impl<E> Merge<E> {
    /// Merges `sources`, whose positions run in `direction`.
    pub fn new(sources: Vec<BoxedSource<E>>, direction: Direction) -> Merge<E> {
        let lanes: Vec<Lane<E>> =
            sources.into_iter().map(|source| Lane { source, head: None, open: None }).collect();
        Merge {
            direction,
            behind: (0..lanes.len()).collect(),
            lanes,
            waiting: LaneHeap::default(),
            inside: LaneHeap::default(),
            partition: OpenPartition::default(),
            is_open: false,
            queued: None,
        }
    }

    /// Enters the next partition with every lane that has it; answers false at the end of the stream.
    fn open_partition(&mut self) -> Result<bool, E> {
        while let Some(lane) = self.behind.pop() {
            self.lanes[lane].head = self.lanes[lane].source.next()?;
            if let Some(Fragment::PartitionStart { .. }) = self.lanes[lane].head {
                let lanes = &self.lanes;
                self.waiting.push(lane, |a, b| lanes[a].key() < lanes[b].key());
            } else {
                debug_assert!(self.lanes[lane].head.is_none(), "a partition begins with its start");
            }
        }
        self.partition = OpenPartition::default();
        while let Some(lane) = self.waiting.top() {
            let key = &self.partition.untold;
            if key.is_some() && self.lanes[lane].key() != key.as_ref() {
                break;
            }
            let lanes = &self.lanes;
            self.waiting.pop(|a, b| lanes[a].key() < lanes[b].key());
            self.enter(lane)?;
        }
        if let Some(row) = self.partition.static_row.take() {
            self.partition.static_row = settle(row, self.partition.deletion);
        }
        self.is_open = self.partition.untold.is_some();
        Ok(self.is_open)
    }

    /// Takes the partition's start and static row off a lane and puts it among those inside.
    fn enter(&mut self, lane: usize) -> Result<(), E> {
        if let Some(Fragment::PartitionStart { key, deletion }) = self.lanes[lane].head.take() {
            self.partition.untold = Some(key);
            self.partition.deletion = reconcile_deletions(self.partition.deletion, deletion);
        }
        self.advance(lane)?;
        if let Some(Fragment::StaticRow(row)) =
            self.lanes[lane].head.take_if(|head| matches!(head, Fragment::StaticRow(_)))
        {
            match &mut self.partition.static_row {
                Some(into) => into.merge_from(row),
                into @ None => *into = Some(row),
            }
            self.advance(lane)?;
        }
        if self.lanes[lane].head.is_some() {
            let (lanes, direction) = (&self.lanes, self.direction);
            self.inside.push(lane, |a, b| lanes[a].stands_before(&lanes[b], direction));
        }
        Ok(())
    }

    /// Moves a lane to its next fragment inside the partition; without one its head is `None`.
    fn advance(&mut self, lane: usize) -> Result<(), E> {
        let next = self.lanes[lane].source.next()?;
        match next {
            Some(Fragment::PartitionEnd) => {
                self.lanes[lane].open = None;
                self.behind.push(lane);
            }
            None => debug_assert!(false, "a stream ends between partitions"),
            head => self.lanes[lane].head = head,
        }
        Ok(())
    }

    /// Takes the head of the top lane and puts the lane where its next one belongs.
    fn take_top(&mut self, lane: usize) -> Result<Option<Fragment>, E> {
        let head = self.lanes[lane].head.take();
        self.advance(lane)?;
        let (lanes, direction) = (&self.lanes, self.direction);
        let before = |a: usize, b: usize| lanes[a].stands_before(&lanes[b], direction);
        if lanes[lane].head.is_some() {
            self.inside.settle_top(before);
        } else {
            self.inside.pop(before);
        }
        Ok(head)
    }

    /// The next row, all lanes' parts of it merged, as the deletions over it leave it.
    fn next_row(&mut self, mut row: Row, covering: Option<Deletion>) -> Result<Option<Row>, E> {
        while let Some(lane) = self.inside.top() {
            let same = matches!(&self.lanes[lane].head, Some(Fragment::Row(other)) if other.clustering == row.clustering);
            if !same {
                break;
            }
            if let Some(Fragment::Row(other)) = self.take_top(lane)? {
                row.merge_from(other);
            }
        }
        Ok(settle(row, covering))
    }

    /// The range deletion in force once all changes at `position` are seen.
    fn next_range(&mut self, position: &ClusteringKey) -> Result<Option<Deletion>, E> {
        while let Some(lane) = self.inside.top() {
            match &self.lanes[lane].head {
                Some(Fragment::RangeTombstoneChange { position: at, deletion }) if at == position => {
                    self.lanes[lane].open = *deletion;
                    self.take_top(lane)?;
                }
                _ => break,
            }
        }
        Ok(self.lanes.iter().filter_map(|lane| lane.open).max())
    }

    /// The next fragment of the partition behind its start; `PartitionEnd` when all lanes are through.
    fn next_inside(&mut self) -> Result<Fragment, E> {
        if let Some(row) = self.partition.static_row.take() {
            return Ok(Fragment::StaticRow(row));
        }
        while let Some(lane) = self.inside.top() {
            match &self.lanes[lane].head {
                Some(Fragment::RangeTombstoneChange { position, .. }) => {
                    let position = position.clone();
                    let strongest = self.next_range(&position)?;
                    // A range deletion that the partition's covers says nothing.
                    let range = strongest.filter(|range| {
                        self.partition.deletion.is_none_or(|whole| !whole.covers(range.timestamp))
                    });
                    if range != self.partition.range {
                        self.partition.range = range;
                        return Ok(Fragment::RangeTombstoneChange { position, deletion: range });
                    }
                }
                _ => {
                    let head = self.take_top(lane)?;
                    let Some(Fragment::Row(row)) = head else {
                        debug_assert!(false, "the order law allows no {head:?} here");
                        continue;
                    };
                    let covering = reconcile_deletions(self.partition.deletion, self.partition.range);
                    if let Some(row) = self.next_row(row, covering)? {
                        return Ok(Fragment::Row(row));
                    }
                }
            }
        }
        Ok(Fragment::PartitionEnd)
    }
}

impl<E> FragmentSource for Merge<E> {
    type Error = E;

    fn next(&mut self) -> Result<Option<Fragment>, E> {
        if let Some(fragment) = self.queued.take() {
            return Ok(Some(fragment));
        }
        loop {
            if !self.is_open && !self.open_partition()? {
                return Ok(None);
            }
            if let Some(deletion) = self.partition.deletion
                && let Some(key) = self.partition.untold.take()
            {
                return Ok(Some(Fragment::PartitionStart { key, deletion: Some(deletion) }));
            }
            let fragment = self.next_inside()?;
            self.is_open = fragment != Fragment::PartitionEnd;
            return Ok(Some(match self.partition.untold.take() {
                None => fragment,
                // Nothing is known of this partition after all.
                Some(_) if !self.is_open => continue,
                Some(key) => {
                    self.queued = Some(fragment);
                    Fragment::PartitionStart { key, deletion: None }
                }
            }));
        }
    }
}

impl<E> Lane<E> {
    fn key(&self) -> Option<&DecoratedKey> {
        match &self.head {
            Some(Fragment::PartitionStart { key, .. }) => Some(key),
            _ => None,
        }
    }

    /// Whether its head comes before `other`'s inside a partition.
    fn stands_before(&self, other: &Lane<E>, direction: Direction) -> bool {
        match (position_of(&self.head), position_of(&other.head)) {
            (Some((position, is_row)), Some((other_position, other_is_row))) => match direction {
                Direction::Forward => (position, is_row) < (other_position, other_is_row),
                Direction::Reverse => (other_position, other_is_row) < (position, is_row),
            },
            // A head without position breaks the order law; it goes first, and is dropped.
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }
}

/// Position and whether a row stands there. At one position a change comes before the row when reading
/// forward and behind it in reverse, so this pair ascends forward and descends in reverse.
fn position_of(head: &Option<Fragment>) -> Option<(&[u8], bool)> {
    match head {
        Some(Fragment::Row(row)) => Some((row.clustering.as_bytes(), true)),
        Some(Fragment::RangeTombstoneChange { position, .. }) => Some((position.as_bytes(), false)),
        _ => None,
    }
}

/// What is left of `row` under its own deletions and the one that covers it.
fn settle(mut row: Row, covering: Option<Deletion>) -> Option<Row> {
    row.settle();
    if let Some(deletion) = covering {
        row.shadow(deletion);
    }
    (!row.is_empty()).then_some(row)
}

#[cfg(test)]
mod tests;
