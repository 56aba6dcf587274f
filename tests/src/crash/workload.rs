//! Workloads from a seed: equal seeds give equal operations.

use model::random::{Random, SeededRandom};

use super::op::{Change, Op, PARTITIONS, PLAIN, ROWS, TABLES, Write};

/// `length` operations. The tables are made first; what follows is left to chance.
pub fn workload(seed: u64, length: usize) -> Vec<Op> {
    let mut generator = Generator { random: SeededRandom::new(seed), written: 0 };
    let mut ops: Vec<Op> = (0..TABLES).map(Op::CreateTable).collect();
    while ops.len() < length {
        let op = generator.op();
        ops.push(op);
    }
    ops
}

struct Generator {
    random: SeededRandom,
    /// Writes so far; timestamps follow it.
    written: i64,
}

impl Generator {
    fn below(&self, limit: u64) -> u64 {
        self.random.next_u64() % limit
    }

    fn row(&self) -> u8 {
        1 + self.below(u64::from(ROWS)) as u8
    }

    /// One of a few rows, so that deletions find something.
    fn busy_row(&self) -> u8 {
        1 + self.below(6) as u8
    }

    fn op(&mut self) -> Op {
        match self.below(100) {
            0..66 => {
                let count = if self.below(4) == 0 { 2 + self.below(4) } else { 1 };
                Op::Write((0..count).map(|_| self.write()).collect())
            }
            66..80 => Op::Flush,
            80..82 => Op::Compact,
            82..89 => Op::CompactDue,
            89..91 => Op::Truncate(self.below(TABLES as u64) as usize),
            91..93 => Op::DropTable(self.below(TABLES as u64) as usize),
            93..96 => Op::CreateTable(self.below(TABLES as u64) as usize),
            _ => Op::Reopen,
        }
    }

    fn write(&mut self) -> Write {
        self.written += 1;
        // Some writes are late: older than the last three. Gc grace is longer than that.
        let late = if self.below(6) == 0 { 13 } else { 0 };
        Write {
            table: self.below(TABLES as u64) as usize,
            partition: self.below(u64::from(PARTITIONS)) as u8,
            change: self.change(),
            timestamp: 4 * self.written - late + 16,
        }
    }

    fn change(&self) -> Change {
        let column = PLAIN + self.below(2) as u32;
        let value = self.below(250) as u8;
        match self.below(28) {
            0..7 => {
                let row = self.busy_row();
                let ttl = (self.below(4) == 0).then(|| 1 + self.below(8) as u32);
                Change::Insert { first: row, last: row, column, value, ttl }
            }
            7 => Change::Insert { first: 1, last: ROWS, column, value, ttl: None },
            8 => Change::Insert { first: self.row().min(40), last: 48, column, value, ttl: None },
            9..12 => Change::Update { row: self.busy_row(), column, value },
            12..14 => Change::SetStatic(value),
            14..16 => {
                let first = 1 + self.below(4) as u8;
                let paths = (first..first + 1 + self.below(3) as u8).collect();
                Change::AddElements { row: self.busy_row(), paths, replace: self.below(2) == 0 }
            }
            16 => Change::DeleteElement { row: self.busy_row(), path: 1 + self.below(5) as u8 },
            17 => Change::DeleteCell { row: self.busy_row(), column },
            18..20 => Change::DeleteRow(self.busy_row()),
            20..22 => {
                let first = self.row();
                let last = (self.below(4) > 0).then(|| first.saturating_add(self.below(20) as u8).min(ROWS));
                Change::DeleteRange { first, last }
            }
            22..25 => {
                let (row, node) = (self.busy_row(), 1 + self.below(2) as u8);
                Change::Count { row, node, count: value }
            }
            25 => Change::DeleteCounter(self.busy_row()),
            26 => Change::DeleteRange { first: 1, last: Some(self.busy_row()) },
            _ => Change::DeletePartition,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_workloads_and_timestamps_never_meet() {
        assert_eq!(workload(3, 200), workload(3, 200));
        assert_ne!(workload(3, 200), workload(4, 200));
        let mut seen = std::collections::BTreeSet::new();
        for op in workload(5, 500) {
            if let Op::Write(writes) = op {
                assert!(writes.iter().all(|write| seen.insert(write.timestamp)));
            }
        }
    }
}
