//! [`RegionView`]: what one read sees of a region: memtables and sstables, held without a lock.

use std::sync::Arc;

use model::key::{ByteRange, DecoratedKey};
use model::read::ReadCommand;
use model::stream::{BoxedSource, Direction};

use crate::error::Error;
use crate::memtable::{MemPartition, MemPartitionSource, MemtableSnapshot};
use crate::region::RegionStore;

/// What of the partitions a read wants.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) slices: Arc<[ByteRange]>,
    pub(crate) static_row: bool,
    pub(crate) direction: Direction,
}

impl Wanted {
    pub(crate) fn of(command: &ReadCommand) -> Wanted {
        Wanted {
            slices: command.slices.as_slice().into(),
            static_row: command.static_row,
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
}

impl RegionView {
    /// The region's part in `range`, as it is now.
    pub(crate) fn of_range(region: &RegionStore, range: &ByteRange) -> RegionView {
        let state = region.state.read();
        let memtables = state.memtables.iter().map(|memtable| memtable.snapshot());
        RegionView {
            range: range.intersect(&region.range),
            memtables: memtables.filter(|snapshot| !snapshot.is_empty()).collect(),
        }
    }

    /// Sources of everything in the view.
    pub(crate) fn into_sources(self, wanted: &Wanted) -> Result<Vec<BoxedSource<Error>>, Error> {
        let mut sources: Vec<BoxedSource<Error>> = Vec::with_capacity(self.memtables.len());
        for memtable in self.memtables {
            sources.push(Box::new(memtable.source(
                &self.range,
                wanted.slices.clone(),
                wanted.static_row,
                wanted.direction,
            )));
        }
        Ok(sources)
    }
}

/// Sources of one partition, as it is now.
pub(crate) fn sources_of_partition(
    region: &RegionStore,
    key: &DecoratedKey,
    wanted: &Wanted,
) -> Result<Vec<BoxedSource<Error>>, Error> {
    let partitions: Vec<Arc<MemPartition>> = {
        let state = region.state.read();
        state.memtables.iter().filter_map(|memtable| memtable.partition(key)).collect()
    };
    let mut sources: Vec<BoxedSource<Error>> = Vec::with_capacity(partitions.len());
    for partition in partitions {
        sources.push(Box::new(MemPartitionSource::new(
            key.clone(),
            Arc::unwrap_or_clone(partition),
            &wanted.slices,
            wanted.static_row,
            wanted.direction,
        )));
    }
    Ok(sources)
}
