//! [`Rows`]: one page of a result, its cells already as they go over the wire; [`RowsBuilder`] makes one.
//!
//! Hot path: the builder appends each cell to one buffer and allocates nothing per cell; encoding the response
//! copies that buffer once into the connection's write batch.

use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use model::DecodeError;

use super::column_spec::{ResultHeader, ResultMetadata, put_result_header};
use super::primitives::BodyReader;
use super::version::ProtocolVersion;

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Columns; without any in a decoded page that came without them (`skip_metadata`).
    pub metadata: Arc<ResultMetadata>,
    /// Where the next page begins; `None`: this is the last.
    pub paging_state: Option<Bytes>,
    /// The id of `metadata`, sent when the client knows another (version 5); the columns are then sent too.
    pub new_metadata_id: Option<Bytes>,
    /// Whether the columns are left out.
    pub skip_metadata: bool,
    /// Cells a row.
    pub column_count: usize,
    /// Rows in `content`.
    pub row_count: u32,
    /// The cells, row by row: an int length (-1: null) and that many bytes each.
    pub content: Bytes,
}

impl Rows {
    /// Reads a page. The cells are checked to be there by the count, not yet walked.
    pub(super) fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<Rows, DecodeError> {
        let header = ResultHeader::read(body, version)?;
        let row_size_min = header.column_count.saturating_mul(4);
        let row_count = body.read_count_i32(row_size_min, "rows")? as u32;
        let content = body.take(body.remaining(), "rows")?;
        Ok(Rows {
            skip_metadata: header.metadata.is_none(),
            metadata: header.metadata.unwrap_or_default(),
            paging_state: header.paging_state,
            new_metadata_id: header.new_metadata_id,
            column_count: header.column_count,
            row_count,
            content,
        })
    }

    pub(super) fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        put_result_header(
            &self.metadata,
            self.skip_metadata,
            self.paging_state.as_ref(),
            self.new_metadata_id.as_ref(),
            version,
            out,
        );
        out.put_u32(self.row_count);
        out.extend_from_slice(&self.content);
    }

    /// The rows, each a list of cells; a cell is `None` when null.
    ///
    /// Errors: the place where the cells end too early; nothing follows it.
    pub fn iter(&self) -> impl Iterator<Item = Result<Vec<Option<Bytes>>, DecodeError>> + '_ {
        let mut rest = self.content.clone();
        let mut left = self.row_count;
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let row: Result<Vec<_>, _> =
                (0..self.column_count).map(|_| next_cell(&mut rest, self.content.len())).collect();
            if row.is_err() {
                left = 0;
            }
            Some(row)
        })
    }
}

fn next_cell(rest: &mut Bytes, length: usize) -> Result<Option<Bytes>, DecodeError> {
    let at = length - rest.len();
    if rest.len() < 4 {
        return Err(DecodeError::new("the rows end inside the length of a cell", at));
    }
    match usize::try_from(rest.get_i32()) {
        Err(_) => Ok(None),
        Ok(size) if size <= rest.len() => Ok(Some(rest.split_to(size))),
        Ok(size) => {
            let left = rest.len();
            Err(DecodeError::new(format!("a cell of {size} bytes, but {left} are left"), at))
        }
    }
}

/// Builds a page, cell by cell.
#[derive(Debug)]
pub struct RowsBuilder {
    metadata: Arc<ResultMetadata>,
    content: BytesMut,
    cells: usize,
    row_count: u32,
}

impl RowsBuilder {
    /// An empty page of `metadata`.
    pub fn new(metadata: Arc<ResultMetadata>) -> RowsBuilder {
        RowsBuilder { metadata, content: BytesMut::new(), cells: 0, row_count: 0 }
    }

    /// Appends the next cell of the row; `None` is null.
    pub fn push_cell(&mut self, value: Option<&[u8]>) {
        self.cells += 1;
        match value {
            None => self.content.put_i32(-1),
            Some(bytes) => {
                self.content.reserve(4 + bytes.len());
                self.content.put_i32(bytes.len() as i32);
                self.content.extend_from_slice(bytes);
            }
        }
    }

    /// Appends the next cell, written by `write` straight into the page: for values put together from parts.
    pub fn push_cell_with(&mut self, write: impl FnOnce(&mut BytesMut)) {
        self.cells += 1;
        let at = self.content.len();
        self.content.put_i32(0);
        write(&mut self.content);
        let size = (self.content.len() - at - 4) as i32;
        self.content[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }

    /// Ends the row.
    ///
    /// Panics: when the row has not as many cells as there are columns, which is a bug of the caller.
    pub fn end_row(&mut self) {
        assert_eq!(self.cells, self.metadata.columns.len(), "a row has a cell for each column");
        self.cells = 0;
        self.row_count += 1;
    }

    /// Rows so far.
    pub fn row_count(&self) -> u32 {
        self.row_count
    }

    /// Bytes so far, to end a page by size.
    pub fn size_bytes(&self) -> usize {
        self.content.len()
    }

    /// The page, as the last one and with its columns; set what is different on it.
    pub fn finish(self) -> Rows {
        assert_eq!(self.cells, 0, "the last row was ended");
        Rows {
            column_count: self.metadata.columns.len(),
            metadata: self.metadata,
            paging_state: None,
            new_metadata_id: None,
            skip_metadata: false,
            row_count: self.row_count,
            content: self.content.freeze(),
        }
    }
}
