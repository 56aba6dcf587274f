//! [`run_demo`]: starts a node, loads the sample, gives the tour, and hands over to the shell.

use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context, Error};
use client::native::{ConnectOptions, Connection};
use client::shell::{Session, Shell};
use model::clock::Clock;
use tokio::runtime::Runtime;

use super::directory::DemoDirectory;
use super::load::load_sample;
use super::sample::TOUR;
use crate::config::Settings;
use crate::node::{Node, SystemClock, SystemRandom};

/// What a demo is started with.
#[derive(Debug, Clone, Default)]
pub struct DemoOptions {
    /// Directory to keep the data in; else a temporary one.
    pub data_directory: Option<PathBuf>,
    /// Address to serve; else the default one, or a free port when that is taken.
    pub native_address: Option<SocketAddr>,
    /// Do not open the shell, even at a terminal.
    pub no_shell: bool,
}

/// Runs the demo to its end. The node stops with it.
///
/// Errors: the node cannot start, the sample cannot be loaded, a statement of the tour fails, the output cannot
/// be written.
pub fn run_demo(runtime: &Runtime, options: &DemoOptions) -> Result<(), Error> {
    let clock = SystemClock::new();
    let directory = DemoDirectory::choose(options.data_directory.as_deref(), &SystemRandom);
    let mut settings = Settings { data_directory: directory.path().to_path_buf(), ..Settings::default() };
    let node = runtime.block_on(start(&mut settings, options.native_address))?;
    let started = clock.monotonic_nanos();
    let result = show(runtime, &node, &directory, options, &clock, started);
    // The node goes before its directory does.
    runtime.block_on(node.stop(settings.drain_timeout.duration()));
    result
}

/// The address asked for, or the default one, or any free port of this machine.
async fn start(settings: &mut Settings, asked: Option<SocketAddr>) -> Result<Node, Error> {
    if let Some(address) = asked {
        settings.native_address = address;
        crate::config::validate(settings)?;
        return Ok(Node::start(settings).await?);
    }
    match Node::start(settings).await {
        Ok(node) => Ok(node),
        Err(error) if error.is_address_in_use() => {
            settings.native_address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            Ok(Node::start(settings).await?)
        }
        Err(error) => Err(error.into()),
    }
}

fn show(
    runtime: &Runtime,
    node: &Node,
    directory: &DemoDirectory,
    options: &DemoOptions,
    clock: &dyn Clock,
    started: u64,
) -> Result<(), Error> {
    let address = node.native_address().to_string();
    let mut out = io::stdout().lock();
    let stays = if directory.is_temporary() { ", removed at the end" } else { "" };
    writeln!(out, "A node serves CQL on {address}; its data is in {}{stays}.", directory.path().display())?;
    let loaded = runtime.block_on(async {
        let options = ConnectOptions { application: "basalt demo".to_string(), ..ConnectOptions::default() };
        let mut connection = Connection::connect(&address, &options).await?;
        load_sample(&mut connection).await
    })?;
    let milliseconds = (clock.monotonic_nanos() - started) / 1_000_000;
    writeln!(
        out,
        "Loaded {} rows into {} tables in {milliseconds} ms, each acknowledged when it was on disk.",
        loaded.rows, loaded.tables
    )?;
    let session =
        Session::connect(runtime.handle().clone(), &address).context("cannot connect to the demo")?;
    let mut shell = Shell::new(session, &mut out);
    shell.run_tour(TOUR)?;
    shell.say(&format!(
        "\nThat was the tour. From another terminal: basalt shell --port {} -k flights, or any Cassandra driver.",
        node.native_address().port()
    ))?;
    if io::stdin().is_terminal() && !options.no_shell {
        shell.run_prompt()?;
    }
    Ok(())
}
