//! Where the demo keeps its data: a directory of the person's, or a temporary one that goes when it ends.

#![expect(
    clippy::disallowed_methods,
    reason = "removes the temporary directory when no node uses it any more"
)]

use std::path::{Path, PathBuf};

use model::random::Random;

/// A directory for one demo.
#[derive(Debug)]
pub(super) struct DemoDirectory {
    path: PathBuf,
    is_temporary: bool,
}

impl DemoDirectory {
    /// The directory that was asked for, which stays; or a new name in the system's temporary directory.
    pub(super) fn choose(asked: Option<&Path>, random: &dyn Random) -> DemoDirectory {
        match asked {
            Some(path) => DemoDirectory { path: path.to_path_buf(), is_temporary: false },
            None => {
                let name = format!("basalt-demo-{:016x}", random.next_u64());
                DemoDirectory { path: std::env::temp_dir().join(name), is_temporary: true }
            }
        }
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it goes when the demo ends.
    pub(super) fn is_temporary(&self) -> bool {
        self.is_temporary
    }
}

impl Drop for DemoDirectory {
    fn drop(&mut self) {
        if self.is_temporary {
            // Whatever cannot be removed is the system's to clean: the person was told where it is.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::random::SeededRandom;

    use super::*;

    #[test]
    fn a_temporary_directory_goes_and_a_persons_own_stays() {
        let random = SeededRandom::new(7);
        let temporary = DemoDirectory::choose(None, &random);
        let path = temporary.path().to_path_buf();
        std::fs::create_dir_all(path.join("inner")).expect("it can be made");
        drop(temporary);
        assert!(!path.exists());

        let own = tempfile::tempdir().expect("a folder");
        drop(DemoDirectory::choose(Some(own.path()), &random));
        assert!(own.path().exists());
    }
}
