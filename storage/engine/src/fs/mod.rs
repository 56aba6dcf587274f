//! The disk seam and its implementations.

mod file_system;

pub use file_system::{FileSystem, ReadableFile, WritableFile};
