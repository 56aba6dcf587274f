//! [`MemPartition`]: what a memtable knows of one partition, as a value that is cheap to clone.
//!
//! A reader holds a clone and sees it unchanged; a writer copies what is shared (rows are shared one by
//! one, large partitions node by node). Parts of a row meet in the conflict rule when they arrive. What
//! partition and range deletions cover stays until a stream is merged.

use bytes::Bytes;
use imbl::OrdMap;
use std::sync::Arc;

use model::data::{Deletion, PartitionUpdate, RangeTombstone, Row, reconcile_deletions};
use model::key::{ByteRange, ClusteringKey};
use model::stream::Fragment;

/// Rows up to which a partition keeps them in a vector: a map of a few rows costs more than it saves.
const FEW_ROWS_MAX: usize = 32;
/// Accounted for a row beyond its own size: its place in the partition and the counts of its `Arc`.
const ROW_OVERHEAD_BYTES: usize = 64;
/// Accounted for a range tombstone beyond its own size.
const RANGE_OVERHEAD_BYTES: usize = 64;

/// What a memtable knows of one partition.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemPartition {
    deletion: Option<Deletion>,
    static_row: Option<Arc<Row>>,
    /// By start and end; an end behind everything is [`Fragment::END_POSITION`].
    ranges: OrdMap<(Bytes, Bytes), Deletion>,
    rows: Rows,
}

/// Rows by ascending clustering key.
#[derive(Debug, Clone)]
pub(super) enum Rows {
    Few(Vec<Arc<Row>>),
    Many(OrdMap<ClusteringKey, Arc<Row>>),
}

impl Default for Rows {
    fn default() -> Rows {
        Rows::Few(Vec::new())
    }
}

impl MemPartition {
    /// Merges `update` in; answers how many bytes it grew (or shrank).
    pub(crate) fn merge(&mut self, update: PartitionUpdate) -> isize {
        let mut growth = 0;
        self.deletion = reconcile_deletions(self.deletion, update.deletion);
        if let Some(row) = update.static_row {
            growth += match &mut self.static_row {
                Some(kept) => merge_row(kept, row),
                empty => new_row_bytes(empty.insert(Arc::new(row))),
            };
        }
        for tombstone in update.range_tombstones {
            growth += self.delete_range(tombstone);
        }
        for row in update.rows {
            growth += self.rows.merge(row);
        }
        growth
    }

    fn delete_range(&mut self, tombstone: RangeTombstone) -> isize {
        let size = tombstone.size_bytes() + RANGE_OVERHEAD_BYTES;
        let RangeTombstone { range: ByteRange { start, end }, deletion } = tombstone;
        let end = end.unwrap_or(Fragment::END_POSITION);
        match self.ranges.get_mut(&(start.clone(), end.clone())) {
            Some(kept) => {
                *kept = deletion.max(*kept);
                0
            }
            None => {
                self.ranges.insert((start, end), deletion);
                size as isize
            }
        }
    }

    /// All but the rows: what tells a partition's deletions and its static row.
    pub(super) fn without_rows(&self) -> PartitionUpdate {
        let tombstone = |((start, end), deletion): (&(Bytes, Bytes), &Deletion)| RangeTombstone {
            range: ByteRange { start: start.clone(), end: Some(end.clone()) },
            deletion: *deletion,
        };
        PartitionUpdate {
            deletion: self.deletion,
            static_row: self.static_row.as_deref().cloned(),
            range_tombstones: self.ranges.iter().map(tombstone).collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn into_rows(self) -> Rows {
        self.rows
    }
}

impl Rows {
    fn merge(&mut self, row: Row) -> isize {
        match self {
            Rows::Few(rows) => match rows.binary_search_by(|kept| kept.clustering.cmp(&row.clustering)) {
                Ok(at) => merge_row(&mut rows[at], row),
                Err(at) => {
                    let row = Arc::new(row);
                    let growth = new_row_bytes(&row);
                    rows.insert(at, row);
                    if rows.len() > FEW_ROWS_MAX {
                        let pairs = rows.drain(..).map(|row| (row.clustering.clone(), row));
                        *self = Rows::Many(pairs.collect());
                    }
                    growth
                }
            },
            Rows::Many(rows) => match rows.get_mut(&row.clustering) {
                Some(kept) => merge_row(kept, row),
                None => {
                    let row = Arc::new(row);
                    let growth = new_row_bytes(&row);
                    rows.insert(row.clustering.clone(), row);
                    growth
                }
            },
        }
    }
}

fn new_row_bytes(row: &Arc<Row>) -> isize {
    (row.size_bytes() + ROW_OVERHEAD_BYTES) as isize
}

fn merge_row(kept: &mut Arc<Row>, row: Row) -> isize {
    let kept = Arc::make_mut(kept);
    let before = kept.size_bytes() as isize;
    kept.merge_from(row);
    kept.size_bytes() as isize - before
}
