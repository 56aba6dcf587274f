//! A small crash programme: what `./dev crash` does for minutes, for seconds.

use engine::SeededDefect;
use tests::crash::{Report, explore_crashes, explore_crashes_beside_threads, explore_failures, workload};

fn assert_good(report: &Report) {
    let troubles: Vec<String> = report.troubles.iter().map(ToString::to_string).collect();
    assert!(report.is_good(), "{} lost, {} bad:\n{}", report.lost, report.bad, troubles.join("\n"));
    assert!(report.states > 50, "only {} states were looked at", report.states);
}

#[test]
fn a_crash_at_any_call_keeps_what_was_acknowledged() {
    for seed in 1..3 {
        assert_good(&explore_crashes(seed, &workload(seed, 14), None));
    }
}

#[test]
fn a_crash_beside_background_threads_keeps_what_was_acknowledged() {
    for seed in 10..12 {
        assert_good(&explore_crashes_beside_threads(seed, &workload(seed, 30), 19));
    }
}

#[test]
fn an_error_at_any_call_loses_nothing_acknowledged() {
    for seed in 1..3 {
        assert_good(&explore_failures(seed, &workload(seed, 20), 2, None));
    }
}

#[test]
fn a_log_that_is_not_synced_is_found() {
    assert!(!explore_crashes(1, &workload(1, 12), Some(SeededDefect::AcknowledgeBeforeSync)).is_good());
}

#[test]
fn a_name_that_is_not_durable_is_found() {
    assert!(!explore_crashes(1, &workload(1, 12), Some(SeededDefect::SkipDirectorySync)).is_good());
}

#[test]
fn a_segment_that_is_retired_too_early_is_found() {
    let found = (1..6).any(|seed| {
        !explore_crashes(seed, &workload(seed, 16), Some(SeededDefect::RetireTooEarly)).is_good()
    });
    assert!(found);
}

#[test]
fn a_manifest_that_is_not_synced_is_found() {
    assert!(!explore_crashes(1, &workload(1, 8), Some(SeededDefect::SkipManifestSync)).is_good());
}
