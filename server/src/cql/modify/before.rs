//! [`Before`]: what is in the rows that a write depends on: IF, counters and list elements by index.
//!
//! Read under the locks of its partitions, which are held until the write is visible; so of two such writes the
//! second sees all of the first. Plain writes take no lock and may come in between; they commute.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::data::Row;
use model::key::{ByteRange, ClusteringKey, DecoratedKey, after_prefix};
use model::read::{ColumnSelection, PartitionSelection, ReadCommand};
use model::schema::{TableId, TableSchema};
use model::stream::{Direction, Fragment, into_live_row};

use super::change::Change;
use crate::error::CqlError;
use crate::node::storage::Storage;

/// What is in one partition.
#[derive(Debug, Default)]
pub(crate) struct PartitionBefore {
    /// The live static row.
    pub(crate) static_row: Option<Row>,
    /// Those of the rows asked for that live.
    pub(crate) rows: BTreeMap<ClusteringKey, Row>,
    /// Newest timestamp of all that was read, dead or live.
    pub(crate) newest: Option<i64>,
}

impl PartitionBefore {
    /// The live row at `clustering`, or the live static row.
    pub(crate) fn row(&self, clustering: Option<&ClusteringKey>) -> Option<&Row> {
        match clustering {
            Some(clustering) => self.rows.get(clustering),
            None => self.static_row.as_ref(),
        }
    }

    fn note(&mut self, timestamp: Option<i64>) {
        self.newest = self.newest.max(timestamp);
    }
}

/// What is in the partitions that some changes depend on.
#[derive(Debug, Default)]
pub(crate) struct Before(BTreeMap<(TableId, DecoratedKey), PartitionBefore>);

/// The partitions and rows that some changes depend on.
#[derive(Debug, Default)]
pub(crate) struct Wanted(BTreeMap<(TableId, DecoratedKey), (Arc<TableSchema>, BTreeSet<ClusteringKey>)>);

impl Wanted {
    /// Asks for the rows of `change`.
    pub(crate) fn add(&mut self, change: &Change<'_>) {
        for key in &change.keys {
            let (_, rows) = self
                .0
                .entry((change.plan.table.id, key.clone()))
                .or_insert_with(|| (Arc::clone(&change.plan.table), BTreeSet::new()));
            rows.extend(change.rows());
        }
    }

    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The partitions.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = (TableId, &DecoratedKey)> {
        self.0.keys().map(|(table, key)| (*table, key))
    }

    /// Reads it all. The caller holds the locks of the partitions.
    pub(crate) fn read(self, storage: &Storage, now_seconds: i64) -> Result<Before, CqlError> {
        let mut before = Before::default();
        for ((id, key), (table, rows)) in self.0 {
            let partition = read_partition(storage, &table, &key, &rows, now_seconds)?;
            before.0.insert((id, key), partition);
        }
        Ok(before)
    }
}

impl Before {
    /// What is in a partition, if it was asked for.
    pub(crate) fn partition(&self, table: TableId, key: &DecoratedKey) -> Option<&PartitionBefore> {
        self.0.get(&(table, key.clone()))
    }
}

fn read_partition(
    storage: &Storage,
    table: &TableSchema,
    key: &DecoratedKey,
    rows: &BTreeSet<ClusteringKey>,
    now_seconds: i64,
) -> Result<PartitionBefore, CqlError> {
    let slices = rows
        .iter()
        .map(|row| match row.as_bytes() {
            [] => ByteRange::all(),
            bytes => ByteRange { start: row.0.clone(), end: Some(after_prefix(bytes)) },
        })
        .collect();
    let command = ReadCommand {
        table: table.id,
        partitions: PartitionSelection::One(key.clone()),
        slices,
        static_row: true,
        columns: ColumnSelection::All,
        direction: Direction::Forward,
    };
    let mut source = storage.read(table, &command)?;
    let mut partition = PartitionBefore::default();
    while let Some(fragment) = source.next()? {
        match fragment {
            Fragment::PartitionStart { deletion, .. } | Fragment::RangeTombstoneChange { deletion, .. } => {
                partition.note(deletion.map(|deletion| deletion.timestamp));
            }
            Fragment::StaticRow(row) => {
                partition.note(row.timestamp_span().map(|span| span.newest));
                partition.static_row = into_live_row(row, now_seconds);
            }
            Fragment::Row(row) => {
                partition.note(row.timestamp_span().map(|span| span.newest));
                if let Some(row) = into_live_row(row, now_seconds) {
                    partition.rows.insert(row.clustering.clone(), row);
                }
            }
            Fragment::PartitionEnd => {}
        }
    }
    Ok(partition)
}
