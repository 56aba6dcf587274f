//! Random operations against the model: what every way of reading tells is what was written.
//!
//! The same vocabulary as the crash programme, without faults: once with everything on the caller's
//! thread, once with the engine's own threads flushing and compacting beside it.

use engine::fs::MemoryFileSystem;
use engine::{Background, SeededDefect};
use tests::crash::{Subject, workload};

/// Errors: what was not as the model says.
fn run(seed: u64, background: Background, defect: Option<SeededDefect>) -> Result<(), String> {
    let mut subject = Subject::new(MemoryFileSystem::new(), background, defect);
    subject.open().map_err(|error| error.to_string())?;
    for (at, op) in workload(seed, 150).iter().enumerate() {
        let scene = |what: String| format!("seed {seed}, operation {at} {op:?}: {what}");
        let outcome = subject.carry_out(op).map_err(scene)?;
        outcome.map_err(|error| scene(error.to_string()))?;
        if at % 5 == 0 {
            subject.check().map_err(|found| scene(format!("{found:?}")))?;
        }
    }
    subject.check().map_err(|found| format!("seed {seed}, at the end: {found:?}")).map(|_| ())
}

#[test]
fn an_engine_without_threads_tells_what_the_model_tells() {
    (1..25).for_each(|seed| run(seed, Background::Manual, None).expect("the model is right"));
}

#[test]
fn an_engine_that_flushes_and_compacts_beside_tells_what_the_model_tells() {
    (100..112).for_each(|seed| run(seed, Background::Threads, None).expect("the model is right"));
}

#[test]
fn a_compaction_that_purges_too_much_is_found() {
    let defect = Some(SeededDefect::PurgeTooMuch);
    assert!((1..25).any(|seed| run(seed, Background::Manual, defect).is_err()));
}
