//! Rule: what documents name exists.
//!
//! Looked at in every markdown file: relative links, paths in backticks that begin at the root of the tree,
//! and verbs of `./dev`. A path with a `*` is checked up to the folder before it.

use super::{Finding, Tree};

const TOP_FOLDERS: &[&str] =
    &["storage", "cluster", "proto", "client", "server", "tests", "fuzz", "docs", "demo", ".ci"];

/// Findings about paths, links and verbs in documents.
pub fn documents(tree: &Tree) -> Vec<Finding> {
    let verbs = tree.text("dev").map(verbs_of);
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut in_fence = false;
        for (index, line) in file.text.lines().enumerate() {
            let mut report = |message: String| findings.push(Finding::at(&file.path, index + 1, message));
            if let Some(verbs) = &verbs {
                for verb in verbs_called(line).filter(|verb| !verbs.contains(verb)) {
                    report(format!("`./dev {verb}`: there is no such verb"));
                }
            }
            if line.trim_start().starts_with("```") {
                in_fence = !in_fence;
                continue;
            }
            if in_fence {
                continue;
            }
            for path in code_spans(line).filter_map(path_from_root).filter(|path| !tree.has(path)) {
                report(format!("`{path}` does not exist"));
            }
            for target in links(line) {
                let target = target.split('#').next().unwrap_or_default();
                if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                    let path = resolve(folder, target);
                    if !tree.has(&path) {
                        report(format!("the link to `{path}` leads nowhere"));
                    }
                }
            }
        }
    }
    findings
}

/// Texts between single backticks.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// `span` as a path of the tree, when it is meant as one.
fn path_from_root(span: &str) -> Option<&str> {
    let word = span.split_whitespace().next().filter(|word| word.len() == span.len())?;
    let word = word.split('*').next().unwrap_or_default();
    let word = word.rsplit_once('/').map_or(word, |(folder, name)| {
        // `docs/deci*` names a folder and a pattern.
        if span.contains('*') && !name.is_empty() { folder } else { word }
    });
    let is_path = word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let (first, rest) = word.split_once('/')?;
    (is_path && TOP_FOLDERS.contains(&first) && !rest.contains("..")).then_some(word)
}

fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Verbs that the script's main `case` knows: lines such as `  verify) …` or `  a | b) …`.
fn verbs_of(script: &str) -> Vec<String> {
    let main = script.split_once("case \"$verb\" in").map_or("", |(_, rest)| rest);
    main.lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_once(')'))
        .flat_map(|(names, _)| names.split('|').map(|name| name.trim().to_string()).collect::<Vec<_>>())
        .collect()
}

fn verbs_called(line: &str) -> impl Iterator<Item = String> {
    line.split("./dev ").skip(1).filter_map(|rest| {
        let verb: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        (!verb.is_empty()).then_some(verb)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(markdown: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/a.md", markdown),
            ("docs/b.md", ""),
            ("server/src/main.rs", ""),
            ("dev", "case \"$verb\" in\n  verify) x ;;\n  a | b)\n    case y in\n      inner) ;;\n"),
        ]);
        documents(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn paths_that_do_not_exist_are_found() {
        assert_eq!(found("see `server/src/gone.rs`").len(), 1);
        assert_eq!(found("see `docs/gone/*.md`").len(), 1);
        assert_eq!(found("see [b](../docs/gone.md)").len(), 1);
        assert!(
            found("see `server/src/main.rs`, `docs/*.md`, `server/`, [b](b.md#x), `client/x y`").is_empty()
        );
    }

    #[test]
    fn verbs_that_do_not_exist_are_found() {
        assert_eq!(found("run `./dev inner` now").len(), 1);
        assert!(found("run `./dev verify`, `./dev b`").is_empty());
    }

    #[test]
    fn paths_inside_fences_are_examples() {
        assert!(found("```\n`server/src/gone.rs`\n```").is_empty());
    }
}
