//! [`digest_stream`]: sixteen bytes that are equal where two streams say the same.
//!
//! Compares replicas and checks that a rewrite lost nothing. What counts is what decides conflicts and
//! what a reader sees: keys, positions, timestamps, expiries, values. Local deletion times do not count:
//! they decide nothing but when a tombstone may go.
//! Digest merged streams of one direction only; put [`super::Purge`] before when the sources may have
//! been compacted at different times.

use xxhash_rust::xxh3::Xxh3;

use super::{Fragment, FragmentSource};
use crate::data::{Cell, CellKind, ColumnData, Deletion, MarkerKind, Row};

/// The digest of a whole stream.
///
/// Errors: the source's.
pub fn digest_stream<S: FragmentSource>(mut source: S) -> Result<u128, S::Error> {
    let mut digest = Digest::default();
    while let Some(fragment) = source.next()? {
        digest.add(&fragment);
    }
    Ok(digest.finish())
}

/// A digest in the making, for readers that look at the stream themselves.
#[derive(Default)]
pub struct Digest {
    hash: Xxh3,
    /// What the current fragment says; hashing it at once is several times faster than part by part.
    said: Vec<u8>,
}

impl Digest {
    /// Adds the next fragment.
    pub fn add(&mut self, fragment: &Fragment) {
        match fragment {
            Fragment::PartitionStart { key, deletion } => {
                self.tag(1);
                self.bytes(key.as_bytes());
                self.deletion(*deletion);
            }
            Fragment::StaticRow(row) => {
                self.tag(2);
                self.row(row);
            }
            Fragment::RangeTombstoneChange { position, deletion } => {
                self.tag(3);
                self.bytes(position.as_bytes());
                self.deletion(*deletion);
            }
            Fragment::Row(row) => {
                self.tag(4);
                self.row(row);
            }
            Fragment::PartitionEnd => self.tag(5),
        }
        self.hash.update(&self.said);
        self.said.clear();
    }

    /// The digest of all that was added.
    pub fn finish(&self) -> u128 {
        self.hash.digest128()
    }

    // Every part begins with a tag and has a known or written length, so no two streams run together.

    fn tag(&mut self, tag: u8) {
        self.said.push(tag);
    }

    fn number(&mut self, number: i64) {
        self.said.extend_from_slice(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as i64);
        self.said.extend_from_slice(bytes);
    }

    fn deletion(&mut self, deletion: Option<Deletion>) {
        match deletion {
            None => self.tag(0),
            Some(deletion) => {
                self.tag(1);
                self.number(deletion.timestamp);
            }
        }
    }

    fn row(&mut self, row: &Row) {
        self.bytes(row.clustering.as_bytes());
        match row.marker {
            None => self.tag(0),
            Some(marker) => {
                self.tag(1);
                self.number(marker.timestamp);
                match marker.kind {
                    MarkerKind::Live => self.tag(0),
                    MarkerKind::Expiring { expires_at, .. } => {
                        self.tag(1);
                        self.number(expires_at);
                    }
                }
            }
        }
        self.deletion(row.deletion);
        self.number(row.columns.len() as i64);
        for (id, data) in &row.columns {
            self.number(i64::from(id.0));
            match data {
                ColumnData::Cell(cell) => {
                    self.tag(1);
                    self.cell(cell);
                }
                ColumnData::Collection(collection) => {
                    self.tag(2);
                    self.deletion(collection.deletion);
                    self.number(collection.cells.len() as i64);
                    for (path, cell) in &collection.cells {
                        self.bytes(path);
                        self.cell(cell);
                    }
                }
            }
        }
    }

    fn cell(&mut self, cell: &Cell) {
        self.number(cell.timestamp);
        match cell.kind {
            CellKind::Live => self.tag(0),
            CellKind::Expiring { expires_at, .. } => {
                self.tag(1);
                self.number(expires_at);
            }
            CellKind::Dead { .. } => self.tag(2),
            CellKind::Counter => self.tag(3),
        }
        self.bytes(&cell.value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::convert::Infallible;

    use super::*;
    use crate::data::PartitionUpdate;
    use crate::data::generate::partition_update;
    use crate::key::{ByteRange, DecoratedKey};
    use crate::stream::{Direction, Merge, PartitionSource, read_all};

    fn stream(update: &PartitionUpdate) -> Merge<Infallible> {
        let key = DecoratedKey("key".into());
        let source = PartitionSource::new(key, update.clone(), &[ByteRange::all()], true, Direction::Forward);
        Merge::new(vec![Box::new(source)], Direction::Forward)
    }

    fn without_local_times(mut fragments: Vec<Fragment>) -> Vec<Fragment> {
        let clear = |deletion: &mut Option<Deletion>| {
            deletion.iter_mut().for_each(|deletion| deletion.local_time = 0);
        };
        let clear_cell = |cell: &mut Cell| match &mut cell.kind {
            CellKind::Dead { local_time } => *local_time = 0,
            CellKind::Expiring { ttl, .. } => *ttl = 0,
            _ => {}
        };
        for fragment in &mut fragments {
            match fragment {
                Fragment::PartitionStart { deletion, .. }
                | Fragment::RangeTombstoneChange { deletion, .. } => clear(deletion),
                Fragment::StaticRow(row) | Fragment::Row(row) => {
                    clear(&mut row.deletion);
                    if let Some(marker) = &mut row.marker
                        && let MarkerKind::Expiring { ttl, .. } = &mut marker.kind
                    {
                        *ttl = 0;
                    }
                    for (_, data) in &mut row.columns {
                        match data {
                            ColumnData::Cell(cell) => clear_cell(cell),
                            ColumnData::Collection(collection) => {
                                clear(&mut collection.deletion);
                                collection.cells.iter_mut().for_each(|(_, cell)| clear_cell(cell));
                            }
                        }
                    }
                }
                Fragment::PartitionEnd => {}
            }
        }
        fragments
    }

    proptest! {
        #[test]
        fn digests_are_equal_exactly_where_streams_say_the_same(a in partition_update(), b in partition_update()) {
            let told = |update: &PartitionUpdate| without_local_times(read_all(stream(update)).unwrap());
            let digest = |update: &PartitionUpdate| digest_stream(stream(update)).unwrap();
            prop_assert_eq!(digest(&a) == digest(&b), told(&a) == told(&b));
            prop_assert_eq!(digest(&a), digest(&a.clone()));
        }

        #[test]
        fn one_changed_row_changes_the_digest(
            update in partition_update(), extra in crate::data::generate::row_at(Default::default())
        ) {
            let mut changed = update.clone();
            changed.static_row = Some(extra);
            let told = |update: &PartitionUpdate| without_local_times(read_all(stream(update)).unwrap());
            let digest = |update: &PartitionUpdate| digest_stream(stream(update)).unwrap();
            prop_assert_eq!(digest(&update) == digest(&changed), told(&update) == told(&changed));
        }
    }
}
