//! [`Event`]: what a server tells without being asked, to connections that registered for its type.

use std::net::SocketAddr;

use bytes::BytesMut;
use model::DecodeError;

use super::primitives::{BodyReader, put_inet, put_string};
use super::schema_change::SchemaChange;
use super::version::ProtocolVersion;

/// A type of events that a client may register for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    /// Nodes come, go and move.
    TopologyChange,
    /// Nodes go up and down.
    StatusChange,
    /// The schema changes.
    SchemaChange,
}

impl EventType {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            EventType::TopologyChange => "TOPOLOGY_CHANGE",
            EventType::StatusChange => "STATUS_CHANGE",
            EventType::SchemaChange => "SCHEMA_CHANGE",
        }
    }

    /// The type called `name`.
    ///
    /// Errors: a name that is none.
    pub fn from_name(name: &str, offset: usize) -> Result<EventType, DecodeError> {
        Ok(match name {
            "TOPOLOGY_CHANGE" => EventType::TopologyChange,
            "STATUS_CHANGE" => EventType::StatusChange,
            "SCHEMA_CHANGE" => EventType::SchemaChange,
            other => return Err(DecodeError::new(format!("unknown event type {other:?}"), offset)),
        })
    }
}

/// What happened to a node of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TopologyChange {
    /// It joined.
    NewNode,
    /// It left.
    RemovedNode,
    /// Its tokens moved.
    MovedNode,
}

/// Whether a node can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusChange {
    /// It can.
    Up,
    /// It cannot.
    Down,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// A change of the ring at this native address.
    Topology(TopologyChange, SocketAddr),
    /// A change of a node's state at this native address.
    Status(StatusChange, SocketAddr),
    /// A change of the schema.
    Schema(SchemaChange),
}

impl Event {
    /// Its type.
    pub fn event_type(&self) -> EventType {
        match self {
            Event::Topology(..) => EventType::TopologyChange,
            Event::Status(..) => EventType::StatusChange,
            Event::Schema(_) => EventType::SchemaChange,
        }
    }

    /// Reads one.
    ///
    /// Errors: the place of what does not decode.
    pub fn read(body: &mut BodyReader) -> Result<Event, DecodeError> {
        let at = body.offset();
        let event_type = EventType::from_name(&body.read_string("event type")?, at)?;
        let at = body.offset();
        Ok(match event_type {
            EventType::SchemaChange => Event::Schema(SchemaChange::read(body)?),
            EventType::TopologyChange => {
                let change = match body.read_string("topology change")?.as_str() {
                    "NEW_NODE" => TopologyChange::NewNode,
                    "REMOVED_NODE" => TopologyChange::RemovedNode,
                    "MOVED_NODE" => TopologyChange::MovedNode,
                    other => return Err(DecodeError::new(format!("unknown topology change {other:?}"), at)),
                };
                Event::Topology(change, body.read_inet("node")?)
            }
            EventType::StatusChange => {
                let change = match body.read_string("status change")?.as_str() {
                    "UP" => StatusChange::Up,
                    "DOWN" => StatusChange::Down,
                    other => return Err(DecodeError::new(format!("unknown status change {other:?}"), at)),
                };
                Event::Status(change, body.read_inet("node")?)
            }
        })
    }

    /// Appends it.
    pub fn put(&self, version: ProtocolVersion, out: &mut BytesMut) {
        put_string(self.event_type().name(), out);
        match self {
            Event::Schema(change) => change.put(version, out),
            Event::Topology(change, address) => {
                let name = match change {
                    TopologyChange::NewNode => "NEW_NODE",
                    TopologyChange::RemovedNode => "REMOVED_NODE",
                    TopologyChange::MovedNode => "MOVED_NODE",
                };
                put_string(name, out);
                put_inet(*address, out);
            }
            Event::Status(change, address) => {
                let name = match change {
                    StatusChange::Up => "UP",
                    StatusChange::Down => "DOWN",
                };
                put_string(name, out);
                put_inet(*address, out);
            }
        }
    }
}
