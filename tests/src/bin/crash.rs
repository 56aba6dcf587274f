//! `crash --minutes N [--seed S]`: the crash programme, until the time is over.
//!
//! Explores one seeded workload after the other: most with a crash at every file-system call, every fourth
//! with an error at every call, every eighth with crashes beside the engine's own threads. Ends with one line of figures; exit code 1 when something was lost or bad.

use std::process::ExitCode;

use model::clock::Clock;
use tests::crash::{Report, explore_crashes, explore_crashes_beside_threads, explore_failures, workload};
use tests::wall_clock::WallClock;

/// Operations of a workload: longer ones cost quadratically, shorter ones compact too little.
const OPS: usize = 40;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut minutes, mut seed) = (1.0, 1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        let parsed = match argument.as_str() {
            "--minutes" => value.parse().map(|value| minutes = value).is_ok(),
            "--seed" => value.parse().map(|value| seed = value).is_ok(),
            _ => false,
        };
        if !parsed {
            eprintln!("usage: crash [--minutes N] [--seed S]; `{argument} {value}` is neither");
            return ExitCode::from(2);
        }
    }
    let clock = WallClock;
    let begin = clock.monotonic_nanos();
    let elapsed_seconds = || (clock.monotonic_nanos() - begin) as f64 / 1e9;
    let mut report = Report::default();
    while report.workloads == 0 || (elapsed_seconds() < minutes * 60.0 && report.is_good()) {
        let ops = workload(seed, OPS);
        let found = match seed % 8 {
            0 | 4 => explore_failures(seed, &ops, 1, None),
            6 => explore_crashes_beside_threads(seed, &ops, 3),
            _ => explore_crashes(seed, &ops, None),
        };
        if !found.is_good() {
            println!("workload of seed {seed}:");
            ops.iter().enumerate().for_each(|(at, op)| println!("  {at:3} {op:?}"));
        }
        report.merge(found);
        seed += 1;
    }
    for trouble in &report.troubles {
        println!("{trouble}");
    }
    println!(
        "crash: workloads={} calls={} states={} lost={} bad={} seconds={:.0}",
        report.workloads,
        report.calls,
        report.states,
        report.lost,
        report.bad,
        elapsed_seconds()
    );
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
