//! [`Clients`]: who is connected, for `system_views.clients`.
//!
//! A client is known from its first statement on, and as long as its connection lives: only a weak reference
//! is kept here.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::RwLock;

use super::system::ConnectedClient;
use crate::native::ClientState;

/// Connected clients by address.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    seen: RwLock<HashMap<SocketAddr, Seen>>,
}

#[derive(Debug)]
struct Seen {
    client: Weak<ClientState>,
    requests: AtomicI64,
}

impl Clients {
    /// Counts a request of a client.
    pub(crate) fn saw(&self, client: &Arc<ClientState>) {
        if let Some(seen) = self.seen.read().get(&client.address)
            && seen.client.as_ptr() == Arc::as_ptr(client)
        {
            seen.requests.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut seen = self.seen.write();
        // A new client is rare, and pays for forgetting those that went.
        seen.retain(|_, seen| seen.client.strong_count() > 0);
        seen.insert(client.address, Seen { client: Arc::downgrade(client), requests: AtomicI64::new(1) });
    }

    /// Those that are connected now, by address.
    pub(crate) fn list(&self) -> Vec<ConnectedClient> {
        let seen = self.seen.read();
        let mut clients: Vec<ConnectedClient> = seen
            .values()
            .filter_map(|seen| {
                let client = seen.client.upgrade()?;
                Some(ConnectedClient {
                    address: client.address,
                    protocol_version: i32::from(client.version.number()),
                    driver_name: client.driver_name.clone(),
                    driver_version: client.driver_version.clone(),
                    keyspace: client.keyspace().map(|name| name.to_string()),
                    request_count: seen.requests.load(Ordering::Relaxed),
                })
            })
            .collect();
        clients.sort_by_key(|client| client.address);
        clients
    }
}

#[cfg(test)]
mod tests {
    use proto::native::ProtocolVersion;

    use super::*;

    fn client(port: u16) -> Arc<ClientState> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Arc::new(ClientState::new(address, ProtocolVersion::V5, None, Vec::new()))
    }

    #[test]
    fn clients_are_listed_with_their_requests_while_they_are_connected() {
        let clients = Clients::default();
        let (first, second) = (client(1), client(2));
        clients.saw(&first);
        clients.saw(&second);
        clients.saw(&first);
        let counts: Vec<_> =
            clients.list().iter().map(|client| (client.address.port(), client.request_count)).collect();
        assert_eq!(counts, [(1, 2), (2, 1)]);
        drop(first);
        assert_eq!(clients.list().len(), 1);
        // The address may come again, as another connection.
        clients.saw(&client(2));
        assert!(clients.list().is_empty(), "the old one was replaced and the new one is gone");
    }
}
