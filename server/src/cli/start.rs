//! `basalt start`: a node, from its settings to its stop.

use std::process::ExitCode;

use anyhow::{Context, Error};
use tokio::signal::unix::{SignalKind, signal};

use super::arguments::StartArguments;
use super::logging::start_logging;
use crate::config::Settings;
use crate::node::Node;

/// Serves until SIGTERM or SIGINT, then drains.
///
/// Exit codes: 0 after a stop that was asked for, 1 when it did not start or did not drain in time.
pub(super) fn run(arguments: &StartArguments) -> Result<ExitCode, Error> {
    let settings = arguments.settings()?;
    start_logging(&settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(serve(&settings))?;
    // What did not drain in time is not waited for.
    runtime.shutdown_background();
    Ok(code)
}

async fn serve(settings: &Settings) -> Result<ExitCode, Error> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let node = Node::start(settings).await?;
    tracing::info!(
        native_address = %node.native_address(),
        data_directory = %settings.data_directory.display(),
        "ready"
    );
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "stopping");
    let drained = tokio::select! {
        drained = node.stop(settings.drain_timeout.duration()) => drained,
        // Told twice, a node stops at once: what was acknowledged is on disk.
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    Ok(if drained { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
