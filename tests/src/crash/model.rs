//! [`Model`]: what a workload should leave behind, without an engine.
//!
//! Knows nothing of memtables, merges or the conflict rule's code: every value by its address with its
//! timestamp, every deletion as a scope with its timestamp, and nothing is ever forgotten.

use std::collections::BTreeMap;

use super::Contents;
use super::check::Address;
use super::op::{COLLECTION, COUNTER, Change, Op, PARTITIONS, STATIC, TABLES, Write};

/// Tables and everything ever written to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    tables: [Table; TABLES],
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Table {
    /// How often it was created.
    lives: u32,
    exists: bool,
    partitions: BTreeMap<u8, Partition>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Partition {
    deletions: Vec<(Scope, i64)>,
    values: BTreeMap<Address, Versioned>,
}

/// What a deletion covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Partition,
    Rows(u8, u8),
    Column(u8, u32),
}

/// The newest that was said of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Versioned {
    timestamp: i64,
    /// `None`: deleted.
    value: Option<u8>,
    expires_at: Option<i64>,
}

impl Scope {
    fn covers(self, address: &Address) -> bool {
        match self {
            Scope::Partition => true,
            Scope::Rows(first, last) => address.row.is_some_and(|row| first <= row && row <= last),
            Scope::Column(row, column) => address.row == Some(row) && address.column == column,
        }
    }
}

impl Model {
    /// Whether a table is there, and in which life.
    pub fn life(&self, table: usize) -> Option<u32> {
        self.tables[table].exists.then_some(self.tables[table].lives)
    }

    /// The life a table would begin now.
    pub fn next_life(&self, table: usize) -> u32 {
        self.tables[table].lives + 1
    }

    /// Whether an operation changes it.
    pub fn is_changed_by(&self, op: &Op) -> bool {
        match op {
            Op::CreateTable(table) => self.life(*table).is_none(),
            Op::DropTable(table) | Op::Truncate(table) => self.life(*table).is_some(),
            Op::Write(writes) => writes.iter().any(|write| self.life(write.table).is_some()),
            Op::Flush | Op::Compact | Op::CompactDue | Op::Reopen => false,
        }
    }

    /// Does what `op` does.
    pub fn apply(&mut self, op: &Op, now_seconds: i64) {
        match op {
            Op::CreateTable(table) => {
                let table = &mut self.tables[*table];
                if !table.exists {
                    *table = Table { lives: table.lives + 1, exists: true, partitions: BTreeMap::new() };
                }
            }
            Op::DropTable(table) => self.tables[*table].exists = false,
            Op::Truncate(table) => self.tables[*table].partitions.clear(),
            Op::Write(writes) => writes.iter().for_each(|write| self.write(write, now_seconds)),
            Op::Flush | Op::Compact | Op::CompactDue | Op::Reopen => {}
        }
    }

    fn write(&mut self, write: &Write, now_seconds: i64) {
        if !self.tables[write.table].exists {
            return;
        }
        let partition = self.tables[write.table].partitions.entry(write.partition).or_default();
        let timestamp = write.timestamp;
        let live = |value: u8| Versioned { timestamp, value: Some(value), expires_at: None };
        let dead = Versioned { timestamp, value: None, expires_at: None };
        match &write.change {
            Change::Insert { first, last, column, value, ttl } => {
                let expires_at = ttl.map(|ttl| now_seconds + i64::from(ttl));
                for row in *first..=*last {
                    partition.set(Address::marker(row), Versioned { expires_at, ..live(0) });
                    partition.set(Address::cell(row, *column), Versioned { expires_at, ..live(*value) });
                }
            }
            Change::Update { row, column, value } => {
                partition.set(Address::cell(*row, *column), live(*value))
            }
            Change::SetStatic(value) => {
                partition.set(Address { row: None, column: STATIC, path: None }, live(*value));
            }
            Change::AddElements { row, paths, replace } => {
                if *replace {
                    partition.deletions.push((Scope::Column(*row, COLLECTION), timestamp - 2));
                }
                for path in paths {
                    partition.set(Address::element(*row, *path), live(*path));
                }
            }
            Change::DeleteElement { row, path } => partition.set(Address::element(*row, *path), dead),
            Change::DeleteCell { row, column } => partition.set(Address::cell(*row, *column), dead),
            Change::Count { row, node, count } => {
                partition.set(Address { column: COUNTER, ..Address::element(*row, *node) }, live(*count));
            }
            Change::DeleteCounter(row) => partition.deletions.push((Scope::Column(*row, COUNTER), timestamp)),
            Change::DeleteRow(row) => partition.deletions.push((Scope::Rows(*row, *row), timestamp)),
            Change::DeleteRange { first, last } => {
                let last = last.unwrap_or(u8::MAX);
                partition.deletions.push((Scope::Rows(*first, last), timestamp));
            }
            Change::DeletePartition => partition.deletions.push((Scope::Partition, timestamp)),
        }
    }

    /// What a reader sees at `now_seconds`.
    pub fn contents(&self, now_seconds: i64) -> Contents {
        let mut contents = Contents::default();
        for (place, table) in self.tables.iter().enumerate().filter(|(_, table)| table.exists) {
            contents.tables.insert(place, table.lives);
            for partition in 0..PARTITIONS {
                let Some(known) = table.partitions.get(&partition) else { continue };
                for (address, value) in known.live(now_seconds) {
                    contents.values.insert((place, partition, address), value);
                }
            }
        }
        contents
    }
}

impl Partition {
    fn set(&mut self, address: Address, said: Versioned) {
        let kept = self.values.entry(address).or_insert(said);
        if kept.timestamp < said.timestamp {
            *kept = said;
        }
    }

    fn live(&self, now_seconds: i64) -> impl Iterator<Item = (Address, u8)> {
        self.values.iter().filter_map(move |(address, said)| {
            let deleted =
                self.deletions.iter().any(|(scope, at)| scope.covers(address) && said.timestamp <= *at);
            let expired = said.expires_at.is_some_and(|at| at <= now_seconds);
            said.value.filter(|_| !deleted && !expired).map(|value| (*address, value))
        })
    }
}
