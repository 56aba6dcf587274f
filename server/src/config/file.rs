//! The settings file: TOML, read strictly.
//!
//! An unknown key refuses to start and names the nearest known one: a setting that is silently not applied
//! is found out too late. Every complaint names file and line.

#![expect(
    clippy::disallowed_methods,
    reason = "the settings file is read before there is a node to read through"
)]

use std::path::Path;

use thiserror::Error;

use super::Settings;

/// Longest settings file, in bytes; a longer one is some other file.
const FILE_SIZE_BYTES_MAX: u64 = 1024 * 1024;

/// A settings file, or a setting, that does not do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidSettings(pub String);

/// Reads the settings in the file at `path`; what it does not name has its default.
///
/// Errors: a file that cannot be read or is no TOML, an unknown key, a value that does not fit. Relations
/// between settings are [`super::validate`]'s.
pub fn read_settings(path: &Path) -> Result<Settings, InvalidSettings> {
    let name = path.display();
    let failed =
        |error: std::io::Error| InvalidSettings(format!("cannot read the configuration {name}: {error}"));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > FILE_SIZE_BYTES_MAX {
        return Err(InvalidSettings(format!("{name} is no configuration: it has {size} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    settings_of_text(&text, &name.to_string())
}

/// The settings that `text` gives; `name` is what complaints call it.
pub fn settings_of_text(text: &str, name: &str) -> Result<Settings, InvalidSettings> {
    toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        InvalidSettings(format!("{name}, line {line}: {}", complaint(error.message())))
    })
}

/// The library's message, with the nearest key instead of all of them when a key is unknown.
fn complaint(message: &str) -> String {
    let Some(unknown) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next())
    else {
        return message.trim_end().replace('\n', ": ");
    };
    let nearest = Settings::texts()
        .iter()
        .map(|setting| {
            // A shortened name is nearer than one that happens to have the same letters.
            let is_cut = setting.key.starts_with(unknown) || unknown.starts_with(setting.key);
            (!is_cut, distance(unknown, setting.key), setting.key)
        })
        .min()
        .map_or("", |(_, _, key)| key);
    format!("there is no setting \"{unknown}\"; the nearest is \"{nearest}\"")
}

/// Levenshtein distance: how many letters must be put in, taken out or replaced.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::super::{ByteSize, settings::Memory};
    use super::*;

    fn complaint_of(text: &str) -> String {
        settings_of_text(text, "basalt.toml").expect_err(text).0
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        assert_eq!(settings_of_text("", "basalt.toml"), Ok(Settings::default()));
    }

    #[test]
    fn every_setting_can_be_written_and_read_back() {
        let text = toml::to_string(&Settings::default()).expect("settings are plain data");
        assert_eq!(settings_of_text(&text, "basalt.toml"), Ok(Settings::default()));
        let changed = settings_of_text("memory = \"1GiB\"\ndrain_timeout = \"250ms\"\nrack = \"r2\"", "x");
        let changed = changed.expect("the text is good");
        assert_eq!(changed.memory, Memory::Fixed(ByteSize(1 << 30)));
        assert_eq!(changed.drain_timeout.to_string(), "250ms");
        assert_eq!(changed.rack, "r2");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
        assert_eq!(
            complaint_of("rack = \"r1\"\n\nnative_adress = \"127.0.0.1:9042\"\n"),
            "basalt.toml, line 3: there is no setting \"native_adress\"; the nearest is \"native_address\""
        );
    }

    #[test]
    fn a_shortened_key_means_the_one_it_begins() {
        assert!(complaint_of("data_dir = \"x\"").ends_with("the nearest is \"data_directory\""));
    }

    #[test]
    fn a_value_that_does_not_fit_is_named_with_its_line() {
        let message = complaint_of("rack = \"r1\"\nmemory = \"lots\"\n");
        assert!(message.starts_with("basalt.toml, line 2: ") && message.contains("512MiB"), "{message}");
        let message = complaint_of("insecure_listen = \"yes\"\n");
        assert!(message.starts_with("basalt.toml, line 1: "), "{message}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn what_is_no_toml_is_refused_on_one_line() {
        let message = complaint_of("rack = \n");
        assert!(message.starts_with("basalt.toml, line 1: ") && !message.contains('\n'), "{message}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = read_settings(Path::new("no/such/file.toml")).expect_err("it is missing").0;
        assert!(message.contains("no/such/file.toml"), "{message}");
    }

    #[test]
    fn distance_counts_letters() {
        assert_eq!(distance("memory", "memory"), 0);
        assert_eq!(distance("memry", "memory"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
