//! [`Op`]: what a workload does to an engine. One vocabulary for crash runs, error runs and model tests.
//!
//! Keys, rows, columns and values are single bytes, few of each, so that writes meet. Write timestamps
//! are never equal, so the order of arrival decides nothing that the model would have to know.

use bytes::Bytes;
use model::data::{
    Cell, CollectionCells, ColumnData, CounterShard, CounterState, Deletion, MarkerKind, Mutation,
    PartitionUpdate, RangeTombstone, Row, RowMarker,
};
use model::key::{ByteRange, ClusteringKey, DecoratedKey};
use model::schema::{ColumnId, TableId};
use uuid::Uuid;

/// Tables a workload works on, by place.
pub(super) const TABLES: usize = 2;
/// Partitions of each table.
pub(super) const PARTITIONS: u8 = 6;
/// First partition of a table's second region.
pub(super) const SECOND_REGION: u8 = 3;
/// Rows of each partition, numbered from 1.
pub(super) const ROWS: u8 = 60;
/// A plain column, beside column 2.
pub(super) const PLAIN: u32 = 1;
/// The column that is a collection.
pub(super) const COLLECTION: u32 = 3;
/// The static column.
pub(super) const STATIC: u32 = 4;

/// The column that is a counter.
pub(super) const COUNTER: u32 = 5;

/// One step of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Makes a table, under an id that was never used. Without effect when it is there.
    CreateTable(usize),
    /// Drops a table. Without effect when it is not there.
    DropTable(usize),
    /// One apply call, all or nothing.
    Write(Vec<Write>),
    /// Flushes everything.
    Flush,
    /// Compacts everything.
    Compact,
    /// Runs the compactions that the tables' strategies want.
    CompactDue,
    /// Drops a table's data.
    Truncate(usize),
    /// Closes and opens the engine.
    Reopen,
}

/// A change to one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which table.
    pub table: usize,
    /// Which partition.
    pub partition: u8,
    /// What changes.
    pub change: Change,
    /// Write timestamp; a multiple of 4, or late: 3 above one.
    pub timestamp: i64,
}

/// What changes in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Rows `first..=last` with marker and a cell each, perhaps expiring after some seconds.
    Insert {
        /// First row.
        first: u8,
        /// Last row.
        last: u8,
        /// Plain column.
        column: u32,
        /// Value.
        value: u8,
        /// Seconds to live.
        ttl: Option<u32>,
    },
    /// A cell without a marker.
    Update {
        /// Row.
        row: u8,
        /// Plain column.
        column: u32,
        /// Value.
        value: u8,
    },
    /// The static cell.
    SetStatic(u8),
    /// Elements of the collection.
    AddElements {
        /// Row.
        row: u8,
        /// Paths, ascending.
        paths: Vec<u8>,
        /// Whether everything before is deleted.
        replace: bool,
    },
    /// An element of the collection is deleted.
    DeleteElement {
        /// Row.
        row: u8,
        /// Path.
        path: u8,
    },
    /// One node's part of the counter.
    Count {
        /// Row.
        row: u8,
        /// Which node's.
        node: u8,
        /// Its sum.
        count: u8,
    },
    /// The counter is deleted.
    DeleteCounter(u8),
    /// A plain cell is deleted.
    DeleteCell {
        /// Row.
        row: u8,
        /// Plain column.
        column: u32,
    },
    /// A row is deleted.
    DeleteRow(u8),
    /// Rows `first..=last` are deleted, by a range tombstone.
    DeleteRange {
        /// First row.
        first: u8,
        /// Last row; `None`: to the end.
        last: Option<u8>,
    },
    /// The partition is deleted.
    DeletePartition,
}

/// The id of a table in its n-th life.
pub(super) fn table_id(table: usize, life: u32) -> TableId {
    TableId(Uuid::from_u128((u128::from(life) << 64) + table as u128 + 1))
}

/// A partition's key.
pub(super) fn key(partition: u8) -> DecoratedKey {
    DecoratedKey(Bytes::from(vec![partition + 1, b'p']))
}

/// A row's clustering key.
pub(super) fn clustering(row: u8) -> ClusteringKey {
    ClusteringKey(Bytes::from(vec![row]))
}

/// Rows `first..=last`, or to the end.
pub(super) fn rows(first: u8, last: Option<u8>) -> ByteRange {
    ByteRange::new(vec![first], last.map(|last| vec![last + 1].into()))
}

impl Write {
    /// The mutation it is, written at `now_seconds`.
    pub fn to_mutation(&self, table: TableId, now_seconds: i64) -> Mutation {
        let mut update = PartitionUpdate::default();
        let timestamp = self.timestamp;
        let deletion = Deletion { timestamp, local_time: now_seconds };
        match &self.change {
            Change::Insert { first, last, column, value, ttl } => {
                for row in *first..=*last {
                    let (kind, cell) = match ttl {
                        None => (MarkerKind::Live, Cell::live(timestamp, vec![*value])),
                        Some(ttl) => {
                            let expires_at = now_seconds + i64::from(*ttl);
                            let kind = MarkerKind::Expiring { ttl: *ttl, expires_at };
                            (kind, Cell::expiring(timestamp, *ttl, expires_at, vec![*value]))
                        }
                    };
                    let mut row = Row::empty(clustering(row));
                    row.marker = Some(RowMarker { timestamp, kind });
                    row.columns.push((ColumnId(*column), ColumnData::Cell(cell)));
                    update.rows.push(row);
                }
            }
            Change::Update { row, column, value } => {
                update.rows.push(with_cell(*row, *column, Cell::live(timestamp, vec![*value])));
            }
            Change::SetStatic(value) => {
                let mut row = Row::empty(ClusteringKey::empty());
                let cell = ColumnData::Cell(Cell::live(timestamp, vec![*value]));
                row.columns.push((ColumnId(STATIC), cell));
                update.static_row = Some(row);
            }
            Change::AddElements { row, paths, replace } => {
                let cells =
                    paths.iter().map(|path| (element_path(*path), Cell::live(timestamp, vec![*path])));
                let before = Deletion { timestamp: timestamp - 2, local_time: now_seconds };
                let cells = CollectionCells { deletion: replace.then_some(before), cells: cells.collect() };
                update.rows.push(with_collection(*row, cells));
            }
            Change::DeleteElement { row, path } => {
                let cells = vec![(element_path(*path), Cell::dead(timestamp, now_seconds))];
                update.rows.push(with_collection(*row, CollectionCells { deletion: None, cells }));
            }
            Change::Count { row, node, count } => {
                // A node's clock grows with its writes, as their timestamps do here.
                let shard =
                    CounterShard { node: [*node; 16], timestamp, clock: timestamp, count: i64::from(*count) };
                let state = CounterState::new(CounterState::NEVER, vec![shard]);
                update.rows.push(with_cell(*row, COUNTER, state.to_cell().expect("it has a shard")));
            }
            Change::DeleteCounter(row) => {
                update.rows.push(with_cell(*row, COUNTER, Cell::dead(timestamp, now_seconds)));
            }
            Change::DeleteCell { row, column } => {
                update.rows.push(with_cell(*row, *column, Cell::dead(timestamp, now_seconds)));
            }
            Change::DeleteRow(row) => {
                let mut row = Row::empty(clustering(*row));
                row.deletion = Some(deletion);
                update.rows.push(row);
            }
            Change::DeleteRange { first, last } => {
                update.range_tombstones.push(RangeTombstone { range: rows(*first, *last), deletion });
            }
            Change::DeletePartition => update.deletion = Some(deletion),
        }
        Mutation { table, key: key(self.partition), update }
    }
}

fn element_path(path: u8) -> Bytes {
    Bytes::from(vec![path])
}

fn with_cell(row: u8, column: u32, cell: Cell) -> Row {
    let mut row = Row::empty(clustering(row));
    row.columns.push((ColumnId(column), ColumnData::Cell(cell)));
    row
}

fn with_collection(row: u8, cells: CollectionCells) -> Row {
    let mut row = Row::empty(clustering(row));
    row.columns.push((ColumnId(COLLECTION), ColumnData::Collection(cells)));
    row
}
