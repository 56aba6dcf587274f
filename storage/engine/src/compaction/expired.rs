//! Picks sstables of which nothing lives and nothing is needed: compacting them writes nothing.
//!
//! Pure. Chosen is an sstable whose every cell and tombstone is past gc grace, and whose tombstones cover
//! nothing elsewhere: whatever overlaps it, memtables included, was written later.

use super::picker::PickerInput;
use super::task::{SstableDescriptor, Task};
use crate::sstable::SstableId;

/// All such sstables as one task. They may cover each other: they go together.
pub(super) fn pick_expired(input: &PickerInput<'_>) -> Option<Task> {
    let mut expired = input.idle();
    expired.retain(|sstable| {
        sstable.all_dead_since.is_some_and(|since| since < input.gc_before_seconds)
            && sstable.max_timestamp < input.memtable_min_timestamp
    });
    // One that stays may hold back others, so this is repeated until nothing changes.
    loop {
        let goes = |id: SstableId| expired.iter().any(|sstable| sstable.id == id);
        let staying: Vec<_> = input.sstables.iter().filter(|sstable| !goes(sstable.id)).collect();
        let before = expired.len();
        expired.retain(|sstable| !staying.iter().any(|other| may_hold_older(other, sstable)));
        if expired.len() == before {
            break;
        }
    }
    (!expired.is_empty()).then(|| Task {
        inputs: expired.iter().map(|sstable| sstable.id).collect(),
        output_level: 0,
        reason: format!("{} expired", expired.len()),
    })
}

/// Whether `other` may hold something that a tombstone of `sstable` covers.
fn may_hold_older(other: &SstableDescriptor, sstable: &SstableDescriptor) -> bool {
    other.overlaps(sstable) && other.min_timestamp <= sstable.max_timestamp
}
