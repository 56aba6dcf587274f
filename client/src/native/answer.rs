//! [`Answer`]: the result of a request with what the node said beside it.

use proto::native::{ResultBody, Rows};
use uuid::Uuid;

/// What a node answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The result.
    pub result: ResultBody,
    /// Warnings for the user.
    pub warnings: Vec<String>,
    /// Where the trace will be found, if one was asked for.
    pub tracing_id: Option<Uuid>,
}

impl Answer {
    /// The rows, if the result is rows.
    pub fn rows(&self) -> Option<&Rows> {
        match &self.result {
            ResultBody::Rows(rows) => Some(rows),
            _ => None,
        }
    }
}
