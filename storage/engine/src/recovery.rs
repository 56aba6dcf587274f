//! Opening: lock, manifest, replay, ready.
//!
//! Order matters: the manifest says which tables are there and how far each region is flushed; only what
//! is behind that is replayed. The new segment and the records logged again are durable before the
//! engine takes a write.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::clock::Clock;
use model::data::Mutation;
use model::schema::TableId;
use uuid::Uuid;

use crate::cache::BlockCache;
use crate::commit_log::{CommitLog, Replay, ReplayPosition, ReplayedRecord, encode_mutations, log_is_empty};
use crate::config::EngineSettings;
use crate::error::Error;
use crate::fs::FileSystem;
use crate::interior::{Directories, Interior};
use crate::latch::Latch;
use crate::manifest::{Manifest, Version};
use crate::metrics::Metrics;
use crate::region::{LeveledSstable, TableStore};
use crate::signal::Signal;
use crate::sstable::{Sstable, SstableId};
use crate::write::Tables;

/// Opens what is in `root`; answers the engine's interior and the commit log for new writes.
pub(crate) fn open(
    fs: Arc<dyn FileSystem>,
    clock: Arc<dyn Clock>,
    root: PathBuf,
    settings: EngineSettings,
) -> Result<(Arc<Interior>, CommitLog), Error> {
    let directories = Directories::under(&root);
    for directory in [&root, &directories.commit_log, &directories.manifest, &directories.tables] {
        fs.create_directory(directory).map_err(|error| Error::io("create", directory, error))?;
    }
    let lock = fs.lock(&directories.lock).map_err(|error| match error.kind() {
        std::io::ErrorKind::WouldBlock => {
            Error::failed(format!("{} is open in another process", root.display()))
        }
        _ => Error::io("lock", &directories.lock, error),
    })?;

    let (version, number) = Manifest::recover(&*fs, &directories.manifest)?;
    if version.is_none() && !log_is_empty(&*fs, &directories.commit_log)? {
        let what = "there is a commit log, but no current manifest";
        return Err(Error::corruption(&directories.manifest, 0, what));
    }
    let is_new = version.is_none();
    let version = version.unwrap_or_default();
    let latch = Arc::new(Latch::default());
    let metrics = Arc::new(Metrics::default());
    let tables = Arc::new(Tables::new(&settings, clock.clone(), metrics.clone()));
    let cache = Arc::new(BlockCache::new(settings.block_cache_bytes as u64));
    let newest = remove_orphans(&*fs, &directories, &version, is_new)?;
    open_tables(&*fs, &directories, &version, &tables, &cache, &*clock)?;

    let replay = Replay::open(
        fs.clone(),
        directories.commit_log.clone(),
        version.log_start,
        version.newest_segment(),
    )?;
    let manifest =
        Manifest::begin(fs.clone(), directories.manifest.clone(), number, version, latch.clone(), &settings)?;
    let log = replay_into(replay, &settings, &tables, &metrics)?;
    let interior = Interior {
        fs,
        clock,
        directories,
        segments: log.segments(),
        settings,
        tables,
        manifest,
        latch,
        metrics,
        cache,
        next_sstable: AtomicU64::new(newest.0 + 1),
        compaction_wanted: Signal::default(),
        retiring: Default::default(),
        tables_changing: Default::default(),
        _lock: lock,
    };
    interior.retire_segments()?;
    Ok((Arc::new(interior), log))
}

/// Removes sstables that no manifest edit names; answers the highest id that a file has.
///
/// Errors: an sstable in a directory that `is_new`: its manifest was lost, and nothing may be removed.
fn remove_orphans(
    fs: &dyn FileSystem,
    directories: &Directories,
    version: &Version,
    is_new: bool,
) -> Result<SstableId, Error> {
    let list = |path: &std::path::Path| fs.list(path).map_err(|error| Error::io("list", path, error));
    let mut newest = version.newest_sstable();
    for name in list(&directories.tables)? {
        let Ok(id) = Uuid::try_parse(&name).map(TableId) else { continue };
        let directory = directories.table(id);
        let regions = version.tables.get(&id).map_or(&[][..], |table| &table.regions);
        for file in list(&directory)? {
            let Some(sstable) = SstableId::from_file_name(&file) else { continue };
            newest = newest.max(sstable);
            if !regions.iter().any(|region| region.sstables.contains_key(&sstable)) {
                let path = directory.join(&file);
                if is_new {
                    return Err(Error::corruption(&path, 0, "there are sstables, but no current manifest"));
                }
                fs.remove(&path).map_err(|error| Error::io("remove", &path, error))?;
            }
        }
    }
    Ok(newest)
}

fn open_tables(
    fs: &dyn FileSystem,
    directories: &Directories,
    version: &Version,
    tables: &Tables,
    cache: &Arc<BlockCache>,
    clock: &dyn Clock,
) -> Result<(), Error> {
    for table in version.tables.values() {
        let store = TableStore::new(table.settings.clone(), clock.monotonic_nanos());
        let directory = directories.table(table.settings.id);
        for (region, live) in store.regions.iter().zip(&table.regions) {
            let mut state = region.state.write();
            state.flushed = live.flushed;
            for (id, live) in &live.sstables {
                let path = directory.join(id.file_name());
                let sstable = Sstable::open(fs, &path, *id, cache.clone())?;
                if sstable.size_bytes() != live.size_bytes {
                    let what = format!("the file has not the {} bytes that were written", live.size_bytes);
                    return Err(Error::corruption(&path, sstable.size_bytes(), what));
                }
                state.sstables.push(LeveledSstable { sstable, level: live.level });
            }
        }
        tables.publish(store);
    }
    Ok(())
}

/// Puts what is not flushed into memtables, and logs again what may not be durable.
fn replay_into(
    replay: Replay,
    settings: &EngineSettings,
    tables: &Tables,
    metrics: &Metrics,
) -> Result<CommitLog, Error> {
    let (mut replayed, mut skipped) = (0, 0);
    let mut needed_of = |record: ReplayedRecord| -> Vec<Mutation> {
        let all = record.mutations.len() as u64;
        let needed = record.mutations.into_iter().filter(|one| is_needed(tables, one, record.position));
        let needed: Vec<Mutation> = needed.collect();
        replayed += needed.len() as u64;
        skipped += all - needed.len() as u64;
        needed
    };
    let mut replayed_log = replay.run(|record| {
        let position = record.position;
        tables.insert_write(needed_of(record), Some(position));
    })?;
    let again = std::mem::take(&mut replayed_log.again).into_iter().map(needed_of);
    let writes: Vec<Vec<Mutation>> = again.filter(|write| !write.is_empty()).collect();
    let payloads: Vec<Vec<u8>> = writes.iter().map(|write| encode_mutations(write.iter())).collect();
    let (log, positions) = replayed_log.begin_log(settings, payloads.iter().map(Vec::as_slice))?;
    let newest = log.segments().last().unwrap_or_default();
    tables.start_after(positions.last().copied().unwrap_or(ReplayPosition { segment: newest, offset: 0 }));
    for (mutations, position) in writes.into_iter().zip(positions) {
        tables.insert_write(mutations, Some(position));
    }
    metrics.replayed_mutations.store(replayed, Ordering::Relaxed);
    metrics.skipped_mutations.store(skipped, Ordering::Relaxed);
    if replayed + skipped > 0 {
        tracing::info!(replayed, skipped, "commit log replayed");
    }
    Ok(log)
}

/// Whether a replayed mutation is neither flushed nor of a table that is gone.
fn is_needed(tables: &Tables, mutation: &Mutation, position: ReplayPosition) -> bool {
    let table = tables.table(mutation.table).ok();
    let region = table.as_ref().and_then(|table| table.region_of(&mutation.key));
    region.is_some_and(|region| region.state.read().flushed < position)
}
