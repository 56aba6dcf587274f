//! The house style on the real tree: every rule of `tests::tidy`, and a report of the longest files.

use std::path::Path;

use tests::tidy::{self, Finding, Tree};

fn tree() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace");
    Tree::read(root).expect("the source tree can be read")
}

fn assert_none(mut findings: Vec<Finding>) {
    findings.sort();
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "{} finding(s):\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn dependencies_point_one_way() {
    assert_none(tidy::edges(&tree()));
}

#[test]
fn the_outside_world_comes_in_through_seams() {
    assert_none(tidy::seams(&tree()));
}

#[test]
fn files_open_with_a_head_and_tables_of_contents_hold_no_code() {
    assert_none(tidy::heads(&tree()));
}

#[test]
fn folders_are_concepts_and_no_file_names_a_machine() {
    assert_none(tidy::layout(&tree()));
}

#[test]
fn names_use_the_words_of_the_glossary() {
    assert_none(tidy::words(&tree()));
}

#[test]
fn names_of_tests_are_sentences_and_no_test_is_switched_off() {
    assert_none(tidy::names_of_tests(&tree()));
}

#[test]
fn formats_have_page_version_and_fixture() {
    assert_none(tidy::formats(&tree()));
}

#[test]
fn documents_name_what_exists() {
    assert_none(tidy::documents(&tree()));
}

#[test]
fn the_tree_is_read_at_all() {
    let tree = tree();
    assert!(tree.has("storage/model/src/lib.rs") && tree.has("docs/glossary.md"));
    println!("longest files:");
    for (lines, path) in tidy::longest(&tree, 10) {
        println!("{lines:6}  {path}");
    }
}
