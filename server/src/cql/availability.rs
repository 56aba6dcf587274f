//! Whether a request's consistency level can be reached by the replicas that are alive.

use std::collections::BTreeMap;

use cluster::replication::{ConsistencyLevel, required};
use model::schema::{Keyspace, Schema};
use proto::native::Consistency;

use crate::error::CqlError;

/// The nodes that are alive, as the checks see them.
#[derive(Debug, Clone)]
pub(crate) struct LiveNodes {
    /// Live nodes by datacenter.
    pub(crate) by_datacenter: BTreeMap<String, u32>,
    /// This node's datacenter.
    pub(crate) local: String,
}

impl LiveNodes {
    /// Checks a read of `keyspace`.
    ///
    /// Errors: Unavailable; Invalid for a level that reads cannot have.
    pub(crate) fn check_read(
        &self,
        schema: &Schema,
        keyspace: &str,
        level: Consistency,
    ) -> Result<(), CqlError> {
        if level == Consistency::Any {
            return Err(CqlError::invalid("ANY ConsistencyLevel is only supported for writes"));
        }
        self.check(schema.keyspace(keyspace).map(AsRef::as_ref), level)
    }

    /// Checks a write to `keyspace`; `serial` is the level of its condition, if it has one.
    ///
    /// Errors: Unavailable; Invalid for levels that writes cannot have.
    pub(crate) fn check_write(
        &self,
        schema: &Schema,
        keyspace: &str,
        level: Consistency,
        serial: Option<Consistency>,
        counter: bool,
    ) -> Result<(), CqlError> {
        if level.is_serial() {
            return Err(CqlError::invalid(format!(
                "{level} is not supported as conditional update commit consistency. Use ANY if you mean \"make sure it is accepted but I don't care how many replicas commit it for non-SERIAL reads\""
            )));
        }
        if counter && level == Consistency::Any {
            return Err(CqlError::invalid("Consistency level ANY is not yet supported for counter writes"));
        }
        let keyspace = schema.keyspace(keyspace).map(AsRef::as_ref);
        if let Some(serial) = serial {
            if !serial.is_serial() {
                return Err(CqlError::invalid(format!(
                    "Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL, got {serial}"
                )));
            }
            self.check(keyspace, serial)?;
        }
        self.check(keyspace, level)
    }

    fn check(&self, keyspace: Option<&Keyspace>, level: Consistency) -> Result<(), CqlError> {
        let Some(keyspace) = keyspace else { return Ok(()) };
        let needed = required(cluster_level(level), &keyspace.replication, &self.by_datacenter, &self.local);
        if needed.is_met() {
            Ok(())
        } else {
            Err(CqlError::unavailable(level, needed.required, needed.alive))
        }
    }
}

fn cluster_level(level: Consistency) -> ConsistencyLevel {
    match level {
        Consistency::Any => ConsistencyLevel::Any,
        Consistency::One => ConsistencyLevel::One,
        Consistency::Two => ConsistencyLevel::Two,
        Consistency::Three => ConsistencyLevel::Three,
        Consistency::Quorum => ConsistencyLevel::Quorum,
        Consistency::All => ConsistencyLevel::All,
        Consistency::LocalQuorum => ConsistencyLevel::LocalQuorum,
        Consistency::EachQuorum => ConsistencyLevel::EachQuorum,
        Consistency::Serial => ConsistencyLevel::Serial,
        Consistency::LocalSerial => ConsistencyLevel::LocalSerial,
        Consistency::LocalOne => ConsistencyLevel::LocalOne,
    }
}
