//! [`pick`]: the next compaction of a region, by its table's settings.
//!
//! On the data's way: manifest version -> **picker** -> [`Task`] -> executor. Pure: it reads descriptions
//! and returns at most one task. Whatever is chosen is right: which sstables are merged decides cost,
//! never content.

use model::schema::CompactionSettings;

use super::expired::pick_expired;
use super::task::{RunningTasks, SstableDescriptor, Task, readable_size};
use super::{size_tiered, time_window, unified};

/// What a picker chooses from.
#[derive(Debug, Clone, Copy)]
pub struct PickerInput<'a> {
    /// The region's sstables, in any order.
    pub sstables: &'a [SstableDescriptor],
    /// What runs; its inputs are among `sstables` and are not chosen again.
    pub running: &'a RunningTasks,
    /// Least write timestamp in the region's memtables; `i64::MAX` when they are empty.
    pub memtable_min_timestamp: i64,
    /// Tombstones of a local time before this are past gc grace.
    pub gc_before_seconds: i64,
}

impl<'a> PickerInput<'a> {
    /// The sstables that no task has, by id.
    pub(super) fn idle(&self) -> Vec<&'a SstableDescriptor> {
        let mut idle: Vec<_> =
            self.sstables.iter().filter(|sstable| !self.running.contains(sstable.id)).collect();
        idle.sort_by_key(|sstable| sstable.id);
        idle
    }
}

/// The compaction that pays most now, if one is due. Sstables that are wholly past their life go first:
/// they cost nothing.
pub fn pick(settings: &CompactionSettings, input: &PickerInput<'_>) -> Option<Task> {
    pick_expired(input).or_else(|| match settings {
        CompactionSettings::Unified(settings) => unified::pick_unified(settings, input),
        CompactionSettings::SizeTiered(settings) => size_tiered::pick_size_tiered(settings, input),
        CompactionSettings::TimeWindow(settings) => time_window::pick_time_window(settings, input),
    })
}

/// The compaction of everything that no task has into one sstable, if that changes anything: there are
/// several, or one with tombstones past gc grace.
pub fn pick_everything(input: &PickerInput<'_>) -> Option<Task> {
    let idle = input.idle();
    let worth = match idle.as_slice() {
        [] => false,
        [only] => only.min_dead_since.is_some_and(|since| since < input.gc_before_seconds),
        _ => true,
    };
    let size = readable_size(idle.iter().map(|sstable| sstable.size_bytes).sum());
    worth.then(|| Task {
        inputs: idle.iter().map(|sstable| sstable.id).collect(),
        output_level: idle.iter().map(|sstable| sstable.level).max().unwrap_or(0) + 1,
        reason: format!("everything, {size}"),
    })
}

#[cfg(test)]
mod tests;
