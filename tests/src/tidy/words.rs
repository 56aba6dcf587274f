//! Rule: identifiers use the words of `docs/glossary.md`.
//!
//! Only synonyms that are wrong everywhere are looked for; most of the glossary needs a reader.

use super::{Finding, Tree};

/// Words that are no part of an identifier here, with the word that is.
const BANNED: &[(&str, &str)] = &[
    ("sst", "sstable"),
    ("wal", "commit_log"),
    ("lsn", "replay_position or seqno"),
    ("imm", "sealed"),
    ("mgr", "the name of what it does"),
    ("kv", "key and value, or cell"),
    ("lwt", "conditional"),
    ("memtbl", "memtable"),
    ("tablet", "region"),
    ("fsm", "state machine"),
    ("utils", "the name of the idea"),
];

/// Verbs that say nothing, as names of functions or as their first word.
const VAGUE_VERBS: &[&str] = &["process", "perform", "do"];

/// Findings about names.
pub fn words(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        for (line, code) in file.code_lines() {
            let mut previous = "";
            for name in code.split(|c: char| !c.is_alphanumeric() && c != '_') {
                if name.is_empty() {
                    continue;
                }
                let parts = parts_of(name);
                for (word, instead) in BANNED {
                    if parts.iter().any(|part| part == word) {
                        findings.push(Finding::at(&file.path, line, format!("`{name}`: say {instead}")));
                    }
                }
                if previous == "fn" && VAGUE_VERBS.contains(&parts[0].as_str()) {
                    findings.push(Finding::at(&file.path, line, format!("`{name}`: say what it does")));
                }
                previous = name;
            }
        }
    }
    findings
}

/// `SstableReader_v2` -> `sstable`, `reader`, `v2`.
fn parts_of(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut previous_is_lower = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && previous_is_lower) {
            parts.push(String::new());
        }
        previous_is_lower = c.is_lowercase() || c.is_ascii_digit();
        if c != '_' {
            parts.last_mut().expect("never empty").extend(c.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() {
        parts.push(String::new());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banned_words_are_found_inside_identifiers() {
        for name in ["open_wal", "SstReader", "KV_COUNT", "LwtOutcome"] {
            let text = format!("//! A.\nconst {name}: u8 = 0;\n");
            assert_eq!(words(&Tree::of(&[("server/src/a.rs", &text)])).len(), 1, "{name}");
        }
    }

    #[test]
    fn longer_words_and_comments_are_left_alone() {
        let text = "//! The wal of others.\nfn open_sstable(walk: Immutable) {}\n";
        assert!(words(&Tree::of(&[("server/src/a.rs", text)])).is_empty());
    }

    #[test]
    fn a_function_called_after_a_vague_verb_is_found() {
        let text = "fn process_request() {}\nfn processed() {}\n";
        assert_eq!(words(&Tree::of(&[("server/src/a.rs", text)])).len(), 1);
    }
}
