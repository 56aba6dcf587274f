//! [`validate`]: what settings must hold together, asked once at start.

use super::settings::Memory;
use super::{InvalidSettings, Settings};

/// Longest name of cluster, datacenter and rack, in bytes; they travel in every driver's metadata.
const NAME_SIZE_BYTES_MAX: usize = 256;

/// Refuses settings that a node must not start with, in one line that says what to do instead.
pub fn validate(settings: &Settings) -> Result<(), InvalidSettings> {
    let invalid = |message: String| Err(InvalidSettings(message));
    if !settings.native_address.ip().is_loopback() && !settings.insecure_listen {
        return invalid(format!(
            "native_address {} can be reached from other machines, and there is no authentication yet: anyone \
             there could read and delete everything. Use 127.0.0.1, or say --insecure-listen (insecure_listen = \
             true) where the network itself is trusted",
            settings.native_address
        ));
    }
    if let Memory::Fixed(size) = settings.memory
        && size < Memory::MIN
    {
        return invalid(format!("memory {size} is too little: a node works with {} or more", Memory::MIN));
    }
    if settings.data_directory.as_os_str().is_empty() {
        return invalid("data_directory is empty: name a directory".to_string());
    }
    for (key, name) in [
        ("cluster_name", &settings.cluster_name),
        ("datacenter", &settings.datacenter),
        ("rack", &settings.rack),
    ] {
        if name.trim().is_empty() || name.len() > NAME_SIZE_BYTES_MAX {
            return invalid(format!("{key} must have between 1 and {NAME_SIZE_BYTES_MAX} bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ByteSize;
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(validate(&Settings::default()), Ok(()));
    }

    #[test]
    fn listening_beyond_this_machine_must_be_asked_for() {
        let mut settings =
            Settings { native_address: "0.0.0.0:9042".parse().expect("an address"), ..Settings::default() };
        assert!(validate(&settings).is_err_and(|error| error.0.contains("--insecure-listen")));
        settings.insecure_listen = true;
        assert_eq!(validate(&settings), Ok(()));
        settings =
            Settings { native_address: "[::1]:9042".parse().expect("an address"), ..Settings::default() };
        assert_eq!(validate(&settings), Ok(()));
    }

    #[test]
    fn too_little_memory_and_empty_names_are_refused() {
        let settings = Settings { memory: Memory::Fixed(ByteSize(1)), ..Settings::default() };
        assert!(validate(&settings).is_err_and(|error| error.0.contains("32MiB")));
        let settings = Settings { rack: " ".to_string(), ..Settings::default() };
        assert!(validate(&settings).is_err_and(|error| error.0.contains("rack")));
    }
}
