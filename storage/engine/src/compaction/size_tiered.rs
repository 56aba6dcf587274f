//! Picks compactions for size-tiered tables: sstables of like size are merged once enough gathered.
//!
//! Pure. Left out on purpose: overlap of keys and age of data, which other strategies look at.

use model::schema::SizeTieredSettings;

use super::picker::PickerInput;
use super::task::{SstableDescriptor, Task, readable_size};

/// Picks the bucket that frees most reads per byte written.
///
/// Shape: every sstable of a bucket lies within `bucket_low` and `bucket_high` times its mean, or all are
/// below `small_size_bytes`. A bucket larger than `inputs_max` is cut to its smallest members, because
/// small inputs pay back soonest.
pub(super) fn pick_size_tiered(settings: &SizeTieredSettings, input: &PickerInput<'_>) -> Option<Task> {
    pick_from(settings, input.idle())
}

/// [`pick_size_tiered`] among some sstables.
pub(super) fn pick_from(settings: &SizeTieredSettings, idle: Vec<&SstableDescriptor>) -> Option<Task> {
    assert!(settings.inputs_min >= 2, "merging one sstable makes no fewer");
    assert!(settings.inputs_min <= settings.inputs_max);
    let buckets = buckets(idle, settings);
    let due = buckets.into_iter().filter(|bucket| bucket.len() >= settings.inputs_min).map(|mut bucket| {
        bucket.truncate(settings.inputs_max);
        bucket
    });
    // Reads freed: one sstable less to look at for every input but one.
    let pays_more = |a: &Vec<&SstableDescriptor>, b: &Vec<&SstableDescriptor>| {
        let freed = |bucket: &[&SstableDescriptor]| bucket.len() as u128 - 1;
        (freed(a) * u128::from(total(b))).cmp(&(freed(b) * u128::from(total(a))))
    };
    let best = due.max_by(pays_more)?;
    let mean = total(&best) / best.len() as u64;
    let mut inputs: Vec<_> = best.iter().map(|sstable| sstable.id).collect();
    inputs.sort_unstable();
    Some(Task {
        output_level: best.iter().map(|sstable| sstable.level).max().unwrap_or(0) + 1,
        reason: format!("bucket of {} near {}", inputs.len(), readable_size(mean)),
        inputs,
    })
}

fn total(bucket: &[&SstableDescriptor]) -> u64 {
    bucket.iter().map(|sstable| sstable.size_bytes.max(1)).sum()
}

/// Buckets of sstables of like size, each smallest first.
fn buckets<'a>(
    mut idle: Vec<&'a SstableDescriptor>,
    settings: &SizeTieredSettings,
) -> Vec<Vec<&'a SstableDescriptor>> {
    idle.sort_by_key(|sstable| (sstable.size_bytes, sstable.id));
    let mut buckets: Vec<Vec<&SstableDescriptor>> = Vec::new();
    for sstable in idle {
        let size = sstable.size_bytes as f64;
        let alike = |bucket: &Vec<&SstableDescriptor>| {
            let mean = total(bucket) as f64 / bucket.len() as f64;
            let small = settings.small_size_bytes as f64;
            (size < small && mean < small)
                || (mean * settings.bucket_low <= size && size <= mean * settings.bucket_high)
        };
        match buckets.last_mut() {
            Some(bucket) if alike(bucket) => bucket.push(sstable),
            _ => buckets.push(vec![sstable]),
        }
    }
    buckets
}
