//! [`SstableSource`]: the partition stream of an sstable: one partition or a range, in slices, in either
//! direction.
//!
//! On the data's way: blocks -> **source** -> merge. It reads the blocks that the slices need and no
//! others: through the index to a block, by binary search inside it, then entry by entry. In reverse it
//! goes backwards through entries and blocks; a range tombstone change then tells what was in force
//! before it. Range tombstones are cut to the slices.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use model::DecodeError;
use model::data::{Deletion, Row};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::read::{ColumnSelection, PartitionSelection};
use model::stream::{Direction, Fragment, FragmentSource};

use super::block::Block;
use super::block_reader::{BlockReader, Caching};
use super::entry::EntryKind;
use super::sstable::Sstable;
use crate::error::Error;

/// Yields the partition stream of an sstable. After an error it has ended.
pub struct SstableSource {
    reader: BlockReader,
    partitions: PartitionSelection,
    slices: Arc<[ByteRange]>,
    static_row: bool,
    columns: ColumnSelection,
    direction: Direction,
    stage: Stage,
    partition: Partition,
    /// Blocks that hold the wanted partitions, for reading ahead.
    wanted: Range<usize>,
    /// The block read last: partitions and slices share it.
    held: Option<(usize, Block)>,
    /// How many slices of the partition have been begun.
    slices_begun: usize,
    cursor: Option<Cursor>,
    /// The range deletion in force, as told.
    open: Option<Deletion>,
}

enum Stage {
    /// Nothing was read yet.
    Begin,
    /// The next partition is the `slot`th to start in block `block`, if there are that many.
    Between {
        block: usize,
        slot: usize,
    },
    /// The partition's start was told.
    Started,
    /// In the slices.
    Inside,
    Ended,
}

/// The partition being told.
#[derive(Default)]
struct Partition {
    key: Bytes,
    deletion: Option<Deletion>,
    /// The block in which it begins, and which start it is there, once that block was read.
    home: usize,
    slot: Option<usize>,
    /// Whether it has a static row; `None`: only its home block knows.
    has_static: Option<bool>,
    last_block: usize,
}

/// A place among the items of the partition in the block held.
#[derive(Clone, Copy)]
struct Cursor {
    /// The block.
    number: usize,
    /// The items of the partition in it, from the first to behind the last.
    first: usize,
    end: usize,
    /// Forward: the next item. Reverse: one behind the next item.
    at: usize,
}

impl SstableSource {
    pub(super) fn new(
        sstable: Arc<Sstable>,
        partitions: PartitionSelection,
        slices: Arc<[ByteRange]>,
        static_row: bool,
        columns: ColumnSelection,
        direction: Direction,
        caching: Caching,
    ) -> SstableSource {
        SstableSource {
            reader: BlockReader::new(sstable, direction, caching),
            partitions,
            slices: join_touching(slices),
            static_row,
            columns,
            direction,
            stage: Stage::Begin,
            partition: Partition::default(),
            wanted: 0..0,
            held: None,
            slices_begun: 0,
            cursor: None,
            open: None,
        }
    }

    fn sstable(&self) -> &Sstable {
        &self.reader.sstable
    }

    /// Reads block `number`, unless it is the one held.
    fn hold(&mut self, number: usize) -> Result<(), Error> {
        if self.held.as_ref().is_none_or(|(held, _)| *held != number) {
            self.held = None;
            self.held = Some((number, self.reader.block(number, self.wanted.clone())?));
        }
        Ok(())
    }

    /// The block held, with its number.
    fn held(&self) -> (usize, &Block) {
        let (number, block) = self.held.as_ref().expect("whoever looks into a block has read it before");
        (*number, block)
    }

    /// What was decoded of the block held, or the corruption that it did not decode.
    fn decoded<T>(&self, outcome: Result<T, DecodeError>) -> Result<T, Error> {
        outcome.map_err(|error| self.reader.corrupt(self.held().0, &error))
    }

    /// Finds the first wanted partition.
    fn begin(&mut self) -> Result<Stage, Error> {
        match self.partitions.clone() {
            PartitionSelection::One(key) => self.begin_one(&key),
            PartitionSelection::Range(range) => {
                if range.is_empty() || !self.sstable().overlaps(&range) {
                    return Ok(Stage::Ended);
                }
                let index = &self.sstable().index;
                let block = index.block_of_key(&range.start);
                self.wanted = block..index.blocks_before(range.end.as_deref());
                self.hold(block)?;
                let slot = self.decoded(self.held().1.lower_bound_of_key(&range.start))?;
                Ok(Stage::Between { block, slot })
            }
        }
    }

    fn begin_one(&mut self, key: &DecoratedKey) -> Result<Stage, Error> {
        let metadata = self.sstable().metadata();
        if *key < metadata.first_key || metadata.last_key < *key {
            return Ok(Stage::Ended);
        }
        let index = &self.sstable().index;
        let home = index.block_of_key(key.as_bytes());
        // A partition of several blocks is known from the index, so a slice of it needs no other block.
        if let Some(continuation) = index.continuation(home + 1)
            && index.get(home + 1).key == key.0
        {
            let last_block = index.last_block(key.as_bytes(), home);
            let partition = Partition {
                key: key.0.clone(),
                deletion: continuation.partition_deletion,
                home,
                slot: None,
                has_static: Some(continuation.has_static),
                last_block,
            };
            self.wanted = home..last_block + 1;
            self.partition = partition;
            return Ok(Stage::Started);
        }
        self.wanted = home..home + 1;
        self.hold(home)?;
        let slot = self.decoded(self.held().1.lower_bound_of_key(key.as_bytes()))?;
        Ok(Stage::Between { block: home, slot })
    }

    /// Goes to the partition at a slot; `None` when the wanted ones are through.
    fn enter(&mut self, mut number: usize, mut slot: usize) -> Result<Option<Fragment>, Error> {
        loop {
            if !self.wanted.contains(&number) {
                return Ok(None);
            }
            self.hold(number)?;
            if slot < self.held().1.start_count() {
                break;
            }
            number += 1;
            slot = 0;
        }
        let (_, block) = self.held();
        let (key, deletion) = self.decoded(block.keyed(block.start(slot)))?;
        let inside = match &self.partitions {
            PartitionSelection::One(wanted) => wanted.0 == key,
            PartitionSelection::Range(range) => range.end.as_ref().is_none_or(|end| key < *end),
        };
        if !inside {
            return Ok(None);
        }
        let last_block = if slot + 1 < block.start_count() {
            number
        } else {
            self.sstable().index.last_block(&key, number)
        };
        self.partition = Partition {
            key: key.clone(),
            deletion,
            home: number,
            slot: Some(slot),
            has_static: None,
            last_block,
        };
        Ok(Some(Fragment::PartitionStart { key: DecoratedKey(key), deletion }))
    }

    /// Where the partition behind the current one begins.
    fn following(&self) -> Stage {
        match (&self.partitions, self.partition.slot) {
            (PartitionSelection::One(_), _) => Stage::Ended,
            (_, Some(slot)) if self.partition.last_block == self.partition.home => {
                Stage::Between { block: self.partition.home, slot: slot + 1 }
            }
            _ => Stage::Between { block: self.partition.last_block, slot: 0 },
        }
    }

    /// The static row, if it is wanted and there is one.
    fn static_row(&mut self) -> Result<Option<Row>, Error> {
        if !self.static_row || self.partition.has_static == Some(false) {
            return Ok(None);
        }
        let cursor = self.cursor_in(self.partition.home)?;
        // In its home block, what stands before the items is the static row or the partition's start.
        let (_, block) = self.held();
        let at = cursor.first - 1;
        if self.decoded(block.head(at))?.0 != EntryKind::StaticRow {
            return Ok(None);
        }
        Ok(Some(self.decoded(block.row(at, &self.columns))?))
    }

    /// A cursor over the partition's items in block `number`, which is held then; it stands at the first.
    fn cursor_in(&mut self, number: usize) -> Result<Cursor, Error> {
        self.hold(number)?;
        let (first, end) = self.decoded(self.items())?;
        if number == self.partition.home && self.partition.slot.is_none() {
            self.partition.slot = Some(self.decoded(self.home_slot())?);
        }
        Ok(Cursor { number, first, end, at: first })
    }

    /// Which entries of the block held are rows and changes of the partition.
    fn items(&self) -> Result<(usize, usize), DecodeError> {
        let (number, block) = self.held();
        if number != self.partition.home {
            return match block.head(0)?.0 {
                EntryKind::Row | EntryKind::Change { .. } => Ok((0, block.start(0))),
                other => Err(DecodeError::new(format!("a block that goes on with a {other:?}"), 0)),
            };
        }
        let slot = match self.partition.slot {
            Some(slot) => slot,
            None => self.home_slot()?,
        };
        let (start, end) = (block.start(slot), block.start(slot + 1));
        let has_static = start + 1 < end && block.head(start + 1)?.0 == EntryKind::StaticRow;
        Ok((start + 1 + usize::from(has_static), end))
    }

    /// Which start the partition is in its home block, which is held.
    fn home_slot(&self) -> Result<usize, DecodeError> {
        let (_, block) = self.held();
        let slot = block.lower_bound_of_key(&self.partition.key)?;
        if slot == block.start_count() || block.head(block.start(slot))?.1 != self.partition.key {
            return Err(DecodeError::new("a partition that the index promises is missing", 0));
        }
        Ok(slot)
    }

    /// The range deletion in force just before entry `at` of the cursor.
    fn open_before(&self, cursor: &Cursor, at: usize) -> Result<Option<Deletion>, Error> {
        Ok(match self.decoded(self.held().1.last_change(cursor.first..at))? {
            Some(deletion) => deletion,
            None if cursor.number == self.partition.home => None,
            None => self.sstable().index.continuation(cursor.number).and_then(|begin| begin.open),
        })
    }

    /// The slice being read; `None` before the first.
    fn slice(&self) -> Option<&ByteRange> {
        let begun = self.slices_begun.checked_sub(1)?;
        match self.direction {
            Direction::Forward => self.slices.get(begun),
            Direction::Reverse => self.slices.len().checked_sub(begun + 1).map(|at| &self.slices[at]),
        }
    }

    /// Goes to where the next slice begins; without a cursor then there is no further slice. The change
    /// that opens the slice, if a deletion is in force there.
    fn begin_slice(&mut self) -> Result<Option<Fragment>, Error> {
        self.slices_begun += 1;
        let Some(slice) = self.slice() else { return Ok(None) };
        let Partition { ref key, home, last_block, .. } = self.partition;
        let index = &self.sstable().index;
        let (number, bound) = match self.direction {
            Direction::Forward if slice.start.is_empty() => (home, None),
            Direction::Forward if home == last_block => (home, Some(slice.start.clone())),
            Direction::Forward => (index.block_at(key, &slice.start, home), Some(slice.start.clone())),
            Direction::Reverse => match &slice.end {
                Some(end) => (index.block_before(key, end, home), Some(end.clone())),
                None => (last_block, None),
            },
        };
        let mut cursor = self.cursor_in(number)?;
        let Some(bound) = bound else {
            if self.direction == Direction::Reverse {
                cursor.at = cursor.end;
            }
            self.cursor = Some(cursor);
            return Ok(None);
        };
        let (_, block) = self.held();
        cursor.at = self.decoded(block.lower_bound_of_position(cursor.first..cursor.end, &bound))?;
        let mut change = None;
        if let Some(deletion) = self.open_before(&cursor, cursor.at)? {
            // A change at the very bound says what is in force from there; it is told by itself.
            let told_by_itself = self.direction == Direction::Forward
                && cursor.at < cursor.end
                && matches!(
                    self.decoded(block.head(cursor.at))?,
                    (EntryKind::Change { .. }, position) if position == bound
                );
            if !told_by_itself {
                change = self.change(bound, Some(deletion));
            }
        }
        self.cursor = Some(cursor);
        Ok(change)
    }

    /// A change, where it changes something.
    fn change(&mut self, position: Bytes, deletion: Option<Deletion>) -> Option<Fragment> {
        if deletion == self.open {
            return None;
        }
        self.open = deletion;
        Some(Fragment::RangeTombstoneChange { position: ClusteringKey(position), deletion })
    }

    /// The next fragment between the static row and the end of the partition.
    fn next_item(&mut self) -> Result<Option<Fragment>, Error> {
        loop {
            let item = match (self.cursor, self.direction) {
                (Some(cursor), Direction::Forward) => self.step_forward(cursor)?,
                (Some(cursor), Direction::Reverse) => self.step_back(cursor)?,
                (None, _) => {
                    let change = self.begin_slice()?;
                    if self.cursor.is_none() {
                        return Ok(None);
                    }
                    change
                }
            };
            if item.is_some() {
                return Ok(item);
            }
        }
    }

    /// Takes the item at the cursor, if it lies in the slice; else goes on, or ends the slice.
    fn step_forward(&mut self, mut cursor: Cursor) -> Result<Option<Fragment>, Error> {
        let at = cursor.at;
        if at == cursor.end {
            if cursor.number < self.partition.last_block {
                self.cursor = Some(self.cursor_in(cursor.number + 1)?);
                return Ok(None);
            }
            return Ok(self.close_last());
        }
        let (_, block) = self.held();
        let (kind, position) = self.decoded(block.head(at))?;
        let slice_end = self.slice().and_then(|slice| slice.end.as_deref());
        if slice_end.is_some_and(|end| position >= end) {
            return Ok(self.close());
        }
        let item = match kind {
            EntryKind::Row => Some(self.row(at)?),
            EntryKind::Change { .. } => {
                let (position, deletion) = self.decoded(block.keyed(at))?;
                self.change(position, deletion)
            }
            other => return Err(self.misplaced(other)),
        };
        cursor.at += 1;
        self.cursor = Some(cursor);
        Ok(item)
    }

    /// [`SstableSource::step_forward`], backwards.
    fn step_back(&mut self, mut cursor: Cursor) -> Result<Option<Fragment>, Error> {
        if cursor.at == cursor.first {
            if cursor.number > self.partition.home {
                let mut before = self.cursor_in(cursor.number - 1)?;
                before.at = before.end;
                self.cursor = Some(before);
                return Ok(None);
            }
            return Ok(self.close_last());
        }
        let at = cursor.at - 1;
        let (_, block) = self.held();
        let (kind, position) = self.decoded(block.head(at))?;
        let start = self.slice().map_or(&[][..], |slice| &slice.start[..]);
        // What is in force before the slice is not told: the slice closes at its start.
        if position < start || (position == start && matches!(kind, EntryKind::Change { .. })) {
            return Ok(self.close());
        }
        let item = match kind {
            EntryKind::Row => Some(self.row(at)?),
            EntryKind::Change { .. } => {
                let before = self.open_before(&cursor, at)?;
                let (position, _) = self.decoded(block.keyed(at))?;
                self.change(position, before)
            }
            other => return Err(self.misplaced(other)),
        };
        cursor.at = at;
        self.cursor = Some(cursor);
        Ok(item)
    }

    /// Ends the slice: the change at its far bound that closes what is open, if anything is.
    fn close(&mut self) -> Option<Fragment> {
        self.cursor = None;
        self.open?;
        let bound = self.slice().and_then(|slice| match self.direction {
            Direction::Forward => slice.end.clone(),
            Direction::Reverse => Some(slice.start.clone()),
        });
        self.change(bound.unwrap_or(Fragment::END_POSITION), None)
    }

    /// Ends the slice where the partition ends: no further one has anything.
    fn close_last(&mut self) -> Option<Fragment> {
        let change = self.close();
        self.slices_begun = self.slices.len();
        change
    }

    fn row(&self, at: usize) -> Result<Fragment, Error> {
        Ok(Fragment::Row(self.decoded(self.held().1.row(at, &self.columns))?))
    }

    fn misplaced(&self, kind: EntryKind) -> Error {
        let error = DecodeError::new(format!("a {kind:?} among the items of a partition"), 0);
        self.reader.corrupt(self.held().0, &error)
    }

    fn advance(&mut self) -> Result<Option<Fragment>, Error> {
        loop {
            match self.stage {
                Stage::Begin => {
                    self.stage = self.begin()?;
                    if let Stage::Started = self.stage {
                        return Ok(Some(Fragment::PartitionStart {
                            key: DecoratedKey(self.partition.key.clone()),
                            deletion: self.partition.deletion,
                        }));
                    }
                }
                Stage::Between { block, slot } => {
                    let start = self.enter(block, slot)?;
                    self.stage = if start.is_some() { Stage::Started } else { Stage::Ended };
                    if start.is_some() {
                        return Ok(start);
                    }
                }
                Stage::Started => {
                    let row = self.static_row()?;
                    self.slices_begun = 0;
                    self.open = None;
                    self.stage = Stage::Inside;
                    if let Some(row) = row {
                        return Ok(Some(Fragment::StaticRow(row)));
                    }
                }
                Stage::Inside => {
                    let item = self.next_item()?;
                    if item.is_some() {
                        return Ok(item);
                    }
                    self.stage = self.following();
                    return Ok(Some(Fragment::PartitionEnd));
                }
                Stage::Ended => return Ok(None),
            }
        }
    }
}

impl FragmentSource for SstableSource {
    type Error = Error;

    fn next(&mut self) -> Result<Option<Fragment>, Error> {
        let next = self.advance();
        if next.is_err() {
            self.stage = Stage::Ended;
        }
        next
    }
}

/// Slices where those that touch are one, so that a range tombstone over both is told once.
fn join_touching(slices: Arc<[ByteRange]>) -> Arc<[ByteRange]> {
    let touch = |a: &ByteRange, b: &ByteRange| a.end.as_ref().is_none_or(|end| *end >= b.start);
    if !slices.windows(2).any(|pair| touch(&pair[0], &pair[1])) {
        return slices;
    }
    let mut joined: Vec<ByteRange> = Vec::with_capacity(slices.len());
    for slice in slices.iter() {
        match joined.last_mut() {
            Some(last) if touch(last, slice) => last.end = slice.end.clone(),
            _ => joined.push(slice.clone()),
        }
    }
    joined.into()
}
