//! [`Settings`]: everything a person may choose about a node, each with its default and its reason.
//!
//! Few on purpose: a number stays a constant until two users need different values. The doc comments below
//! are also the text of `docs/configuration.md`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ByteSize, Span};

/// A setting as a document shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingText {
    /// Its key in the file.
    pub key: &'static str,
    /// What it is for, its unit, and why its default is what it is.
    pub text: String,
}

/// Defines the struct, its defaults and the texts of its fields in one place.
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $( $(#[doc = $text:literal])+ pub $field:ident: $type:ty = $default:expr; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $( $(#[doc = $text])+ pub $field: $type, )+
        }

        impl Default for $name {
            fn default() -> $name {
                $name { $( $field: $default, )+ }
            }
        }

        impl $name {
            /// Key and text of every setting, in the order of the struct.
            pub fn texts() -> Vec<SettingText> {
                vec![ $( SettingText {
                    key: stringify!($field),
                    text: [$($text),+].map(str::trim).join(" "),
                }, )+ ]
            }
        }
    };
}

settings! {
    /// What a node is started with.
    pub struct Settings {
        /// Directory that holds everything the node keeps. It is made when it is missing, and locked while a
        /// node runs on it. The default lies where the node is started, so that a first try leaves nothing
        /// elsewhere.
        pub data_directory: PathBuf = PathBuf::from("./basalt-data");

        /// Address and port on which CQL drivers are served. The default is reached from this machine only;
        /// 9042 is where drivers look.
        pub native_address: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 9042));

        /// Serve clients of other machines although nobody is asked for a password. Without it, a
        /// `native_address` beyond this machine is refused, because anyone who can reach the port can read
        /// and delete everything.
        pub insecure_listen: bool = false;

        /// Memory for memtables and caches together; the process needs some more for itself. `auto` is a
        /// quarter of what the machine, or its control group, has, and at most 4GiB.
        pub memory: Memory = Memory::Auto;

        /// Name of the cluster, as drivers and tools show it.
        pub cluster_name: String = "basalt".to_string();

        /// Datacenter that this node says it is in. Drivers prefer nodes of theirs; the default is the one
        /// that most drivers expect.
        pub datacenter: String = "datacenter1".to_string();

        /// Rack that this node says it is in.
        pub rack: String = "rack1".to_string();

        /// Longest wait, when the node is told to stop, for requests that are being served. What is not done
        /// by then is cut off; nothing acknowledged is lost either way.
        pub drain_timeout: Span = Span::seconds(10);

        /// What is logged to standard error: `error`, `warn`, `info`, `debug` or `trace`, or a list such as
        /// `info,engine=debug`.
        pub log: String = "info".to_string();
    }
}

/// How much memory a node takes for memtables and caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "MemoryText")]
pub enum Memory {
    /// A share of what the machine has.
    Auto,
    /// So much.
    Fixed(ByteSize),
}

/// The two forms that the file may have: text, or a bare number of bytes.
#[derive(Deserialize)]
#[serde(untagged)]
enum MemoryText {
    Text(String),
    Number(u64),
}

impl TryFrom<MemoryText> for Memory {
    type Error = String;

    fn try_from(text: MemoryText) -> Result<Memory, String> {
        match text {
            MemoryText::Text(text) => text.parse(),
            MemoryText::Number(bytes) => Ok(Memory::Fixed(ByteSize(bytes))),
        }
    }
}

impl std::str::FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Memory, String> {
        if text.trim().eq_ignore_ascii_case("auto") {
            Ok(Memory::Auto)
        } else {
            text.parse().map(Memory::Fixed)
        }
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Memory::Auto => f.write_str("auto"),
            Memory::Fixed(size) => size.fmt(f),
        }
    }
}

impl From<Memory> for String {
    fn from(memory: Memory) -> String {
        memory.to_string()
    }
}

impl Memory {
    /// Largest share that `auto` takes.
    pub const AUTO_MAX: ByteSize = ByteSize::mebibytes(4096);

    /// Least that a node works with.
    pub const MIN: ByteSize = ByteSize::mebibytes(32);

    /// In bytes, on a machine (or in a control group) with `machine_bytes`.
    pub fn resolve(self, machine_bytes: u64) -> ByteSize {
        match self {
            Memory::Auto => ByteSize((machine_bytes / 4).clamp(Memory::MIN.0, Memory::AUTO_MAX.0)),
            Memory::Fixed(size) => size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_memory_is_a_quarter_within_its_limits() {
        assert_eq!(Memory::Auto.resolve(8 << 30), ByteSize(2 << 30));
        assert_eq!(Memory::Auto.resolve(1 << 20), Memory::MIN);
        assert_eq!(Memory::Auto.resolve(u64::MAX), Memory::AUTO_MAX);
        assert_eq!(Memory::Fixed(ByteSize(77)).resolve(8 << 30), ByteSize(77));
    }

    #[test]
    fn every_field_has_a_text() {
        let texts = Settings::texts();
        assert!(texts.iter().all(|setting| setting.text.len() > 20));
        assert!(texts.iter().any(|setting| setting.key == "native_address"));
    }
}
