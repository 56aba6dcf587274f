//! [`Identity`]: who this node is: made with the data directory, kept for its life.
//!
//! One small file of TOML with a version; replaced by nobody. A file of a newer version refuses to start.

use std::io;
use std::path::Path;

use cluster::ring::allocate_tokens;
use engine::Error;
use engine::fs::FileSystem;
use model::key::Token;
use model::random::Random;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Version of the file.
const VERSION: u32 = 1;

/// Tokens of a node: enough parts to move, few enough memtables.
const TOKENS: usize = 8;

/// Longest identity file, in bytes.
const FILE_SIZE_BYTES_MAX: u64 = 64 * 1024;

const FILE: &str = "identity.toml";
const NEW_FILE: &str = "identity.toml.new";

/// Who a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Its id in the cluster, which names its counter shards too.
    pub(crate) host_id: Uuid,
    /// Its tokens, ascending.
    pub(crate) tokens: Vec<Token>,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    version: u32,
    host_id: Uuid,
    tokens: Vec<i64>,
}

impl Identity {
    /// Reads the identity in `directory`, or makes one. Durable when it returns. The directory must be there
    /// and locked.
    ///
    /// Errors: `Corruption` for a file that is none, `Failed` for a newer version, `Io`.
    pub(crate) fn open(
        fs: &dyn FileSystem,
        directory: &Path,
        random: &dyn Random,
    ) -> Result<Identity, Error> {
        let path = directory.join(FILE);
        match fs.read_all(&path, FILE_SIZE_BYTES_MAX) {
            Ok(bytes) => read(&path, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let identity = Identity { host_id: random.next_uuid(), tokens: allocate_tokens(&[], TOKENS) };
                identity.keep(fs, directory)?;
                Ok(identity)
            }
            Err(error) => Err(Error::io("read", &path, error)),
        }
    }

    fn keep(&self, fs: &dyn FileSystem, directory: &Path) -> Result<(), Error> {
        let file = File {
            version: VERSION,
            host_id: self.host_id,
            tokens: self.tokens.iter().map(|token| token.0).collect(),
        };
        let text = toml::to_string(&file).map_err(|error| Error::failed(error.to_string()))?;
        let (new, path) = (directory.join(NEW_FILE), directory.join(FILE));
        match fs.remove(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &new, error));
            }
            _ => {}
        }
        let mut file = fs.create(&new).map_err(|error| Error::io("create", &new, error))?;
        file.append(text.as_bytes()).map_err(|error| Error::io("append to", &new, error))?;
        file.sync().map_err(|error| Error::io("sync", &new, error))?;
        fs.rename(&new, &path).map_err(|error| Error::io("rename", &new, error))?;
        fs.sync_directory(directory).map_err(|error| Error::io("sync", directory, error))
    }
}

fn read(path: &Path, bytes: &[u8]) -> Result<Identity, Error> {
    let damaged = |what: String| Error::corruption(path, 0, what);
    let text = std::str::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
    let file: File = toml::from_str(text).map_err(|error| damaged(error.message().to_string()))?;
    if file.version > VERSION {
        return Err(Error::failed(format!(
            "{} is of version {}, written by a newer basalt; this one reads version {VERSION}",
            path.display(),
            file.version
        )));
    }
    let mut tokens: Vec<Token> = file.tokens.into_iter().map(Token).collect();
    tokens.sort_unstable();
    tokens.dedup();
    if tokens.is_empty() {
        return Err(damaged("a node has tokens, and the file names none".to_string()));
    }
    Ok(Identity { host_id: file.host_id, tokens })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::fs::MemoryFileSystem;
    use model::random::SeededRandom;

    use super::*;

    fn disk() -> Arc<MemoryFileSystem> {
        let disk = Arc::new(MemoryFileSystem::new());
        disk.create_directory(Path::new("/d")).expect("an empty disk");
        disk
    }

    fn write(disk: &MemoryFileSystem, text: &str) {
        let mut file = disk.create(&Path::new("/d").join(FILE)).expect("a new file");
        file.append(text.as_bytes()).expect("room");
    }

    #[test]
    fn an_identity_is_made_once_and_then_stays() {
        let disk = disk();
        let first = Identity::open(&*disk, Path::new("/d"), &SeededRandom::new(1)).expect("made");
        assert_eq!(first.tokens.len(), TOKENS);
        let again = Identity::open(&*disk, Path::new("/d"), &SeededRandom::new(2)).expect("read");
        assert_eq!(again, first);
    }

    #[test]
    fn a_newer_file_and_a_damaged_one_are_refused_by_name() {
        let newer = disk();
        write(&newer, "version = 9\nhost_id = \"00000000-0000-0000-0000-000000000001\"\ntokens = [1]\n");
        let error = Identity::open(&*newer, Path::new("/d"), &SeededRandom::new(1)).expect_err("newer");
        assert!(error.to_string().contains("version 9"), "{error}");
        for text in ["nonsense", "version = 1", "version = 1\nhost_id = \"x\"\ntokens = []"] {
            let damaged = disk();
            write(&damaged, text);
            let error = Identity::open(&*damaged, Path::new("/d"), &SeededRandom::new(1)).expect_err(text);
            assert!(matches!(&error, Error::Corruption(_)) && error.to_string().contains(FILE), "{error}");
        }
    }
}
