//! [`Tree`]: the source tree as text, read once; [`Finding`]: what a rule has to say about it.
//!
//! Left out of the tree: build output, hidden folders but `.ci`, installed packages of other languages, data
//! directories, and files that are not text.

#![expect(clippy::disallowed_methods, reason = "the only file of tidy that reads the disk")]

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::Path;

use super::code::code_of;

const FOLDERS_LEFT_OUT: &[&str] =
    &["target", "node_modules", "__pycache__", "basalt-data", "basalt-demo", "artifacts", "corpus", "venv"];

/// Text files longer than this are data, not source.
const TEXT_SIZE_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// A text file of the tree.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// From the root of the tree, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl SourceFile {
    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether all of it is test code: a test crate, a `tests` folder or file, a bench or a fuzz target.
    pub fn is_test_code(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.starts_with("fuzz/")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
    }

    /// Its code by line (first line is 1), comments and the insides of strings blanked out.
    pub fn code_lines(&self) -> Vec<(usize, String)> {
        code_of(&self.text).lines().enumerate().map(|(index, line)| (index + 1, line.to_string())).collect()
    }

    /// The lines of [`SourceFile::code_lines`] before its inline test module, none in a test file.
    pub fn product_lines(&self) -> Vec<(usize, String)> {
        if self.is_test_code() {
            return Vec::new();
        }
        let lines = self.code_lines();
        let end = lines
            .windows(2)
            .position(|pair| {
                pair[0].1.trim() == "#[cfg(test)]"
                    && pair[1].1.trim().starts_with("mod ")
                    && pair[1].1.trim_end().ends_with('{')
            })
            .unwrap_or(lines.len());
        lines.into_iter().take(end).collect()
    }
}

/// The source tree.
#[derive(Debug, Default)]
pub struct Tree {
    /// Text files by path.
    pub files: Vec<SourceFile>,
    paths: BTreeSet<String>,
}

impl Tree {
    /// The tree under `root`.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let mut tree = Tree::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// A tree made of `(path, text)`, for tests of rules.
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.add(path, Some(text.to_string()));
        }
        tree
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|entry| entry.file_name());
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if FOLDERS_LEFT_OUT.contains(&name.as_str()) || (name.starts_with('.') && name != ".ci") {
                    continue;
                }
                self.paths.insert(path.clone());
                self.read_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() && name != ".git" {
                let text = if entry.metadata()?.len() <= TEXT_SIZE_BYTES_MAX {
                    String::from_utf8(std::fs::read(entry.path())?).ok()
                } else {
                    None
                };
                self.add(&path, text);
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &str, text: Option<String>) {
        self.paths.insert(path.to_string());
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            self.paths.insert(parent.to_string());
            folder = parent;
        }
        if let Some(text) = text {
            self.files.push(SourceFile { path: path.to_string(), text });
        }
    }

    /// Whether a file or folder of that path is in the tree; a trailing `/` does not matter.
    pub fn has(&self, path: &str) -> bool {
        self.paths.contains(path.trim_end_matches('/'))
    }

    /// Paths of all files and folders, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// The text of the file at `path`.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// The Rust files.
    pub fn rust_files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

/// Something that is not as the style wants it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which file.
    pub path: String,
    /// Which line, from 1; 0 when it is about the file or folder as a whole.
    pub line: usize,
    /// What is wrong and what is wanted.
    pub message: String,
}

impl Finding {
    /// A finding at a line.
    pub fn at(path: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: path.to_string(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_lines_end_where_the_inline_tests_begin() {
        let tree = Tree::of(&[("server/src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\nfn b() {}\n}\n")]);
        let lines = tree.files[0].product_lines();
        assert_eq!(lines, vec![(1, "fn a() {}".to_string())]);
    }

    #[test]
    fn folders_of_a_file_are_in_the_tree() {
        let tree = Tree::of(&[("docs/formats/x.md", "")]);
        assert!(tree.has("docs/formats/"));
        assert!(!tree.has("docs/other"));
    }
}
