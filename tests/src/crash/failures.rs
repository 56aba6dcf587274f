//! An error at every file-system call of a workload: once, and from there on.
//!
//! The workload goes on after an error: what fails may or may not have happened, what is acknowledged
//! must be there, and after a failed write none is taken before the engine is reopened. At the end the
//! disk is well again; the engine is opened and read, everything unsynced is lost, and it is opened and
//! read again: what was readable stays.

use engine::fs::{Failure, FaultPlan, MemoryFileSystem, Operation, Restart, UnsyncedBytes, UnsyncedNames};
use engine::{Background, SeededDefect};

use super::op::Op;
use super::report::{Report, Trouble};
use super::subject::{Mismatch, Subject};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Explores one workload, failing every `stride`-th call.
pub fn explore_failures(seed: u64, ops: &[Op], stride: u64, defect: Option<SeededDefect>) -> Report {
    let mut report = Report { workloads: 1, ..Report::default() };
    let fs = MemoryFileSystem::new();
    let mut clean = Subject::new(fs.clone(), Background::Manual, defect);
    let failed = clean.open().err().map(|error| error.to_string());
    let outcomes = ops.iter().map(|op| clean.carry_out(op));
    let failed = outcomes.fold(failed, |failed, outcome| match outcome {
        Ok(Ok(())) => failed,
        Ok(Err(error)) => failed.or(Some(error.to_string())),
        Err(breach) => failed.or(Some(breach)),
    });
    if let Some(what) = failed {
        report.add(false, Trouble { seed, call: 0, scene: "no error on purpose".into(), what });
        return report;
    }
    let calls = fs.calls();
    let first = 1 + seed % stride;
    for call in (first..=calls).step_by(stride as usize) {
        report.calls += 1;
        for failure in [
            Failure { call, operation: None, errno: EIO, for_ever: false },
            Failure { call, operation: Some(Operation::Append), errno: ENOSPC, for_ever: true },
        ] {
            report.states += 1;
            if let Err((scene, mismatch)) = run(ops, failure, defect) {
                let (is_lost, what) = match mismatch {
                    Mismatch::Lost(what) => (true, what),
                    Mismatch::Bad(what) => (false, what),
                };
                report.add(is_lost, Trouble { seed, call, scene: format!("{failure:?}, {scene}"), what });
            }
        }
    }
    report
}

fn run(ops: &[Op], failure: Failure, defect: Option<SeededDefect>) -> Result<(), (String, Mismatch)> {
    let bad = |scene: String| move |what: String| (scene, Mismatch::Bad(what));
    let fs = MemoryFileSystem::new();
    fs.set_plan(FaultPlan { failures: vec![failure], ..FaultPlan::default() });
    let mut subject = Subject::new(fs.clone(), Background::Manual, defect);
    let mut open = subject.open().is_ok();
    for (at, op) in ops.iter().enumerate() {
        // An engine that could not be opened is tried again once the disk is well.
        if !open {
            fs.set_plan(FaultPlan::default());
            subject.open().map_err(|error| bad(format!("reopening at {at}"))(error.to_string()))?;
            subject.check().map_err(|mismatch| (format!("after reopening at {at}"), mismatch))?;
            open = true;
        }
        let outcome = subject.carry_out(op).map_err(bad(format!("operation {at} {op:?}")))?;
        if *op == Op::Reopen {
            open = outcome.is_ok();
            if open {
                subject.check_readable().map_err(|mismatch| (format!("reading at {at}"), mismatch))?;
            }
        }
    }
    fs.set_plan(FaultPlan::default());
    subject.open().map_err(|error| bad("opening at the end".into())(error.to_string()))?;
    subject.check().map_err(|mismatch| ("at the end".to_string(), mismatch))?;
    let lossy = Restart { bytes: UnsyncedBytes::Dropped, names: UnsyncedNames::Dropped, seed: failure.call };
    let mut subject = subject.restarted(fs.restart(lossy));
    subject.open().map_err(|error| bad("opening after the crash".into())(error.to_string()))?;
    subject.check().map_err(|mismatch| ("after the crash".to_string(), mismatch))?;
    Ok(())
}
