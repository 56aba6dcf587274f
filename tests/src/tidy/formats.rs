//! Rule: a format on disk is one page, one number and at least one fixture.
//!
//! Every `format.rs` under `storage` (and the server's, when it has one) is a format named after its folder:
//! `storage/engine/src/manifest/format.rs` needs `docs/formats/manifest.md`, a `VERSION` constant, and a file
//! under a `fixtures` folder of its crate whose path names it.

use super::{Finding, Tree};

/// Findings about formats.
pub fn formats(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files().filter(|file| file.path.ends_with("/format.rs") && !file.is_test_code()) {
        let folders: Vec<&str> = file.path.split('/').collect();
        let name = folders[folders.len() - 2];
        let Some(source_at) = folders.iter().position(|folder| *folder == "src") else { continue };
        let crate_folder = folders[..source_at].join("/");
        let page = format!("docs/formats/{name}.md");
        if !tree.has(&page) {
            findings.push(Finding::at(&file.path, 0, format!("has no page {page}")));
        }
        if !file.product_lines().iter().any(|(_, code)| code.contains("VERSION")) {
            findings.push(Finding::at(&file.path, 0, "has no VERSION"));
        }
        let fixtures = format!("{crate_folder}/fixtures/");
        let has_fixture = tree.paths().any(|path| {
            path.strip_prefix(&fixtures)
                .is_some_and(|rest| rest.split(['/', '.', '-']).any(|part| part.starts_with(name)))
        });
        if !has_fixture {
            findings.push(Finding::at(
                &file.path,
                0,
                format!("has no fixture named {name}… under {fixtures}"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: (&str, &str) =
        ("storage/engine/src/manifest/format.rs", "//! F.\npub const VERSION: u32 = 1;\n");

    #[test]
    fn a_format_without_page_version_and_fixture_is_found() {
        let tree = Tree::of(&[("storage/engine/src/manifest/format.rs", "//! F.\n")]);
        assert_eq!(formats(&tree).len(), 3);
    }

    #[test]
    fn a_format_with_page_version_and_fixture_is_good() {
        let tree = Tree::of(&[
            FORMAT,
            ("docs/formats/manifest.md", ""),
            ("storage/engine/fixtures/v1/manifest-000001", ""),
        ]);
        assert_eq!(formats(&tree), vec![]);
    }
}
