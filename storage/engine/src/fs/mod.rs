//! The disk seam and its implementations.

mod conformance;
mod disk;
mod fault;
mod file_system;
mod memory;

pub use conformance::conformance;
pub use disk::DiskFileSystem;
pub use fault::{Failure, FaultPlan, Operation, Restart, UnsyncedBytes, UnsyncedNames};
pub use file_system::{FileSystem, ReadableFile, WritableFile};
pub use memory::MemoryFileSystem;
