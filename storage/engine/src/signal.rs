//! [`Signal`]: wakes one background thread: "there may be work", "it is time to end".

use parking_lot::{Condvar, Mutex};
use std::time::Duration;

/// What a waiting thread is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// There may be work.
    Work,
    /// Nobody called; its patience is over.
    Tick,
    /// It must end.
    Closed,
}

#[derive(Debug, Default)]
struct State {
    raised: bool,
    closed: bool,
}

/// A flag that a thread waits for.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

impl Signal {
    /// Says that there may be work. Never waits.
    pub(crate) fn raise(&self) {
        let mut state = self.state.lock();
        if !state.raised {
            state.raised = true;
            self.changed.notify_all();
        }
    }

    /// Says that it is time to end.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
    }

    /// Whether it is time to end.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Waits for a call, at most `patience`; takes the flag down.
    pub(crate) fn wait(&self, patience: Duration) -> Wake {
        let mut state = self.state.lock();
        if !state.raised && !state.closed {
            self.changed.wait_for(&mut state, patience);
        }
        if state.closed {
            return Wake::Closed;
        }
        if std::mem::take(&mut state.raised) { Wake::Work } else { Wake::Tick }
    }
}
