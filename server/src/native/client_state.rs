//! [`ClientState`]: what the server knows of one connected client.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use proto::native::{Compression, ProtocolVersion};

/// A connected client. Everything but the keyspace is fixed by STARTUP.
#[derive(Debug)]
pub struct ClientState {
    /// Where it connects from.
    pub address: SocketAddr,
    /// Version of the protocol.
    pub version: ProtocolVersion,
    /// Compression it asked for.
    pub compression: Option<Compression>,
    /// `DRIVER_NAME` of STARTUP.
    pub driver_name: Option<String>,
    /// `DRIVER_VERSION` of STARTUP.
    pub driver_version: Option<String>,
    /// All options of STARTUP, names in upper case.
    pub options: Vec<(String, String)>,
    keyspace: ArcSwapOption<String>,
}

impl ClientState {
    /// A client with no keyspace yet. `options` are those of STARTUP, names in upper case.
    pub fn new(
        address: SocketAddr,
        version: ProtocolVersion,
        compression: Option<Compression>,
        options: Vec<(String, String)>,
    ) -> ClientState {
        let option =
            |wanted: &str| options.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        ClientState {
            address,
            version,
            compression,
            driver_name: option("DRIVER_NAME"),
            driver_version: option("DRIVER_VERSION"),
            options,
            keyspace: ArcSwapOption::empty(),
        }
    }

    /// Keyspace of unqualified names, as the last `USE` set it.
    pub fn keyspace(&self) -> Option<Arc<String>> {
        self.keyspace.load_full()
    }

    /// Sets the keyspace; the door calls it when a statement answers `SetKeyspace`.
    pub fn set_keyspace(&self, keyspace: &str) {
        self.keyspace.store(Some(Arc::new(keyspace.to_string())));
    }

    /// Whether warnings reach the client.
    pub fn takes_warnings(&self) -> bool {
        self.version >= ProtocolVersion::V4
    }

    /// Whether the client asked, in STARTUP, for an error rather than a wait when it sends too much at once.
    pub fn throws_on_overload(&self) -> bool {
        self.options.iter().any(|(name, value)| {
            name == "THROW_ON_OVERLOAD" && (value == "1" || value.eq_ignore_ascii_case("true"))
        })
    }
}
