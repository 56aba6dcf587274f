//! What keeps a tombstone: data outside the compaction that it may still have to cover.

use std::sync::Arc;

use model::key::DecoratedKey;

use crate::filter::Filter;
use crate::sstable::Sstable;

/// For `model::stream::PurgePolicy`: below which timestamp no source outside the task can hold anything
/// of a partition. `others` are the region's live sstables that are not inputs, `memtables` gives the
/// least timestamp that its memtables may hold of a partition (`None`: they hold nothing of it).
///
/// Order: both are taken before the inputs are read, and nothing written later can be older than what
/// they say, unless its writer chose an old timestamp; the caller's memtables must answer for those too.
pub fn max_purgeable_timestamp(
    others: Vec<Arc<Sstable>>,
    memtables: impl Fn(&DecoratedKey) -> Option<i64> + Send + 'static,
) -> Box<dyn Fn(&DecoratedKey) -> i64 + Send> {
    Box::new(move |key| {
        let hash = Filter::hash(key);
        let sstables = others
            .iter()
            .filter(|other| other.may_contain_hashed(key, hash))
            .map(|other| other.metadata().min_timestamp);
        sstables.chain(memtables(key)).min().unwrap_or(i64::MAX)
    })
}
