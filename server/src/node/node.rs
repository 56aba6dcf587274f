//! [`Node`]: the parts put together, in the order in which they need each other, and taken apart in the reverse.
//!
//! Start: port, directory, engine, identity, schema, statements, door. Stop: door, then engine. The port is
//! bound first and served last, so that a second node on it changes nothing on disk and no client is let in
//! before everything stands.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use engine::fs::{DiskFileSystem, FileSystem};
use engine::{Engine, EngineSettings};
use model::clock::{Clock, TimestampSource};
use model::random::Random;
use thiserror::Error;
use tokio::runtime::Handle;

use super::facts::NodeFacts;
use super::identity::Identity;
use super::schema_registry::{SchemaRegistry, SchemaRegistryParts};
use super::storage::Storage;
use super::{SystemClock, SystemRandom, Tasks};
use crate::config::{InvalidSettings, Settings, machine_memory, validate};
use crate::cql::{
    Clients, Environment, StatementService, StatementServiceParts, SystemTables, SystemTablesParts,
    system_keyspaces,
};
use crate::error::CqlError;
use crate::native::{EventBroadcast, NativeListener, NativeSettings};

/// Port on which nodes will speak to each other; told to drivers, served by nobody yet.
const PEER_PORT: u16 = 7000;

/// Why a node did not start: one line for the person who started it.
#[derive(Debug, Error)]
pub enum StartError {
    /// The settings do not hold together.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {source}{}", if self.is_address_in_use() { " (does another node run there?)" } else { "" })]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The data cannot be opened.
    #[error("cannot open {}: {source}", directory.display())]
    Data {
        /// The data directory.
        directory: PathBuf,
        /// Why not.
        source: engine::Error,
    },
    /// This build is broken.
    #[error("the system tables of this build are broken: {0}")]
    System(CqlError),
}

impl StartError {
    /// Whether another process has the port.
    pub fn is_address_in_use(&self) -> bool {
        matches!(self, StartError::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }
}

/// What a node takes from the world outside.
#[derive(Clone)]
pub struct Seams {
    /// The disk.
    pub fs: Arc<dyn FileSystem>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
}

impl Seams {
    /// This machine's.
    pub fn of_machine() -> Seams {
        Seams {
            fs: Arc::new(DiskFileSystem),
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
        }
    }
}

/// A node that serves.
pub struct Node {
    address: SocketAddr,
    engine: Arc<Engine>,
    tasks: Tasks,
}

impl Node {
    /// Starts a node on this machine, inside a tokio runtime of the multi-threaded kind.
    ///
    /// Errors: see [`StartError`]; nothing is left running.
    pub async fn start(settings: &Settings) -> Result<Node, StartError> {
        Node::start_with(settings, Seams::of_machine()).await
    }

    /// [`Node::start`] with other seams.
    pub async fn start_with(settings: &Settings, seams: Seams) -> Result<Node, StartError> {
        validate(settings)?;
        let asked = settings.native_address;
        let listener = NativeListener::bind(asked)
            .await
            .map_err(|source| StartError::Listen { address: asked, source })?;
        let address = listener.address();
        let events = EventBroadcast::default();
        let parts = {
            let (settings, events) = (settings.clone(), events.clone());
            // Opening reads, replays and syncs: not work for a thread that serves sockets.
            tokio::task::spawn_blocking(move || open(&settings, &seams, address, events)).await
        };
        let parts = parts.map_err(|error| StartError::Data {
            directory: settings.data_directory.clone(),
            source: engine::Error::failed(error.to_string()),
        })??;
        let tasks = Tasks::new(Handle::current());
        let engine = Arc::clone(&parts.engine);
        listener.serve(StatementService::new(parts.service), events, NativeSettings::default(), &tasks);
        Ok(Node { address, engine, tasks })
    }

    /// Where CQL is served.
    pub fn native_address(&self) -> SocketAddr {
        self.address
    }

    /// Writes all memtables to sstables. Blocks on the disk.
    ///
    /// Errors: the disk's.
    pub fn flush(&self) -> Result<(), engine::Error> {
        self.engine.flush(None)
    }

    /// Stops: no new connections, begun requests are answered for as long as `within`, then the engine
    /// finishes what it took in. Whether everything ended in time.
    pub async fn stop(self, within: Duration) -> bool {
        let unfinished = self.tasks.close(within).await;
        for group in &unfinished {
            tracing::warn!(group = group.group, count = group.count, "not finished in time, cut off");
        }
        let engine = self.engine;
        if let Err(error) = tokio::task::spawn_blocking(move || engine.close()).await {
            tracing::error!(%error, "the engine did not close");
            return false;
        }
        unfinished.is_empty()
    }
}

/// What the door serves, and what the node keeps of it.
struct Opened {
    engine: Arc<Engine>,
    service: StatementServiceParts,
}

/// Opens everything behind the door. Blocks on the disk.
fn open(
    settings: &Settings,
    seams: &Seams,
    native: SocketAddr,
    events: EventBroadcast,
) -> Result<Opened, StartError> {
    let directory = &settings.data_directory;
    let failed = |source| StartError::Data { directory: directory.clone(), source };
    let Seams { fs, clock, random } = seams;
    let engine_settings = engine_settings(settings);
    let root = directory.join("engine");
    let engine = Engine::open(Arc::clone(fs), Arc::clone(clock), root, engine_settings).map_err(failed)?;
    let engine = Arc::new(engine);
    // The engine has the directory's lock from here on.
    let identity = Identity::open(&**fs, directory, &**random).map_err(failed)?;
    let facts = Arc::new(facts(settings, &identity, native, &**clock));
    let registry = SchemaRegistry::open(SchemaRegistryParts {
        fs: Arc::clone(fs),
        directory: directory.join("schema"),
        engine: Arc::clone(&engine),
        facts: Arc::clone(&facts),
        events,
        system: system_keyspaces().map_err(StartError::System)?,
    })
    .map_err(failed)?;
    let clients = Arc::new(Clients::default());
    let connected = Arc::clone(&clients);
    let computed = SystemTables::new(SystemTablesParts {
        schema: registry.published(),
        facts: Arc::clone(&facts),
        engine: Arc::clone(&engine),
        clients: Box::new(move || connected.list()),
    });
    let environment = Environment {
        storage: Arc::new(Storage::new(Arc::clone(&engine), Box::new(computed))),
        schema: registry.published(),
        clock: Arc::clone(clock),
        timestamps: Arc::new(timestamps_after(&engine, &**clock)),
        random: Arc::clone(random),
        node_id: identity.host_id,
        last_tick: AtomicI64::new(0),
        timeuuid_node: AtomicU64::new(random.next_u64()),
    };
    let service = StatementServiceParts {
        environment: Arc::new(environment),
        registry: Arc::new(registry),
        facts,
        clients,
    };
    Ok(Opened { engine, service })
}

/// How far ahead of the clock a timestamp on disk may be and still be one that a node gave: more was chosen
/// by a client, and following it would put every later write there too.
const CLOCK_BACK_MICROS_MAX: i64 = 24 * 60 * 60 * 1_000_000;

/// Write timestamps behind everything on disk, so that a clock that was set back while the node was down
/// cannot let old writes win over new ones.
fn timestamps_after(engine: &Engine, clock: &dyn Clock) -> TimestampSource {
    let newest = engine.statistics().newest_timestamp;
    if newest > clock.now_micros().saturating_add(CLOCK_BACK_MICROS_MAX) {
        return TimestampSource::default();
    }
    TimestampSource::starting_after(newest)
}

/// Half of the memory for memtables, half for blocks; what waits to be written comes out of the first half.
fn engine_settings(settings: &Settings) -> EngineSettings {
    const MIB: u64 = 1024 * 1024;
    let memory = settings.memory.resolve(machine_memory()).bytes();
    let defaults = EngineSettings::default();
    let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    EngineSettings {
        memtable_budget_bytes: bytes(memory / 2),
        // A node has some tens of regions that are written at once; one must not take all.
        memtable_region_bytes_max: bytes((memory / 8).clamp(MIB, 64 * MIB)),
        block_cache_bytes: bytes(memory / 2),
        ..defaults
    }
}

fn facts(settings: &Settings, identity: &Identity, native: SocketAddr, clock: &dyn Clock) -> NodeFacts {
    // Drivers connect to what they are told, and nobody can connect to "any address".
    let told = match native.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let table = toml::Table::try_from(settings).unwrap_or_default();
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    NodeFacts {
        cluster_name: settings.cluster_name.clone(),
        datacenter: settings.datacenter.clone(),
        rack: settings.rack.clone(),
        host_id: identity.host_id,
        tokens: identity.tokens.clone(),
        listen_address: told,
        listen_port: PEER_PORT,
        native_address: told,
        native_port: native.port(),
        started_at: clock.now_seconds(),
        settings: table.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::config::{ByteSize, Memory};
    use super::*;

    #[test]
    fn memory_is_shared_between_memtables_and_blocks() {
        let settings = Settings { memory: Memory::Fixed(ByteSize::mebibytes(256)), ..Settings::default() };
        let engine = engine_settings(&settings);
        assert_eq!(engine.memtable_budget_bytes, 128 << 20);
        assert_eq!(engine.block_cache_bytes, 128 << 20);
        assert_eq!(engine.memtable_region_bytes_max, 32 << 20);
        assert!(engine.validate().is_ok());
        let least = Settings { memory: Memory::Fixed(Memory::MIN), ..Settings::default() };
        assert!(engine_settings(&least).validate().is_ok());
    }

    #[test]
    fn drivers_are_never_told_the_unspecified_address() {
        let identity = Identity { host_id: uuid::Uuid::nil(), tokens: Vec::new() };
        let native = SocketAddr::from(([0, 0, 0, 0], 9042));
        let facts = facts(&Settings::default(), &identity, native, &SystemClock::new());
        assert!(facts.native_address.is_loopback());
        assert!(facts.settings.iter().any(|(name, value)| name == "rack" && value == "rack1"));
    }

    #[test]
    fn timestamps_go_on_behind_what_is_on_disk_but_do_not_follow_a_client_into_the_future() {
        use engine::TableSettings;
        use engine::fs::MemoryFileSystem;
        use model::clock::ManualClock;
        use model::data::{MarkerKind, Mutation, PartitionUpdate, Row, RowMarker};
        use model::key::{ByteRange, ClusteringKey, DecoratedKey};
        use model::schema::TableId;

        let now = 1_700_000_000_000_000;
        let disk = MemoryFileSystem::new();
        let open = || {
            let settings =
                EngineSettings { background: engine::Background::Manual, ..EngineSettings::default() };
            let clock = Arc::new(ManualClock::at(now));
            Engine::open(Arc::new(disk.clone()), clock, PathBuf::from("/data"), settings).unwrap()
        };
        let write = |engine: &Engine, timestamp: i64| {
            let mut row = Row::empty(ClusteringKey::empty());
            row.marker = Some(RowMarker { timestamp, kind: MarkerKind::Live });
            let update = PartitionUpdate { rows: vec![row], ..PartitionUpdate::default() };
            let mutation =
                Mutation { table: TableId(uuid::Uuid::nil()), key: DecoratedKey::hashed(b"k"), update };
            engine.apply_and_wait(vec![mutation]).unwrap();
        };
        let engine = open();
        engine.create_table(TableSettings::new(TableId(uuid::Uuid::nil()), vec![ByteRange::all()])).unwrap();
        // The clock stood an hour ahead when this was written.
        let ahead = now + 3_600_000_000;
        write(&engine, ahead);
        drop(engine);
        let clock = ManualClock::at(now);
        let engine = open();
        assert_eq!(timestamps_after(&engine, &clock).next(&clock), ahead + 1, "from the log");
        engine.flush(None).unwrap();
        assert_eq!(timestamps_after(&engine, &clock).next(&clock), ahead + 1, "from an sstable");
        write(&engine, i64::MAX - 1);
        assert_eq!(timestamps_after(&engine, &clock).next(&clock), now);
    }
}
