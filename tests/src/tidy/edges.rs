//! Rule: the directions of dependency.
//!
//! Crates may depend only on the crates in [`CRATES`]; some may not know certain libraries; inside a crate,
//! [`MODULES`] lists imports that must not happen. A new edge comes with a page in `docs/decisions`.

use super::{Finding, Tree};

const OURS: &[&str] = &["model", "engine", "cluster", "proto", "client", "server", "tests"];

/// What a crate may use of ours, and which libraries it must never know.
struct CrateRule {
    folder: &'static str,
    may_use: &'static [&'static str],
    never: &'static [&'static str],
}

const CRATES: &[CrateRule] = &[
    CrateRule {
        folder: "storage/model",
        may_use: &[],
        never: &["tokio", "tonic", "rand", "anyhow", "futures"],
    },
    CrateRule {
        folder: "storage/engine",
        may_use: &["model"],
        never: &["tokio", "tonic", "anyhow", "futures"],
    },
    CrateRule { folder: "cluster", may_use: &["model"], never: &["anyhow"] },
    CrateRule { folder: "proto", may_use: &["model"], never: &["tokio", "anyhow"] },
    CrateRule { folder: "client", may_use: &["model", "proto"], never: &["anyhow"] },
    CrateRule {
        folder: "server",
        may_use: &["model", "engine", "cluster", "proto", "client"],
        never: &["scylla"],
    },
    CrateRule { folder: "tests", may_use: OURS, never: &[] },
    CrateRule { folder: "fuzz", may_use: OURS, never: &[] },
    // A program of a user, outside the workspace: it knows the driver and none of us.
    CrateRule { folder: "tests/clients/rust", may_use: &[], never: &[] },
];

/// In product code under the first path, the second text must not stand.
const MODULES: &[(&str, &str, &str)] = &[
    ("server/src/cql/syntax/", "engine::", "the parser knows text, not storage"),
    ("server/src/cql/syntax/", "proto::", "the parser knows text, not frames"),
    ("server/src/cql/", "native::NativeListener", "front doors call cql, cql opens no door"),
    ("server/src/cql/", "tokio::net", "front doors call cql, cql knows no socket"),
    ("server/src/config/", "crate::node", "settings are data; the node reads them"),
    ("proto/src/", "tokio::", "codecs are bytes to values, without I/O"),
    ("storage/engine/src/compaction/pick", "fs::", "pickers are pure"),
];

/// Findings about dependencies between crates and modules.
pub fn edges(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in CRATES {
        let path = format!("{}/Cargo.toml", rule.folder);
        if let Some(manifest) = tree.text(&path) {
            check_manifest(&path, manifest, rule, &mut findings);
        }
    }
    for file in
        tree.files.iter().filter(|file| file.path.ends_with("Cargo.toml") && file.path != "Cargo.toml")
    {
        let folder = file.path.trim_end_matches("/Cargo.toml");
        if !CRATES.iter().any(|rule| rule.folder == folder) {
            findings.push(Finding::at(
                &file.path,
                0,
                "a new crate needs its line in tests/src/tidy/edges.rs",
            ));
        }
    }
    for (folder, import, why) in MODULES {
        for file in tree.rust_files().filter(|file| file.path.starts_with(folder)) {
            for (line, code) in file.product_lines() {
                if has_path(&code, import) {
                    findings.push(Finding::at(
                        &file.path,
                        line,
                        format!("`{import}` is not for here: {why}"),
                    ));
                }
            }
        }
    }
    findings
}

fn check_manifest(path: &str, manifest: &str, rule: &CrateRule, findings: &mut Vec<Finding>) {
    let mut section = "";
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            // `[dependencies.name]` names its dependency in the head of the section.
            if let Some((before, name)) = section.rsplit_once('.')
                && before.ends_with("dependencies")
            {
                check_dependency(path, index + 1, name, rule, findings);
            }
            continue;
        }
        if !section.ends_with("dependencies") {
            continue;
        }
        let name: String =
            line.chars().take_while(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect();
        if !name.is_empty() {
            check_dependency(path, index + 1, &name, rule, findings);
        }
    }
}

fn check_dependency(path: &str, line: usize, name: &str, rule: &CrateRule, findings: &mut Vec<Finding>) {
    if OURS.contains(&name) && !rule.may_use.contains(&name) {
        findings.push(Finding::at(
            path,
            line,
            format!("{} must not depend on {name} (a new edge is a decision)", rule.folder),
        ));
    }
    if rule.never.contains(&name) {
        findings.push(Finding::at(path, line, format!("{} must not know {name}", rule.folder)));
    }
}

/// Whether `path` stands in `code` and is not the tail of a longer name.
pub(super) fn has_path(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
            && !code[at + path.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
            || (path.ends_with("::")
                && !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_depends_on_the_cluster_is_found() {
        let tree = Tree::of(&[(
            "storage/engine/Cargo.toml",
            "[package]\nname = \"engine\"\n[dependencies]\nmodel.workspace = true\ncluster.workspace = true\n",
        )]);
        let found = edges(&tree);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].line, 5);
    }

    #[test]
    fn a_library_that_a_crate_must_not_know_is_found_in_every_form() {
        let tree = Tree::of(&[(
            "storage/model/Cargo.toml",
            "[dev-dependencies]\ntokio = { version = \"1\" }\n[dependencies.anyhow]\nversion = \"1\"\n",
        )]);
        assert_eq!(edges(&tree).len(), 2);
    }

    #[test]
    fn a_crate_without_a_line_in_the_table_is_found() {
        let tree = Tree::of(&[("extra/Cargo.toml", "[package]\n")]);
        assert_eq!(edges(&tree).len(), 1);
    }

    #[test]
    fn a_forbidden_import_is_found_in_product_code_only() {
        let bad = Tree::of(&[("server/src/cql/plan.rs", "use crate::native::NativeListener;\n")]);
        assert_eq!(edges(&bad).len(), 1);
        let good = Tree::of(&[("server/src/cql/plan/tests.rs", "use crate::native::NativeListener;\n")]);
        assert!(edges(&good).is_empty());
        let other = Tree::of(&[("server/src/cql/syntax/a.rs", "use crate::myengine::X;\n")]);
        assert!(edges(&other).is_empty());
    }
}
