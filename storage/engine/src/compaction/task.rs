//! [`Task`]: what a picker chose; [`SstableDescriptor`]: what it chose from.

use std::collections::BTreeSet;
use std::fmt;

use model::key::DecoratedKey;

use crate::sstable::{Sstable, SstableId};

/// What a picker knows of an sstable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SstableDescriptor {
    /// Which.
    pub id: SstableId,
    /// Length of its file.
    pub size_bytes: u64,
    /// Its first partition.
    pub first_key: DecoratedKey,
    /// Its last partition; inside.
    pub last_key: DecoratedKey,
    /// Least write timestamp in it.
    pub min_timestamp: i64,
    /// Greatest write timestamp in it.
    pub max_timestamp: i64,
    /// The first second at which something in it is dead, if ever.
    pub min_dead_since: Option<i64>,
    /// The second from which all of it is dead, if ever.
    pub all_dead_since: Option<i64>,
    /// Level that the task which wrote it named; 0 for flushed ones.
    pub level: u32,
}

impl SstableDescriptor {
    /// The description of an open sstable, written for `level`.
    pub fn of(sstable: &Sstable, level: u32) -> SstableDescriptor {
        let metadata = sstable.metadata();
        SstableDescriptor {
            id: sstable.id(),
            size_bytes: sstable.size_bytes(),
            first_key: metadata.first_key.clone(),
            last_key: metadata.last_key.clone(),
            min_timestamp: metadata.min_timestamp,
            max_timestamp: metadata.max_timestamp,
            min_dead_since: metadata.min_dead_since,
            all_dead_since: metadata.all_dead_since,
            level,
        }
    }

    /// Whether the key ranges of both meet.
    pub fn overlaps(&self, other: &SstableDescriptor) -> bool {
        self.first_key <= other.last_key && other.first_key <= self.last_key
    }
}

/// Sstables to be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Which, ascending; at least one.
    pub inputs: Vec<SstableId>,
    /// Level of what is written.
    pub output_level: u32,
    /// Why, for people.
    pub reason: String,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "compact [")?;
        for (at, id) in self.inputs.iter().enumerate() {
            write!(f, "{}{id}", if at == 0 { "" } else { " " })?;
        }
        write!(f, "] -> level {}, reason: {}", self.output_level, self.reason)
    }
}

/// Inputs of the tasks that run now. No sstable is in two tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunningTasks {
    inputs: BTreeSet<SstableId>,
}

impl RunningTasks {
    /// Notes that `task` runs.
    ///
    /// # Panics
    /// When one of its inputs is in a running task already: the picker was given another list.
    pub fn start(&mut self, task: &Task) {
        for id in &task.inputs {
            assert!(self.inputs.insert(*id), "sstable {id} is in two tasks");
        }
    }

    /// Notes that `task` has ended.
    pub fn end(&mut self, task: &Task) {
        for id in &task.inputs {
            self.inputs.remove(id);
        }
    }

    /// Whether a running task has this input.
    pub fn contains(&self, id: SstableId) -> bool {
        self.inputs.contains(&id)
    }

    /// Whether nothing runs.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }
}

/// A size for reasons: whole units.
pub(super) fn readable_size(bytes: u64) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes >= unit {
            return format!("{}{name}", (bytes + unit / 2) / unit);
        }
    }
    format!("{bytes}B")
}
