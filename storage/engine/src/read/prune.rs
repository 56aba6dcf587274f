//! Which sstables can matter to a read, beyond their keys.

use crate::sstable::Sstable;

use super::view::Wanted;

/// Whether anything in `sstable` can change what the read tells: rows or range tombstones in the slices,
/// a static row if wanted, or a partition deletion, which covers rows of other sources.
pub(super) fn may_matter(sstable: &Sstable, wanted: &Wanted) -> bool {
    let metadata = sstable.metadata();
    wanted.static_row || metadata.partition_deletions > 0 || metadata.may_contain_rows(&wanted.slices)
}
