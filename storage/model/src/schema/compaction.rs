//! [`CompactionSettings`]: how a table's sstables are compacted, and the CQL options that say so.
//!
//! One parser for both ends: DDL refuses what cannot be, and the engine gets what was accepted. The
//! pickers of the engine read the settings; nothing here knows an sstable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::InvalidSchema;

/// How a table's sstables are compacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum CompactionSettings {
    /// Levels by size; from write-friendly to read-friendly by its scaling. The default.
    Unified(UnifiedSettings),
    /// Sstables of like size.
    SizeTiered(SizeTieredSettings),
    /// Sstables of one window of time.
    TimeWindow(TimeWindowSettings),
}

impl Default for CompactionSettings {
    fn default() -> CompactionSettings {
        CompactionSettings::Unified(UnifiedSettings::default())
    }
}

/// What one level of the unified strategy prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// `T` and a fanout of 3 or more: sstables gather until there are so many. Writes are cheap.
    Tiered(u32),
    /// `N`: fanout 2, the same as both others at 2.
    Neutral,
    /// `L` and a fanout of 3 or more: a level is one run, merged as soon as a second comes. Reads are
    /// cheap.
    Leveled(u32),
}

impl Scaling {
    /// How many times larger each level is than the one below.
    pub fn fanout(self) -> u32 {
        match self {
            Scaling::Tiered(fanout) | Scaling::Leveled(fanout) => fanout.max(2),
            Scaling::Neutral => 2,
        }
    }

    /// How many overlapping sstables make a level due.
    pub fn threshold(self) -> usize {
        match self {
            Scaling::Tiered(fanout) => fanout.max(2) as usize,
            Scaling::Neutral | Scaling::Leveled(_) => 2,
        }
    }

    fn parse(text: &str) -> Option<Scaling> {
        let text = text.trim();
        let fanout = |digits: &str| digits.parse().ok().filter(|fanout| (2..=1000).contains(fanout));
        match text.split_at_checked(1)? {
            ("N", "") => Some(Scaling::Neutral),
            ("T", digits) => fanout(digits).map(Scaling::Tiered),
            ("L", digits) => fanout(digits).map(Scaling::Leveled),
            // A bare number w: above 0 tiered with fanout 2 + w, below 0 leveled with fanout 2 - w.
            _ => match text.parse::<i32>().ok().filter(|w| (-998..=998).contains(w))? {
                0 => Some(Scaling::Neutral),
                w if w > 0 => Some(Scaling::Tiered(2 + w.unsigned_abs())),
                w => Some(Scaling::Leveled(2 + w.unsigned_abs())),
            },
        }
    }
}

/// Settings of the unified strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnifiedSettings {
    /// By level, the last for all further levels; at least one. Default T4.
    pub scaling: Vec<Scaling>,
    /// Sstables below this size are all of level 0. Default 16 MiB, about what a flush writes.
    pub base_size_bytes: u64,
    /// Most inputs of one task. Default 32.
    pub inputs_max: usize,
}

impl Default for UnifiedSettings {
    fn default() -> UnifiedSettings {
        UnifiedSettings {
            scaling: vec![Scaling::Tiered(4)],
            base_size_bytes: 16 * 1024 * 1024,
            inputs_max: 32,
        }
    }
}

/// Settings of the size-tiered strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SizeTieredSettings {
    /// Fewest sstables of like size that are merged. Default 4.
    pub inputs_min: usize,
    /// Most inputs of one task. Default 32.
    pub inputs_max: usize,
    /// An sstable is like a bucket when it is at least this part of its mean size. Default 0.5.
    pub bucket_low: f64,
    /// ... and at most this many times its mean size. Default 1.5.
    pub bucket_high: f64,
    /// Sstables below this size are all alike. Default 50 MiB.
    pub small_size_bytes: u64,
}

impl Default for SizeTieredSettings {
    fn default() -> SizeTieredSettings {
        SizeTieredSettings {
            inputs_min: 4,
            inputs_max: 32,
            bucket_low: 0.5,
            bucket_high: 1.5,
            small_size_bytes: 50 * 1024 * 1024,
        }
    }
}

/// Settings of the time-window strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeWindowSettings {
    /// Length of a window, seconds. Default one day.
    pub window_seconds: u64,
    /// What write timestamps count, in units a second. Default 1,000,000: microseconds.
    pub ticks_per_second: i64,
    /// Inside the newest window.
    pub size_tiered: SizeTieredSettings,
}

impl Default for TimeWindowSettings {
    fn default() -> TimeWindowSettings {
        TimeWindowSettings {
            window_seconds: 24 * 60 * 60,
            ticks_per_second: 1_000_000,
            size_tiered: SizeTieredSettings::default(),
        }
    }
}

impl CompactionSettings {
    /// The settings that a table's `compaction` option means: a class and what goes with it, by the names
    /// that CQL has for them. Options of Cassandra that have no effect here are accepted.
    ///
    /// `LeveledCompactionStrategy` is the unified one, leveled at its fanout.
    /// Errors: a class that is not here, an option that is unknown or cannot be.
    pub fn from_options(options: &BTreeMap<String, String>) -> Result<CompactionSettings, InvalidSchema> {
        match class_of(options) {
            "UnifiedCompactionStrategy" => unified(options),
            "LeveledCompactionStrategy" => leveled(options),
            "SizeTieredCompactionStrategy" => size_tiered(options, &[]).map(CompactionSettings::SizeTiered),
            "TimeWindowCompactionStrategy" => time_window(options),
            other => Err(invalid(format!(
                "Unable to find compaction strategy class '{other}'; known are UnifiedCompactionStrategy, \
                 LeveledCompactionStrategy, SizeTieredCompactionStrategy and TimeWindowCompactionStrategy"
            ))),
        }
    }
}

/// The class without its Java package.
fn class_of(options: &BTreeMap<String, String>) -> &str {
    let class = options.get("class").map_or("UnifiedCompactionStrategy", String::as_str);
    class.strip_prefix("org.apache.cassandra.db.compaction.").unwrap_or(class)
}

/// Options that every class has and that decide nothing here.
const WITHOUT_EFFECT: [&str; 10] = [
    "class",
    "enabled",
    "max_threshold",
    "min_threshold",
    "provide_overlapping_tombstones",
    "tombstone_threshold",
    "tombstone_compaction_interval",
    "unchecked_tombstone_compaction",
    "only_purge_repaired_tombstones",
    "log_all",
];

fn unified(options: &BTreeMap<String, String>) -> Result<CompactionSettings, InvalidSchema> {
    let mut settings = UnifiedSettings::default();
    for (name, value) in options {
        match name.as_str() {
            "scaling_parameters" => {
                settings.scaling = value
                    .split(',')
                    .map(Scaling::parse)
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(|| cannot_be(name, value, "T4, N or L10, by level, with commas"))?;
            }
            "flush_size_override" => {
                settings.base_size_bytes =
                    size(value).ok_or_else(|| cannot_be(name, value, "a size, 16MiB"))?;
            }
            "max_sstables_to_compact" => settings.inputs_max = number(name, value, 2)?,
            "target_sstable_size"
            | "min_sstable_size"
            | "base_shard_count"
            | "sstable_growth"
            | "overlap_inclusion_method"
            | "expired_sstable_check_frequency_seconds"
            | "unsafe_aggressive_sstable_expiration"
            | "parallelize_output_shards"
            | "survival_factor" => {}
            other => known(other, options)?,
        }
    }
    Ok(CompactionSettings::Unified(settings))
}

fn leveled(options: &BTreeMap<String, String>) -> Result<CompactionSettings, InvalidSchema> {
    let mut fanout = 10;
    for (name, value) in options {
        match name.as_str() {
            "fanout_size" => fanout = number(name, value, 2)?.min(1000),
            "sstable_size_in_mb" | "single_sstable_uplevel" => {}
            other => known(other, options)?,
        }
    }
    let scaling = vec![Scaling::Leveled(fanout as u32)];
    Ok(CompactionSettings::Unified(UnifiedSettings { scaling, ..UnifiedSettings::default() }))
}

fn time_window(options: &BTreeMap<String, String>) -> Result<CompactionSettings, InvalidSchema> {
    const OWN: [&str; 5] = [
        "compaction_window_size",
        "compaction_window_unit",
        "timestamp_resolution",
        "expired_sstable_check_frequency_seconds",
        "unsafe_aggressive_sstable_expiration",
    ];
    let mut settings = TimeWindowSettings { size_tiered: size_tiered(options, &OWN)?, ..Default::default() };
    let mut unit = 24 * 60 * 60;
    if let Some(value) = options.get("compaction_window_unit") {
        unit = match value.to_ascii_uppercase().as_str() {
            "MINUTES" => 60,
            "HOURS" => 60 * 60,
            "DAYS" => 24 * 60 * 60,
            _ => return Err(cannot_be("compaction_window_unit", value, "MINUTES, HOURS or DAYS")),
        };
    }
    let size = match options.get("compaction_window_size") {
        Some(value) => number("compaction_window_size", value, 1)? as u64,
        None => 1,
    };
    settings.window_seconds = unit * size.min(1_000_000);
    if let Some(value) = options.get("timestamp_resolution") {
        settings.ticks_per_second = match value.to_ascii_uppercase().as_str() {
            "MICROSECONDS" => 1_000_000,
            "MILLISECONDS" => 1_000,
            "SECONDS" => 1,
            _ => {
                return Err(cannot_be(
                    "timestamp_resolution",
                    value,
                    "MICROSECONDS, MILLISECONDS or SECONDS",
                ));
            }
        };
    }
    Ok(CompactionSettings::TimeWindow(settings))
}

/// The size-tiered options among `options`; those in `others` belong to the class that asks.
fn size_tiered(
    options: &BTreeMap<String, String>,
    others: &[&str],
) -> Result<SizeTieredSettings, InvalidSchema> {
    let mut settings = SizeTieredSettings::default();
    for (name, value) in options {
        match name.as_str() {
            "min_threshold" => settings.inputs_min = number(name, value, 2)?,
            "max_threshold" => settings.inputs_max = number(name, value, 2)?,
            "min_sstable_size" => {
                settings.small_size_bytes = size(value).ok_or_else(|| cannot_be(name, value, "a size"))?;
            }
            "bucket_low" => settings.bucket_low = share(name, value)?,
            "bucket_high" => settings.bucket_high = share(name, value)?,
            other if others.contains(&other) => {}
            other => known(other, options)?,
        }
    }
    if settings.inputs_min > settings.inputs_max {
        return Err(invalid("max_threshold must not be below min_threshold".to_owned()));
    }
    if settings.bucket_low >= settings.bucket_high {
        return Err(invalid("bucket_high must be above bucket_low".to_owned()));
    }
    Ok(settings)
}

fn known(name: &str, options: &BTreeMap<String, String>) -> Result<(), InvalidSchema> {
    if WITHOUT_EFFECT.contains(&name) {
        return Ok(());
    }
    let class = class_of(options);
    Err(invalid(format!("Properties specified [{name}] are not understood by {class}")))
}

fn invalid(message: String) -> InvalidSchema {
    InvalidSchema::Configuration(message)
}

fn cannot_be(name: &str, value: &str, wanted: &str) -> InvalidSchema {
    invalid(format!("compaction option '{name}' cannot be '{value}'; it is {wanted}"))
}

fn number(name: &str, value: &str, least: usize) -> Result<usize, InvalidSchema> {
    value
        .parse()
        .ok()
        .filter(|number| *number >= least)
        .ok_or_else(|| cannot_be(name, value, &format!("a number from {least} on")))
}

fn share(name: &str, value: &str) -> Result<f64, InvalidSchema> {
    value
        .parse()
        .ok()
        .filter(|share: &f64| share.is_finite() && *share > 0.0)
        .ok_or_else(|| cannot_be(name, value, "a number above 0"))
}

/// Bytes, or a number with a unit: `50MiB`, `16 MiB`, `1048576`.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(options: &[(&str, &str)]) -> Result<CompactionSettings, String> {
        let options = options.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        CompactionSettings::from_options(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn classes_and_options_have_their_cql_names() {
        assert_eq!(settings(&[]), Ok(CompactionSettings::default()));
        let class = "org.apache.cassandra.db.compaction.UnifiedCompactionStrategy";
        let Ok(CompactionSettings::Unified(unified)) = settings(&[
            ("class", class),
            ("scaling_parameters", "T8, N,L10,-2"),
            ("min_sstable_size", "1MiB"),
        ]) else {
            panic!("unified")
        };
        let scaling = [Scaling::Tiered(8), Scaling::Neutral, Scaling::Leveled(10), Scaling::Leveled(4)];
        assert_eq!(unified.scaling, scaling);
        let Ok(CompactionSettings::SizeTiered(tiered)) = settings(&[
            ("class", "SizeTieredCompactionStrategy"),
            ("min_threshold", "6"),
            ("min_sstable_size", "2 MiB"),
        ]) else {
            panic!("size tiered")
        };
        assert_eq!((tiered.inputs_min, tiered.small_size_bytes), (6, 2 << 20));
        let Ok(CompactionSettings::TimeWindow(windows)) = settings(&[
            ("class", "TimeWindowCompactionStrategy"),
            ("compaction_window_unit", "HOURS"),
            ("compaction_window_size", "6"),
            ("max_threshold", "8"),
        ]) else {
            panic!("time window")
        };
        assert_eq!((windows.window_seconds, windows.size_tiered.inputs_max), (6 * 3600, 8));
        let Ok(CompactionSettings::Unified(leveled)) = settings(&[("class", "LeveledCompactionStrategy")])
        else {
            panic!("leveled")
        };
        assert_eq!((leveled.scaling[0].fanout(), leveled.scaling[0].threshold()), (10, 2));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let size_tiered = ("class", "SizeTieredCompactionStrategy");
        let cases: [&[(&str, &str)]; 9] = [
            &[("class", "NoSuchStrategy")],
            &[("class", "TimeWindowCompactionStrategy"), ("compaction_window_unit", "WEEKS")],
            &[size_tiered, ("compaction_window_unit", "DAYS")],
            &[("scaling_parameters", "X4")],
            &[("scaling_parameters", "T1")],
            &[("no_such_option", "1")],
            &[size_tiered, ("min_threshold", "1")],
            &[size_tiered, ("min_threshold", "8"), ("max_threshold", "4")],
            &[size_tiered, ("bucket_low", "2")],
        ];
        for options in cases {
            let refused = settings(options).unwrap_err();
            let named = [
                "NoSuchStrategy",
                "window_unit",
                "scaling_parameters",
                "no_such_option",
                "threshold",
                "bucket_high",
            ];
            assert!(named.iter().any(|name| refused.contains(name)), "{options:?}: {refused}");
        }
    }
}
