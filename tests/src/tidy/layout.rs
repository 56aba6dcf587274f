//! Rule: folders are concepts, there are no drawers, and the tree names no machine.

use super::{Finding, Tree};

const DRAWERS: &[&str] = &[
    "util", "utils", "common", "misc", "helper", "helpers", "shared", "manager", "db", "service", "services",
];

/// Beginnings of paths that exist on one machine only, in two pieces so that this file is not found.
const MACHINE_PATHS: &[(&str, &str)] = &[("/", "work/"), ("/", "root/"), ("/", "home/"), ("/", "Users/")];

/// Findings about names of folders and files, and about text that is true on one machine only.
pub fn layout(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in tree.paths() {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.strip_suffix(".rs").unwrap_or(name);
        if DRAWERS.contains(&stem) {
            findings.push(Finding::at(path, 0, "is a drawer: name the idea that it holds"));
        }
    }
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            for (first, second) in MACHINE_PATHS {
                let path = format!("{first}{second}");
                let named = line.match_indices(&path).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~}/<>".contains(c))
                });
                if named {
                    let message = format!("`{path}…` is a path of one machine");
                    findings.push(Finding::at(&file.path, index + 1, message));
                }
            }
            if file.path.ends_with("Cargo.lock")
                && line.starts_with("source = ")
                && !line.contains("registry+https://github.com/rust-lang/")
            {
                findings.push(Finding::at(&file.path, index + 1, "crates come from the public index"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawers_are_found_as_folder_and_as_file() {
        let tree = Tree::of(&[("server/src/util/a.rs", ""), ("client/src/helpers.rs", "")]);
        assert_eq!(layout(&tree).len(), 2);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let text = format!("run it from {}work/main\n", "/");
        assert_eq!(layout(&Tree::of(&[("docs/a.md", &text)])).len(), 1);
        assert!(layout(&Tree::of(&[("docs/a.md", "see client/work/x and ~/home/x")])).is_empty());
    }

    #[test]
    fn a_crate_from_elsewhere_is_found() {
        let lock = "source = \"registry+https://mirror.example/index\"\n";
        assert_eq!(layout(&Tree::of(&[("Cargo.lock", lock)])).len(), 1);
    }
}
