//! [`Chain`]: partitions in memory, told one behind the other as a read command asks.

use std::collections::BTreeMap;

use model::data::PartitionUpdate;
use model::key::DecoratedKey;
use model::read::{PartitionSelection, ReadCommand};
use model::stream::{Fragment, FragmentSource, PartitionSource};

use crate::error::CqlError;

/// A stream of the selected partitions, ascending by key.
pub(super) struct Chain {
    partitions: std::collections::btree_map::IntoIter<DecoratedKey, PartitionUpdate>,
    current: Option<PartitionSource<CqlError>>,
    command: ReadCommand,
}

impl Chain {
    /// Those of `partitions` that `command` selects.
    pub(super) fn new(
        mut partitions: BTreeMap<DecoratedKey, PartitionUpdate>,
        command: &ReadCommand,
    ) -> Chain {
        match &command.partitions {
            PartitionSelection::One(key) => partitions.retain(|other, _| other == key),
            PartitionSelection::Range(range) => partitions.retain(|key, _| range.contains(key.as_bytes())),
        }
        Chain { partitions: partitions.into_iter(), current: None, command: command.clone() }
    }
}

impl FragmentSource for Chain {
    type Error = CqlError;

    fn next(&mut self) -> Result<Option<Fragment>, CqlError> {
        loop {
            if let Some(current) = &mut self.current
                && let Some(fragment) = current.next()?
            {
                return Ok(Some(fragment));
            }
            let Some((key, update)) = self.partitions.next() else { return Ok(None) };
            let ReadCommand { slices, static_row, direction, .. } = &self.command;
            self.current = Some(PartitionSource::new(key, update, slices, *static_row, *direction));
        }
    }
}
