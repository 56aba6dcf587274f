//! [`EventBroadcast`]: one place to tell an event, many connections that hear it.
//!
//! The queue is bounded. A connection that falls so far behind that it lost events is closed: the driver then
//! reconnects and reads schema and topology anew, which is right where a gap would be silent.

use std::sync::Arc;

use proto::native::Event;
use tokio::sync::broadcast;

/// Events a slow connection may be behind before it is closed.
const BACKLOG_MAX: usize = 1024;

/// Tells events to every connection that registered.
#[derive(Debug, Clone)]
pub struct EventBroadcast {
    sender: broadcast::Sender<Arc<Event>>,
}

impl Default for EventBroadcast {
    fn default() -> EventBroadcast {
        EventBroadcast { sender: broadcast::Sender::new(BACKLOG_MAX) }
    }
}

impl EventBroadcast {
    /// Tells `event`. Order: call it only once what it tells can be seen (the schema table, the peers row).
    pub fn publish(&self, event: Event) {
        // An error says that nobody listens.
        let _ = self.sender.send(Arc::new(event));
    }

    /// Hears every event told from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.sender.subscribe()
    }
}
