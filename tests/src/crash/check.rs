//! Reads everything an engine holds, in every way, and reports where two ways disagree.

use std::collections::BTreeMap;

use engine::{Engine, EngineSource};
use model::data::{CellKind, ColumnData, CounterState, Row};
use model::key::ByteRange;
use model::read::{PartitionSelection, ReadCommand};
use model::schema::TableId;
use model::stream::{Direction, Fragment, FragmentSource, Validate};

use super::op::{PARTITIONS, TABLES, key, rows, table_id};

/// Lives of a table that are looked for.
const LIVES_MAX: u32 = 64;

/// Where a value stands in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// `None`: the static row.
    pub row: Option<u8>,
    /// 0: the row marker.
    pub column: u32,
    /// Of an element of the collection.
    pub path: Option<u8>,
}

impl Address {
    /// The marker of a row.
    pub fn marker(row: u8) -> Address {
        Address { row: Some(row), column: 0, path: None }
    }

    /// A plain cell.
    pub fn cell(row: u8, column: u32) -> Address {
        Address { row: Some(row), column, path: None }
    }

    /// An element of the collection.
    pub fn element(row: u8, path: u8) -> Address {
        Address { row: Some(row), column: super::op::COLLECTION, path: Some(path) }
    }
}

/// What a reader sees: tables with their life, and every live value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Life by place.
    pub tables: BTreeMap<usize, u32>,
    /// Value by table, partition and address.
    pub values: BTreeMap<(usize, u8, Address), u8>,
}

impl Contents {
    /// The first places where two contents differ, for people.
    pub fn difference(&self, other: &Contents) -> String {
        if self.tables != other.tables {
            return format!("tables {:?} against {:?}", self.tables, other.tables);
        }
        let missing = other.values.iter().filter(|(at, value)| self.values.get(at) != Some(value));
        let surplus = self.values.iter().filter(|(at, value)| other.values.get(at) != Some(value));
        let missing: Vec<_> = missing.take(3).collect();
        let surplus: Vec<_> = surplus.take(3).collect();
        format!("expected and not found: {missing:?}; found and not expected: {surplus:?}")
    }
}

/// Everything in the engine as a reader sees it at `now_seconds`.
///
/// Errors: what failed, or which two ways of reading disagree.
pub fn read_contents(engine: &Engine, now_seconds: i64) -> Result<Contents, String> {
    let mut contents = Contents::default();
    let ids = engine.table_ids();
    let mut known = 0;
    for table in 0..TABLES {
        for life in (1..LIVES_MAX).filter(|life| ids.contains(&table_id(table, *life))) {
            known += 1;
            contents.tables.insert(table, life);
            let values = read_table(engine, table_id(table, life), now_seconds)?;
            contents
                .values
                .extend(values.into_iter().map(|((partition, at), value)| ((table, partition, at), value)));
        }
    }
    if known != contents.tables.len() || known != ids.len() {
        return Err(format!("tables that should not be there together: {ids:?}"));
    }
    Ok(contents)
}

type Values = BTreeMap<(u8, Address), u8>;

fn read_table(engine: &Engine, table: TableId, now_seconds: i64) -> Result<Values, String> {
    let whole = ReadCommand::whole(table, PartitionSelection::Range(ByteRange::all()));
    let forward = read(engine, &whole, now_seconds)?;
    let agree = |what: &str, values: Values, expected: &Values| {
        if values == *expected { Ok(()) } else { Err(format!("{what}: {values:?} and not {expected:?}")) }
    };
    let back = ReadCommand { direction: Direction::Reverse, ..whole };
    agree("a reverse scan", read(engine, &back, now_seconds)?, &forward)?;
    for partition in 0..PARTITIONS {
        let of_partition = |values: &Values, keep: &dyn Fn(&Address) -> bool| -> Values {
            let inside = |((of, at), _): &(&(u8, Address), &u8)| *of == partition && keep(at);
            values.iter().filter(inside).map(|(at, value)| (*at, *value)).collect()
        };
        let one = ReadCommand::whole(table, PartitionSelection::One(key(partition)));
        let all = of_partition(&forward, &|_| true);
        agree("a point read", read(engine, &one, now_seconds)?, &all)?;
        let slices = vec![rows(2, Some(4)), rows(9, Some(30)), rows(50, None)];
        let inside =
            of_partition(&forward, &|at| at.row.is_some_and(|row| matches!(row, 2..=4 | 9..=30 | 50..)));
        for direction in [Direction::Forward, Direction::Reverse] {
            let sliced = ReadCommand { slices: slices.clone(), static_row: false, direction, ..one.clone() };
            agree("a read of slices", read(engine, &sliced, now_seconds)?, &inside)?;
        }
    }
    Ok(forward)
}

fn read(engine: &Engine, command: &ReadCommand, now_seconds: i64) -> Result<Values, String> {
    let source: EngineSource = engine.read(command).map_err(|error| error.to_string())?;
    let mut source = Validate::new(source, command.direction);
    let mut values = Values::new();
    let mut partition = 0;
    while let Some(fragment) = source.next().map_err(|error| format!("{error:?}"))? {
        match fragment {
            Fragment::PartitionStart { key, .. } => partition = key.as_bytes()[0] - 1,
            Fragment::StaticRow(row) => live_values(partition, None, &row, now_seconds, &mut values),
            Fragment::Row(row) => {
                let at = row.clustering.as_bytes()[0];
                live_values(partition, Some(at), &row, now_seconds, &mut values);
            }
            Fragment::RangeTombstoneChange { .. } | Fragment::PartitionEnd => {}
        }
    }
    Ok(values)
}

fn live_values(partition: u8, row: Option<u8>, data: &Row, now_seconds: i64, values: &mut Values) {
    let mut put = |column: u32, path: Option<u8>, value: u8| {
        values.insert((partition, Address { row, column, path }), value);
    };
    if data.marker.is_some_and(|marker| marker.is_live(now_seconds)) {
        put(0, None, 0);
    }
    for (column, data) in &data.columns {
        match data {
            ColumnData::Cell(cell) if cell.kind == CellKind::Counter => {
                for shard in CounterState::decode(&cell.value).iter().flat_map(|state| state.shards()) {
                    put(column.0, Some(shard.node[0]), shard.count as u8);
                }
            }
            ColumnData::Cell(cell) if cell.is_live(now_seconds) => put(column.0, None, cell.value[0]),
            ColumnData::Cell(_) => {}
            ColumnData::Collection(collection) => {
                for (path, cell) in collection.cells.iter().filter(|(_, cell)| cell.is_live(now_seconds)) {
                    put(column.0, Some(path[0]), cell.value[0]);
                }
            }
        }
    }
}
