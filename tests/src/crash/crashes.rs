//! A crash at every file-system call of a workload, with every kind of loss.
//!
//! For each call: the workload runs until the machine stops there; then the disk is brought up with
//! unsynced bytes kept, dropped and torn, and unsynced names kept, dropped and left to chance. Each such
//! disk is opened (in half of the cases after another crash inside the recovery), read in every way and
//! compared; then it takes writes, loses everything unsynced once more, and must still have them.

use engine::fs::{FaultPlan, MemoryFileSystem, Restart, UnsyncedBytes, UnsyncedNames};
use engine::{Background, SeededDefect};

use super::op::{Change, Op, Write};
use super::report::{Report, Trouble};
use super::subject::{Mismatch, Subject};

/// Explores one workload, at every call, with nothing left to chance.
pub fn explore_crashes(seed: u64, ops: &[Op], defect: Option<SeededDefect>) -> Report {
    explore(seed, ops, Background::Manual, 1, defect)
}

/// Explores one workload on an engine that flushes and compacts on threads of its own, at every
/// `stride`-th call. What they do at a call differs from run to run.
pub fn explore_crashes_beside_threads(seed: u64, ops: &[Op], stride: u64) -> Report {
    explore(seed, ops, Background::Threads, stride, None)
}

fn explore(
    seed: u64,
    ops: &[Op],
    background: Background,
    stride: u64,
    defect: Option<SeededDefect>,
) -> Report {
    let mut report = Report { workloads: 1, ..Report::default() };
    let trouble = |call: u64, scene: String, what: String| Trouble { seed, call, scene, what };

    let mut clean = Subject::new(MemoryFileSystem::new(), background, defect);
    if let Err((at, what)) = run(&mut clean, ops)
        .and_then(|_| clean.check().map_err(|mismatch| (ops.len(), format!("{mismatch:?}"))))
    {
        report.add(false, trouble(0, format!("no crash, operation {at}"), what));
        return report;
    }
    let calls = clean.fs.calls();
    clean.close();

    for call in (1 + seed % stride..=calls).step_by(stride as usize) {
        let fs = MemoryFileSystem::new();
        fs.set_plan(FaultPlan { crash_at: Some(call), ..FaultPlan::default() });
        let mut crashed = Subject::new(fs, background, defect);
        let ran = run(&mut crashed, ops);
        crashed.close();
        report.calls += 1;
        let stopped_at = match ran {
            Ok(stopped_at) => stopped_at,
            Err((at, what)) => {
                report.add(false, trouble(call, format!("before the crash, operation {at}"), what));
                continue;
            }
        };
        for (index, restart) in Restart::variants(seed ^ call).into_iter().enumerate() {
            let crash_again = (call + index as u64).is_multiple_of(2);
            report.states += 1;
            if let Err((scene, mismatch)) = recover(&crashed, restart, crash_again) {
                let op = ops.get(stopped_at).map_or(String::new(), |op| format!("{op:?}"));
                let scene = format!("{restart:?}, in operation {stopped_at} {op}, {scene}");
                let (is_lost, what) = match mismatch {
                    Mismatch::Lost(what) => (true, what),
                    Mismatch::Bad(what) => (false, what),
                };
                report.add(is_lost, trouble(call, scene, what));
            }
        }
    }
    report
}

/// Runs operations until one fails; answers how many succeeded.
///
/// Errors: an operation that fails although the machine runs.
fn run(subject: &mut Subject, ops: &[Op]) -> Result<usize, (usize, String)> {
    if let Err(error) = subject.open() {
        return if subject.fs.has_crashed() { Ok(0) } else { Err((0, error.to_string())) };
    }
    for (at, op) in ops.iter().enumerate() {
        match subject.carry_out(op) {
            Ok(Ok(())) => {}
            Ok(Err(_)) if subject.fs.has_crashed() => return Ok(at),
            Ok(Err(error)) => return Err((at, error.to_string())),
            Err(breach) => return Err((at, breach)),
        }
    }
    Ok(ops.len())
}

type Failed = (&'static str, Mismatch);

fn recover(crashed: &Subject, restart: Restart, crash_again: bool) -> Result<(), Failed> {
    let bad = |scene: &'static str| move |what: String| (scene, Mismatch::Bad(what));
    let mut disk = crashed.fs.restart(restart);
    if crash_again {
        // How many calls a recovery takes is not known before; one beyond its end is no crash.
        let call = 1 + restart.seed % 40;
        disk.set_plan(FaultPlan { crash_at: Some(call), ..FaultPlan::default() });
        let mut subject = crashed.restarted(disk.clone());
        let opened = subject.open();
        if let (Err(error), false) = (&opened, disk.has_crashed()) {
            return Err(bad("opening before the second crash")(error.to_string()));
        }
        subject.close();
        disk = disk.restart(restart);
    }
    let mut subject = crashed.restarted(disk);
    subject.open().map_err(|error| bad("opening")(error.to_string()))?;
    subject.check().map_err(|mismatch| ("after opening", mismatch))?;

    // What was read, and what is acknowledged from here on, must outlast the next crash.
    for op in afterwards() {
        let outcome = subject.carry_out(&op).map_err(bad("writing on"))?;
        outcome.map_err(|error| bad("writing on")(error.to_string()))?;
    }
    let lossy = Restart { bytes: UnsyncedBytes::Dropped, names: UnsyncedNames::Dropped, seed: restart.seed };
    let mut subject = subject.restarted(subject.fs.restart(lossy));
    subject.open().map_err(|error| bad("opening once more")(error.to_string()))?;
    subject.check().map_err(|mismatch| ("after opening once more", mismatch))?;
    Ok(())
}

fn afterwards() -> Vec<Op> {
    let write = |partition: u8, timestamp: i64| {
        let change = Change::Update { row: 5, column: 1, value: 77 };
        Op::Write(vec![Write { table: 0, partition, change, timestamp }])
    };
    vec![Op::CreateTable(0), write(0, 1 << 20), write(4, (1 << 20) + 4)]
}
