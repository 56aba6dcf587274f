//! [`RegionView`]: what one read sees of a region: memtables and sstables, held without a lock.

use std::sync::Arc;

use model::key::{ByteRange, DecoratedKey};
use model::read::{ColumnSelection, PartitionSelection, ReadCommand};
use model::stream::{BoxedSource, Direction};

use super::prune::may_matter;
use crate::error::Error;
use crate::filter::Filter;
use crate::memtable::{MemPartition, MemPartitionSource, MemtableSnapshot};
use crate::region::RegionStore;
use crate::sstable::{Caching, Sstable};

/// What of the partitions a read wants.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) slices: Arc<[ByteRange]>,
    pub(crate) static_row: bool,
    pub(crate) columns: ColumnSelection,
    pub(crate) direction: Direction,
}

impl Wanted {
    pub(crate) fn of(command: &ReadCommand) -> Wanted {
        Wanted {
            slices: command.slices.as_slice().into(),
            static_row: command.static_row,
            columns: command.columns.clone(),
            direction: command.direction,
        }
    }
}

/// What one read sees of a region.
#[derive(Debug)]
pub(crate) struct RegionView {
    /// The part of the region that is wanted.
    range: ByteRange,
    memtables: Vec<MemtableSnapshot>,
    sstables: Vec<Arc<Sstable>>,
}

impl RegionView {
    /// The region's part in `range`, as it is now.
    pub(crate) fn of_range(region: &RegionStore, range: &ByteRange) -> RegionView {
        let state = region.state.read();
        let memtables = state.memtables.iter().map(|memtable| memtable.snapshot());
        RegionView {
            range: range.intersect(&region.range),
            memtables: memtables.filter(|snapshot| !snapshot.is_empty()).collect(),
            sstables: state.sstables().filter(|sstable| sstable.overlaps(range)).cloned().collect(),
        }
    }

    /// Sources of everything in the view.
    pub(crate) fn into_sources(self, wanted: &Wanted) -> Vec<BoxedSource<Error>> {
        let mut sources: Vec<BoxedSource<Error>> =
            Vec::with_capacity(self.memtables.len() + self.sstables.len());
        for memtable in self.memtables {
            sources.push(Box::new(memtable.source(
                &self.range,
                wanted.slices.clone(),
                wanted.static_row,
                wanted.direction,
            )));
        }
        for sstable in self.sstables.iter().filter(|sstable| may_matter(sstable, wanted)) {
            let partitions = PartitionSelection::Range(self.range.clone());
            sources.push(source_of_sstable(sstable, partitions, wanted));
        }
        sources
    }
}

fn source_of_sstable(
    sstable: &Arc<Sstable>,
    partitions: PartitionSelection,
    wanted: &Wanted,
) -> BoxedSource<Error> {
    let slices = wanted.slices.clone();
    let columns = wanted.columns.clone();
    let caching = Caching::Fill;
    Box::new(sstable.source(partitions, slices, wanted.static_row, columns, wanted.direction, caching))
}

/// Sources of one partition, as it is now.
pub(crate) fn sources_of_partition(
    region: &RegionStore,
    key: &DecoratedKey,
    wanted: &Wanted,
) -> Vec<BoxedSource<Error>> {
    let hash = Filter::hash(key);
    let state = region.state.read();
    let partitions: Vec<Arc<MemPartition>> =
        state.memtables.iter().filter_map(|memtable| memtable.partition(key)).collect();
    let sstables = state.sstables().filter(|sstable| sstable.may_contain_hashed(key, hash));
    let sstables: Vec<Arc<Sstable>> =
        sstables.filter(|sstable| may_matter(sstable, wanted)).cloned().collect();
    drop(state);

    let mut sources: Vec<BoxedSource<Error>> = Vec::with_capacity(partitions.len() + sstables.len());
    for partition in partitions {
        sources.push(Box::new(MemPartitionSource::new(
            key.clone(),
            Arc::unwrap_or_clone(partition),
            &wanted.slices,
            wanted.static_row,
            wanted.direction,
        )));
    }
    for sstable in &sstables {
        sources.push(source_of_sstable(sstable, PartitionSelection::One(key.clone()), wanted));
    }
    sources
}
