//! Data-driven tests of definitions, DESCRIBE and computed tables: `testdata/definition/*.txt`.
//!
//! A block is a statement, `----`, its answer; one file is one node. Other commands: `rows TABLE COLUMNS` shows
//! a table, `partition TABLE KEY COLUMNS` one partition, `restart` opens the node again. `UPDATE=1 cargo test -p server --lib definition` writes the answers.

#![expect(clippy::disallowed_methods, reason = "a test reads its data files")]

pub(crate) mod test_node;

use std::fs;
use std::path::{Path, PathBuf};

use engine::fs::{MemoryFileSystem, Restart, UnsyncedBytes, UnsyncedNames};

use test_node::TestNode;

#[test]
fn definitions_answer_as_their_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/definition");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let expected = fs::read_to_string(&path).expect("test data");
        let actual = answered(&expected);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &actual).expect("test data is writable");
        } else {
            assert_eq!(actual, expected, "{}", path.display());
        }
    }
}

fn answered(file: &str) -> String {
    let mut disk = MemoryFileSystem::new();
    let mut node = Some(TestNode::open(&disk, 1).unwrap());
    let mut out = vec![];
    for block in file.trim_end().split("\n\n\n") {
        let lines: Vec<&str> = block.lines().collect();
        let comments = lines.iter().take_while(|line| line.starts_with('#')).count();
        let asked = lines.iter().position(|line| *line == "----").unwrap_or(lines.len());
        let mut answer: Vec<String> = lines[..asked].iter().map(|line| line.to_string()).collect();
        let text = lines[comments..asked].join("\n");
        let words: Vec<&str> = text.split(' ').collect();
        if !text.is_empty() {
            answer.push("----".to_string());
            answer.push(match words[..] {
                ["restart"] => {
                    drop(node.take());
                    disk = disk.restart(Restart {
                        bytes: UnsyncedBytes::Dropped,
                        names: UnsyncedNames::Dropped,
                        seed: 1,
                    });
                    node = Some(TestNode::open(&disk, 2).unwrap());
                    "open".to_string()
                }
                ["rows", table, ref columns @ ..] => shown(&node.as_ref().unwrap().rows(table, columns)),
                ["partition", table, key, ref columns @ ..] => {
                    shown(&node.as_ref().unwrap().partition(table, key, columns))
                }
                _ => node.as_mut().unwrap().run(&text),
            });
        }
        out.push(answer.join("\n"));
    }
    out.join("\n\n\n") + "\n"
}

fn shown(rows: &[String]) -> String {
    if rows.is_empty() { "no rows".to_string() } else { rows.join("\n") }
}

#[test]
fn what_describe_says_makes_the_same_schema_again() {
    let disk = MemoryFileSystem::new();
    let mut node = TestNode::open(&disk, 1).unwrap();
    for statement in [
        "create keyspace \"Shop\" with replication = {'class': 'NetworkTopologyStrategy', 'dc1': 1} and durable_writes = false",
        "create type \"Shop\".\"Street\" (name text, \"No\" int)",
        "create type \"Shop\".address (s frozen<\"Street\">, lines frozen<list<text>>)",
        "create table \"Shop\".orders (id uuid, \"At\" timestamp, \"table\" int static, home frozen<address>, m map<int, frozen<address>>, v vector<float, 3>, d duration, t frozen<tuple<int, text>>, gone int, back int, primary key ((id, v), \"At\")) with clustering order by (\"At\" desc) and comment = 'it''s' and compression = {'enabled': false} and extensions = {'x': '0xCAFE'} and speculative_retry = 'MIN(99p, 50ms)'",
        "alter table \"Shop\".orders drop (gone, back) using timestamp 77",
        "alter table \"Shop\".orders add back int",
        "create table \"Shop\".hits (k int primary key, n counter)",
        "create table \"Shop\".ranges (k int primary key) with partitioner = 'ordered' and compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': 6}",
    ] {
        node.execute(statement).unwrap();
    }
    let fresh = MemoryFileSystem::new();
    let mut again = TestNode::open(&fresh, 2).unwrap();
    let described = node.created_by("describe schema with internals");
    for statement in described.iter().flat_map(|text| text.split_inclusive(";\n")) {
        again.execute(statement).unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    assert_eq!(again.created_by("describe schema with internals"), described);
    assert_eq!(
        again.registry.schema().table("Shop", "orders").unwrap().id,
        node.registry.schema().table("Shop", "orders").unwrap().id
    );
}

#[test]
fn types_that_use_each_other_twice_stay_bounded() {
    let mut node = TestNode::open(&MemoryFileSystem::new(), 1).unwrap();
    node.execute(
        "create keyspace ks with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    )
    .unwrap();
    node.execute("create type ks.t0 (a int, b int)").unwrap();
    let refused = (1..16).find_map(|level| {
        let below = level - 1;
        let text = format!("create type ks.t{level} (a frozen<t{below}>, b frozen<t{below}>)");
        node.execute(&text).err().map(|error| (level, error.to_string()))
    });
    // t10 is made of 2^12 - 1 types.
    let (level, error) = refused.unwrap();
    assert_eq!(level, 11);
    assert!(error.contains("4096"), "{error}");
    let many: Vec<String> = (0..40).map(|number| format!("c{number} frozen<t10>")).collect();
    let error =
        node.execute(&format!("create table ks.t (k int primary key, {})", many.join(", "))).unwrap_err();
    assert!(error.to_string().contains("65536"), "{error}");
    let tuple = vec!["frozen<t10>"; 40].join(", ");
    assert!(node.execute(&format!("create table ks.t (k int primary key, v tuple<{tuple}>)")).is_err());
    // And none gets there by growing.
    node.execute("create table ks.t (k int primary key, v frozen<t10>)").unwrap();
    let error = node.execute("alter type ks.t0 add c int").unwrap_err();
    assert!(error.to_string().contains("4096"), "{error}");
}
