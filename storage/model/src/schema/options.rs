//! [`TableOptions::from_properties`]: the options of `WITH`, checked.
//!
//! An option that is unknown is refused with the nearest known name; one that is known and not built is
//! refused and says so. What changes nothing here is accepted, so that schemas of elsewhere load.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{CompactionSettings, PropertyValue, TableOptions};
use crate::error::InvalidSchema;
use crate::limits::TTL_SECONDS_MAX;
use crate::types::literal::parse_blob;

/// Names of every option, ascending.
const KNOWN: &[&str] = &[
    "additional_write_policy",
    "allow_auto_snapshot",
    "bloom_filter_fp_chance",
    "caching",
    "cdc",
    "comment",
    "compaction",
    "compression",
    "crc_check_chance",
    "default_time_to_live",
    "extensions",
    "gc_grace_seconds",
    "incremental_backups",
    "max_index_interval",
    "memtable",
    "memtable_flush_period_in_ms",
    "min_index_interval",
    "read_repair",
    "speculative_retry",
];

const COMPACTION_PACKAGE: &str = "org.apache.cassandra.db.compaction.";
const COMPRESSION_PACKAGE: &str = "org.apache.cassandra.io.compress.";

impl TableOptions {
    /// `existing` with `properties` put in. A map replaces the whole map before.
    ///
    /// Errors: `Configuration` for unknown options, and values that cannot be or are not supported yet.
    pub fn from_properties(
        existing: &TableOptions,
        properties: &[(String, PropertyValue)],
    ) -> Result<TableOptions, InvalidSchema> {
        let mut options = existing.clone();
        for (name, value) in properties {
            options.set(name, value)?;
        }
        if options.max_index_interval < options.min_index_interval {
            return configuration(format!(
                "max_index_interval ({}) must not be smaller than min_index_interval ({})",
                options.max_index_interval, options.min_index_interval
            ));
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &PropertyValue) -> Result<(), InvalidSchema> {
        match name {
            "comment" => self.comment = text(name, value)?,
            "default_time_to_live" => self.default_time_to_live = integer(name, value, 0, TTL_SECONDS_MAX)?,
            "gc_grace_seconds" => self.gc_grace_seconds = integer(name, value, 0, i32::MAX as u32)?,
            "bloom_filter_fp_chance" => {
                let chance = number(name, value)?;
                if !(chance > 0.0 && chance <= 1.0) {
                    return configuration(format!(
                        "{name} must be larger than 0 and at most 1 (got {chance})"
                    ));
                }
                self.bloom_filter_fp_chance = chance;
            }
            "crc_check_chance" => {
                let chance = number(name, value)?;
                if !(0.0..=1.0).contains(&chance) {
                    return configuration(format!("{name} must be between 0 and 1 (got {chance})"));
                }
                self.crc_check_chance = chance;
            }
            "min_index_interval" => self.min_index_interval = integer(name, value, 1, i32::MAX as u32)?,
            "max_index_interval" => self.max_index_interval = integer(name, value, 1, i32::MAX as u32)?,
            "memtable_flush_period_in_ms" => {
                self.memtable_flush_period_in_ms = integer(name, value, 0, i32::MAX as u32)?;
            }
            "speculative_retry" => self.speculative_retry = retry_policy(name, value)?,
            "additional_write_policy" => self.additional_write_policy = retry_policy(name, value)?,
            "read_repair" => {
                let word = text(name, value)?.to_ascii_uppercase();
                if word != "BLOCKING" && word != "NONE" {
                    return configuration(format!("{name} must be BLOCKING or NONE (got {word})"));
                }
                self.read_repair = word;
            }
            "compaction" => self.compaction = compaction(map(name, value)?)?,
            "compression" => self.compression = compression(map(name, value)?)?,
            "caching" => self.caching = caching(map(name, value)?)?,
            "extensions" => self.extensions = extensions(map(name, value)?)?,
            "allow_auto_snapshot" => self.allow_auto_snapshot = boolean(name, value)?,
            "incremental_backups" => self.incremental_backups = boolean(name, value)?,
            "cdc" => {
                if boolean(name, value)? {
                    return configuration("cdc = true is not supported yet".to_string());
                }
            }
            "memtable" => {
                let memtable = text(name, value)?;
                if memtable != "default" {
                    return configuration(format!(
                        "memtable = '{memtable}' is not supported; the only configuration is 'default'"
                    ));
                }
            }
            _ => {
                let hint = match nearest(name, KNOWN) {
                    Some(known) => format!("did you mean '{known}'?"),
                    None => format!("known are {}", KNOWN.join(", ")),
                };
                return configuration(format!("Unknown property '{name}'; {hint}"));
            }
        }
        Ok(())
    }

    /// Whether its sstables are compressed.
    pub fn is_compressed(&self) -> bool {
        self.compression.get("class").is_some_and(|class| !class.is_empty())
    }

    /// The compaction map with the class as Cassandra names it in full.
    pub fn compaction_in_full(&self) -> BTreeMap<String, String> {
        with_package(&self.compaction, COMPACTION_PACKAGE)
    }

    /// The compression map with the class as Cassandra names it in full.
    pub fn compression_in_full(&self) -> BTreeMap<String, String> {
        with_package(&self.compression, COMPRESSION_PACKAGE)
    }
}

fn with_package(map: &BTreeMap<String, String>, package: &str) -> BTreeMap<String, String> {
    let full = |(name, value): (&String, &String)| {
        let value =
            if name == "class" && !value.contains('.') { format!("{package}{value}") } else { value.clone() };
        (name.clone(), value)
    };
    map.iter().map(full).collect()
}

/// The class in short; its own options are the engine's to check.
fn compaction(mut map: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, InvalidSchema> {
    let Some(class) = map.get("class") else {
        return configuration("Missing sub-option 'class' for the 'compaction' option.".to_string());
    };
    let class = class.strip_prefix(COMPACTION_PACKAGE).unwrap_or(class).to_string();
    if map.get("enabled").is_some_and(|value| !value.eq_ignore_ascii_case("true")) {
        return configuration("compaction with 'enabled': 'false' is not supported yet".to_string());
    }
    CompactionSettings::from_options(&map)?;
    map.insert("class".to_string(), class);
    Ok(map)
}

fn compression(mut map: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, InvalidSchema> {
    let none = || BTreeMap::from([("enabled".to_string(), "false".to_string())]);
    if map.get("enabled").is_some_and(|enabled| enabled.eq_ignore_ascii_case("false")) {
        return Ok(none());
    }
    map.remove("enabled");
    // The name of before Cassandra 3.
    let class = map.remove("class").or_else(|| map.remove("sstable_compression")).unwrap_or_default();
    if class.is_empty() {
        return Ok(none());
    }
    let class = class.strip_prefix(COMPRESSION_PACKAGE).unwrap_or(&class).to_string();
    match class.as_str() {
        "LZ4Compressor" => {}
        "SnappyCompressor"
        | "DeflateCompressor"
        | "ZstdCompressor"
        | "ZstdDictionaryCompressor"
        | "NoopCompressor" => {
            return configuration(format!("{class} is not supported yet; LZ4Compressor is, and none"));
        }
        _ => {
            return configuration(format!(
                "Could not create Compression for type {class}; known are LZ4Compressor and none"
            ));
        }
    }
    for (name, value) in &map {
        match name.as_str() {
            "chunk_length_in_kb" => match value.parse::<u32>() {
                Ok(length) if length.is_power_of_two() => {}
                _ => {
                    return configuration(format!("chunk_length_in_kb must be a power of 2 (got {value})"));
                }
            },
            "crc_check_chance"
            | "min_compress_ratio"
            | "lz4_compressor_type"
            | "lz4_high_compressor_level" => {}
            _ => return configuration(format!("Unknown compression options: ([{name}])")),
        }
    }
    map.insert("class".to_string(), class);
    Ok(map)
}

fn caching(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, InvalidSchema> {
    let mut map = TableOptions::default().caching;
    for (name, value) in given {
        let upper = value.to_ascii_uppercase();
        let good = match name.as_str() {
            "keys" => upper == "ALL" || upper == "NONE",
            "rows_per_partition" => upper == "ALL" || upper == "NONE" || value.parse::<u32>().is_ok(),
            _ => {
                return configuration(format!(
                    "Invalid caching sub-option {name}: known are keys, rows_per_partition"
                ));
            }
        };
        if !good {
            return configuration(format!("Invalid value for caching sub-option {name}: {value}"));
        }
        map.insert(name, upper);
    }
    Ok(map)
}

fn extensions(given: BTreeMap<String, String>) -> Result<BTreeMap<String, Bytes>, InvalidSchema> {
    let decoded = |(name, value): (String, String)| match parse_blob(&value) {
        Ok(bytes) => Ok((name, bytes)),
        Err(error) => configuration(format!("extension {name}: {error}")),
    };
    given.into_iter().map(decoded).collect()
}

/// `99p`, `99PERCENTILE`, `50ms`, `ALWAYS`, `NONE`, or MIN and MAX of two of them.
fn retry_policy(name: &str, value: &PropertyValue) -> Result<String, InvalidSchema> {
    let policy = text(name, value)?;
    let upper = policy.trim().to_ascii_uppercase();
    let parts: Vec<&str> = match upper.strip_prefix("MIN(").or_else(|| upper.strip_prefix("MAX(")) {
        Some(inner) => match inner.strip_suffix(')') {
            Some(inner) => inner.split(',').map(str::trim).collect(),
            None => vec![""],
        },
        None => vec![&upper],
    };
    if parts.len() <= 2 && parts.iter().all(|part| is_retry_policy(part)) {
        return Ok(policy);
    }
    configuration(format!(
        "Specified {name} policy '{policy}' is not supported; write as 99p, 50ms, ALWAYS or NONE"
    ))
}

fn is_retry_policy(text: &str) -> bool {
    if matches!(text, "ALWAYS" | "NONE") {
        return true;
    }
    let number = |unit: &str| text.strip_suffix(unit).and_then(|number| number.trim().parse::<f64>().ok());
    match number("PERCENTILE").or_else(|| number("P")) {
        Some(percentile) => (0.0..=100.0).contains(&percentile),
        None => number("MS").is_some_and(|millis| millis.is_finite() && millis >= 0.0),
    }
}

fn text(name: &str, value: &PropertyValue) -> Result<String, InvalidSchema> {
    match value {
        PropertyValue::Text(text) | PropertyValue::Number(text) => Ok(text.clone()),
        PropertyValue::Boolean(boolean) => Ok(boolean.to_string()),
        PropertyValue::Map(_) => wrong_shape(name, "a text"),
    }
}

fn boolean(name: &str, value: &PropertyValue) -> Result<bool, InvalidSchema> {
    match value {
        PropertyValue::Boolean(boolean) => Ok(*boolean),
        PropertyValue::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        PropertyValue::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => wrong_shape(name, "true or false"),
    }
}

fn number(name: &str, value: &PropertyValue) -> Result<f64, InvalidSchema> {
    match value {
        PropertyValue::Number(text) | PropertyValue::Text(text) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => wrong_shape(name, "a number"),
        },
        _ => wrong_shape(name, "a number"),
    }
}

fn integer(name: &str, value: &PropertyValue, min: u32, max: u32) -> Result<u32, InvalidSchema> {
    let (PropertyValue::Number(text) | PropertyValue::Text(text)) = value else {
        return wrong_shape(name, "a whole number");
    };
    let Ok(number) = text.trim().parse::<i128>() else {
        return wrong_shape(name, "a whole number");
    };
    match u32::try_from(number) {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => configuration(format!("{name} must be between {min} and {max} (got {number})")),
    }
}

fn map(name: &str, value: &PropertyValue) -> Result<BTreeMap<String, String>, InvalidSchema> {
    match value {
        PropertyValue::Map(map) => Ok(map.clone()),
        _ => wrong_shape(name, "a map"),
    }
}

fn wrong_shape<T>(name: &str, wanted: &str) -> Result<T, InvalidSchema> {
    configuration(format!("Invalid value for property '{name}'. It should be {wanted}"))
}

fn configuration<T>(message: String) -> Result<T, InvalidSchema> {
    Err(InvalidSchema::Configuration(message))
}

/// The one of `known` that takes the fewest edits from `name`, if they are fewer than half of its letters.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    // A longer name than any option is far from all of them.
    let name: Vec<char> = name.chars().take(64).collect();
    let distance = |candidate: &str| {
        let candidate: Vec<char> = candidate.chars().collect();
        let mut row: Vec<usize> = (0..=candidate.len()).collect();
        for (i, given) in name.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, wanted) in candidate.iter().enumerate() {
                let replaced = diagonal + usize::from(given != wanted);
                diagonal = row[j + 1];
                row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
            }
        }
        row[candidate.len()]
    };
    let (edits, nearest) = known.iter().map(|candidate| (distance(candidate), *candidate)).min()?;
    (edits * 2 < name.len()).then_some(nearest)
}
