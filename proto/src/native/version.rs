//! [`ProtocolVersion`]: the versions we speak, and the text that turns a driver to one of them.
//!
//! Drivers negotiate by substrings of [`unsupported_version_text`] and by the version byte of the frame it
//! comes in; its form is fixed by them, not by us.

use std::fmt;

/// A version of the native protocol that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolVersion {
    /// Cassandra 2.1: what the oldest drivers in use ask for.
    V3 = 3,
    /// Cassandra 2.2 to 3.11: unset values, warnings, custom payload.
    V4 = 4,
    /// Cassandra 4.0: checksummed frames, keyspace per request, result metadata ids.
    V5 = 5,
}

impl ProtocolVersion {
    /// Every version, oldest first.
    pub const ALL: [ProtocolVersion; 3] = [ProtocolVersion::V3, ProtocolVersion::V4, ProtocolVersion::V5];
    /// The newest.
    pub const NEWEST: ProtocolVersion = ProtocolVersion::V5;

    /// The version whose number is `number` (without the direction bit).
    pub fn from_number(number: u8) -> Option<ProtocolVersion> {
        match number {
            3 => Some(ProtocolVersion::V3),
            4 => Some(ProtocolVersion::V4),
            5 => Some(ProtocolVersion::V5),
            _ => None,
        }
    }

    /// Its number, as in a request's header.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for ProtocolVersion {
    /// As `PROTOCOL_VERSIONS` of SUPPORTED writes it: `4/v4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{0}/v{0}", self.number())
    }
}

/// What a client is told that asks for version `number`; `use_beta` is the flag of its request.
///
/// Version 6 is a beta that a client must ask for by flag; drivers look for the flag's name in the text.
pub fn unsupported_version_text(number: u8, use_beta: bool) -> String {
    if number == 6 && !use_beta {
        return "Beta version of the protocol used (6/v6-beta), but USE_BETA flag is unset".to_string();
    }
    let supported: Vec<String> = ProtocolVersion::ALL.iter().map(ProtocolVersion::to_string).collect();
    format!(
        "Invalid or unsupported protocol version ({number}); supported versions are ({})",
        supported.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_versions_are_answered_with_the_words_drivers_look_for() {
        assert_eq!(
            unsupported_version_text(66, false),
            "Invalid or unsupported protocol version (66); supported versions are (3/v3, 4/v4, 5/v5)"
        );
        assert!(unsupported_version_text(6, false).contains("USE_BETA flag is unset"));
        assert!(unsupported_version_text(6, true).contains("Invalid or unsupported protocol version (6)"));
    }

    #[test]
    fn a_version_is_found_by_its_number() {
        for version in ProtocolVersion::ALL {
            assert_eq!(ProtocolVersion::from_number(version.number()), Some(version));
        }
        for number in [0, 1, 2, 6, 65, 66, 127] {
            assert_eq!(ProtocolVersion::from_number(number), None);
        }
    }
}
