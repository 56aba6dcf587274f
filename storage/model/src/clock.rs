//! The clock seam, and the source of write timestamps.
//!
//! Nobody reads the machine's clock but the implementations of [`Clock`]. Write timestamps come from
//! [`TimestampSource`], which never runs backwards even when the clock does.

use std::sync::atomic::{AtomicI64, Ordering};

/// Wall-clock and monotonic time, handed in so that tests and simulation own it.
pub trait Clock: Send + Sync + 'static {
    /// Microseconds since 1970-01-01 UTC; may jump.
    fn now_micros(&self) -> i64;

    /// Nanoseconds since some fixed point; never runs backwards.
    fn monotonic_nanos(&self) -> u64;

    /// Seconds since 1970-01-01 UTC, for ttl and deletion times.
    fn now_seconds(&self) -> i64 {
        self.now_micros().div_euclid(1_000_000)
    }
}

/// Hands out write timestamps: microseconds, strictly increasing.
#[derive(Debug, Default)]
pub struct TimestampSource {
    last: AtomicI64,
}

impl TimestampSource {
    /// A source that starts after `floor` (the highest timestamp known from disk).
    pub fn starting_after(floor: i64) -> TimestampSource {
        TimestampSource { last: AtomicI64::new(floor) }
    }

    /// The next timestamp: the clock's, or one past the last when the clock stands or ran back.
    pub fn next(&self, clock: &dyn Clock) -> i64 {
        let now = clock.now_micros();
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = now.max(last.saturating_add(1));
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return next,
                Err(seen) => last = seen,
            }
        }
    }
}

/// A clock that moves only when told; for tests and simulation.
#[derive(Debug)]
pub struct ManualClock {
    micros: AtomicI64,
}

impl ManualClock {
    /// A clock standing at `micros`.
    pub fn at(micros: i64) -> ManualClock {
        ManualClock { micros: AtomicI64::new(micros) }
    }

    /// Moves the clock on by `micros`.
    pub fn advance(&self, micros: i64) {
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now_micros(&self) -> i64 {
        self.micros.load(Ordering::Relaxed)
    }

    fn monotonic_nanos(&self) -> u64 {
        self.micros.load(Ordering::Relaxed).max(0) as u64 * 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_rise_while_the_clock_stands_or_runs_back() {
        let clock = ManualClock::at(1_000);
        let source = TimestampSource::default();
        assert_eq!(source.next(&clock), 1_000);
        assert_eq!(source.next(&clock), 1_001);
        clock.advance(-500);
        assert_eq!(source.next(&clock), 1_002);
        clock.advance(5_000);
        assert_eq!(source.next(&clock), 5_500);
    }
}
