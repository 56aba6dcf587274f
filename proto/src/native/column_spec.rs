//! [`ResultMetadata`] and [`BindMetadata`]: the columns of a result and the markers of a statement, by name and type.
//!
//! When all columns are of one table its name is sent once (flag 0x01), which is nearly always.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use model::DecodeError;
use model::types::ColumnType;

use super::primitives::{BodyReader, put_bytes, put_short_bytes, put_string};
use super::type_option::{put_type, read_type};
use super::version::ProtocolVersion;

pub(super) const GLOBAL_TABLE: i32 = 0x0001;
pub(super) const HAS_MORE_PAGES: i32 = 0x0002;
pub(super) const NO_METADATA: i32 = 0x0004;
pub(super) const METADATA_CHANGED: i32 = 0x0008;

/// A column of a result, or a marker of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Keyspace of its table.
    pub keyspace: String,
    /// Its table.
    pub table: String,
    /// Its name, or the marker's.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
}

/// Columns of a result, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultMetadata {
    /// The columns.
    pub columns: Vec<ColumnSpec>,
}

/// Markers of a statement, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BindMetadata {
    /// The markers.
    pub columns: Vec<ColumnSpec>,
    /// For each column of the partition key, in its order, the marker that gives it; empty unless all are
    /// given by markers. Token-aware drivers route by it (version 4 and later).
    pub partition_key_indexes: Vec<u16>,
}

impl ResultMetadata {
    /// Names these columns and types: equal contents have equal ids, on every node and after a restart.
    ///
    /// A client of version 5 sends it with EXECUTE; when it is not the current one, the answer carries the
    /// columns again.
    pub fn id(&self) -> Bytes {
        let mut contents = BytesMut::new();
        contents.put_u32(self.columns.len() as u32);
        put_specs(&self.columns, None, ProtocolVersion::NEWEST, &mut contents);
        Bytes::copy_from_slice(&xxhash_rust::xxh3::xxh3_128(&contents).to_be_bytes())
    }
}

/// The one table that all columns are of.
fn common_table(columns: &[ColumnSpec]) -> Option<(&str, &str)> {
    let first = columns.first()?;
    let same = columns.iter().all(|column| column.keyspace == first.keyspace && column.table == first.table);
    same.then_some((first.keyspace.as_str(), first.table.as_str()))
}

fn put_specs(
    columns: &[ColumnSpec],
    table: Option<(&str, &str)>,
    version: ProtocolVersion,
    out: &mut BytesMut,
) {
    if let Some((keyspace, table)) = table {
        put_string(keyspace, out);
        put_string(table, out);
    }
    for column in columns {
        if table.is_none() {
            put_string(&column.keyspace, out);
            put_string(&column.table, out);
        }
        put_string(&column.name, out);
        put_type(&column.column_type, version, out);
    }
}

fn read_specs(
    body: &mut BodyReader,
    count: usize,
    global_table: bool,
) -> Result<Vec<ColumnSpec>, DecodeError> {
    let table = |body: &mut BodyReader| -> Result<(String, String), DecodeError> {
        Ok((body.read_string("keyspace of a column")?, body.read_string("table of a column")?))
    };
    let common = if global_table { Some(table(body)?) } else { None };
    let mut columns = Vec::with_capacity(count);
    for _ in 0..count {
        let (keyspace, table) = match &common {
            Some(common) => common.clone(),
            None => table(body)?,
        };
        let name = body.read_string("name of a column")?;
        columns.push(ColumnSpec { keyspace, table, name, column_type: read_type(body)? });
    }
    Ok(columns)
}

/// Smallest column on the wire: an empty name and a type code.
const COLUMN_SIZE_MIN: usize = 2 + 2;

/// What stands before the rows of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ResultHeader {
    /// `None`: not sent.
    pub(super) metadata: Option<Arc<ResultMetadata>>,
    pub(super) column_count: usize,
    pub(super) paging_state: Option<Bytes>,
    pub(super) new_metadata_id: Option<Bytes>,
}

impl ResultHeader {
    pub(super) fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<ResultHeader, DecodeError> {
        let flags = body.read_i32("flags of a result")?;
        let size_min = if flags & NO_METADATA == 0 { COLUMN_SIZE_MIN } else { 0 };
        let column_count = body.read_count_i32(size_min, "columns")?;
        let paging_state = if flags & HAS_MORE_PAGES != 0 { body.read_bytes("paging state")? } else { None };
        let new_metadata_id = if flags & METADATA_CHANGED != 0 && version >= ProtocolVersion::V5 {
            Some(body.read_short_bytes("result metadata id")?)
        } else {
            None
        };
        let metadata = if flags & NO_METADATA == 0 {
            let columns = read_specs(body, column_count, flags & GLOBAL_TABLE != 0)?;
            Some(Arc::new(ResultMetadata { columns }))
        } else {
            None
        };
        Ok(ResultHeader { metadata, column_count, paging_state, new_metadata_id })
    }
}

/// Appends what stands before rows. A changed metadata id (version 5) forces the columns to be sent.
pub(super) fn put_result_header(
    metadata: &ResultMetadata,
    skip_metadata: bool,
    paging_state: Option<&Bytes>,
    new_metadata_id: Option<&Bytes>,
    version: ProtocolVersion,
    out: &mut BytesMut,
) {
    let new_metadata_id = new_metadata_id.filter(|_| version >= ProtocolVersion::V5);
    let skip = skip_metadata && new_metadata_id.is_none();
    let table = common_table(&metadata.columns).filter(|_| !skip);
    let mut flags = 0;
    flags |= if table.is_some() { GLOBAL_TABLE } else { 0 };
    flags |= if paging_state.is_some() { HAS_MORE_PAGES } else { 0 };
    flags |= if skip { NO_METADATA } else { 0 };
    flags |= if new_metadata_id.is_some() { METADATA_CHANGED } else { 0 };
    out.put_i32(flags);
    out.put_i32(metadata.columns.len() as i32);
    if let Some(state) = paging_state {
        put_bytes(Some(state), out);
    }
    if let Some(id) = new_metadata_id {
        put_short_bytes(id, out);
    }
    if !skip {
        put_specs(&metadata.columns, table, version, out);
    }
}

impl BindMetadata {
    pub(super) fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<BindMetadata, DecodeError> {
        let flags = body.read_i32("flags of bind metadata")?;
        let column_count = body.read_count_i32(COLUMN_SIZE_MIN, "markers")?;
        let mut partition_key_indexes = Vec::new();
        if version >= ProtocolVersion::V4 {
            let count = body.read_count_i32(2, "partition key indexes")?;
            for _ in 0..count {
                partition_key_indexes.push(body.read_u16("partition key index")?);
            }
        }
        let columns = read_specs(body, column_count, flags & GLOBAL_TABLE != 0)?;
        Ok(BindMetadata { columns, partition_key_indexes })
    }

    pub(super) fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        let table = common_table(&self.columns);
        out.put_i32(if table.is_some() { GLOBAL_TABLE } else { 0 });
        out.put_i32(self.columns.len() as i32);
        if version >= ProtocolVersion::V4 {
            out.put_i32(self.partition_key_indexes.len() as i32);
            for index in &self.partition_key_indexes {
                out.put_u16(*index);
            }
        }
        put_specs(&self.columns, table, version, out);
    }
}
