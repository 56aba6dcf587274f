//! [`Replay`]: segments to mutations; where a torn tail ends and corruption begins.
//!
//! Every segment's header names the segment before it and how much of that one counts. So the newest
//! segment leads back through a chain, and in all but the newest every record must be good. The newest
//! may end in a write that a crash cut short; a bad record there is corruption only when a later record
//! vouches that it was durable (see `record_log`).
//! The records behind the last vouched point may be readable without being durable (after a failed sync,
//! from the system's cache): they are handed out apart, and the segment that says where the one before
//! ends begins with them.

use bytes::Bytes;
use model::data::Mutation;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commit_log::{CommitLog, Segments};
use super::format::{BadHeader, HEADER_BYTES, SegmentHeader, VERSION, decode_mutations};
use super::position::UNFINISHED;
use super::{ReplayPosition, SegmentId};
use crate::config::EngineSettings;
use crate::error::Error;
use crate::fs::FileSystem;
use crate::record_log::{Framing, Records};

/// Longest segment file that is read: the largest setting, and one largest write behind it.
const SEGMENT_FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// A record of the log.
#[derive(Debug)]
pub(crate) struct ReplayedRecord {
    /// Where it ends.
    pub position: ReplayPosition,
    /// What it carries.
    pub mutations: Vec<Mutation>,
}

/// A commit log found at opening.
pub(crate) struct Replay {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    /// Segments that count, oldest first, and how many bytes of them; `None` for the newest, whose end
    /// has to be found.
    chain: Vec<(SegmentId, Option<u32>)>,
    /// The id of the next new segment.
    next: SegmentId,
    sizes: BTreeMap<SegmentId, u64>,
    /// Files to remove once the next segment is there: retired or unfinished ones.
    obsolete: Vec<PathBuf>,
}

/// What was replayed, and how the log goes on.
pub(crate) struct Replayed {
    replay: Replay,
    /// The newest segment and how much of it is durable for certain.
    previous: (SegmentId, u32),
    /// Records behind that: they have to be logged again.
    pub again: Vec<ReplayedRecord>,
}

impl Replay {
    /// Finds the segments from `start` on; retired and unfinished ones are removed at the end.
    ///
    /// `after` is the highest segment any replay position names: new segments lie behind it.
    /// Errors: a missing or damaged segment; a segment of another version.
    pub(crate) fn open(
        fs: Arc<dyn FileSystem>,
        directory: PathBuf,
        start: SegmentId,
        after: SegmentId,
    ) -> Result<Replay, Error> {
        let names = fs.list(&directory).map_err(|error| Error::io("list", &directory, error))?;
        let ids: Vec<SegmentId> = names.iter().filter_map(|name| SegmentId::from_file_name(name)).collect();
        let next = ids.last().copied().max(Some(after)).unwrap_or_default().max(start).next();
        for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
            // The next segment may need this very name.
            let path = directory.join(name);
            fs.remove(&path).map_err(|error| Error::io("remove", &path, error))?;
        }
        let mut replay =
            Replay { fs, directory, chain: Vec::new(), next, sizes: BTreeMap::new(), obsolete: Vec::new() };
        replay.obsolete = ids.iter().filter(|id| **id < start).map(|id| replay.path(*id)).collect();
        replay.follow(ids.into_iter().filter(|id| *id >= start).collect(), start)?;
        Ok(replay)
    }

    fn path(&self, id: SegmentId) -> PathBuf {
        self.directory.join(id.file_name())
    }

    fn read(&self, id: SegmentId) -> Result<Bytes, Error> {
        let path = self.path(id);
        let bytes = self.fs.read_all(&path, SEGMENT_FILE_BYTES_MAX);
        Ok(bytes.map_err(|error| Error::io("read", &path, error))?.into())
    }

    fn header_of(&self, id: SegmentId) -> Result<SegmentHeader, Error> {
        let path = self.path(id);
        let file = self.fs.open(&path).map_err(|error| Error::io("open", &path, error))?;
        let mut head = vec![0; file.length().min(HEADER_BYTES as u64) as usize];
        file.read_exact_at(&mut head, 0).map_err(|error| Error::io("read", &path, error))?;
        match SegmentHeader::decode(&head) {
            Ok(header) if header.id == id => Ok(header),
            Ok(header) => Err(Error::corruption(&path, 0, format!("it is segment {}", header.id))),
            Err(BadHeader::Damaged(what)) => Err(Error::corruption(&path, 0, what)),
            Err(BadHeader::Version(found)) => Err(Error::failed(format!(
                "{} has format version {found}; this build reads versions up to {VERSION}",
                path.display()
            ))),
        }
    }

    /// Builds the chain from the newest of `ids` (ascending) back to `start`.
    fn follow(&mut self, ids: Vec<SegmentId>, start: SegmentId) -> Result<(), Error> {
        let missing = |id: SegmentId| Error::corruption(&self.path(id), 0, "the segment is missing");
        let mut chain = Vec::new();
        let mut wanted: Option<(SegmentId, Option<u32>)> = None;
        for id in ids.into_iter().rev() {
            let (expected, length) = wanted.unwrap_or((id, None));
            if expected < id {
                let what = "the segment is no part of the commit log";
                return Err(Error::corruption(&self.path(id), 0, what));
            }
            if id < expected {
                return Err(missing(expected));
            }
            let header = self.header_of(id)?;
            chain.push((id, length));
            wanted = Some((header.previous, Some(header.previous_length)));
        }
        match wanted {
            Some((before, _)) if before >= start && before != SegmentId::default() => Err(missing(before)),
            None if start > SegmentId::default() => Err(missing(start)),
            _ => {
                chain.reverse();
                self.chain = chain;
                Ok(())
            }
        }
    }

    /// Hands every durable record to `visit`, in order.
    pub(crate) fn run(mut self, mut visit: impl FnMut(ReplayedRecord)) -> Result<Replayed, Error> {
        let mut previous = (SegmentId::default(), 0);
        let mut again = Vec::new();
        for (id, length) in std::mem::take(&mut self.chain) {
            let file = self.read(id)?;
            self.sizes.insert(id, file.len() as u64);
            let corrupt = |at: usize, what: &str| Error::corruption(&self.path(id), at as u64, what);
            let end = length.map_or(file.len(), |length| length as usize);
            if file.len() < end {
                return Err(corrupt(file.len(), "the segment is cut short"));
            }
            let records = Framing::new(id.0).read(&file.slice(..end), HEADER_BYTES);
            // In all but the newest segment everything that counts was durable.
            if let Some(bad) = records.bad.as_ref().filter(|bad| bad.was_durable || length.is_some()) {
                return Err(corrupt(records.end, bad.what));
            }
            let durable = match length {
                Some(_) => end,
                None => records.good.last().map_or(HEADER_BYTES, |record| record.durable_before),
            };
            let (before, behind) = self.decode(id, &records, durable)?;
            before.into_iter().for_each(&mut visit);
            again.extend(behind);
            previous = (id, durable as u32);
        }
        Ok(Replayed { replay: self, previous, again })
    }

    /// Decodes records: those that end at or before `durable`, and the others.
    fn decode(
        &self,
        id: SegmentId,
        records: &Records,
        durable: usize,
    ) -> Result<(Vec<ReplayedRecord>, Vec<ReplayedRecord>), Error> {
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        for record in &records.good {
            // A copy, so that a memtable holds on to single records and not to whole segments.
            let payload = Bytes::copy_from_slice(&record.payload);
            let mutations = decode_mutations(&payload).map_err(|error| {
                let base = record.end - record.payload.len();
                Error::undecodable(&self.path(id), base as u64, &error)
            })?;
            let position = ReplayPosition { segment: id, offset: record.end as u32 };
            let list = if record.end <= durable { &mut before } else { &mut behind };
            list.push(ReplayedRecord { position, mutations });
        }
        Ok((before, behind))
    }
}

impl Replayed {
    /// Begins the log that follows, with a record for each payload; answers the position behind each.
    pub(crate) fn begin_log<'a>(
        self,
        settings: &EngineSettings,
        payloads: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(CommitLog, Vec<ReplayPosition>), Error> {
        let Replay { fs, directory, next, sizes, obsolete, .. } = self.replay;
        let (previous, previous_length) = self.previous;
        let header = SegmentHeader { id: next, previous, previous_length };
        let segments = Segments::new(sizes);
        let begun = CommitLog::begin(fs.clone(), directory, settings, header, segments, payloads)?;
        // Only now: a log that begins at some segment must never be found without any.
        for path in obsolete {
            fs.remove(&path).map_err(|error| Error::io("remove", &path, error))?;
        }
        Ok(begun)
    }
}

/// Whether `directory` holds no segment at all.
pub(crate) fn is_empty(fs: &dyn FileSystem, directory: &Path) -> Result<bool, Error> {
    let names = fs.list(directory).map_err(|error| Error::io("list", directory, error))?;
    Ok(!names.iter().any(|name| SegmentId::from_file_name(name).is_some()))
}
