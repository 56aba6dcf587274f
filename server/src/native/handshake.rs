//! What STARTUP agrees on, and what SUPPORTED offers. Pure: options in, agreement or refusal out.

use proto::native::{Compression, ProtocolVersion, StringMultimap};

/// The version of CQL that we tell; drivers and shells choose their syntax by it.
pub const CQL_VERSION: &str = "3.4.7";

/// What a connection was started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agreement {
    pub(super) compression: Option<Compression>,
    /// Names in upper case.
    pub(super) options: Vec<(String, String)>,
}

/// The options of SUPPORTED.
pub(super) fn supported() -> StringMultimap {
    let versions = ProtocolVersion::ALL.iter().map(ProtocolVersion::to_string).collect();
    let compressions = [Compression::Lz4, Compression::Snappy].map(|known| known.name().to_string());
    vec![
        ("CQL_VERSION".to_string(), vec![CQL_VERSION.to_string()]),
        ("COMPRESSION".to_string(), compressions.to_vec()),
        ("PROTOCOL_VERSIONS".to_string(), versions),
    ]
}

/// Judges the options of STARTUP. Unknown ones are kept and otherwise ignored.
///
/// Errors: the words to refuse with.
pub(super) fn agree(version: ProtocolVersion, options: Vec<(String, String)>) -> Result<Agreement, String> {
    let options: Vec<(String, String)> =
        options.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
    let option =
        |wanted: &str| options.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let cql_version = option("CQL_VERSION").ok_or("Missing value CQL_VERSION in STARTUP message")?;
    let major = cql_version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    // Drivers ask for more than there is (one for 4.0.0); what they get is the version of SUPPORTED.
    if major.is_none_or(|major| major < 3) {
        return Err(format!(
            "CQL version {cql_version} is not supported by the binary protocol (supported versions are >= 3.0.0)"
        ));
    }
    let compression = match option("COMPRESSION") {
        None => None,
        Some(name) => Some(
            Compression::from_name(name).ok_or_else(|| format!("Unknown compression algorithm: {name}"))?,
        ),
    };
    if compression == Some(Compression::Snappy) && version >= ProtocolVersion::V5 {
        return Err("Snappy compression is not supported in protocol version 5".to_string());
    }
    Ok(Agreement { compression, options })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn drivers_find_the_options_they_look_for() {
        let names: Vec<String> = supported().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["CQL_VERSION", "COMPRESSION", "PROTOCOL_VERSIONS"]);
        assert_eq!(supported()[2].1, ["3/v3", "4/v4", "5/v5"]);
    }

    #[test]
    fn names_are_read_in_any_case_and_unknown_ones_are_kept() {
        let given = options(&[("cql_version", "3.0.0"), ("Compression", "LZ4"), ("SCYLLA_X", "1")]);
        let agreement = agree(ProtocolVersion::V5, given).unwrap();
        assert_eq!(agreement.compression, Some(Compression::Lz4));
        assert!(agreement.options.contains(&("SCYLLA_X".to_string(), "1".to_string())));
    }

    #[test]
    fn what_cannot_be_agreed_on_is_refused_in_words() {
        let refused = |version, pairs: &[(&str, &str)]| agree(version, options(pairs)).unwrap_err();
        assert!(refused(ProtocolVersion::V4, &[]).contains("Missing value CQL_VERSION"));
        assert!(refused(ProtocolVersion::V4, &[("CQL_VERSION", "2.0.0")]).contains("2.0.0 is not supported"));
        assert!(refused(ProtocolVersion::V4, &[("CQL_VERSION", "x")]).contains("not supported"));
        assert!(agree(ProtocolVersion::V4, options(&[("CQL_VERSION", "4.0.0")])).is_ok());
        let zstd = [("CQL_VERSION", "3.0.0"), ("COMPRESSION", "zstd")];
        assert_eq!(refused(ProtocolVersion::V4, &zstd), "Unknown compression algorithm: zstd");
        let snappy = [("CQL_VERSION", "3.0.0"), ("COMPRESSION", "snappy")];
        assert!(agree(ProtocolVersion::V4, options(&snappy)).is_ok());
        assert!(refused(ProtocolVersion::V5, &snappy).contains("version 5"));
    }
}
