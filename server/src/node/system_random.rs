//! [`SystemRandom`]: the operating system's randomness, behind the randomness seam.

#![expect(clippy::disallowed_methods, reason = "this module implements the randomness seam")]

use model::random::Random;
use rand::RngExt;

/// Random numbers that nobody can foresee.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn next_u64(&self) -> u64 {
        rand::rng().random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_uuids_differ() {
        assert_ne!(SystemRandom.next_u64(), SystemRandom.next_u64());
        let id = SystemRandom.next_uuid();
        assert_eq!(id.get_version_num(), 4);
        assert_ne!(id, SystemRandom.next_uuid());
    }
}
