//! [`SystemClock`]: the machine's clocks, behind the clock seam.

#![expect(clippy::disallowed_methods, reason = "this module implements the clock seam")]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use model::clock::Clock;

/// The wall clock and the monotonic clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Monotonic time counts from now.
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now_micros(&self) -> i64 {
        // A clock set before 1970 counts backwards from it.
        let micros = |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => micros(since),
            Err(before) => -micros(before.duration()),
        }
    }

    fn monotonic_nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_a_time_of_this_century_and_goes_on() {
        let clock = SystemClock::new();
        assert!(clock.now_micros() > 1_700_000_000_000_000);
        let before = clock.monotonic_nanos();
        assert!(clock.monotonic_nanos() >= before);
    }
}
