//! Text forms of `timestamp`, `date` and `time`.
//!
//! A timestamp is `yyyy-mm-dd`, then maybe `T` or a space and `HH:MM[:SS[.f]]`, then maybe a zone (`Z`,
//! `UTC`, `GMT`, `+HH`, `+HHMM`, `+HH:MM`), or whole milliseconds. Without a zone it is UTC, whatever zone the
//! machine is in: the same statement means the same everywhere. Digits finer than the type are cut off.

use super::calendar::{CivilDay, civil_day, days_in_month, days_since_1970};
use crate::error::InvalidValue;
use crate::types::DAY_NANOSECONDS;

const DAY_MILLISECONDS: i64 = 86_400_000;
const NANOSECONDS_PER_MILLISECOND: i64 = 1_000_000;
/// `date` counts from here.
const DATE_OF_1970: i64 = 1 << 31;

/// Milliseconds since 1970 of a timestamp's text.
pub fn parse_timestamp(text: &str) -> Result<i64, InvalidValue> {
    if is_whole_number(text) {
        return text.parse().map_err(|_| invalid(text, "timestamp", "it does not fit 64 bits"));
    }
    timestamp(text).ok_or_else(|| {
        invalid(text, "timestamp", "expected yyyy-mm-dd[(T| )HH:MM[:SS[.fff]]][zone] or whole milliseconds")
    })
}

fn timestamp(text: &str) -> Option<i64> {
    let mut rest = text;
    let days = days_since_1970(take_day(&mut rest)?)?;
    let mut nanoseconds = 0;
    if let Some(after) = rest.strip_prefix(['T', 't', ' '])
        && after.starts_with(|c: char| c.is_ascii_digit())
    {
        rest = after;
        nanoseconds = take_time(&mut rest)?;
    }
    let zone = zone_minutes(rest.trim_start_matches(' '))?;
    days.checked_mul(DAY_MILLISECONDS)?
        .checked_add(nanoseconds / NANOSECONDS_PER_MILLISECOND)?
        .checked_sub(zone * 60_000)
}

/// Days of a `date`'s text: `yyyy-mm-dd`, or the number itself (2^31 is 1970-01-01).
pub fn parse_date(text: &str) -> Result<u32, InvalidValue> {
    if is_whole_number(text) {
        return text.parse().map_err(|_| invalid(text, "date", "the days are not between 0 and 4294967295"));
    }
    let mut rest = text;
    let civil = take_day(&mut rest).filter(|_| rest.is_empty());
    let days = civil
        .and_then(days_since_1970)
        .ok_or_else(|| invalid(text, "date", "expected yyyy-mm-dd or days"))?;
    u32::try_from(days + DATE_OF_1970)
        .map_err(|_| invalid(text, "date", "it is not between -5877641-06-23 and 5881580-07-11"))
}

/// Nanoseconds in the day of a `time`'s text: `HH:MM[:SS[.fffffffff]]`, or the number itself.
pub fn parse_time(text: &str) -> Result<i64, InvalidValue> {
    let nanoseconds = if is_whole_number(text) {
        text.parse().ok()
    } else {
        let mut rest = text;
        take_time(&mut rest).filter(|_| rest.is_empty())
    };
    nanoseconds
        .filter(|nanoseconds| (0..DAY_NANOSECONDS).contains(nanoseconds))
        .ok_or_else(|| invalid(text, "time", "expected HH:MM[:SS[.fffffffff]] or nanoseconds within a day"))
}

/// `2013-01-01 05:00:00.000+0000`; the bare number for years that are not 1 to 9999.
pub fn format_timestamp_millis(milliseconds: i64) -> String {
    format_timestamp(milliseconds, ' ', "+0000")
}

/// `2013-01-01 05:00:00.000000+0000`; the bare number for years that are not 1 to 9999.
pub fn format_timestamp_micros(milliseconds: i64) -> String {
    format_timestamp(milliseconds, ' ', "000+0000")
}

/// `2013-01-01T05:00:00.000Z`; the bare number for years that are not 1 to 9999.
pub fn format_timestamp_iso(milliseconds: i64) -> String {
    format_timestamp(milliseconds, 'T', "Z")
}

fn format_timestamp(milliseconds: i64, separator: char, end: &str) -> String {
    let CivilDay { year, month, day } = civil_day(milliseconds.div_euclid(DAY_MILLISECONDS));
    if !(1..=9999).contains(&year) {
        return milliseconds.to_string();
    }
    let in_day = milliseconds.rem_euclid(DAY_MILLISECONDS);
    let (seconds, fraction) = (in_day / 1000, in_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}.{fraction:03}{end}")
}

/// `2013-01-01`.
pub fn format_date(days: u32) -> String {
    let CivilDay { year, month, day } = civil_day(i64::from(days) - DATE_OF_1970);
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:04}-{month:02}-{day:02}", year.abs())
}

/// `05:00:00.000000000`.
pub fn format_time(nanoseconds: i64) -> String {
    let (seconds, fraction) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    format!("{:02}:{:02}:{:02}.{fraction:09}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The `date` in which a timestamp lies.
///
/// Errors: a timestamp outside of the dates there are.
pub fn timestamp_to_days(milliseconds: i64) -> Result<u32, InvalidValue> {
    u32::try_from(milliseconds.div_euclid(DAY_MILLISECONDS) + DATE_OF_1970).map_err(|_| {
        InvalidValue::new(format!("The timestamp {milliseconds} is outside of the dates there are"))
    })
}

/// The timestamp at which a `date` begins, UTC.
pub fn days_to_timestamp(days: u32) -> i64 {
    (i64::from(days) - DATE_OF_1970) * DAY_MILLISECONDS
}

/// The `date` that lies `months` later, on the same day of the month or on its last one; `None` out of range.
pub fn add_months_to_days(days: u32, months: i32) -> Option<u32> {
    let CivilDay { year, month, day } = civil_day(i64::from(days) - DATE_OF_1970);
    let total = year * 12 + i64::from(month) - 1 + i64::from(months);
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) as u32 + 1);
    let day = day.min(days_in_month(year, month));
    u32::try_from(days_since_1970(CivilDay { year, month, day })? + DATE_OF_1970).ok()
}

fn invalid(text: &str, kind: &str, why: &str) -> InvalidValue {
    super::parse::invalid_text(kind, text, why)
}

fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes `[-]y-m-d` off the front: four to nine digits, then one or two, twice.
fn take_day(rest: &mut &str) -> Option<CivilDay> {
    let negative = take_char(rest, '-');
    let year = take_digits(rest, 4, 9)?;
    let month = take_char(rest, '-').then(|| take_digits(rest, 1, 2))??;
    let day = take_char(rest, '-').then(|| take_digits(rest, 1, 2))??;
    let year = if negative { -year } else { year };
    Some(CivilDay { year, month: month as u32, day: day as u32 })
}

/// Takes `HH:MM[:SS[.f]]` off the front; nanoseconds in the day.
fn take_time(rest: &mut &str) -> Option<i64> {
    let hour = take_digits(rest, 1, 2)?;
    let minute = take_char(rest, ':').then(|| take_digits(rest, 1, 2))??;
    let mut second = 0;
    let mut fraction = 0;
    if take_char(rest, ':') {
        second = take_digits(rest, 1, 2)?;
        if take_char(rest, '.') {
            let before = rest.len();
            fraction = take_digits(rest, 1, 9)?;
            fraction *= 10i64.pow(9 - (before - rest.len()) as u32);
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000_000 + fraction)
}

/// Minutes east of UTC of a zone that is all of `text`; none is UTC.
fn zone_minutes(text: &str) -> Option<i64> {
    if text.is_empty() || ["Z", "UTC", "GMT"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Some(0);
    }
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-'])?.replacen(':', "", 1);
    let colon_is_in_place = text.find(':').is_none_or(|at| at == 3);
    let mut rest = &digits[..];
    let number = take_digits(&mut rest, 2, 4)?;
    let (hours, minutes) = match digits.len() {
        2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    if !rest.is_empty() || !colon_is_in_place || hours > 18 || minutes > 59 {
        return None;
    }
    let minutes = hours * 60 + minutes;
    Some(if negative { -minutes } else { minutes })
}

fn take_char(rest: &mut &str, expected: char) -> bool {
    match rest.strip_prefix(expected) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

/// Takes all digits at the front, if they are so many.
fn take_digits(rest: &mut &str, min: usize, max: usize) -> Option<i64> {
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    // A zone may follow a fraction or minute at once, but never with a digit; so all digits belong here.
    if count < min || count > max {
        return None;
    }
    let (digits, after) = rest.split_at(count);
    *rest = after;
    digits.parse().ok()
}
