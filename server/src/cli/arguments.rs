//! [`Arguments`]: what may be written after `basalt`.
//!
//! The doc comments are the help texts. Everything has a default; what is given here wins over the settings
//! file.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{InvalidSettings, Memory, Settings, read_settings, validate};

/// A wide-column database that speaks CQL.
#[derive(Debug, Parser)]
#[command(name = "basalt", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do; without it the help is printed.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What `basalt` does.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Start a node and serve until it is told to stop (SIGTERM or Ctrl-C)
    Start(StartArguments),
    /// Start a node with sample data, show what it can do, and open the shell
    Demo(DemoArguments),
    /// Open a shell on a node that runs, or run statements and scripts
    Shell(ShellArguments),
}

/// Arguments of `basalt start`.
#[derive(Debug, Clone, Default, Args)]
pub struct StartArguments {
    /// Directory that holds the data [default: ./basalt-data]
    #[arg(long, value_name = "DIRECTORY")]
    pub data: Option<PathBuf>,
    /// Address and port for CQL drivers [default: 127.0.0.1:9042]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_address)]
    pub native_address: Option<SocketAddr>,
    /// Settings file, TOML; docs/configuration.md lists what it may hold
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Memory for memtables and caches, such as 512MiB [default: a quarter of the machine's]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// Listen where other machines can connect although there is no authentication yet
    #[arg(long)]
    pub insecure_listen: bool,
}

/// Arguments of `basalt demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// Directory to keep the demo's data in [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIRECTORY")]
    pub data: Option<PathBuf>,
    /// Address and port for CQL drivers [default: 127.0.0.1:9042, or a free port when that one is taken]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_address)]
    pub native_address: Option<SocketAddr>,
    /// Load the data and show the tour, and do not open the shell
    #[arg(long)]
    pub no_shell: bool,
}

/// Arguments of `basalt shell`.
#[derive(Debug, Clone, Args)]
pub struct ShellArguments {
    /// Host of the node
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// Port of the node
    #[arg(long, default_value_t = 9042)]
    pub port: u16,
    /// Keyspace to use
    #[arg(short, long, value_name = "KEYSPACE")]
    pub keyspace: Option<String>,
    /// Run these statements and exit
    #[arg(short, long, value_name = "STATEMENTS", conflicts_with = "file")]
    pub execute: Option<String>,
    /// Run the statements of this file and exit
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl StartArguments {
    /// The settings file's settings, or the defaults, under what was given on the command line; validated.
    pub fn settings(&self) -> Result<Settings, InvalidSettings> {
        let mut settings = match &self.config {
            Some(path) => read_settings(path)?,
            None => Settings::default(),
        };
        if let Some(directory) = &self.data {
            settings.data_directory = directory.clone();
        }
        if let Some(address) = self.native_address {
            settings.native_address = address;
        }
        if let Some(memory) = self.memory {
            settings.memory = memory;
        }
        settings.insecure_listen |= self.insecure_listen;
        validate(&settings)?;
        Ok(settings)
    }
}

/// `127.0.0.1:9042`, `[::1]:9042` or `localhost:9042`; names of other machines would have to be looked up.
fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:9042".to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::config::ByteSize;

    fn start(arguments: &[&str]) -> StartArguments {
        let arguments = ["basalt", "start"].into_iter().chain(arguments.iter().copied());
        match Arguments::try_parse_from(arguments).expect("the arguments are good").verb {
            Some(Verb::Start(start)) => start,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_argument_is_no_verb() {
        assert!(Arguments::try_parse_from(["basalt"]).expect("it is allowed").verb.is_none());
    }

    #[test]
    fn the_command_line_wins_over_the_defaults() {
        let settings =
            start(&["--data", "d", "--native-address", "localhost:1", "--memory", "64MiB"]).settings();
        let settings = settings.expect("the settings are good");
        assert_eq!(settings.data_directory, PathBuf::from("d"));
        assert_eq!(settings.native_address.to_string(), "127.0.0.1:1");
        assert_eq!(settings.memory, Memory::Fixed(ByteSize::mebibytes(64)));
    }

    #[test]
    fn listening_everywhere_needs_the_flag() {
        assert!(start(&["--native-address", "0.0.0.0:9042"]).settings().is_err());
        assert!(start(&["--native-address", "0.0.0.0:9042", "--insecure-listen"]).settings().is_ok());
    }

    #[test]
    fn wrong_values_are_refused_with_an_example() {
        for (flag, value, part) in
            [("--native-address", "nowhere", "127.0.0.1:9042"), ("--memory", "much", "512MiB")]
        {
            let error = Arguments::try_parse_from(["basalt", "start", flag, value]).expect_err(value);
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn statements_and_a_file_exclude_each_other() {
        assert!(Arguments::try_parse_from(["basalt", "shell", "-e", "x", "-f", "y"]).is_err());
    }
}
