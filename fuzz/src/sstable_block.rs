//! Target: the bytes of an sstable, from footer to blocks.

use std::path::Path;
use std::sync::Arc;

use engine::cache::BlockCache;
use engine::fs::{FileSystem, MemoryFileSystem};
use engine::sstable::{Sstable, SstableId};
use model::key::ByteRange;
use model::stream::FragmentSource;

/// Blocks the cache may keep, in bytes.
const CACHE_SIZE_BYTES: u64 = 1 << 20;

/// Law: any file opens or is refused; what opens is read to its end or to an error. Nothing panics, and nothing
/// is allocated by a length that the file merely claims.
pub fn sstable_block(data: &[u8]) {
    let path = Path::new("/fuzz.sst");
    let disk = MemoryFileSystem::new();
    let mut file = disk.create(path).expect("a new name on an empty disk");
    file.append(data).expect("the disk is not full");
    drop(file);
    let cache = Arc::new(BlockCache::new(CACHE_SIZE_BYTES));
    let Ok(sstable) = Sstable::open(&disk, path, SstableId(1), cache) else { return };
    let mut source = sstable.scan(ByteRange::all());
    while let Ok(Some(_)) = source.next() {}
}
