//! [`Replay`]: segments to mutations; where a torn tail ends and corruption begins.
//!
//! Every segment's header names the segment before it and how much of that one counts. So the newest
//! segment leads back through a chain, and in all but the newest every record must be good. The newest
//! may end in a write that a crash cut short; a bad record there is corruption only when a later record
//! vouches that it was durable (see `record_log`).
//! The records behind the last vouched point may be readable without being durable (after a failed sync,
//! from the system's cache): they are handed out apart, to be logged again.
//! A newest segment without records may itself not be durable: it is left out of the chain.

use bytes::Bytes;
use model::data::Mutation;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commit_log::{CommitLog, Segments};
use super::format::{BadHeader, HEADER_BYTES, SegmentHeader, VERSION, decode_mutations};
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
    /// Segments that count and how many bytes of them, oldest first.
    chain: Vec<(SegmentId, u32)>,
    /// The newest, whose end has to be found. `None` when no segment has records behind the chain.
    newest: Option<(SegmentId, Bytes)>,
    /// The id of the next new segment.
    next: SegmentId,
    sizes: BTreeMap<SegmentId, u64>,
    /// Files to remove once the next segment is there: retired, half-made or never used.
    obsolete: Vec<SegmentId>,
}

struct Found {
    header: SegmentHeader,
    file: Bytes,
    records: Records,
}

impl Replay {
    /// Finds the segments from `start` on; older and half-made ones are removed by [`Replay::run`].
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
        let mut replay = Replay {
            fs,
            directory,
            chain: Vec::new(),
            newest: None,
            next,
            sizes: BTreeMap::new(),
            obsolete: Vec::new(),
        };
        let mut headers: BTreeMap<SegmentId, SegmentHeader> = BTreeMap::new();
        for id in ids {
            match if id < start { None } else { replay.header_of(id)? } {
                Some(header) => {
                    headers.insert(id, header);
                }
                None => replay.obsolete.push(id),
            }
        }
        replay.follow(headers, start)?;
        Ok(replay)
    }

    fn path(&self, id: SegmentId) -> PathBuf {
        self.directory.join(id.file_name())
    }

    fn remove(&self, id: SegmentId) -> Result<(), Error> {
        let path = self.path(id);
        self.fs.remove(&path).map_err(|error| Error::io("remove", &path, error))
    }

    fn read(&self, id: SegmentId) -> Result<Bytes, Error> {
        let path = self.path(id);
        let bytes = self.fs.read_all(&path, SEGMENT_FILE_BYTES_MAX);
        Ok(bytes.map_err(|error| Error::io("read", &path, error))?.into())
    }

    /// The header of a segment; `None` when the segment was never finished.
    fn header_of(&self, id: SegmentId) -> Result<Option<SegmentHeader>, Error> {
        let path = self.path(id);
        let file = self.fs.open(&path).map_err(|error| Error::io("open", &path, error))?;
        let mut head = vec![0; file.length().min(HEADER_BYTES as u64) as usize];
        file.read_exact_at(&mut head, 0).map_err(|error| Error::io("read", &path, error))?;
        match SegmentHeader::decode(&head) {
            Ok(header) if header.id == id => Ok(Some(header)),
            Ok(header) => Err(Error::corruption(&path, 0, format!("it is segment {}", header.id))),
            // Records follow only a synced header, so a file of a header's length holds none.
            Err(BadHeader::Damaged(_)) if file.length() <= HEADER_BYTES as u64 => Ok(None),
            Err(BadHeader::Damaged(what)) => Err(Error::corruption(&path, 0, what)),
            Err(BadHeader::Version(found)) => Err(Error::failed(format!(
                "{} has format version {found}; this build reads versions up to {VERSION}",
                path.display()
            ))),
        }
    }

    /// Builds the chain from the newest segment with records back to `start`.
    fn follow(
        &mut self,
        mut headers: BTreeMap<SegmentId, SegmentHeader>,
        start: SegmentId,
    ) -> Result<(), Error> {
        let mut wanted = None;
        while let Some((id, header)) = headers.pop_last() {
            match wanted {
                Some((expected, length)) if id == expected => {
                    self.chain.push((id, length));
                    wanted = Some((header.previous, header.previous_length));
                }
                _ if wanted.is_none_or(|(expected, _)| expected < id) => {
                    let file = self.read(id)?;
                    if file.len() <= HEADER_BYTES {
                        // Never used: its header may not even be durable. What it says of the segment
                        // before it was true when it was written.
                        self.obsolete.push(id);
                    } else if wanted.is_some() {
                        let what = "the segment is no part of the commit log";
                        return Err(Error::corruption(&self.path(id), 0, what));
                    } else {
                        self.newest = Some((id, file));
                    }
                    if wanted.is_none() {
                        wanted = Some((header.previous, header.previous_length));
                    }
                }
                _ => {
                    headers.insert(id, header);
                    break;
                }
            }
        }
        self.chain.reverse();
        match wanted {
            Some((missing, _)) if missing >= start && missing != SegmentId::default() => {
                Err(Error::corruption(&self.path(missing), 0, "the segment is missing"))
            }
            None if start > SegmentId::default() => {
                Err(Error::corruption(&self.path(start), 0, "the segment is missing"))
            }
            _ => Ok(()),
        }
    }

    fn find(&self, id: SegmentId, file: Bytes) -> Result<Found, Error> {
        let header = SegmentHeader::decode(&file)
            .map_err(|_| Error::corruption(&self.path(id), 0, "the header changed while it was read"))?;
        let records = Framing::new(id.0).read(&file, HEADER_BYTES);
        Ok(Found { header, file, records })
    }

    /// Hands every durable record to `visit` in order and answers the records that have to be logged
    /// again, with the log that comes after all of them.
    pub(crate) fn run(
        mut self,
        settings: &EngineSettings,
        mut visit: impl FnMut(ReplayedRecord),
    ) -> Result<(CommitLog, Vec<ReplayedRecord>), Error> {
        let mut previous = (SegmentId::default(), 0);
        for (id, length) in std::mem::take(&mut self.chain) {
            let file = self.read(id)?;
            if file.len() < length as usize {
                return Err(Error::corruption(&self.path(id), file.len() as u64, "the segment is cut short"));
            }
            self.sizes.insert(id, file.len() as u64);
            let found = self.find(id, file.slice(..length as usize))?;
            if let Some(bad) = &found.records.bad {
                return Err(Error::corruption(&self.path(id), found.records.end as u64, bad.what));
            }
            for record in self.decode(id, &found.records, found.file.len())?.0 {
                visit(record);
            }
            previous = (id, length);
        }
        let mut again = Vec::new();
        if let Some((id, file)) = self.newest.take() {
            self.sizes.insert(id, file.len() as u64);
            let found = self.find(id, file)?;
            if let Some(bad) = found.records.bad.as_ref().filter(|bad| bad.was_durable) {
                return Err(Error::corruption(&self.path(id), found.records.end as u64, bad.what));
            }
            let durable = found.records.good.last().map_or(HEADER_BYTES, |record| record.durable_before);
            let (records, undurable) = self.decode(id, &found.records, durable)?;
            records.into_iter().for_each(visit);
            again = undurable;
            debug_assert_eq!(found.header.id, id);
            previous = (id, durable as u32);
        }
        let header = SegmentHeader { id: self.next, previous: previous.0, previous_length: previous.1 };
        let segments = Segments::new(std::mem::take(&mut self.sizes));
        let log = CommitLog::begin(self.fs.clone(), self.directory.clone(), settings, header, segments)?;
        // Only now: a log that begins at a segment must never be found without any.
        for id in &self.obsolete {
            self.remove(*id)?;
        }
        Ok((log, again))
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

/// Whether `directory` holds no segment at all.
pub(crate) fn is_empty(fs: &dyn FileSystem, directory: &Path) -> Result<bool, Error> {
    let names = fs.list(directory).map_err(|error| Error::io("list", directory, error))?;
    Ok(!names.iter().any(|name| SegmentId::from_file_name(name).is_some()))
}
