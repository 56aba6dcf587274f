//! Picks compactions for tables of events in time: an sstable holds one window of time, so that it expires
//! as a whole and reads of a time skip the others.
//!
//! Pure. The window of an sstable is that of its newest write. In the newest window sstables are merged by
//! like size, as they come; a window that is over is merged into one sstable. Windows are never mixed.
//! Left out: splitting late writes off into their own window; they count for the window they arrive in.

use std::collections::BTreeMap;

use model::schema::TimeWindowSettings;

use super::picker::PickerInput;
use super::size_tiered::pick_from;
use super::task::{SstableDescriptor, Task, readable_size};

/// Picks in the newest window that has something due.
///
/// Shape: a past window with more than `inputs_max` sstables is merged in several steps, smallest first.
pub(super) fn pick_time_window(settings: &TimeWindowSettings, input: &PickerInput<'_>) -> Option<Task> {
    assert!(settings.window_seconds > 0, "a window has a length");
    let mut windows: BTreeMap<i64, Vec<&SstableDescriptor>> = BTreeMap::new();
    for sstable in input.idle() {
        windows.entry(window_of(sstable, settings)).or_default().push(sstable);
    }
    // What runs counts too: the window it is in is not over because the rest of it is idle.
    let newest = input.sstables.iter().map(|sstable| window_of(sstable, settings)).max()?;
    windows.into_iter().rev().find_map(|(window, mut sstables)| {
        if window == newest {
            return pick_from(&settings.size_tiered, sstables);
        }
        if sstables.len() < 2 {
            return None;
        }
        sstables.sort_by_key(|sstable| (sstable.size_bytes, sstable.id));
        sstables.truncate(settings.size_tiered.inputs_max);
        let size = readable_size(sstables.iter().map(|sstable| sstable.size_bytes).sum());
        let mut inputs: Vec<_> = sstables.iter().map(|sstable| sstable.id).collect();
        inputs.sort_unstable();
        Some(Task {
            output_level: sstables.iter().map(|sstable| sstable.level).max().unwrap_or(0) + 1,
            reason: format!("past window of {}, {size}", inputs.len()),
            inputs,
        })
    })
}

fn window_of(sstable: &SstableDescriptor, settings: &TimeWindowSettings) -> i64 {
    let window = i64::try_from(settings.window_seconds).unwrap_or(i64::MAX);
    sstable.max_timestamp.div_euclid(window.saturating_mul(settings.ticks_per_second.max(1)))
}
