//! [`NativeListener`]: accepts connections and gives each its task.
//!
//! On shutdown the listener stops accepting, then connections stop reading, answer what was begun and close:
//! the groups are made in the order requests, connections, listener, and close in the reverse.
//! Left out: TLS.
#![expect(clippy::disallowed_methods, reason = "the native protocol's door binds its socket here")]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::connection::{Door, serve};
use super::cql_service::CqlService;
use super::event::EventBroadcast;
use super::settings::NativeSettings;
use crate::node::{TaskGroup, Tasks};

/// Pause after a failed accept, which usually says that no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound socket that does not accept yet.
#[derive(Debug)]
pub struct NativeListener {
    listener: TcpListener,
    address: SocketAddr,
}

impl NativeListener {
    /// Binds `address`; port 0 takes any free one.
    ///
    /// Errors: those of the operating system, in use or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<NativeListener> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(NativeListener { listener, address })
    }

    /// Where it is bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts from now on, as tasks of `tasks`, until those are closed.
    pub fn serve<S: CqlService>(
        self,
        service: S,
        events: EventBroadcast,
        settings: NativeSettings,
        tasks: &Tasks,
    ) {
        let requests = tasks.group("native requests");
        let connections = tasks.group("native connections");
        let door = Arc::new(Door::new(service, settings, events, requests));
        let listening = tasks.group("native listener");
        let mut closing = listening.closing();
        listening.spawn(async move {
            loop {
                // Dropping an accept that did not finish loses no connection.
                let accepted = tokio::select! {
                    biased;
                    () = closing.begun() => return,
                    accepted = self.listener.accept() => accepted,
                };
                match accepted {
                    Ok((stream, address)) => start(&door, &connections, stream, address),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        });
    }
}

fn start<S: CqlService>(
    door: &Arc<Door<S>>,
    connections: &TaskGroup,
    stream: TcpStream,
    address: SocketAddr,
) {
    if connections.running() >= door.settings.connections_max {
        tracing::warn!(%address, limit = door.settings.connections_max, "connection refused: too many");
        return;
    }
    // Answers are written whole; waiting for more would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%address, %error, "connection without TCP_NODELAY");
    }
    let (door, closing) = (door.clone(), connections.closing());
    connections.spawn(async move {
        let (reader, writer) = stream.into_split();
        serve(door, reader, writer, address, closing).await;
    });
}
