//! `basalt start` and `basalt demo` as processes: ready, stop, restart, kill, and refusals in one line.

#![expect(clippy::disallowed_methods, reason = "runs the binary and looks at what it leaves on disk")]

mod node_process;

use std::net::TcpListener;
use std::path::Path;

use node_process::{NodeProcess, Outcome, run};

const TABLE: &str = "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; \
                     CREATE TABLE ks.t (k text, c int, v text, PRIMARY KEY (k, c));";

const ROWS: &str = "INSERT INTO ks.t (k, c, v) VALUES ('a', 1, 'one'); \
                    INSERT INTO ks.t (k, c, v) VALUES ('a', 2, 'two') USING TTL 86400; \
                    UPDATE ks.t SET v = 'three' WHERE k = 'a' AND c = 3;";

const SELECT: &str = "SELECT k, c, v FROM ks.t WHERE k = 'a'";

const TABLE_OF_ROWS: &str =
    "\n k | c | v\n---+---+-------\n a | 1 |   one\n a | 2 |   two\n a | 3 | three\n\n(3 rows)\n";

fn good(out: &str) -> Outcome {
    Outcome { code: Some(0), out: out.to_string(), error: String::new() }
}

/// A failure is exit code 1 and one line that holds every one of `parts`.
fn assert_refused(outcome: &Outcome, parts: &[&str]) {
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let line = outcome.error.lines().last().unwrap_or_default();
    assert!(line.starts_with("basalt: "), "{outcome:?}");
    assert_eq!(outcome.error.lines().filter(|line| line.starts_with("basalt: ")).count(), 1, "{outcome:?}");
    for part in parts {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }
}

#[test]
fn what_was_acknowledged_is_there_after_a_stop_and_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = NodeProcess::start(folder.path());
    assert_eq!(node.shell(TABLE), good(""));
    assert_eq!(node.shell(ROWS), good(""));
    assert_eq!(node.shell(SELECT), good(TABLE_OF_ROWS));
    assert_eq!(node.stop(), Some(0), "SIGTERM drains and ends with 0");

    let node = NodeProcess::start(folder.path());
    assert_eq!(node.shell(SELECT), good(TABLE_OF_ROWS));
    assert_eq!(node.shell("INSERT INTO ks.t (k, c, v) VALUES ('b', 1, 'kept')"), good(""));
    node.kill();

    let node = NodeProcess::start(folder.path());
    assert_eq!(node.shell(SELECT), good(TABLE_OF_ROWS));
    assert_eq!(node.shell("SELECT v FROM ks.t WHERE k = 'b'"), good("\n v\n------\n kept\n\n(1 rows)\n"));
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it has one").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    assert_refused(&run(&["start", "--data", &data, "--native-address", &address]), &[&address, "in use"]);
}

#[test]
fn a_directory_in_use_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let _node = NodeProcess::start(folder.path());
    let data = folder.path().display().to_string();
    assert_refused(&run(&["start", "--data", &data, "--native-address", "127.0.0.1:0"]), &[&data]);
}

#[test]
fn a_bad_settings_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("basalt.toml");
    std::fs::write(&file, "rack = \"r1\"\ndata_dir = \"x\"\n").expect("written");
    let file = file.display().to_string();
    let outcome = run(&["start", "--config", &file]);
    assert_refused(&outcome, &[&file, "line 2", "data_dir", "\"data_directory\""]);
}

#[test]
fn listening_on_every_address_is_refused_without_the_flag() {
    let outcome = run(&["start", "--native-address", "0.0.0.0:0", "--data", "unused"]);
    assert_refused(&outcome, &["--insecure-listen"]);
    assert!(!Path::new("unused").exists(), "nothing is made before settings are valid");
}

#[test]
fn the_demo_loads_its_sample_and_runs_its_whole_tour() {
    let outcome = run(&["demo", "--native-address", "127.0.0.1:0"]);
    assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""), "{}", outcome.out);
    for part in ["Loaded ", "SELECT ", "N351JB", " [applied]", "seconds_left", "That was the tour."] {
        assert!(outcome.out.contains(part), "{part:?} is not in:\n{}", outcome.out);
    }
    assert!(
        !outcome.out.contains("(0 rows)"),
        "every statement of the tour finds something:\n{}",
        outcome.out
    );
}

#[test]
fn a_demo_with_a_directory_of_its_own_can_be_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let arguments = ["demo", "--data", &data, "--native-address", "127.0.0.1:0", "--no-shell"];
    for _ in 0..2 {
        let outcome = run(&arguments);
        assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""), "{}", outcome.out);
    }
}
