//! [`Version`]: tables, live sstables and replay positions after some edit; immutable once published.
//!
//! Pure: an edit makes the next version or is refused with a reason, and nothing is touched then.
//! Invariants (see [`Version::check`]): a table has as many region versions as regions; an sstable is
//! live in one region only; replay positions and the start of the log never run backwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::schema::TableId;

use super::{Change, LiveSstable};
use crate::commit_log::{ReplayPosition, SegmentId};
use crate::config::TableSettings;
use crate::sstable::SstableId;

/// What is live on a node.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Version {
    /// Tables by id.
    pub tables: BTreeMap<TableId, Arc<TableVersion>>,
    /// Where the commit log begins.
    pub log_start: SegmentId,
}

/// What is live of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableVersion {
    pub settings: TableSettings,
    /// As `settings.regions`.
    pub regions: Vec<RegionVersion>,
}

/// What is live of a region.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RegionVersion {
    /// By id.
    pub sstables: BTreeMap<SstableId, LiveSstable>,
    /// Log records at or before it are in `sstables`.
    pub flushed: ReplayPosition,
}

impl Version {
    /// The version after an edit.
    ///
    /// Errors: why the edit does not fit this version.
    pub(crate) fn after(&self, edit: &[Change]) -> Result<Version, String> {
        let mut next = self.clone();
        for change in edit {
            next.change(change)?;
        }
        debug_assert_eq!(next.check(), Ok(()));
        Ok(next)
    }

    fn change(&mut self, change: &Change) -> Result<(), String> {
        match change {
            Change::TableCreated(settings) => {
                if self.tables.contains_key(&settings.id) {
                    return Err(format!("table {} is there already", settings.id));
                }
                let regions = vec![RegionVersion::default(); settings.regions.len()];
                let table = TableVersion { settings: settings.clone(), regions };
                self.tables.insert(settings.id, Arc::new(table));
            }
            Change::TableAltered(settings) => {
                let table = self.table(settings.id)?;
                if table.settings.regions != settings.regions {
                    return Err(format!("table {}: regions cannot be changed yet", settings.id));
                }
                table.settings = settings.clone();
            }
            Change::TableDropped(id) => {
                self.tables.remove(id).ok_or_else(|| format!("there is no table {id}"))?;
            }
            Change::Flushed { table, region, position } => {
                let region = self.region(*table, *region)?;
                region.flushed = region.flushed.max(*position);
            }
            Change::SstableAdded { table, region, sstable } => {
                let sstables = &mut self.region(*table, *region)?.sstables;
                if sstables.insert(sstable.id, sstable.clone()).is_some() {
                    return Err(format!("sstable {} is live already", sstable.id));
                }
            }
            Change::SstableRemoved { table, region, id } => {
                let sstables = &mut self.region(*table, *region)?.sstables;
                sstables.remove(id).ok_or_else(|| format!("sstable {id} is not live"))?;
            }
            Change::LogStarts(segment) => self.log_start = self.log_start.max(*segment),
        }
        Ok(())
    }

    fn table(&mut self, id: TableId) -> Result<&mut TableVersion, String> {
        let table = self.tables.get_mut(&id).ok_or_else(|| format!("there is no table {id}"))?;
        Ok(Arc::make_mut(table))
    }

    fn region(&mut self, table: TableId, index: usize) -> Result<&mut RegionVersion, String> {
        let regions = &mut self.table(table)?.regions;
        regions.get_mut(index).ok_or_else(|| format!("table {table} has no region {index}"))
    }

    /// One edit that makes this version out of nothing.
    pub(crate) fn as_edit(&self) -> Vec<Change> {
        let mut edit = vec![Change::LogStarts(self.log_start)];
        for (id, table) in &self.tables {
            edit.push(Change::TableCreated(table.settings.clone()));
            for (index, region) in table.regions.iter().enumerate() {
                edit.push(Change::Flushed { table: *id, region: index, position: region.flushed });
                edit.extend(region.sstables.values().map(|sstable| Change::SstableAdded {
                    table: *id,
                    region: index,
                    sstable: sstable.clone(),
                }));
            }
        }
        edit
    }

    /// The highest segment that a replay position names.
    pub(crate) fn newest_segment(&self) -> SegmentId {
        let regions = self.tables.values().flat_map(|table| &table.regions);
        regions.map(|region| region.flushed.segment).max().unwrap_or_default()
    }

    /// The highest id of a live sstable; 0 when there is none.
    pub(crate) fn newest_sstable(&self) -> SstableId {
        let regions = self.tables.values().flat_map(|table| &table.regions);
        regions.filter_map(|region| region.sstables.keys().next_back()).max().copied().unwrap_or(SstableId(0))
    }

    /// Proves the invariants.
    ///
    /// Errors: which one is broken.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut seen = std::collections::BTreeSet::new();
        for (id, table) in &self.tables {
            // A table is found by the id in its settings.
            if table.settings.id != *id {
                return Err(format!("table {id} has the settings of {}", table.settings.id));
            }
            // Regions are known by their place.
            if table.settings.regions.len() != table.regions.len() {
                return Err(format!("table {id} has {} region versions", table.regions.len()));
            }
            for sstable in table.regions.iter().flat_map(|region| region.sstables.keys()) {
                // An sstable in two regions would be compacted, and removed, twice.
                if !seen.insert(*sstable) {
                    return Err(format!("sstable {sstable} is live twice"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::key::ByteRange;
    use uuid::Uuid;

    const TABLE: TableId = TableId(Uuid::from_u128(1));

    fn created() -> Version {
        let settings = TableSettings::new(TABLE, vec![ByteRange::all()]);
        Version::default().after(&[Change::TableCreated(settings)]).expect("a new table")
    }

    fn added(id: u64) -> Change {
        Change::SstableAdded {
            table: TABLE,
            region: 0,
            sstable: LiveSstable { id: SstableId(id), size_bytes: 9, level: 0 },
        }
    }

    fn removed(id: u64) -> Change {
        Change::SstableRemoved { table: TABLE, region: 0, id: SstableId(id) }
    }

    #[test]
    fn a_version_is_rebuilt_by_its_own_edit() {
        let position = ReplayPosition { segment: SegmentId(3), offset: 77 };
        let flushed = Change::Flushed { table: TABLE, region: 0, position };
        let version =
            created().after(&[added(4), added(7), removed(4), flushed, Change::LogStarts(SegmentId(2))]);
        let version = version.expect("a good edit");
        assert_eq!(Version::default().after(&version.as_edit()), Ok(version.clone()));
        assert_eq!((version.newest_sstable(), version.newest_segment()), (SstableId(7), SegmentId(3)));
    }

    #[test]
    fn an_edit_that_does_not_fit_is_refused_whole() {
        let version = created().after(&[added(1)]).expect("a good edit");
        let settings = version.tables[&TABLE].settings.clone();
        let mut split = settings.clone();
        split.regions = vec![ByteRange::new(vec![], Some(vec![5].into())), ByteRange::new(vec![5], None)];
        for bad in [
            vec![added(2), removed(9)],
            vec![added(1)],
            vec![Change::TableCreated(settings)],
            vec![Change::TableAltered(split)],
            vec![Change::TableDropped(TableId(Uuid::nil()))],
            vec![Change::Flushed { table: TABLE, region: 1, position: ReplayPosition::ZERO }],
        ] {
            assert!(version.after(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn replay_positions_never_run_backwards() {
        let at = |offset| Change::Flushed {
            table: TABLE,
            region: 0,
            position: ReplayPosition { segment: SegmentId(1), offset },
        };
        let version = created().after(&[at(9), at(5)]).expect("a good edit");
        assert_eq!(version.tables[&TABLE].regions[0].flushed.offset, 9);
    }
}
