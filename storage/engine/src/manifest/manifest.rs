//! [`Manifest`]: installs edits and publishes versions. The single installer of a node.
//!
//! An edit is durable before the version it makes is published; what the caller hands as `publish` runs
//! in the same order as the edits. A failed append or sync latches: the file's end is unknown then.

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;

use super::log::ManifestLog;
use super::{Change, Version};
use crate::config::{EngineSettings, SeededDefect};
use crate::error::Error;
use crate::fs::FileSystem;
use crate::latch::Latch;

/// The manifest of a node.
pub(crate) struct Manifest {
    version: ArcSwap<Version>,
    log: Mutex<ManifestLog>,
    latch: Arc<Latch>,
    bytes_max: u64,
    /// Whether edits are synced; they always are but in a self-test of the crash programme.
    sync: bool,
}

impl Manifest {
    /// Recovers the manifest in `directory`. `None` when there is none: the caller decides whether that
    /// may be, and calls [`Manifest::begin`].
    pub(crate) fn recover(
        fs: &dyn FileSystem,
        directory: &std::path::Path,
    ) -> Result<(Option<Version>, u64), Error> {
        ManifestLog::recover(fs, directory)
    }

    /// Begins a manifest with `version`. Opening always does, so that nothing rests on what an earlier
    /// process may have failed to sync.
    pub(crate) fn begin(
        fs: Arc<dyn FileSystem>,
        directory: PathBuf,
        number: u64,
        version: Version,
        latch: Arc<Latch>,
        settings: &EngineSettings,
    ) -> Result<Manifest, Error> {
        let log = ManifestLog::begin(fs, directory, number, &version)?;
        log.remove_others()?;
        Ok(Manifest {
            version: ArcSwap::from_pointee(version),
            log: Mutex::new(log),
            latch,
            bytes_max: settings.manifest_bytes_max,
            sync: settings.seeded_defect != Some(SeededDefect::SkipManifestSync),
        })
    }

    /// Makes an edit durable, publishes the version after it and calls `publish`, in the order of edits.
    ///
    /// Errors: `Invalid` when the edit does not fit the current version (nothing happened); `Failed`
    /// and latched when it could not be made durable (`publish` was not called).
    pub(crate) fn install(&self, edit: &[Change], publish: impl FnOnce()) -> Result<(), Error> {
        self.install_with(|_| edit.to_vec(), publish)
    }

    /// [`Manifest::install`] of an edit that depends on the current version.
    ///
    /// Errors: as `install`.
    pub(crate) fn install_with(
        &self,
        edit: impl FnOnce(&Version) -> Vec<Change>,
        publish: impl FnOnce(),
    ) -> Result<(), Error> {
        let mut log = self.log.lock();
        self.latch.check()?;
        let version = self.version.load();
        let edit = edit(&version);
        let next = version.after(&edit).map_err(Error::Invalid)?;
        log.append(&edit, self.sync).map_err(|error| self.latch.close(&error))?;
        self.version.store(Arc::new(next));
        publish();
        if log.is_long(self.bytes_max) {
            // The edit itself is done; only later ones cannot be installed any more.
            if let Err(error) = log.rewrite(&self.version.load()) {
                self.latch.close(&error);
            }
        }
        Ok(())
    }
}
