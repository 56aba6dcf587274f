//! Text forms of `duration`.
//!
//! `1y2mo3w4d5h6m7s8ms9us10ns` (units from large to small, each once), ISO 8601 `P1Y2M3DT4H5M6S` or
//! `P3W`, and its other form `P0001-02-03T04:05:06`; each maybe with a minus sign in front, which is for
//! all parts.

use super::parse::invalid_text;
use crate::error::InvalidValue;
use crate::types::CqlDuration;

const DURATION_FORMS: &str = "expected a form like 1y2mo3d4h5m6s, P1Y2M3DT4H5M6S or P0001-02-03T04:05:06";

/// The duration that `text` says.
pub fn parse_duration(text: &str) -> Result<CqlDuration, InvalidValue> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let parts = match rest.strip_prefix('P') {
        Some(iso) if iso.contains('-') => iso_alternative(iso),
        Some(iso) => iso_designators(iso),
        None => units(rest),
    };
    let parts = parts.ok_or_else(|| invalid_text("duration", text, DURATION_FORMS))?;
    parts.into_duration(negative).ok_or_else(|| invalid_text("duration", text, "a part of it is too large"))
}

/// Sums that cannot overflow: each part is the product of at most 19 digits and a known factor.
#[derive(Default)]
struct Parts {
    months: i128,
    days: i128,
    nanoseconds: i128,
}

impl Parts {
    fn into_duration(self, negative: bool) -> Option<CqlDuration> {
        let sign = if negative { -1 } else { 1 };
        Some(CqlDuration {
            months: i32::try_from(self.months * sign).ok()?,
            days: i32::try_from(self.days * sign).ok()?,
            nanoseconds: i64::try_from(self.nanoseconds * sign).ok()?,
        })
    }

    fn add(&mut self, number: u64, (_, field, factor): &Unit) {
        let amount = i128::from(number) * i128::from(*factor);
        match field {
            Field::Months => self.months += amount,
            Field::Days => self.days += amount,
            Field::Nanoseconds => self.nanoseconds += amount,
        }
    }
}

#[derive(Clone, Copy)]
enum Field {
    Months,
    Days,
    Nanoseconds,
}

/// Name, field, and how many of the field's unit it is.
type Unit = (&'static str, Field, i64);

/// From large to small.
const UNITS: &[Unit] = &[
    ("y", Field::Months, 12),
    ("mo", Field::Months, 1),
    ("w", Field::Days, 7),
    ("d", Field::Days, 1),
    ("h", Field::Nanoseconds, 3_600_000_000_000),
    ("m", Field::Nanoseconds, 60_000_000_000),
    ("s", Field::Nanoseconds, 1_000_000_000),
    ("ms", Field::Nanoseconds, 1_000_000),
    ("us", Field::Nanoseconds, 1_000),
    ("ns", Field::Nanoseconds, 1),
];

const ISO_DATE_UNITS: &[Unit] =
    &[("Y", Field::Months, 12), ("M", Field::Months, 1), ("W", Field::Days, 7), ("D", Field::Days, 1)];

const ISO_TIME_UNITS: &[Unit] = &[
    ("H", Field::Nanoseconds, 3_600_000_000_000),
    ("M", Field::Nanoseconds, 60_000_000_000),
    ("S", Field::Nanoseconds, 1_000_000_000),
];

fn units(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    take_units(text, UNITS, &mut parts)?;
    Some(parts)
}

fn iso_designators(text: &str) -> Option<Parts> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = Parts::default();
    if !date.is_empty() {
        take_units(date, ISO_DATE_UNITS, &mut parts)?;
    }
    match time {
        Some(time) => take_units(time, ISO_TIME_UNITS, &mut parts)?,
        None if date.is_empty() => return None,
        None => {}
    }
    Some(parts)
}

/// Adds up numbers with units, which come in the order of `known`, each at most once, at least one.
fn take_units(text: &str, known: &[Unit], parts: &mut Parts) -> Option<()> {
    let mut rest = text;
    let mut known = known;
    loop {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let name_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(name_end);
        // The micro sign and the Greek letter are different characters.
        let name = name.replace(['\u{b5}', '\u{3bc}'], "u");
        let index = known.iter().position(|(unit, ..)| unit.eq_ignore_ascii_case(&name))?;
        parts.add(number, &known[index]);
        known = &known[index + 1..];
        rest = after;
        if rest.is_empty() {
            return Some(());
        }
    }
}

/// `yyyy-mm-ddThh:mm:ss`
fn iso_alternative(text: &str) -> Option<Parts> {
    let (date, time) = text.split_once('T')?;
    let mut parts = Parts::default();
    let fields = date.split('-').zip(&[("Y", 4), ("M", 2), ("D", 2)]);
    let times = time.split(':').zip(&[("H", 2), ("M", 2), ("S", 2)]);
    if date.split('-').count() != 3 || time.split(':').count() != 3 {
        return None;
    }
    for (known, (field, (name, width))) in
        fields.map(|field| (ISO_DATE_UNITS, field)).chain(times.map(|field| (ISO_TIME_UNITS, field)))
    {
        if field.len() != *width || !field.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let unit = known.iter().find(|(unit, ..)| unit == name)?;
        parts.add(field.parse().ok()?, unit);
    }
    Some(parts)
}

/// `1y2mo3d4h5m6s7ms8us9ns` without the parts that are zero; `0ns` for none.
pub fn format_duration(duration: &CqlDuration) -> String {
    let mut out = String::new();
    let mut put = |mut amount: u64, units: &[(&str, u64)]| {
        for (name, size) in units {
            if amount >= *size {
                out.push_str(&(amount / size).to_string());
                out.push_str(name);
                amount %= size;
            }
        }
    };
    put(duration.months.unsigned_abs().into(), &[("y", 12), ("mo", 1)]);
    put(duration.days.unsigned_abs().into(), &[("d", 1)]);
    put(
        duration.nanoseconds.unsigned_abs(),
        &[
            ("h", 3_600_000_000_000),
            ("m", 60_000_000_000),
            ("s", 1_000_000_000),
            ("ms", 1_000_000),
            ("us", 1_000),
            ("ns", 1),
        ],
    );
    match (out.is_empty(), duration.is_negative()) {
        (true, _) => "0ns".to_string(),
        (false, true) => format!("-{out}"),
        (false, false) => out,
    }
}
