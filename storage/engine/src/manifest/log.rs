//! [`ManifestLog`]: appends edits to the current manifest, begins a new one, and recovers the last.
//!
//! A manifest is begun with one edit that describes everything, synced, and made current by renaming a
//! file over `CURRENT`; the directory is synced before the rename (so that `CURRENT` never names a file
//! that is not there) and after it. Only then may the manifest before it go.

use bytes::Bytes;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format::{
    BadHeader, CURRENT, CURRENT_NEXT, HEADER_BYTES, VERSION, check_header, decode_edit, encode_edit,
    encode_header, file_name, number_of,
};
use super::{Change, Version};
use crate::error::Error;
use crate::fs::{FileSystem, WritableFile};
use crate::record_log::Framing;

/// Longest manifest that is read: far above any that is written.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Longest `CURRENT` that is read.
const CURRENT_BYTES_MAX: u64 = 256;

/// The manifest file that takes new edits.
pub(super) struct ManifestLog {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    number: u64,
    file: Box<dyn WritableFile>,
    length: u64,
    /// Length right after it was begun.
    length_at_start: u64,
}

impl ManifestLog {
    /// Begins manifest `number` with `version`; it is current and durable when this returns.
    pub(super) fn begin(
        fs: Arc<dyn FileSystem>,
        directory: PathBuf,
        number: u64,
        version: &Version,
    ) -> Result<ManifestLog, Error> {
        let path = directory.join(file_name(number));
        let mut bytes = encode_header(number).to_vec();
        Framing::new(number).put(0, &encode_edit(&version.as_edit()), &mut bytes);
        let file = write_new(&*fs, &path, &bytes)?;
        let next = directory.join(CURRENT_NEXT);
        match fs.remove(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &next, error));
            }
            _ => {}
        }
        write_new(&*fs, &next, file_name(number).as_bytes())?;
        let sync = || fs.sync_directory(&directory).map_err(|error| Error::io("sync", &directory, error));
        sync()?;
        fs.rename(&next, &directory.join(CURRENT)).map_err(|error| Error::io("rename", &next, error))?;
        sync()?;
        let length = bytes.len() as u64;
        Ok(ManifestLog { fs, directory, number, file, length, length_at_start: length })
    }

    /// The version that the current manifest describes, and the number the next one takes. `None` when
    /// there is no manifest.
    pub(super) fn recover(fs: &dyn FileSystem, directory: &Path) -> Result<(Option<Version>, u64), Error> {
        let names = fs.list(directory).map_err(|error| Error::io("list", directory, error))?;
        let next = names.iter().filter_map(|name| number_of(name)).max().unwrap_or(0) + 1;
        let current = directory.join(CURRENT);
        if !names.iter().any(|name| name == CURRENT) {
            return Ok((None, next));
        }
        let bytes =
            fs.read_all(&current, CURRENT_BYTES_MAX).map_err(|error| Error::io("read", &current, error))?;
        let number = std::str::from_utf8(&bytes).ok().and_then(number_of);
        let number = number.ok_or_else(|| Error::corruption(&current, 0, "it names no manifest"))?;
        let path = directory.join(file_name(number));
        let file = fs.read_all(&path, FILE_BYTES_MAX).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::corruption(&current, 0, "it names a missing manifest"),
            _ => Error::io("read", &path, error),
        })?;
        Ok((Some(replay(&path, number, &file.into())?), next))
    }

    /// Appends an edit; durable when this returns. After an error nothing may be appended any more.
    pub(super) fn append(&mut self, edit: &[Change], sync: bool) -> Result<(), Error> {
        let mut bytes = Vec::new();
        // Manifests are rewritten long before their length leaves 32 bits; a saturated value would only
        // make less of the file count as vouched for.
        let durable = u32::try_from(self.length).unwrap_or(u32::MAX);
        Framing::new(self.number).put(durable, &encode_edit(edit), &mut bytes);
        let path = self.directory.join(file_name(self.number));
        self.file.append(&bytes).map_err(|error| Error::io("append to", &path, error))?;
        if sync {
            self.file.sync().map_err(|error| Error::io("sync", &path, error))?;
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Whether it has grown far beyond what it describes.
    pub(super) fn is_long(&self, bytes_max: u64) -> bool {
        self.length > bytes_max.max(2 * self.length_at_start)
    }

    /// Begins the next manifest with `version` and goes on there.
    pub(super) fn rewrite(&mut self, version: &Version) -> Result<(), Error> {
        let (fs, directory) = (self.fs.clone(), self.directory.clone());
        *self = ManifestLog::begin(fs, directory, self.number + 1, version)?;
        self.remove_others()
    }

    /// Removes manifests that are not current.
    pub(super) fn remove_others(&self) -> Result<(), Error> {
        let directory = &self.directory;
        let names = self.fs.list(directory).map_err(|error| Error::io("list", directory, error))?;
        let others = |name: &String| number_of(name).is_some_and(|number| number != self.number);
        for name in names.into_iter().filter(others) {
            let path = directory.join(name);
            self.fs.remove(&path).map_err(|error| Error::io("remove", &path, error))?;
        }
        Ok(())
    }
}

fn write_new(fs: &dyn FileSystem, path: &Path, bytes: &[u8]) -> Result<Box<dyn WritableFile>, Error> {
    let mut file = fs.create(path).map_err(|error| Error::io("create", path, error))?;
    file.append(bytes).map_err(|error| Error::io("append to", path, error))?;
    file.sync().map_err(|error| Error::io("sync", path, error))?;
    Ok(file)
}

/// The version that a manifest's edits make.
fn replay(path: &Path, number: u64, file: &Bytes) -> Result<Version, Error> {
    match check_header(file, number) {
        Ok(()) => {}
        Err(BadHeader::Damaged(what)) => return Err(Error::corruption(path, 0, what)),
        Err(BadHeader::Version(found)) => {
            return Err(Error::failed(format!(
                "{} has format version {found}; this build reads versions up to {VERSION}",
                path.display()
            )));
        }
    }
    let records = Framing::new(number).read(file, HEADER_BYTES);
    if let Some(bad) = records.bad.filter(|bad| bad.was_durable || records.good.is_empty()) {
        return Err(Error::corruption(path, records.end as u64, bad.what));
    }
    let mut version = Version::default();
    for record in &records.good {
        let at = record.start as u64;
        let edit = decode_edit(&record.payload).map_err(|error| Error::undecodable(path, at, &error))?;
        version = version.after(&edit).map_err(|what| Error::corruption(path, at, what))?;
    }
    if records.good.is_empty() {
        return Err(Error::corruption(path, HEADER_BYTES as u64, "the manifest describes nothing"));
    }
    Ok(version)
}
