//! [`Purge`]: drops tombstones that have done their work, behind [`Merge`](super::Merge) in a compaction.
//!
//! A tombstone of any level may go when it is past gc grace *and* no source outside this stream can hold
//! anything it still has to cover. Expired markers and cells are tombstones from the second they expire.
//! An expired cell that must stay loses its value only: it keeps ttl and expiry, so that it still loses
//! or wins against other cells of its timestamp exactly as the same cell does elsewhere.
//! A reader uses it too (with a policy that holds nothing back), so that replicas which compacted at
//! different times digest alike. The stream must be a merged one: rows settled, nothing covered left.

use bytes::Bytes;

use super::{Fragment, FragmentSource};
use crate::data::{Cell, CellKind, ColumnData, Deletion, MarkerKind, Row};
use crate::key::DecoratedKey;

/// When a tombstone may go.
pub struct PurgePolicy {
    /// The moment at which expiry is judged, seconds since 1970.
    pub now_seconds: i64,
    /// Tombstones of a local time before this are past gc grace.
    pub gc_before_seconds: i64,
    /// Below which timestamp nothing older than this stream exists elsewhere, for a partition: only
    /// tombstones with a lower timestamp may go. Asked at most once a partition, and only when the
    /// partition has a tombstone past gc grace.
    pub max_purgeable_timestamp: Box<dyn Fn(&DecoratedKey) -> i64 + Send>,
}

impl PurgePolicy {
    /// What a reader applies: every tombstone before `gc_before_seconds` goes, whatever it covers
    /// elsewhere, because the reader has merged every source.
    pub fn for_read(now_seconds: i64, gc_before_seconds: i64) -> PurgePolicy {
        PurgePolicy { now_seconds, gc_before_seconds, max_purgeable_timestamp: Box::new(|_| i64::MAX) }
    }
}

/// A stream without the tombstones its policy lets go.
pub struct Purge<S> {
    source: S,
    policy: PurgePolicy,
    key: DecoratedKey,
    /// Answer of the policy for the current partition, once asked.
    max_purgeable: Option<i64>,
    /// The current partition's start was withheld: nothing to tell of it yet.
    untold: bool,
    /// The range deletion in force, as told.
    range: Option<Deletion>,
    /// What follows a partition start that had been withheld.
    queued: Option<Fragment>,
}

impl<S: FragmentSource> Purge<S> {
    /// Purges `source`, a merged stream.
    pub fn new(source: S, policy: PurgePolicy) -> Purge<S> {
        Purge {
            source,
            policy,
            key: DecoratedKey(Bytes::new()),
            max_purgeable: None,
            untold: false,
            range: None,
            queued: None,
        }
    }

    fn may_go(&mut self, timestamp: i64, local_time: i64) -> bool {
        if local_time >= self.policy.gc_before_seconds {
            return false;
        }
        let max = *self.max_purgeable.get_or_insert_with(|| (self.policy.max_purgeable_timestamp)(&self.key));
        timestamp < max
    }

    fn keep_deletion(&mut self, deletion: Option<Deletion>) -> Option<Deletion> {
        deletion.filter(|deletion| !self.may_go(deletion.timestamp, deletion.local_time))
    }

    /// Whether a cell stays; an expired one that does loses its value.
    fn keep_cell(&mut self, cell: &mut Cell) -> bool {
        let Some(dead_since) = cell.dead_since(self.policy.now_seconds) else { return true };
        if self.may_go(cell.timestamp, dead_since) {
            return false;
        }
        if matches!(cell.kind, CellKind::Expiring { .. }) {
            cell.value = Bytes::new();
        }
        true
    }

    fn keep_row(&mut self, mut row: Row) -> Option<Row> {
        row.deletion = self.keep_deletion(row.deletion);
        row.marker = row.marker.filter(|marker| match marker.kind {
            MarkerKind::Expiring { expires_at, .. } if expires_at <= self.policy.now_seconds => {
                !self.may_go(marker.timestamp, expires_at)
            }
            _ => true,
        });
        row.columns.retain_mut(|(_, data)| match data {
            ColumnData::Cell(cell) => self.keep_cell(cell),
            ColumnData::Collection(collection) => {
                collection.deletion = self.keep_deletion(collection.deletion);
                collection.cells.retain_mut(|(_, cell)| self.keep_cell(cell));
                !collection.is_empty()
            }
        });
        (!row.is_empty()).then_some(row)
    }

    /// What is left of a fragment behind the partition start.
    fn keep(&mut self, fragment: Fragment) -> Option<Fragment> {
        match fragment {
            Fragment::StaticRow(row) => self.keep_row(row).map(Fragment::StaticRow),
            Fragment::Row(row) => self.keep_row(row).map(Fragment::Row),
            Fragment::RangeTombstoneChange { position, deletion } => {
                let deletion = self.keep_deletion(deletion);
                if deletion == self.range {
                    return None;
                }
                self.range = deletion;
                Some(Fragment::RangeTombstoneChange { position, deletion })
            }
            other => Some(other),
        }
    }
}

impl<S: FragmentSource> FragmentSource for Purge<S> {
    type Error = S::Error;

    fn next(&mut self) -> Result<Option<Fragment>, S::Error> {
        if let Some(fragment) = self.queued.take() {
            return Ok(Some(fragment));
        }
        loop {
            let fragment = match self.source.next()? {
                None => return Ok(None),
                Some(Fragment::PartitionStart { key, deletion }) => {
                    self.key = key;
                    self.max_purgeable = None;
                    self.range = None;
                    let deletion = self.keep_deletion(deletion);
                    self.untold = deletion.is_none();
                    if self.untold {
                        continue;
                    }
                    return Ok(Some(Fragment::PartitionStart { key: self.key.clone(), deletion }));
                }
                Some(fragment) => fragment,
            };
            let ended = fragment == Fragment::PartitionEnd;
            if ended && self.untold {
                self.untold = false;
                continue;
            }
            let Some(kept) = self.keep(fragment) else { continue };
            if std::mem::take(&mut self.untold) {
                self.queued = Some(kept);
                return Ok(Some(Fragment::PartitionStart { key: self.key.clone(), deletion: None }));
            }
            return Ok(Some(kept));
        }
    }
}

#[cfg(test)]
mod tests;
