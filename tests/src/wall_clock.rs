//! [`WallClock`]: the machine's clock, for programmes that run for a given time.
#![expect(clippy::disallowed_methods, reason = "this is a seam")]

use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

use model::clock::Clock;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct WallClock;

impl Clock for WallClock {
    fn now_micros(&self) -> i64 {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        since_1970.as_micros() as i64
    }

    fn monotonic_nanos(&self) -> u64 {
        static BEGIN: OnceLock<Instant> = OnceLock::new();
        BEGIN.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }
}
