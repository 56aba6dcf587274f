//! Report: the longest Rust files. Nobody is failed by it; a long file may hold two ideas.

use super::Tree;

/// The `count` longest product files as (lines, path), longest first.
pub fn longest(tree: &Tree, count: usize) -> Vec<(usize, &str)> {
    let mut files: Vec<(usize, &str)> = tree
        .rust_files()
        .filter(|file| !file.is_test_code())
        .map(|file| (file.text.lines().count(), file.path.as_str()))
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    files.truncate(count);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_come_first_and_tests_do_not_count() {
        let tree = Tree::of(&[
            ("server/src/a.rs", "1\n"),
            ("server/src/b.rs", "1\n2\n3\n"),
            ("server/src/b/tests.rs", "1\n2\n3\n4\n"),
            ("server/src/c.rs", "1\n2\n"),
        ]);
        assert_eq!(longest(&tree, 2), vec![(3, "server/src/b.rs"), (2, "server/src/c.rs")]);
    }
}
