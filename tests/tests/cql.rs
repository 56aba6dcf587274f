//! Every `.test` file under `tests/cql`.
//!
//! `UPDATE=1` rewrites the files with the answers found instead of comparing.

#![expect(clippy::disallowed_methods, reason = "reads the scripts from the source tree")]

use std::path::{Path, PathBuf};

use tests::cql_script::Script;

/// The scripts of a folder under `tests/cql`, in the order of their names.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("its entries too").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "test"))
        .collect();
    paths.sort();
    paths
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cql");
    let entries = std::fs::read_dir(root).expect("the scripts are there");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn every_script_is_written_as_it_prints() {
    let mut count = 0;
    for path in folders().iter().flat_map(|folder| scripts(folder)) {
        let text = std::fs::read_to_string(&path).expect("a script can be read");
        let script = Script::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(script.to_string(), text, "{}", path.display());
        count += 1;
    }
    assert!(count > 30, "only {count} scripts were found");
}
