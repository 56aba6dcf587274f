//! [`start_logging`]: the log of a node, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::InvalidSettings;

/// Sends what is logged to standard error, as far as `filter` lets it through.
///
/// Errors: a filter that is none.
pub fn start_logging(filter: &str) -> Result<(), InvalidSettings> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| InvalidSettings(format!("log = \"{filter}\" is no filter: {error}")))?;
    // A second start in one process (tests) keeps the first one's log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    Ok(())
}
