//! Picks compactions by level of size and overlap of keys: one strategy from tiered to leveled.
//!
//! Pure. An sstable's level is how many times its size can be divided by the fanout before it is below
//! the base size. A level is due when as many of its sstables overlap at some key as its threshold says.
//! Tiered levels wait for as many as their fanout; leveled ones merge as soon as two overlap.
//! Left out: splitting a level's output by key, which is the region's business, so density is size.
//! Source: the unified compaction strategy of Cassandra (CEP-26) for scaling and thresholds.

use model::key::DecoratedKey;
use model::schema::{Scaling, UnifiedSettings};

use super::picker::PickerInput;
use super::task::{SstableDescriptor, Task, readable_size};

/// Picks the level whose sstables overlap most beyond its threshold; among equals the lowest, which is
/// cheapest.
///
/// Shape: inputs are a set of sstables of one level that hang together by overlapping; more than
/// `inputs_max` are cut to the oldest.
pub(super) fn pick_unified(settings: &UnifiedSettings, input: &PickerInput<'_>) -> Option<Task> {
    assert!(!settings.scaling.is_empty(), "there is a scaling for level 0");
    assert!(settings.inputs_max >= 2, "merging one sstable makes no fewer");
    let mut levels: Vec<Vec<&SstableDescriptor>> = Vec::new();
    for sstable in input.idle() {
        let level = level_of(sstable.size_bytes, settings);
        if levels.len() <= level {
            levels.resize(level + 1, Vec::new());
        }
        levels[level].push(sstable);
    }
    let mut best: Option<(usize, usize, Vec<&SstableDescriptor>)> = None;
    for (level, sstables) in levels.into_iter().enumerate() {
        let threshold = scaling_of(level, settings).threshold();
        for group in overlapping_groups(sstables) {
            let overlap = most_overlapping(&group);
            if overlap < threshold {
                continue;
            }
            let pressure = overlap * 100 / threshold;
            if best.as_ref().is_none_or(|(most, ..)| pressure > *most) {
                best = Some((pressure, level, group));
            }
        }
    }
    let (_, level, mut group) = best?;
    let overlap = most_overlapping(&group);
    group.sort_by_key(|sstable| sstable.id);
    group.truncate(settings.inputs_max);
    let size: u64 = group.iter().map(|sstable| sstable.size_bytes).sum();
    Some(Task {
        inputs: group.iter().map(|sstable| sstable.id).collect(),
        output_level: u32::try_from(level_of(size, settings)).unwrap_or(u32::MAX),
        reason: format!("{overlap} overlap on level {level}, {}", readable_size(size)),
    })
}

fn scaling_of(level: usize, settings: &UnifiedSettings) -> Scaling {
    settings.scaling.get(level).or(settings.scaling.last()).copied().unwrap_or(Scaling::Neutral)
}

fn level_of(size_bytes: u64, settings: &UnifiedSettings) -> usize {
    let mut level = 0;
    let mut limit = settings.base_size_bytes.max(1);
    loop {
        limit = limit.saturating_mul(u64::from(scaling_of(level, settings).fanout()));
        // A limit at its maximum holds every size, so this ends.
        if size_bytes < limit || limit == u64::MAX {
            return level;
        }
        level += 1;
    }
}

/// Sets of sstables that hang together: each overlaps another of its set, none one of another set.
fn overlapping_groups(mut sstables: Vec<&SstableDescriptor>) -> Vec<Vec<&SstableDescriptor>> {
    sstables.sort_by(|a, b| (&a.first_key, a.id).cmp(&(&b.first_key, b.id)));
    let mut groups: Vec<Vec<&SstableDescriptor>> = Vec::new();
    let mut reach: Option<&DecoratedKey> = None;
    for sstable in sstables {
        match (groups.last_mut(), reach) {
            (Some(group), Some(last)) if sstable.first_key <= *last => group.push(sstable),
            _ => {
                groups.push(vec![sstable]);
                reach = None;
            }
        }
        reach = reach.max(Some(&sstable.last_key));
    }
    groups
}

/// How many sstables of a group hold the key that most of them may hold.
fn most_overlapping(group: &[&SstableDescriptor]) -> usize {
    // Most overlap is reached where some sstable begins.
    let at = |key: &DecoratedKey| {
        group.iter().filter(|other| other.first_key <= *key && *key <= other.last_key).count()
    };
    group.iter().map(|sstable| at(&sstable.first_key)).max().unwrap_or(0)
}
