//! [`PreparedBody`]: what PREPARE answers: the statement's id, its markers and the columns of its result.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use model::DecodeError;

use super::column_spec::{BindMetadata, NO_METADATA, ResultHeader, ResultMetadata, put_result_header};
use super::primitives::{BodyReader, put_short_bytes};
use super::version::ProtocolVersion;

/// A kept statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedBody {
    /// Its id: the same for the same keyspace and text, on every node and after a restart.
    pub id: Bytes,
    /// Which result columns these are ([`ResultMetadata::id`]); sent from version 5 on.
    pub result_metadata_id: Option<Bytes>,
    /// Its markers.
    pub bind: Arc<BindMetadata>,
    /// Columns of its result; `None` for a statement that gives no rows.
    pub result: Option<Arc<ResultMetadata>>,
}

impl PreparedBody {
    pub(super) fn read(body: &mut BodyReader, version: ProtocolVersion) -> Result<PreparedBody, DecodeError> {
        let id = body.read_short_bytes("prepared statement id")?;
        let result_metadata_id = if version >= ProtocolVersion::V5 {
            Some(body.read_short_bytes("result metadata id")?)
        } else {
            None
        };
        let bind = Arc::new(BindMetadata::read(body, version)?);
        let result = ResultHeader::read(body, version)?.metadata;
        Ok(PreparedBody { id, result_metadata_id, bind, result })
    }

    pub(super) fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        put_short_bytes(&self.id, out);
        if version >= ProtocolVersion::V5 {
            match &self.result_metadata_id {
                Some(id) => put_short_bytes(id, out),
                // The field has no null: a statement without rows has the id of no columns.
                None => put_short_bytes(&self.result.as_deref().cloned().unwrap_or_default().id(), out),
            }
        }
        self.bind.put(version, out);
        match &self.result {
            Some(metadata) => put_result_header(metadata, false, None, None, version, out),
            None => {
                out.put_i32(NO_METADATA);
                out.put_i32(0);
            }
        }
    }
}
