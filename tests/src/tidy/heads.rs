//! Rule: every Rust file opens with a `//!` head that says what it is, and tables of contents hold no code.

use super::{Finding, Tree};

/// A head longer than this is a document: it belongs into `docs`.
const HEAD_LINES_MAX: usize = 40;

/// Findings about the heads of files, and about functions in `lib.rs` and `mod.rs`.
pub fn heads(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        let head: Vec<&str> = file.text.lines().take_while(|line| line.starts_with("//!")).collect();
        if head.is_empty() || head.iter().all(|line| line.trim_start_matches("//!").trim().is_empty()) {
            let message =
                "opens without a `//!` head: what it is, where on the data's way, what always holds";
            findings.push(Finding::at(&file.path, 1, message));
        }
        if head.len() > HEAD_LINES_MAX {
            findings.push(Finding::at(
                &file.path,
                1,
                "the head is a document: move it into docs/ and point there",
            ));
        }
        if head.iter().any(|line| line.to_lowercase().contains("placeholder")) {
            findings.push(Finding::at(&file.path, 1, "is a placeholder: say what the file is"));
        }
        if file.path.ends_with("/lib.rs") || file.path.ends_with("/mod.rs") {
            for (line, code) in file.product_lines() {
                if code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "fn") {
                    findings.push(Finding::at(&file.path, line, "a table of contents holds no functions"));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_head_is_found() {
        assert_eq!(heads(&Tree::of(&[("server/src/a.rs", "use b;\n")])).len(), 1);
        assert_eq!(heads(&Tree::of(&[("server/src/a.rs", "//!\n//!\nuse b;\n")])).len(), 1);
        assert_eq!(heads(&Tree::of(&[("server/src/a.rs", "//! Placeholder.\n")])).len(), 1);
        assert!(heads(&Tree::of(&[("server/src/a.rs", "//! What it is.\n")])).is_empty());
    }

    #[test]
    fn a_function_in_a_table_of_contents_is_found() {
        let tree = Tree::of(&[("server/src/cql/mod.rs", "//! Contents.\nmod a;\npub fn b() {}\n")]);
        assert_eq!(heads(&tree)[0].line, 3);
        assert!(heads(&Tree::of(&[("server/src/cql/b.rs", "//! B.\npub fn b() {}\n")])).is_empty());
    }
}
