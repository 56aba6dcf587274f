//! [`SchemaRegistry`]: the one place where the schema changes.
//!
//! On the data's way: DDL -> `SchemaChange` applied purely -> new tables made in the engine -> **schema file
//! replaced** -> published to readers -> altered and dropped tables settled in the engine -> event -> answer.
//! The file's replacement is the moment of change: a crash before it leaves the old schema, one after it the
//! new, and [`SchemaRegistry::open`] makes the engine fit whichever it finds. So a table of the engine that
//! the schema does not know holds nothing acknowledged.
//! Left out: system keyspaces are not in the file; they come with the binary.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use engine::fs::FileSystem;
use engine::{Engine, Error, TableSettings};
use model::key::ByteRange;
use model::schema::{
    CompactionSettings, Keyspace, Partitioner, SCHEMA_SIZE_BYTES_MAX, Schema, SchemaChange, TableId,
    TableSchema, decode_keyspaces, encode_keyspaces,
};
use parking_lot::Mutex;
use proto::native::Event;

use super::facts::NodeFacts;
use super::schema_event::schema_event;
use crate::cql::{is_computed, is_system_keyspace};
use crate::error::CqlError;
use crate::native::EventBroadcast;

/// The schema file, in the registry's directory.
const FILE: &str = "schema";
/// What will become the schema file; without meaning until it has that name.
const NEW_FILE: &str = "schema.new";

/// What a registry is made of.
pub(crate) struct SchemaRegistryParts {
    /// Where the schema file is.
    pub(crate) fs: Arc<dyn FileSystem>,
    /// Its directory; made if it is not there.
    pub(crate) directory: PathBuf,
    /// Keeps the tables' data.
    pub(crate) engine: Arc<Engine>,
    /// Datacenters and token ranges.
    pub(crate) facts: Arc<NodeFacts>,
    /// Where changes are told.
    pub(crate) events: EventBroadcast,
    /// The system keyspaces.
    pub(crate) system: BTreeMap<String, Arc<Keyspace>>,
}

/// Keeps and changes the schema; one a node.
pub(crate) struct SchemaRegistry {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    engine: Arc<Engine>,
    facts: Arc<NodeFacts>,
    events: EventBroadcast,
    schema: Arc<ArcSwap<Schema>>,
    /// Held through a change; says why there can be no more, if there cannot.
    changes: Mutex<Option<String>>,
}

impl SchemaRegistry {
    /// Reads the schema file, if there is one, and makes the engine's tables fit it.
    ///
    /// Errors: `Corruption` with file and offset; `Io`; what the engine refuses.
    pub(crate) fn open(parts: SchemaRegistryParts) -> Result<SchemaRegistry, Error> {
        let SchemaRegistryParts { fs, directory, engine, facts, events, system } = parts;
        fs.create_directory(&directory).map_err(|error| Error::io("create", &directory, error))?;
        let mut schema = read_schema(&*fs, &directory)?;
        schema.keyspaces.extend(system);
        let schema = schema.with_version();
        let registry = SchemaRegistry {
            fs,
            directory,
            engine,
            facts,
            events,
            schema: Arc::new(ArcSwap::from_pointee(schema)),
            changes: Mutex::new(None),
        };
        let wanted = registry.wanted_tables(&registry.schema.load());
        registry.create_missing(&wanted)?;
        registry.settle(&wanted)?;
        Ok(registry)
    }

    /// The published schema, to be shared with those who read it.
    pub(crate) fn published(&self) -> Arc<ArcSwap<Schema>> {
        Arc::clone(&self.schema)
    }

    /// The schema now.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.schema.load_full()
    }

    /// Names of all datacenters.
    pub(crate) fn datacenters(&self) -> Vec<String> {
        self.facts.datacenters()
    }

    /// Nodes of the cluster.
    pub(crate) fn node_count(&self) -> usize {
        1
    }

    /// Drops what a table holds. Blocks on the disk.
    ///
    /// Durability: durable when it returns.
    pub(crate) fn truncate(&self, table: TableId) -> Result<(), CqlError> {
        self.engine.truncate(table).map_err(|error| failed("truncation", &error))
    }

    /// Changes the schema: `decide` sees the newest one and says what is to happen, or that nothing is.
    /// Blocks on the disk; changes wait for each other.
    ///
    /// Returns: what changed, told to all clients already.
    /// Durability: durable when it returns.
    /// Errors: what `decide` says; a change that the schema does not allow; a disk that fails, after which
    /// the change is there or not, and no other is taken until the node was restarted.
    pub(crate) fn change(
        &self,
        decide: impl FnOnce(&Schema) -> Result<Option<SchemaChange>, CqlError>,
    ) -> Result<Option<proto::native::SchemaChange>, CqlError> {
        let mut latched = self.changes.lock();
        if let Some(reason) = &*latched {
            return Err(CqlError::server(format!(
                "the schema cannot be changed until this node is restarted, because an earlier change failed: {reason}"
            )));
        }
        let current = self.schema.load_full();
        let Some(change) = decide(&current)? else { return Ok(None) };
        let next = change.apply(&current)?;
        let wanted = self.wanted_tables(&next);

        self.drop_leftovers(&self.wanted_tables(&current))
            .map_err(|error| failed("dropping what an earlier change left", &error))?;
        let created = self.create_missing(&wanted).map_err(|error| {
            // What was made of it is dropped at the next start, if not by the next change.
            failed("making the table", &error)
        })?;
        if let Err(error) = self.persist(&next) {
            let error = match error {
                PersistError::Before(error) => {
                    self.drop_tables(&created);
                    error
                }
                PersistError::Unknown(error) => {
                    *latched = Some(error.to_string());
                    error
                }
            };
            return Err(failed("writing the schema", &error));
        }
        self.schema.store(Arc::new(next));
        if let Err(error) = self.settle(&wanted) {
            // The schema has changed all the same; the engine follows at the next start.
            tracing::error!(%error, "the engine did not follow a change of the schema");
        }
        let told = schema_event(&change);
        self.events.publish(Event::Schema(told.clone()));
        Ok(Some(told))
    }

    /// Settings of every table that the engine should have.
    fn wanted_tables(&self, schema: &Schema) -> BTreeMap<TableId, TableSettings> {
        let regions = self.facts.hashed_regions();
        schema
            .keyspaces
            .values()
            .flat_map(|keyspace| keyspace.tables.values().map(move |table| (keyspace, table)))
            .filter(|(keyspace, table)| !is_computed(&keyspace.name, &table.name))
            .map(|(keyspace, table)| (table.id, table_settings(keyspace, table, &regions)))
            .collect()
    }

    /// Makes the tables that the engine lacks, and names them.
    fn create_missing(&self, wanted: &BTreeMap<TableId, TableSettings>) -> Result<Vec<TableId>, Error> {
        let present: BTreeSet<TableId> = self.engine.table_ids().into_iter().collect();
        let mut created = Vec::new();
        for (id, settings) in wanted.iter().filter(|(id, _)| !present.contains(id)) {
            if let Err(error) = self.engine.create_table(settings.clone()) {
                self.drop_tables(&created);
                return Err(error);
            }
            created.push(*id);
        }
        Ok(created)
    }

    /// Drops the engine's tables that are not wanted, and alters those with other settings.
    fn settle(&self, wanted: &BTreeMap<TableId, TableSettings>) -> Result<(), Error> {
        self.drop_leftovers(wanted)?;
        for (id, settings) in wanted {
            let Some(present) = self.engine.table_settings(*id) else { continue };
            // Regions move by other means than DDL.
            let mut settings = settings.clone();
            settings.regions.clone_from(&present.regions);
            if settings != present {
                self.engine.alter_table(settings)?;
            }
        }
        Ok(())
    }

    /// Drops the engine's tables that are not wanted, so that a new table with an old id begins empty.
    fn drop_leftovers(&self, wanted: &BTreeMap<TableId, TableSettings>) -> Result<(), Error> {
        let mut unknown = self.engine.table_ids().into_iter().filter(|id| !wanted.contains_key(id));
        unknown.try_for_each(|id| self.engine.drop_table(id))
    }

    fn drop_tables(&self, tables: &[TableId]) {
        for table in tables {
            if let Err(error) = self.engine.drop_table(*table) {
                tracing::warn!(%error, %table, "a table that did not come to be is left until the next start");
            }
        }
    }

    fn persist(&self, schema: &Schema) -> Result<(), PersistError> {
        let users: BTreeMap<String, Arc<Keyspace>> = schema
            .keyspaces
            .iter()
            .filter(|(name, _)| !is_system_keyspace(name))
            .map(|(name, keyspace)| (name.clone(), Arc::clone(keyspace)))
            .collect();
        let new = self.directory.join(NEW_FILE);
        let write = || -> Result<(), Error> {
            let bytes = encode_keyspaces(&users).map_err(|error| Error::Invalid(error.what))?;
            // Better refused now than unreadable at the next start.
            decode_keyspaces(&bytes).map_err(|error| Error::Invalid(error.to_string()))?;
            match self.fs.remove(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", &new, error));
                }
                _ => {}
            }
            let mut file = self.fs.create(&new).map_err(|error| Error::io("create", &new, error))?;
            file.append(&bytes).map_err(|error| Error::io("append", &new, error))?;
            file.sync().map_err(|error| Error::io("sync", &new, error))
        };
        write().map_err(PersistError::Before)?;
        let path = self.directory.join(FILE);
        self.fs
            .rename(&new, &path)
            .map_err(|error| PersistError::Unknown(Error::io("rename", &path, error)))?;
        self.fs
            .sync_directory(&self.directory)
            .map_err(|error| PersistError::Unknown(Error::io("sync", &self.directory, error)))
    }
}

/// Why the schema was not written.
enum PersistError {
    /// The old file is still the schema.
    Before(Error),
    /// Either may be, after a crash.
    Unknown(Error),
}

fn read_schema(fs: &dyn FileSystem, directory: &Path) -> Result<Schema, Error> {
    let path = directory.join(FILE);
    match fs.read_all(&path, SCHEMA_SIZE_BYTES_MAX) {
        Ok(bytes) => decode_keyspaces(&bytes).map_err(|error| Error::undecodable(&path, 0, &error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Schema::empty()),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

fn table_settings(keyspace: &Keyspace, table: &TableSchema, hashed: &[ByteRange]) -> TableSettings {
    let whole = table.partitioner == Partitioner::Ordered || is_system_keyspace(&keyspace.name);
    let regions = if whole { vec![ByteRange::all()] } else { hashed.to_vec() };
    let mut settings = TableSettings::new(table.id, regions);
    settings.gc_grace_seconds = table.options.gc_grace_seconds;
    settings.filter_fp_rate = table.options.bloom_filter_fp_chance;
    settings.compress = table.options.is_compressed();
    // Checked when it was given. What another build took and this one does not know gets the default.
    settings.compaction = CompactionSettings::from_options(&table.options.compaction).unwrap_or_else(|error| {
        tracing::warn!(%error, table = %table.name, "compaction settings are not known; the default is taken");
        CompactionSettings::default()
    });
    settings.durable_writes = keyspace.durable_writes;
    settings.memtable_flush_period_millis = table.options.memtable_flush_period_in_ms;
    settings
}

fn failed(what: &str, error: &Error) -> CqlError {
    tracing::error!(%error, "{what} failed; the client was told");
    CqlError::server(format!("{what} failed: {error}"))
}

#[cfg(test)]
mod tests;
