//! [`EngineSource`]: the merged, reconciled stream of one read.
//!
//! Lazy: regions are opened one after the other, in key order, from views that were all taken when the
//! read began. Holds no lock; later writes, flushes and compactions do not change what it tells.

use std::collections::VecDeque;

use model::read::{PartitionSelection, ReadCommand};
use model::stream::{Fragment, FragmentSource, Merge};

use super::RegionView;
use super::view::{Wanted, sources_of_partition};
use crate::error::Error;
use crate::region::TableStore;

/// Tells what a read command selects, in the order law of partition streams; every row is settled.
pub struct EngineSource {
    wanted: Wanted,
    current: Option<Merge<Error>>,
    /// Regions still to be told, in key order.
    views: VecDeque<RegionView>,
}

impl EngineSource {
    pub(crate) fn new(table: &TableStore, command: &ReadCommand) -> EngineSource {
        let wanted = Wanted::of(command);
        let mut source = EngineSource { wanted, current: None, views: VecDeque::new() };
        match &command.partitions {
            PartitionSelection::One(key) => {
                if let Some(region) = table.region_of(key) {
                    let sources = sources_of_partition(region, key, &source.wanted);
                    source.current = Some(Merge::new(sources, source.wanted.direction));
                }
            }
            PartitionSelection::Range(range) => {
                let regions = table.regions.iter().filter(|region| region.range.overlaps(range));
                source.views.extend(regions.map(|region| RegionView::of_range(region, range)));
            }
        }
        source
    }
}

impl FragmentSource for EngineSource {
    type Error = Error;

    fn next(&mut self) -> Result<Option<Fragment>, Error> {
        loop {
            if let Some(current) = &mut self.current
                && let Some(fragment) = current.next()?
            {
                return Ok(Some(fragment));
            }
            let Some(view) = self.views.pop_front() else {
                self.current = None;
                return Ok(None);
            };
            let sources = view.into_sources(&self.wanted);
            self.current = Some(Merge::new(sources, self.wanted.direction));
        }
    }
}
