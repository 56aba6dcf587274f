//! Version 1 uuids: time first, made from a timestamp and random bits, and taken apart again.
//!
//! Used by `now()`, by the cells of lists and by `minTimeuuid`/`maxTimeuuid`. Clock and chance are the
//! caller's: these are pure functions.

use uuid::Uuid;

/// Ticks of 100 ns between 1582-10-15, where the uuids' time begins, and 1970-01-01.
const TICKS_BEFORE_1970: i64 = 0x01B2_1DD2_1381_4000;
const TICKS_MAX: i64 = (1 << 60) - 1;
const TICKS_PER_MILLISECOND: i64 = 10_000;

/// The timeuuid of `ticks` (100 ns since 1970) with these low 64 bits, of which the top two become the variant.
///
/// Limits: times outside of 1582 to 5236 give the nearest one inside.
pub fn from_parts(ticks: i64, clock_sequence_and_node: u64) -> Uuid {
    let variant = (clock_sequence_and_node & !(0b11 << 62)) | (0b10 << 62);
    from_raw(ticks, variant)
}

/// The smallest timeuuid of a millisecond since 1970; compares below every real one of that millisecond.
pub fn min_for_millis(milliseconds: i64) -> Uuid {
    from_raw(milliseconds.saturating_mul(TICKS_PER_MILLISECOND), 0x8080_8080_8080_8080)
}

/// The largest timeuuid of a millisecond since 1970; compares above every real one of that millisecond.
pub fn max_for_millis(milliseconds: i64) -> Uuid {
    let ticks = milliseconds.saturating_mul(TICKS_PER_MILLISECOND).saturating_add(TICKS_PER_MILLISECOND - 1);
    from_raw(ticks, 0x7F7F_7F7F_7F7F_7F7F)
}

/// 100 ns since 1970 of a timeuuid; `None` for a uuid of another version.
pub fn unix_ticks(uuid: &Uuid) -> Option<i64> {
    if uuid.get_version_num() != 1 {
        return None;
    }
    let (first, _) = uuid.as_u64_pair();
    let ticks = ((first & 0x0FFF) << 48) | (((first >> 16) & 0xFFFF) << 32) | (first >> 32);
    Some(ticks as i64 - TICKS_BEFORE_1970)
}

/// Milliseconds since 1970 of a timeuuid; `None` for a uuid of another version.
pub fn unix_millis(uuid: &Uuid) -> Option<i64> {
    unix_ticks(uuid).map(|ticks| ticks.div_euclid(TICKS_PER_MILLISECOND))
}

fn from_raw(ticks: i64, low: u64) -> Uuid {
    let ticks = ticks.saturating_add(TICKS_BEFORE_1970).clamp(0, TICKS_MAX) as u64;
    let first = (ticks << 32) | (((ticks >> 32) & 0xFFFF) << 16) | (1 << 12) | (ticks >> 48);
    Uuid::from_u64_pair(first, low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{ColumnType, compare_values};

    #[test]
    fn a_known_timeuuid_is_taken_apart() {
        let uuid: Uuid = "d2177dd0-eaa2-11de-a572-001b779c76e3".parse().unwrap();
        assert_eq!(unix_millis(&uuid), Some(1_261_009_589_805));
        let (_, low) = uuid.as_u64_pair();
        assert_eq!(from_parts(unix_ticks(&uuid).unwrap(), low), uuid);
        assert_eq!(unix_millis(&"00000000-0000-4000-8000-000000000000".parse().unwrap()), None);
    }

    #[test]
    fn min_and_max_enclose_every_timeuuid_of_the_millisecond() {
        let compare = |a: &Uuid, b: &Uuid| compare_values(&ColumnType::TimeUuid, a.as_bytes(), b.as_bytes());
        for millis in [-12_219_292_799_000, -1, 0, 1_700_000_000_123] {
            for low in [0, u64::MAX, 0x8080_8080_8080_8080, 0x1234_5678_9ABC_DEF0] {
                for tick in [0, 9_999] {
                    let uuid = from_parts(millis * 10_000 + tick, low);
                    assert_eq!(unix_millis(&uuid), Some(millis));
                    assert!(compare(&min_for_millis(millis), &uuid).is_le());
                    assert!(compare(&max_for_millis(millis), &uuid).is_ge());
                    assert!(compare(&max_for_millis(millis - 1), &uuid).is_lt());
                }
            }
        }
    }
}
