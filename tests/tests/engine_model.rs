//! Random operations against the model: what every way of reading tells is what was written.
//!
//! The same vocabulary as the crash programme, without faults: once with everything on the caller's
//! thread, once with the engine's own threads flushing and compacting beside it.

use engine::Background;
use engine::fs::MemoryFileSystem;
use tests::crash::{Subject, workload};

fn run(seed: u64, background: Background) {
    let mut subject = Subject::new(MemoryFileSystem::new(), background, None);
    subject.open().expect("an empty directory opens");
    for (at, op) in workload(seed, 150).iter().enumerate() {
        let outcome = subject.carry_out(op).unwrap_or_else(|breach| panic!("seed {seed}: {breach}"));
        outcome.unwrap_or_else(|error| panic!("seed {seed}, operation {at} {op:?}: {error}"));
        if at % 5 == 0 {
            let checked = subject.check();
            checked.unwrap_or_else(|found| panic!("seed {seed}, after operation {at} {op:?}: {found:?}"));
        }
    }
    subject.check().unwrap_or_else(|found| panic!("seed {seed}, at the end: {found:?}"));
}

#[test]
fn an_engine_without_threads_tells_what_the_model_tells() {
    (1..25).for_each(|seed| run(seed, Background::Manual));
}

#[test]
fn an_engine_that_flushes_and_compacts_beside_tells_what_the_model_tells() {
    (100..112).for_each(|seed| run(seed, Background::Threads));
}
