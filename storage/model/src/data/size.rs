//! Sizes in memory: what bounds memtables and refuses mutations that are too large.
//!
//! A size is the heap and stack bytes of the values themselves, as if no buffer were shared. It is never
//! below the size encoded by `codec`, so a mutation within the limit also fits the commit log.

use bytes::Bytes;

use super::{Cell, ColumnData, Mutation, PartitionUpdate, RangeTombstone, Row};
use crate::schema::ColumnId;

impl Cell {
    fn heap_bytes(&self) -> usize {
        self.value.len()
    }
}

impl ColumnData {
    fn heap_bytes(&self) -> usize {
        match self {
            ColumnData::Cell(cell) => cell.heap_bytes(),
            ColumnData::Collection(collection) => collection
                .cells
                .iter()
                .map(|(path, cell)| size_of::<(Bytes, Cell)>() + path.len() + cell.heap_bytes())
                .sum(),
        }
    }
}

impl Row {
    /// Bytes it takes in memory.
    pub fn size_bytes(&self) -> usize {
        let columns: usize = self
            .columns
            .iter()
            .map(|(_, data)| size_of::<(ColumnId, ColumnData)>() + data.heap_bytes())
            .sum();
        size_of::<Row>() + self.clustering.as_bytes().len() + columns
    }
}

impl RangeTombstone {
    /// Bytes it takes in memory.
    pub fn size_bytes(&self) -> usize {
        size_of::<RangeTombstone>() + self.range.start.len() + self.range.end.as_ref().map_or(0, Bytes::len)
    }
}

impl PartitionUpdate {
    /// Bytes it takes in memory.
    pub fn size_bytes(&self) -> usize {
        size_of::<PartitionUpdate>()
            + self.static_row.as_ref().map_or(0, Row::size_bytes)
            + self.range_tombstones.iter().map(RangeTombstone::size_bytes).sum::<usize>()
            + self.rows.iter().map(Row::size_bytes).sum::<usize>()
    }
}

impl Mutation {
    /// Bytes it takes in memory; an upper bound of its encoded size.
    pub fn size_bytes(&self) -> usize {
        size_of::<Mutation>() + self.key.as_bytes().len() + self.update.size_bytes()
    }
}
