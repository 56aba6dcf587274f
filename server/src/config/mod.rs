//! Settings: what a person may choose, from a file and the command line.
//!
//! File -> [`Settings`] -> command line's changes -> `validate` -> the node. Settings are data: nothing here
//! acts on them. `docs/configuration.md` is generated from the struct.

mod document;
mod file;
mod machine_memory;
mod settings;
mod units;
mod validate;

pub use document::configuration_page;
pub use file::{InvalidSettings, read_settings, settings_of_text};
pub use machine_memory::machine_memory;
pub use settings::{Memory, SettingText, Settings};
pub use units::{ByteSize, Span};
pub use validate::validate;
