//! [`Prepared`]: a statement kept by a node, with what is needed to prepare it again.

use std::sync::Arc;

use bytes::Bytes;
use proto::native::{BindMetadata, Execute, PreparedBody, QueryParameters, Request, ResultMetadata};

/// A prepared statement.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Its text.
    pub text: String,
    /// Its markers, in order.
    pub bind: Arc<BindMetadata>,
    /// Columns of its result; `None` for a statement that gives no rows.
    pub result: Option<Arc<ResultMetadata>>,
    pub(super) id: Bytes,
    pub(super) result_metadata_id: Option<Bytes>,
}

impl Prepared {
    pub(super) fn new(text: String, body: PreparedBody) -> Prepared {
        let PreparedBody { id, result_metadata_id, bind, result } = body;
        Prepared { text, bind, result, id, result_metadata_id }
    }

    /// The request that runs it, for [`super::Connection::run_many`]. It is not prepared again by itself there.
    pub fn request(&self, parameters: QueryParameters) -> Request {
        Request::Execute(Execute {
            id: self.id.clone(),
            result_metadata_id: self.result_metadata_id.clone(),
            parameters,
        })
    }
}
