//! [`Compaction`]: runs a task: inputs merged, purged and written as new sstables. Installs nothing.
//!
//! On the data's way: task + open sstables -> merge -> purge -> writer -> **outputs** -> manifest edit,
//! which the caller makes. Inputs are read past the block cache, in large pieces. When it fails or is
//! stopped, what it wrote is removed again.

use std::path::PathBuf;
use std::sync::Arc;

use model::key::ByteRange;
use model::stream::{BoxedSource, Direction, Fragment, FragmentSource, Merge, Purge, PurgePolicy};

use crate::error::Error;
use crate::fs::FileSystem;
use crate::sstable::{Sstable, SstableId, SstableWriter, WriterSettings, Written};

/// An sstable that a compaction wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its id.
    pub id: SstableId,
    /// Its file.
    pub path: PathBuf,
    /// What is in it.
    pub written: Written,
}

/// A task with all it needs.
pub struct Compaction<'a> {
    /// Where outputs are made.
    pub fs: &'a dyn FileSystem,
    /// The task's inputs, open.
    pub inputs: Vec<Arc<Sstable>>,
    /// Which tombstones may go.
    pub purge: PurgePolicy,
    /// How outputs are written.
    pub settings: WriterSettings,
    /// An output that has reached this size ends at its next partition; `u64::MAX`: one output.
    pub output_size_bytes_max: u64,
    /// Names the next output.
    pub next_output: &'a mut dyn FnMut() -> (SstableId, PathBuf),
    /// Asked between partitions with the bytes written since it was last asked; may wait, to hold the
    /// pace. `false` stops the compaction.
    pub go_on: &'a mut dyn FnMut(u64) -> bool,
}

impl Compaction<'_> {
    /// Runs to the end. Without outputs everything was purged.
    ///
    /// Durability: outputs are synced; their names are not. Errors: the disk's, corruption of an input,
    /// `Failed` when it was stopped.
    pub fn run(mut self) -> Result<Vec<Output>, Error> {
        let mut outputs = Vec::new();
        let outcome = self.write(&mut outputs);
        match outcome {
            Ok(()) => Ok(outputs.into_iter().filter_map(Begun::output).collect()),
            Err(error) => {
                for begun in outputs {
                    // What cannot be removed is known to nobody and goes at the next start.
                    let _ = self.fs.remove(&begun.path);
                }
                Err(error)
            }
        }
    }

    fn write(&mut self, outputs: &mut Vec<Begun>) -> Result<(), Error> {
        let sources = self.inputs.iter().map(|input| {
            let source: BoxedSource<Error> = Box::new(input.scan(ByteRange::all()));
            source
        });
        let merged = Merge::new(sources.collect(), Direction::Forward);
        let policy = std::mem::replace(&mut self.purge, PurgePolicy::for_read(0, 0));
        let mut source = Purge::new(merged, policy);
        let mut writer: Option<SstableWriter> = None;
        let mut told_size = 0;
        while let Some(fragment) = source.next()? {
            let current = match &mut writer {
                Some(current) => current,
                None => {
                    let (id, path) = (self.next_output)();
                    let created = SstableWriter::create(self.fs, &path, self.settings)?;
                    outputs.push(Begun { id, path, written: None });
                    told_size = 0;
                    writer.insert(created)
                }
            };
            current.append(&fragment)?;
            if fragment != Fragment::PartitionEnd {
                continue;
            }
            let size = current.size_bytes();
            if !(self.go_on)(size - told_size) {
                return Err(Error::failed("the compaction was stopped"));
            }
            told_size = size;
            if size >= self.output_size_bytes_max {
                finish(writer.take(), outputs)?;
            }
        }
        finish(writer, outputs)
    }
}

struct Begun {
    id: SstableId,
    path: PathBuf,
    written: Option<Written>,
}

impl Begun {
    fn output(self) -> Option<Output> {
        let written = self.written?;
        Some(Output { id: self.id, path: self.path, written })
    }
}

fn finish(writer: Option<SstableWriter>, outputs: &mut [Begun]) -> Result<(), Error> {
    if let (Some(writer), Some(begun)) = (writer, outputs.last_mut()) {
        begun.written = Some(writer.finish()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
