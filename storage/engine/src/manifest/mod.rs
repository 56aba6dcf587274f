//! The manifest: the truth about tables, live sstables and how far each region is flushed.

mod edit;
mod format;
mod log;
mod manifest;
mod version;

pub(crate) use edit::{Change, LiveSstable};
pub(crate) use manifest::Manifest;
pub(crate) use version::Version;
