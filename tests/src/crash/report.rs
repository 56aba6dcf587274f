//! [`Report`]: what an exploration tried and what it found.

use std::fmt;

/// A state that was not as it must be, with what is needed to see it again.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// Seed of the workload.
    pub seed: u64,
    /// File-system call at which it crashed or failed.
    pub call: u64,
    /// What was done there and afterwards.
    pub scene: String,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} call {} ({}): {}", self.seed, self.call, self.scene, self.what)
    }
}

/// What was tried and found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Workloads explored.
    pub workloads: u64,
    /// File-system calls at which something went wrong on purpose.
    pub calls: u64,
    /// Disks that were opened and compared.
    pub states: u64,
    /// States that were not what was acknowledged.
    pub lost: u64,
    /// States that could not be opened or read, or contradicted themselves.
    pub bad: u64,
    /// The first few of both.
    pub troubles: Vec<Trouble>,
}

/// Troubles kept.
const TROUBLES_MAX: usize = 8;

impl Report {
    /// Counts a trouble.
    pub(super) fn add(&mut self, is_lost: bool, trouble: Trouble) {
        *if is_lost { &mut self.lost } else { &mut self.bad } += 1;
        if self.troubles.len() < TROUBLES_MAX {
            self.troubles.push(trouble);
        }
    }

    /// Adds what another exploration tried.
    pub fn merge(&mut self, other: Report) {
        self.workloads += other.workloads;
        self.calls += other.calls;
        self.states += other.states;
        self.lost += other.lost;
        self.bad += other.bad;
        self.troubles.extend(other.troubles);
        self.troubles.truncate(TROUBLES_MAX);
    }

    /// Whether everything was as it must be.
    pub fn is_good(&self) -> bool {
        self.lost == 0 && self.bad == 0
    }
}
