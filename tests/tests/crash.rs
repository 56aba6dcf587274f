//! A small crash programme: what `./dev crash` does for minutes, for seconds.

use engine::SeededDefect;
use tests::crash::{Op, Report, explore_crashes, explore_failures, workload};

fn assert_good(report: &Report) {
    let troubles: Vec<String> = report.troubles.iter().map(ToString::to_string).collect();
    assert!(report.is_good(), "{} lost, {} bad:\n{}", report.lost, report.bad, troubles.join("\n"));
}
fn wl(seed: u64, n: usize) -> Vec<Op> {
    workload(seed, n).into_iter().filter(|op| !matches!(op, Op::Flush | Op::Compact)).collect()
}

#[test]
fn a_crash_at_any_call_keeps_what_was_acknowledged() {
    for seed in 1..4 {
        let report = explore_crashes(seed, &wl(seed, 25), None);
        println!("{} calls {} states", report.calls, report.states);
        assert_good(&report);
    }
}

#[test]
fn an_error_at_any_call_loses_nothing_acknowledged() {
    for seed in 1..4 {
        let report = explore_failures(seed, &wl(seed, 25), 1, None);
        println!("{} calls {} states", report.calls, report.states);
        assert_good(&report);
    }
}

#[test]
fn a_log_that_is_not_synced_is_found() {
    assert!(!explore_crashes(1, &wl(1, 12), Some(SeededDefect::AcknowledgeBeforeSync)).is_good());
}

#[test]
fn a_name_that_is_not_durable_is_found() {
    assert!(!explore_crashes(1, &wl(1, 12), Some(SeededDefect::SkipDirectorySync)).is_good());
}
