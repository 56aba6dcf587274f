//! [`live_row`]: what a reader sees of a row.
//!
//! The last step of a read, behind [`super::Merge`]: deletions, dead and expired cells fall away. It is
//! taken only where the answer is made, never between replicas, or the dead would return.

use crate::data::{CollectionCells, ColumnData, Row};

/// The live marker, cells and elements of a reconciled row at `now_seconds`; `None` when nothing lives.
///
/// A row is there if its marker or any of its cells is live. What is left keeps timestamps and ttls.
pub fn live_row(row: &Row, now_seconds: i64) -> Option<Row> {
    let marker = row.marker.filter(|marker| marker.is_live(now_seconds));
    let mut columns = Vec::with_capacity(row.columns.len());
    for (id, data) in &row.columns {
        match data {
            ColumnData::Cell(cell) => {
                if cell.is_live(now_seconds) {
                    columns.push((*id, data.clone()));
                }
            }
            ColumnData::Collection(collection) => {
                let live = collection.cells.iter().filter(|(_, cell)| cell.is_live(now_seconds));
                let cells: Vec<_> = live.cloned().collect();
                if !cells.is_empty() {
                    columns.push((*id, ColumnData::Collection(CollectionCells { deletion: None, cells })));
                }
            }
        }
    }
    if marker.is_none() && columns.is_empty() {
        return None;
    }
    Some(Row { clustering: row.clustering.clone(), marker, deletion: None, columns })
}

/// As [`live_row`], of a row that is not needed any more: nothing is copied.
pub fn into_live_row(mut row: Row, now_seconds: i64) -> Option<Row> {
    row.marker = row.marker.filter(|marker| marker.is_live(now_seconds));
    row.deletion = None;
    row.columns.retain_mut(|(_, data)| match data {
        ColumnData::Cell(cell) => cell.is_live(now_seconds),
        ColumnData::Collection(collection) => {
            collection.deletion = None;
            collection.cells.retain(|(_, cell)| cell.is_live(now_seconds));
            !collection.cells.is_empty()
        }
    });
    (!row.is_empty()).then_some(row)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::data::generate::{NOW_SECONDS, row_at};
    use crate::data::{Cell, Deletion, MarkerKind, RowMarker};
    use crate::key::ClusteringKey;
    use crate::schema::ColumnId;

    proptest! {
        #[test]
        fn both_forms_agree_and_leave_only_the_living(row in row_at(ClusteringKey::empty())) {
            let live = live_row(&row, NOW_SECONDS);
            prop_assert_eq!(&live, &into_live_row(row.clone(), NOW_SECONDS));
            let Some(live) = live else {
                prop_assert!(row.marker.is_none_or(|marker| !marker.is_live(NOW_SECONDS)));
                return Ok(());
            };
            prop_assert_eq!(live.deletion, None);
            for (id, data) in &row.columns {
                match (data, live.column(*id)) {
                    (ColumnData::Cell(cell), left) => {
                        prop_assert_eq!(left.is_some(), cell.is_live(NOW_SECONDS));
                    }
                    (ColumnData::Collection(all), left) => {
                        let wanted: Vec<_> =
                            all.cells.iter().filter(|(_, cell)| cell.is_live(NOW_SECONDS)).cloned().collect();
                        let left = match left {
                            Some(ColumnData::Collection(left)) => left.cells.clone(),
                            _ => vec![],
                        };
                        prop_assert_eq!(left, wanted);
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_is_there_while_its_marker_or_any_cell_lives() {
        let marker = |kind| Row { marker: Some(RowMarker { timestamp: 1, kind }), ..Row::default() };
        let cell = |cell| Row { columns: vec![(ColumnId(0), ColumnData::Cell(cell))], ..Row::default() };
        let element = |cell| {
            let cells = vec![(Bytes::from_static(b"p"), cell)];
            let deletion = Some(Deletion { timestamp: 0, local_time: 0 });
            let collection = ColumnData::Collection(CollectionCells { deletion, cells });
            Row { columns: vec![(ColumnId(0), collection)], ..Row::default() }
        };
        let cases = [
            ("live marker", marker(MarkerKind::Live), true),
            ("marker not yet expired", marker(MarkerKind::Expiring { ttl: 1, expires_at: 101 }), true),
            ("marker expired this second", marker(MarkerKind::Expiring { ttl: 1, expires_at: 100 }), false),
            ("live cell", cell(Cell::live(1, "v")), true),
            ("live cell of no bytes", cell(Cell::live(1, "")), true),
            ("expired cell", cell(Cell::expiring(1, 1, 100, "v")), false),
            ("cell tombstone", cell(Cell::dead(1, 0)), false),
            ("live element", element(Cell::live(1, "")), true),
            ("dead element", element(Cell::dead(1, 0)), false),
            ("nothing", Row::default(), false),
        ];
        for (what, row, there) in cases {
            assert_eq!(live_row(&row, 100).is_some(), there, "{what}");
        }
    }
}
