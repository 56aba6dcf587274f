//! Durations on the calendar: `timestamp` and `date` plus a duration.
//!
//! Months come first (the day is cut to the month's last one), then days of 24 hours in UTC, then the rest.

use crate::error::InvalidValue;
use crate::types::literal::{add_months_to_days, days_to_timestamp, format_duration, timestamp_to_days};
use crate::types::{CqlDuration, DAY_NANOSECONDS};

const DAY_MILLISECONDS: i64 = 86_400_000;
const NANOSECONDS_PER_MILLISECOND: i64 = 1_000_000;

/// Milliseconds since 1970, `duration` later.
///
/// Errors: durations finer than milliseconds, results out of range.
pub fn add_to_timestamp(milliseconds: i64, duration: &CqlDuration) -> Result<i64, InvalidValue> {
    if duration.nanoseconds % NANOSECONDS_PER_MILLISECOND != 0 {
        return Err(InvalidValue::new(format!(
            "The duration must have a precision of milliseconds. Was: {}",
            format_duration(duration)
        )));
    }
    let mut moved = Some(milliseconds);
    if duration.months != 0 {
        let days = add_months_to_days(timestamp_to_days(milliseconds)?, duration.months);
        moved = days.map(|days| days_to_timestamp(days) + milliseconds.rem_euclid(DAY_MILLISECONDS));
    }
    moved
        .and_then(|moved| moved.checked_add(i64::from(duration.days) * DAY_MILLISECONDS))
        .and_then(|moved| moved.checked_add(duration.nanoseconds / NANOSECONDS_PER_MILLISECOND))
        .ok_or_else(|| out_of_range(duration))
}

/// The date (2^31 is 1970-01-01) that lies `duration` later.
///
/// Errors: durations finer than days, results out of range.
pub fn add_to_date(days: u32, duration: &CqlDuration) -> Result<u32, InvalidValue> {
    if duration.nanoseconds % DAY_NANOSECONDS != 0 {
        return Err(InvalidValue::new(format!(
            "The duration must have a precision of days. Was: {}",
            format_duration(duration)
        )));
    }
    let moved = add_months_to_days(days, duration.months).ok_or_else(|| out_of_range(duration))?;
    let whole_days = i64::from(duration.days) + duration.nanoseconds / DAY_NANOSECONDS;
    u32::try_from(i64::from(moved) + whole_days).map_err(|_| out_of_range(duration))
}

/// The duration the other way.
///
/// Errors: one whose opposite does not fit.
pub fn negate_duration(duration: &CqlDuration) -> Result<CqlDuration, InvalidValue> {
    let negated = || {
        Some(CqlDuration {
            months: duration.months.checked_neg()?,
            days: duration.days.checked_neg()?,
            nanoseconds: duration.nanoseconds.checked_neg()?,
        })
    };
    negated().ok_or_else(|| out_of_range(duration))
}

fn out_of_range(duration: &CqlDuration) -> InvalidValue {
    InvalidValue::new(format!("The result of adding {} is out of range", format_duration(duration)))
}
