//! [`Validate`]: passes a stream on and checks the order law on the way.
//!
//! Used in tests and behind decoders whose input could be damaged: a reader that trusts the law is not
//! harmed by a stream that breaks it. Checked: order of partitions and of positions, one static row and
//! only at the front, changes that differ and are closed, columns and paths that ascend.

use thiserror::Error;

use super::{Direction, Fragment, FragmentSource};
use crate::data::{ColumnData, Deletion, Row};
use crate::key::{ClusteringKey, DecoratedKey};

/// Why a validated stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidStream<E> {
    /// The source failed.
    #[error(transparent)]
    Source(E),
    /// The source broke the order law.
    #[error("a partition stream breaks its order: {0}")]
    Order(String),
}

/// A stream that is known to obey the order law as far as it was read.
pub struct Validate<S> {
    source: S,
    direction: Direction,
    last_key: Option<DecoratedKey>,
    place: Place,
    /// The last position inside the partition, and whether a row stood there.
    last: Option<(ClusteringKey, bool)>,
    range: Option<Deletion>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Between,
    AtStart,
    Inside,
    Ended,
}

impl<S: FragmentSource> Validate<S> {
    /// Checks `source`, whose positions run in `direction`.
    pub fn new(source: S, direction: Direction) -> Validate<S> {
        Validate { source, direction, last_key: None, place: Place::Between, last: None, range: None }
    }

    fn check(&mut self, fragment: &Fragment) -> Result<(), String> {
        let inside = matches!(self.place, Place::AtStart | Place::Inside);
        match fragment {
            Fragment::PartitionStart { key, .. } => {
                if inside {
                    return Err(format!("partition {key:?} begins inside another"));
                }
                if self.last_key.as_ref().is_some_and(|last| last >= key) {
                    return Err(format!("partition {key:?} does not ascend"));
                }
                self.last_key = Some(key.clone());
                self.place = Place::AtStart;
                self.last = None;
                self.range = None;
                return Ok(());
            }
            other if !inside => return Err(format!("{} outside a partition", name(other))),
            Fragment::StaticRow(row) => {
                if self.place != Place::AtStart {
                    return Err("a static row behind the front of its partition".to_string());
                }
                if !row.clustering.as_bytes().is_empty() {
                    return Err("a static row with a clustering key".to_string());
                }
                check_row(row)?;
            }
            Fragment::Row(row) => {
                self.check_position(&row.clustering, true)?;
                check_row(row)?;
            }
            Fragment::RangeTombstoneChange { position, deletion } => {
                self.check_position(position, false)?;
                if *deletion == self.range {
                    return Err(format!("a range tombstone change at {position:?} that changes nothing"));
                }
                self.range = *deletion;
            }
            Fragment::PartitionEnd => {
                if self.range.is_some() {
                    return Err("a range deletion is open where its partition ends".to_string());
                }
                self.place = Place::Between;
                return Ok(());
            }
        }
        self.place = Place::Inside;
        Ok(())
    }

    fn check_position(&mut self, position: &ClusteringKey, is_row: bool) -> Result<(), String> {
        if let Some((last, last_is_row)) = &self.last {
            let (before, after) = ((last, *last_is_row), (position, is_row));
            let runs_on = match self.direction {
                Direction::Forward => before < after,
                Direction::Reverse => after < before,
            };
            if !runs_on {
                return Err(format!(
                    "position {position:?} behind {last:?} does not run {:?}",
                    self.direction
                ));
            }
        }
        self.last = Some((position.clone(), is_row));
        Ok(())
    }
}

impl<S: FragmentSource> FragmentSource for Validate<S> {
    type Error = InvalidStream<S::Error>;

    fn next(&mut self) -> Result<Option<Fragment>, Self::Error> {
        if self.place == Place::Ended {
            return Err(InvalidStream::Order("asked again behind its end".to_string()));
        }
        let next = self.source.next().map_err(InvalidStream::Source)?;
        match &next {
            Some(fragment) => self.check(fragment).map_err(InvalidStream::Order)?,
            None if self.place == Place::Between => self.place = Place::Ended,
            None => return Err(InvalidStream::Order("ends inside a partition".to_string())),
        }
        Ok(next)
    }
}

fn check_row(row: &Row) -> Result<(), String> {
    if !row.columns.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Err(format!("columns of row {:?} do not ascend", row.clustering));
    }
    for (id, data) in &row.columns {
        if let ColumnData::Collection(collection) = data
            && !collection.cells.is_sorted_by(|(a, _), (b, _)| a < b)
        {
            return Err(format!("paths of column {id} of row {:?} do not ascend", row.clustering));
        }
    }
    Ok(())
}

fn name(fragment: &Fragment) -> &'static str {
    match fragment {
        Fragment::PartitionStart { .. } => "a partition start",
        Fragment::StaticRow(_) => "a static row",
        Fragment::RangeTombstoneChange { .. } => "a range tombstone change",
        Fragment::Row(_) => "a row",
        Fragment::PartitionEnd => "a partition end",
    }
}

#[cfg(test)]
mod tests;
