//! [`ConnectOptions`]: how a connection is made.

use std::time::Duration;

use proto::native::{Compression, ProtocolVersion};

/// How to connect.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Version to ask for first; older ones are tried when the node does not know it. Default: the newest.
    pub version: ProtocolVersion,
    /// Compression. Default: none, because nodes are near; LZ4 works in every version.
    pub compression: Option<Compression>,
    /// Name told to the node, as its administrator sees it.
    pub application: String,
    /// Longest wait for a connection to be made and started. Default 5 s.
    pub connect_timeout: Duration,
    /// Longest wait for an answer. Default `None`: as long as it takes.
    pub request_timeout: Option<Duration>,
}

impl Default for ConnectOptions {
    fn default() -> ConnectOptions {
        ConnectOptions {
            version: ProtocolVersion::NEWEST,
            compression: None,
            application: "basalt".to_string(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: None,
        }
    }
}

impl ConnectOptions {
    /// Options of STARTUP.
    pub(super) fn startup(&self) -> Vec<(String, String)> {
        let mut options = vec![
            ("CQL_VERSION".to_string(), "3.0.0".to_string()),
            ("DRIVER_NAME".to_string(), "basalt-client".to_string()),
            ("DRIVER_VERSION".to_string(), env!("CARGO_PKG_VERSION").to_string()),
            ("APPLICATION_NAME".to_string(), self.application.clone()),
        ];
        if let Some(compression) = self.compression {
            options.push(("COMPRESSION".to_string(), compression.name().to_string()));
        }
        options
    }
}
