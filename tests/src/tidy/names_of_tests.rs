//! Rule: tests are named by behaviour and none is switched off.

use super::{Finding, Tree};

/// Findings about names and attributes of tests.
pub fn names_of_tests(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        for (line, code) in file.code_lines() {
            if code.contains("#[ignore") {
                findings.push(Finding::at(&file.path, line, "an ignored test is no test: mend or remove it"));
            }
            if let Some((_, after)) = code.split_once("fn test_") {
                let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let message = format!("`test_{name}`: a test's name is a sentence about behaviour");
                findings.push(Finding::at(&file.path, line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_tests_and_test_prefixes_are_found() {
        let text = "#[test]\n#[ignore]\nfn test_a() {}\n";
        let found = names_of_tests(&Tree::of(&[("server/src/a.rs", text)]));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), vec![2, 3]);
    }

    #[test]
    fn a_sentence_is_a_good_name() {
        let text = "#[test]\nfn rows_come_in_order() {}\n";
        assert!(names_of_tests(&Tree::of(&[("server/src/a.rs", text)])).is_empty());
    }
}
