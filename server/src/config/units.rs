//! [`ByteSize`] and [`Span`]: sizes and durations as people write them, `64MiB` and `10s`.
//!
//! The text form names its unit and parses back to the same value. A bare number is a size in bytes, and no
//! duration: seconds or milliseconds would be a guess.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

/// Units by descending size, the form that `Display` uses first.
const SIZE_UNITS: &[(&[&str], u64)] = &[
    (&["TiB", "TB", "T"], 1 << 40),
    (&["GiB", "GB", "G"], 1 << 30),
    (&["MiB", "MB", "M"], 1 << 20),
    (&["KiB", "KB", "K"], 1 << 10),
    (&["B", ""], 1),
];

/// Units by descending length, the form that `Display` uses first.
const SPAN_UNITS: &[(&[&str], u64)] = &[
    (&["h", "hours", "hour"], 3_600_000),
    (&["m", "min", "minutes", "minute"], 60_000),
    (&["s", "sec", "seconds", "second"], 1_000),
    (&["ms"], 1),
];

impl ByteSize {
    /// `count` mebibytes.
    pub const fn mebibytes(count: u64) -> ByteSize {
        ByteSize(count << 20)
    }

    /// As a number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_in_units(f, self.0, SIZE_UNITS)
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<ByteSize, String> {
        parse_in_units(text, SIZE_UNITS).map(ByteSize).ok_or_else(|| {
            format!("\"{text}\" is no size: write a whole number and KiB, MiB, GiB or TiB, as in 512MiB")
        })
    }
}

/// A length of time in whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    milliseconds: u64,
}

impl Span {
    /// `count` seconds.
    pub const fn seconds(count: u64) -> Span {
        Span { milliseconds: count * 1_000 }
    }

    /// As the standard library's duration.
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_in_units(f, self.milliseconds, SPAN_UNITS)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        parse_in_units(text, SPAN_UNITS).map(|milliseconds| Span { milliseconds }).ok_or_else(|| {
            format!("\"{text}\" is no duration: write a whole number and ms, s, m or h, as in 10s")
        })
    }
}

fn write_in_units(f: &mut fmt::Formatter<'_>, value: u64, units: &[(&[&str], u64)]) -> fmt::Result {
    let (names, size) = units
        .iter()
        .find(|(_, size)| value >= *size && value.is_multiple_of(*size))
        .or(units.last())
        .expect("there are units");
    write!(f, "{}{}", value / size, names[0])
}

fn parse_in_units(text: &str, units: &[(&[&str], u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim();
    let (_, size) =
        units.iter().find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(unit)))?;
    number.parse::<u64>().ok()?.checked_mul(*size)
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct InUnits(&'static str);

impl Visitor<'_> for InUnits {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
        let text = deserializer.deserialize_any(InUnits("a size such as \"512MiB\""))?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = deserializer.deserialize_any(InUnits("a duration such as \"10s\""))?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_in_every_usual_form() {
        for (text, bytes) in [
            ("512MiB", 512 << 20),
            ("512 mb", 512 << 20),
            ("1g", 1 << 30),
            ("2TiB", 2 << 40),
            ("4096", 4096),
            ("7B", 7),
            (" 1 KiB ", 1024),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_or_duration_is_refused_with_an_example() {
        for text in ["", "MiB", "-1", "1.5GiB", "12 parsecs", "99999999999999999999", "99999999TiB"] {
            assert!(text.parse::<ByteSize>().is_err_and(|error| error.contains("512MiB")), "{text}");
        }
        for text in ["", "10", "s", "-1s", "1.5s", "1 fortnight"] {
            assert!(text.parse::<Span>().is_err_and(|error| error.contains("10s")), "{text}");
        }
    }

    #[test]
    fn durations_are_read_in_every_usual_form() {
        for (text, milliseconds) in [("250ms", 250), ("10s", 10_000), ("2 min", 120_000), ("1h", 3_600_000)] {
            assert_eq!(text.parse::<Span>().expect(text).duration(), Duration::from_millis(milliseconds));
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back_as_it_was(value: u64) {
            prop_assert_eq!(ByteSize(value).to_string().parse(), Ok(ByteSize(value)));
            let span = Span { milliseconds: value };
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
    }
}
