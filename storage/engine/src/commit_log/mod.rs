//! The commit log: a durable, append-only record of the mutations not yet flushed.

mod commit_log;
mod format;
mod group_commit;
mod pending;
mod position;
mod replay;
mod segment;

pub(crate) use commit_log::{CommitLog, Segments};
pub(crate) use format::encode_mutations;
pub(crate) use group_commit::{GroupCommit, Visible};
pub(crate) use pending::{Completion, PendingWrite};
pub(crate) use position::{ReplayPosition, SegmentId};
pub(crate) use replay::{Replay, ReplayedRecord, is_empty as log_is_empty};
