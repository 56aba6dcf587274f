//! [`Tasks`]: the spawning seam. Every asynchronous task of the node belongs to a named group.
//!
//! Groups are closed in the reverse order of their making, so that what serves others stops last. A group is
//! told to close, its tasks finish what they are at, and whoever waits learns what did not finish in time.
//! Left out: the engine's threads, which it owns itself.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

/// All groups of a node.
#[derive(Debug)]
pub struct Tasks {
    handle: Handle,
    /// In order of making.
    groups: Mutex<Vec<TaskGroup>>,
}

/// Tasks of one kind.
#[derive(Debug, Clone)]
pub struct TaskGroup {
    state: Arc<GroupState>,
}

#[derive(Debug)]
struct GroupState {
    name: &'static str,
    handle: Handle,
    running: AtomicUsize,
    idle: Notify,
    closing: watch::Sender<bool>,
}

/// Tells a task that its group is closing.
#[derive(Debug, Clone)]
pub struct Closing {
    receiver: watch::Receiver<bool>,
}

/// A group that had tasks left when the time was up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its name.
    pub group: &'static str,
    /// How many tasks.
    pub count: usize,
}

impl Tasks {
    /// No groups yet; tasks will run on `handle`'s runtime.
    pub fn new(handle: Handle) -> Tasks {
        Tasks { handle, groups: Mutex::new(Vec::new()) }
    }

    /// Makes a group.
    pub fn group(&self, name: &'static str) -> TaskGroup {
        let group = TaskGroup::new(name, self.handle.clone());
        self.groups.lock().push(group.clone());
        group
    }

    /// Closes every group, the newest first, each within what is left of `within`.
    ///
    /// Cancel: safe; closing has begun for the groups reached and can be waited for again.
    pub async fn close(&self, within: Duration) -> Vec<Unfinished> {
        let groups: Vec<TaskGroup> = self.groups.lock().iter().rev().cloned().collect();
        let deadline = tokio::time::sleep(within);
        tokio::pin!(deadline);
        let mut unfinished = Vec::new();
        for group in groups {
            group.begin_to_close();
            tokio::select! {
                biased;
                () = group.finished() => {}
                () = &mut deadline => {}
            }
            let count = group.running();
            if count > 0 {
                unfinished.push(Unfinished { group: group.state.name, count });
            }
        }
        unfinished
    }
}

impl TaskGroup {
    fn new(name: &'static str, handle: Handle) -> TaskGroup {
        let state = GroupState {
            name,
            handle,
            running: AtomicUsize::new(0),
            idle: Notify::new(),
            closing: watch::Sender::new(false),
        };
        TaskGroup { state: Arc::new(state) }
    }

    /// Runs `future` as a task of this group.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let counted = Counted::new(self.state.clone());
        self.state.handle.spawn(async move {
            let _counted = counted;
            future.await;
        });
    }

    /// Runs `work`, which may block, on a thread for that.
    pub fn spawn_blocking(&self, work: impl FnOnce() + Send + 'static) {
        let counted = Counted::new(self.state.clone());
        self.state.handle.spawn_blocking(move || {
            let _counted = counted;
            work();
        });
    }

    /// What a long task of this group listens to.
    pub fn closing(&self) -> Closing {
        Closing { receiver: self.state.closing.subscribe() }
    }

    /// Tasks that have not ended.
    pub fn running(&self) -> usize {
        self.state.running.load(Ordering::Acquire)
    }

    /// Tells the group's tasks to end; does not wait.
    pub fn begin_to_close(&self) {
        self.state.closing.send_replace(true);
    }

    /// Waits until no task runs. Cancel: safe.
    pub async fn finished(&self) {
        loop {
            let idle = self.state.idle.notified();
            tokio::pin!(idle);
            // Enlisted before the count is read, so that an end in between is not missed.
            idle.as_mut().enable();
            if self.running() == 0 {
                return;
            }
            idle.await;
        }
    }
}

impl Closing {
    /// Whether the group is closing.
    pub fn has_begun(&self) -> bool {
        *self.receiver.borrow()
    }

    /// Waits until it is. Cancel: safe.
    pub async fn begun(&mut self) {
        // An error says that the group is gone, which is as good as closed.
        let _ = self.receiver.wait_for(|closing| *closing).await;
    }
}

/// Counts a task from spawning to its end, however it ends.
struct Counted {
    state: Arc<GroupState>,
}

impl Counted {
    fn new(state: Arc<GroupState>) -> Counted {
        state.running.fetch_add(1, Ordering::AcqRel);
        Counted { state }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(group = self.state.name, "a task panicked; this is a bug, its work is lost");
        }
        if self.state.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.state.idle.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn groups_close_newest_first_and_wait_for_their_tasks() {
        let tasks = Tasks::new(Handle::current());
        let order = Arc::new(Mutex::new(Vec::new()));
        for name in ["first", "second"] {
            let group = tasks.group(name);
            let (mut closing, order) = (group.closing(), order.clone());
            group.spawn(async move {
                closing.begun().await;
                tokio::task::yield_now().await;
                order.lock().push(name);
            });
        }
        assert_eq!(tasks.close(Duration::from_secs(10)).await, Vec::new());
        assert_eq!(*order.lock(), ["second", "first"]);
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_named() {
        let tasks = Tasks::new(Handle::current());
        let stubborn = tasks.group("stubborn");
        stubborn.spawn(std::future::pending());
        stubborn.spawn(std::future::pending());
        tasks.group("obedient");
        let unfinished = tasks.close(Duration::from_millis(10)).await;
        assert_eq!(unfinished, [Unfinished { group: "stubborn", count: 2 }]);
    }

    #[tokio::test]
    async fn a_task_that_panics_is_counted_as_ended() {
        let tasks = Tasks::new(Handle::current());
        let group = tasks.group("fragile");
        group.spawn(async { panic!("on purpose") });
        group.finished().await;
        assert_eq!(group.running(), 0);
    }
}
