//! Rule: clock, randomness, disk, network and spawning come in through seams.
//!
//! [`BANNED`] are the calls; a file of [`SEAMS`] may make them. The list and the files must agree: a file
//! that expects the lint is on the list, and a file on the list still needs to be. Also here: nothing in
//! `storage` is `async`, and libraries print nothing.

use super::edges::has_path;
use super::{Finding, Tree};

/// Files that implement a seam, and which.
const SEAMS: &[(&str, &str)] = &[
    ("storage/engine/src/threads.rs", "spawning"),
    ("server/src/config/file.rs", "reads the settings before there is a node"),
    ("server/src/config/machine_memory.rs", "asks the kernel for the memory there is"),
    ("storage/engine/src/fs/disk.rs", "the disk"),
    ("server/src/native/listener.rs", "binds the native protocol's socket"),
    ("client/src/native/connection.rs", "connects to a node"),
    ("server/src/node/system_clock.rs", "the clock"),
    ("server/src/node/system_random.rs", "randomness"),
    ("server/src/demo/directory.rs", "removes the demo's temporary directory"),
    ("client/src/shell/prompt.rs", "makes the directory of the shell's history"),
    ("client/src/shell/script.rs", "opens the scripts that a person names"),
];

const BANNED: &[(&str, &str)] = &[
    ("Instant::now", "take time from model::clock::Clock"),
    ("SystemTime::now", "take time from model::clock::Clock"),
    ("thread::spawn", "spawn through the owner's threads"),
    ("thread::sleep", "wait on a condition, or on the clock seam"),
    ("thread::Builder", "spawn through the owner's threads"),
    ("std::fs", "use engine::fs::FileSystem"),
    ("tokio::fs", "use engine::fs::FileSystem"),
    ("TcpListener::bind", "only the listeners of server bind sockets"),
    ("TcpStream::connect", "only the client's connection connects"),
    ("UdpSocket", "no door speaks UDP"),
    ("tokio::spawn", "spawn through the node's tasks"),
    ("task::spawn", "spawn through the node's tasks"),
    ("unbounded_channel", "queues are bounded"),
    ("channel::unbounded", "queues are bounded"),
    ("rand::rng", "take randomness from model::random::Random"),
    ("Uuid::new_v4", "take randomness from model::random::Random"),
];

const ASYNC: &[&str] = &["async", "await", "tokio"];

const PRINTS: &[&str] = &["println!", "print!", "eprintln!", "eprint!"];

/// Crates and folders whose code speaks through results and `tracing`, never on the standard streams.
const SILENT: &[&str] =
    &["storage/", "cluster/", "proto/", "server/src/cql/", "server/src/native/", "client/src/native/"];

/// Findings about calls that bypass a seam.
pub fn seams(tree: &Tree) -> Vec<Finding> {
    check(tree, SEAMS)
}

fn check(tree: &Tree, allowed: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        let is_seam = allowed.iter().any(|(path, _)| *path == file.path);
        let mut needs_seam = false;
        for (line, code) in file.product_lines() {
            for (call, instead) in BANNED {
                if has_path(&code, call) && !code.trim_start().starts_with("use ") {
                    needs_seam = true;
                    if !is_seam {
                        findings.push(Finding::at(&file.path, line, format!("`{call}`: {instead}")));
                    }
                }
            }
            if code.contains("(clippy::disallowed") {
                needs_seam = true;
                if !is_seam {
                    let message = "a file that implements a seam is listed, with its reason, in tests/src/tidy/seams.rs";
                    findings.push(Finding::at(&file.path, line, message));
                }
            }
            if file.path.starts_with("storage/") {
                for word in ASYNC.iter().filter(|word| has_path(&code, word)) {
                    findings.push(Finding::at(&file.path, line, format!("`{word}`: storage is synchronous")));
                }
            }
            if SILENT.iter().any(|folder| file.path.starts_with(folder)) {
                for call in PRINTS.iter().filter(|call| has_call(&code, call)) {
                    findings.push(Finding::at(
                        &file.path,
                        line,
                        format!("`{call}`: return it, or use tracing"),
                    ));
                }
            }
        }
        if is_seam && !needs_seam {
            findings.push(Finding::at(&file.path, 0, "needs no seam any more: take it off tidy's list"));
        }
    }
    for (path, _) in allowed {
        if !tree.has(path) {
            findings.push(Finding::at(path, 0, "is on tidy's list of seams and does not exist"));
        }
    }
    findings
}

fn has_call(code: &str, call: &str) -> bool {
    code.match_indices(call).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: &str = "fn now() { std::time::Instant::now(); }\n";

    #[test]
    fn a_call_past_a_seam_is_found_outside_the_list() {
        let tree = Tree::of(&[("server/src/a.rs", CLOCK)]);
        assert_eq!(check(&tree, &[]).len(), 1);
        assert!(check(&tree, &[("server/src/a.rs", "the clock")]).is_empty());
    }

    #[test]
    fn expecting_the_lint_needs_a_line_in_the_list() {
        let tree =
            Tree::of(&[("server/src/a.rs", "#![expect(clippy::disallowed_methods, reason = \"x\")]\n")]);
        assert_eq!(check(&tree, &[]).len(), 1);
    }

    #[test]
    fn a_listed_file_that_needs_no_seam_or_is_gone_is_found() {
        let tree = Tree::of(&[("server/src/a.rs", "fn a() {}\n")]);
        assert_eq!(check(&tree, &[("server/src/a.rs", "")]).len(), 1);
        assert_eq!(check(&tree, &[("server/src/gone.rs", "")]).len(), 1);
    }

    #[test]
    fn words_in_comments_strings_and_tests_do_not_count() {
        let text =
            "// std::fs\nconst A: &str = \"tokio::spawn\";\n#[cfg(test)]\nmod tests {\n  use std::fs;\n}\n";
        assert!(check(&Tree::of(&[("server/src/a.rs", text)]), &[]).is_empty());
    }

    #[test]
    fn async_in_storage_is_found() {
        let tree = Tree::of(&[("storage/engine/src/a.rs", "async fn a() {}\n")]);
        assert_eq!(check(&tree, &[]).len(), 1);
        assert!(check(&Tree::of(&[("server/src/a.rs", "async fn a() {}\n")]), &[]).is_empty());
    }

    #[test]
    fn printing_from_a_library_is_found() {
        let tree = Tree::of(&[("proto/src/a.rs", "fn a() { println!(\"x\"); }\n")]);
        assert_eq!(check(&tree, &[]).len(), 1);
    }
}
