//! [`SchemaChange`]: what changed in the schema; the same body as result and as event.

use bytes::BytesMut;
use model::DecodeError;

use super::primitives::{BodyReader, put_string, put_string_list};
use super::version::ProtocolVersion;

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeType {
    /// It is new.
    Created,
    /// It is different.
    Updated,
    /// It is gone.
    Dropped,
}

impl ChangeType {
    fn name(self) -> &'static str {
        match self {
            ChangeType::Created => "CREATED",
            ChangeType::Updated => "UPDATED",
            ChangeType::Dropped => "DROPPED",
        }
    }
}

/// To what it happened, inside [`SchemaChange::keyspace`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChangeTarget {
    /// The keyspace itself.
    Keyspace,
    /// A table, or a view, which drivers know as table.
    Table(String),
    /// A user-defined type.
    Type(String),
    /// A function with the CQL names of its argument types.
    Function(String, Vec<String>),
    /// An aggregate with the CQL names of its argument types.
    Aggregate(String, Vec<String>),
}

/// A change of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SchemaChange {
    /// What happened.
    pub change: ChangeType,
    /// In which keyspace.
    pub keyspace: String,
    /// To what.
    pub target: ChangeTarget,
}

impl SchemaChange {
    /// Reads one.
    ///
    /// Errors: the place of what does not decode.
    pub fn read(body: &mut BodyReader) -> Result<SchemaChange, DecodeError> {
        let at = body.offset();
        let change = match body.read_string("schema change")?.as_str() {
            "CREATED" => ChangeType::Created,
            "UPDATED" => ChangeType::Updated,
            "DROPPED" => ChangeType::Dropped,
            other => return Err(DecodeError::new(format!("unknown schema change {other:?}"), at)),
        };
        let at = body.offset();
        let kind = body.read_string("target of a schema change")?;
        let keyspace = body.read_string("keyspace")?;
        let target = match kind.as_str() {
            "KEYSPACE" => ChangeTarget::Keyspace,
            "TABLE" => ChangeTarget::Table(body.read_string("table")?),
            "TYPE" => ChangeTarget::Type(body.read_string("type")?),
            "FUNCTION" => {
                ChangeTarget::Function(body.read_string("function")?, body.read_string_list("argument type")?)
            }
            "AGGREGATE" => ChangeTarget::Aggregate(
                body.read_string("aggregate")?,
                body.read_string_list("argument type")?,
            ),
            other => {
                return Err(DecodeError::new(format!("unknown target {other:?} of a schema change"), at));
            }
        };
        Ok(SchemaChange { change, keyspace, target })
    }

    /// Appends it. Version 3 has no functions: there it is told as an update of the keyspace.
    pub fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        let is_function = matches!(self.target, ChangeTarget::Function(..) | ChangeTarget::Aggregate(..));
        if is_function && version < ProtocolVersion::V4 {
            put_string(ChangeType::Updated.name(), out);
            put_string("KEYSPACE", out);
            put_string(&self.keyspace, out);
            return;
        }
        put_string(self.change.name(), out);
        let (kind, name, arguments) = match &self.target {
            ChangeTarget::Keyspace => ("KEYSPACE", None, None),
            ChangeTarget::Table(name) => ("TABLE", Some(name), None),
            ChangeTarget::Type(name) => ("TYPE", Some(name), None),
            ChangeTarget::Function(name, arguments) => ("FUNCTION", Some(name), Some(arguments)),
            ChangeTarget::Aggregate(name, arguments) => ("AGGREGATE", Some(name), Some(arguments)),
        };
        put_string(kind, out);
        put_string(&self.keyspace, out);
        if let Some(name) = name {
            put_string(name, out);
        }
        if let Some(arguments) = arguments {
            put_string_list(arguments, out);
        }
    }
}
