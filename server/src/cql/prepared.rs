//! Prepared statements: kept by an id that is the same on every node and after every restart.
//!
//! The cache is bounded; what falls out is found again in `system.prepared_statements`, so that a client
//! need not prepare anew after a restart. A statement is bound again when the schema has changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use md5::{Digest, Md5};
use model::schema::Schema;
use quick_cache::sync::Cache;

use super::bound::{BoundStatement, bind_statement};
use super::syntax::{ParsedStatement, parse_statement};
use crate::error::CqlError;

/// Prepared statements kept in memory: a few KiB each, so some 20 MB at most.
const PREPARED_MAX: usize = 4096;

/// The id of a statement prepared in a keyspace.
pub(crate) fn prepared_id(text: &str, keyspace: Option<&str>) -> Bytes {
    let mut digest = Md5::new();
    digest.update(keyspace.unwrap_or_default().as_bytes());
    digest.update(text.as_bytes());
    Bytes::copy_from_slice(&digest.finalize())
}

/// A prepared statement.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Its id.
    pub(crate) id: Bytes,
    /// Its text.
    pub(crate) text: String,
    /// The keyspace in use when it was prepared.
    pub(crate) keyspace: Option<String>,
    parsed: ParsedStatement,
    bound: ArcSwap<BoundStatement>,
    /// Whether a client may hold other result columns for it than it has now.
    outdated: AtomicBool,
}

impl Prepared {
    /// Parses and binds `text`.
    pub(crate) fn new(
        text: &str,
        keyspace: Option<&str>,
        schema: &Schema,
        reloaded: bool,
    ) -> Result<Prepared, CqlError> {
        let parsed = parse_statement(text)?;
        let bound = bind_statement(&parsed, text, schema, keyspace)?;
        Ok(Prepared {
            id: prepared_id(text, keyspace),
            text: text.to_string(),
            keyspace: keyspace.map(str::to_string),
            parsed,
            bound: ArcSwap::from_pointee(bound),
            outdated: AtomicBool::new(reloaded),
        })
    }

    /// It, bound against `schema`.
    ///
    /// Errors: what it refers to is no longer there.
    pub(crate) fn bound(&self, schema: &Schema) -> Result<Arc<BoundStatement>, CqlError> {
        let bound = self.bound.load_full();
        if bound.schema_version == schema.version {
            return Ok(bound);
        }
        let fresh = bind_statement(&self.parsed, &self.text, schema, self.keyspace.as_deref())?;
        if fresh.result_metadata != bound.result_metadata {
            self.outdated.store(true, Ordering::Relaxed);
        }
        let fresh = Arc::new(fresh);
        self.bound.store(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Whether a client of protocol v3 or v4, which cannot say which result columns it knows, must be sent
    /// them with every result.
    pub(crate) fn is_outdated(&self) -> bool {
        self.outdated.load(Ordering::Relaxed)
    }
}

/// Prepared statements by id.
pub(crate) struct PreparedCache {
    entries: Cache<Bytes, Arc<Prepared>>,
}

impl PreparedCache {
    /// An empty cache.
    pub(crate) fn new() -> PreparedCache {
        PreparedCache { entries: Cache::new(PREPARED_MAX) }
    }

    /// The statement with this id.
    pub(crate) fn get(&self, id: &Bytes) -> Option<Arc<Prepared>> {
        self.entries.get(id)
    }

    /// Keeps a statement.
    pub(crate) fn insert(&self, prepared: Arc<Prepared>) {
        self.entries.insert(prepared.id.clone(), prepared);
    }
}
