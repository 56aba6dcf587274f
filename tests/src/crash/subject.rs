//! [`Subject`]: an engine on a faulty disk, driven by operations, with what its model says of it.
//!
//! An operation that fails may or may not have happened: the subject then knows several models and the
//! next reading decides. After a failed write the engine must refuse every other until it is reopened.

use std::path::PathBuf;
use std::sync::Arc;

use engine::compaction::{CompactionSettings, Scaling, SizeTieredSettings, UnifiedSettings};
use engine::fs::MemoryFileSystem;
use engine::{Background, Engine, EngineSettings, Error, SeededDefect, TableSettings};
use model::clock::{Clock, ManualClock};
use model::key::ByteRange;

use super::op::{Op, SECOND_REGION, key, table_id};
use super::{Contents, Model, read_contents};

/// Clock reading at which every run begins, seconds since 1970.
const BEGIN_SECONDS: i64 = 1_000_000;
/// Gc grace of the tables, seconds: longer than a write can be late, short enough to be purged in a run.
const GC_GRACE_SECONDS: u32 = 5;

/// Settings under which everything happens often: small segments, memtables and manifests.
fn settings(defect: Option<SeededDefect>, background: Background) -> EngineSettings {
    EngineSettings {
        background,
        commit_log_segment_bytes: 1024,
        commit_log_bytes_max: 16 * 1024,
        memtable_region_bytes_max: 10 * 1024,
        manifest_bytes_max: 4 * 1024,
        block_cache_bytes: 256 * 1024,
        seeded_defect: defect,
        ..EngineSettings::default()
    }
}

fn table_settings(table: usize, life: u32) -> TableSettings {
    let split = key(SECOND_REGION).0;
    let regions = vec![ByteRange::new(vec![], Some(split.clone())), ByteRange::new(split, None)];
    let mut settings = TableSettings::new(table_id(table, life), regions);
    settings.gc_grace_seconds = GC_GRACE_SECONDS;
    settings.compaction = if table == 0 {
        let scaling = vec![Scaling::Tiered(3), Scaling::Leveled(2)];
        CompactionSettings::Unified(UnifiedSettings { scaling, base_size_bytes: 1024, inputs_max: 8 })
    } else {
        CompactionSettings::SizeTiered(SizeTieredSettings {
            inputs_min: 2,
            small_size_bytes: 512,
            ..SizeTieredSettings::default()
        })
    };
    settings
}

/// An engine under test.
pub struct Subject {
    /// Its disk.
    pub fs: MemoryFileSystem,
    clock: Arc<ManualClock>,
    engine: Option<Engine>,
    background: Background,
    defect: Option<SeededDefect>,
    /// What may be there: one model, or several after failures.
    models: Vec<Model>,
    /// A write failed since the engine was opened, so every other must.
    latched: bool,
}

impl Subject {
    /// A subject on `fs`, not opened.
    pub fn new(fs: MemoryFileSystem, background: Background, defect: Option<SeededDefect>) -> Subject {
        Subject {
            fs,
            clock: Arc::new(ManualClock::at(BEGIN_SECONDS * 1_000_000)),
            engine: None,
            background,
            defect,
            models: vec![Model::default()],
            latched: false,
        }
    }

    /// The same after a crash, on the disk that is left.
    pub fn restarted(&self, fs: MemoryFileSystem) -> Subject {
        let clock = Arc::new(ManualClock::at(self.clock.now_micros()));
        let (background, defect) = (self.background, self.defect);
        Subject { fs, clock, engine: None, background, defect, models: self.models.clone(), latched: false }
    }

    /// Opens the engine.
    ///
    /// Errors: the engine's.
    pub fn open(&mut self) -> Result<(), Error> {
        self.close();
        let settings = settings(self.defect, self.background);
        let fs = Arc::new(self.fs.clone());
        self.engine = Some(Engine::open(fs, self.clock.clone(), PathBuf::from("/data"), settings)?);
        self.latched = false;
        Ok(())
    }

    /// Closes the engine, if it is open.
    pub fn close(&mut self) {
        self.engine = None;
    }

    fn now_seconds(&self) -> i64 {
        self.clock.now_seconds()
    }

    /// Does `op` to the engine, one second after the one before.
    ///
    /// Errors: the engine's. The outer one: a breach, such as a write taken after a failed one.
    pub fn carry_out(&mut self, op: &Op) -> Result<Result<(), Error>, String> {
        self.clock.advance(1_000_000);
        let Some(outcome) = self.run_op(op) else { return Ok(Ok(())) };
        let now = self.now_seconds();
        let changes = |model: &Model| model.is_changed_by(op);
        match &outcome {
            Ok(()) => {
                if self.latched && self.models.iter().any(changes) {
                    return Err(format!("{op:?} was acknowledged after a write had failed"));
                }
                self.models.iter_mut().for_each(|model| model.apply(op, now));
            }
            // Only a failure of the log or the manifest leaves it open whether the operation happened.
            Err(Error::Failed { latched: true, .. }) if !self.latched => {
                if self.models.iter().any(changes) {
                    let mut happened = self.models.clone();
                    happened.iter_mut().for_each(|model| model.apply(op, now));
                    self.models.extend(happened);
                }
                self.latched = true;
            }
            Err(_) => {}
        }
        Ok(outcome)
    }

    /// Calls the engine; `None` when there is nothing to call it for.
    fn run_op(&mut self, op: &Op) -> Option<Result<(), Error>> {
        if *op == Op::Reopen {
            return Some(self.open());
        }
        let now = self.now_seconds();
        let Some(engine) = &self.engine else {
            return Some(Err(Error::Invalid("the engine is not open".into())));
        };
        // Models may differ in which tables are there after a failure; until it is read, what one of
        // them has is left alone by creation and tried by everything else.
        let life_of = |table: usize| self.models.iter().filter_map(|model| model.life(table)).next_back();
        match op {
            Op::CreateTable(table) => {
                let life = self.models.iter().map(|model| model.next_life(*table)).max().unwrap_or(1);
                let is_there = life_of(*table).is_some();
                (!is_there).then(|| engine.create_table(table_settings(*table, life)))
            }
            Op::DropTable(table) => life_of(*table).map(|life| engine.drop_table(table_id(*table, life))),
            Op::Truncate(table) => life_of(*table).map(|life| engine.truncate(table_id(*table, life))),
            Op::Write(writes) => {
                let mutations = writes.iter().filter_map(|write| {
                    Some(write.to_mutation(table_id(write.table, life_of(write.table)?), now))
                });
                let mutations: Vec<_> = mutations.collect();
                (!mutations.is_empty()).then(|| engine.apply_and_wait(mutations))
            }
            Op::Flush => Some(engine.flush(None)),
            Op::Compact => Some(engine.compact(None)),
            Op::CompactDue => Some(engine.run_due_compactions()),
            Op::Reopen => None,
        }
    }

    /// Reads everything and compares it with what may be there; then only that may be there.
    ///
    /// Errors: what was read and fits no model, or how reading failed.
    pub fn check(&mut self) -> Result<Contents, Mismatch> {
        let now = self.now_seconds();
        let engine = self.engine.as_ref().ok_or_else(|| Mismatch::Bad("the engine is not open".into()))?;
        let contents = read_contents(engine, now).map_err(Mismatch::Bad)?;
        let expected = self.models[0].contents(now);
        self.models.retain(|model| model.contents(now) == contents);
        if self.models.is_empty() {
            return Err(Mismatch::Lost(contents.difference(&expected)));
        }
        Ok(contents)
    }

    /// [`Subject::check`], unless the disk itself fails the reading.
    ///
    /// Errors: as `check`, but not what an error put in on purpose causes.
    pub fn check_readable(&mut self) -> Result<(), Mismatch> {
        let models = self.models.clone();
        match self.check() {
            Err(Mismatch::Bad(what)) if what.contains("os error") || what.contains("Os { code") => {
                self.models = models;
                Ok(())
            }
            outcome => outcome.map(|_| ()),
        }
    }
}

/// How a check fails.
#[derive(Debug, Clone)]
pub enum Mismatch {
    /// What is there is not what was acknowledged.
    Lost(String),
    /// Reading failed, or two ways of reading disagree.
    Bad(String),
}
