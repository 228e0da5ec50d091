//! `pecan server`: runs a node until it is told to stop.

use std::fs;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::process::ExitCode;

use clap::ArgMatches;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::options::problem::Source;
use crate::options::settings::LogSettings;
use crate::options::table::Use;
use crate::options::{Problems, RawOptions, Settings, print};
use crate::{about, log, wire};

/// Runs a node. A start that fails is one line in the log, and exit code 1.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    match start(matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "Could not start the server");
            ExitCode::FAILURE
        }
    }
}

fn start(matches: &ArgMatches) -> Result<(), String> {
    let mut problems = Problems::default();
    let options = super::options(matches, &mut problems);
    let settings = Settings::read(&options, &|path| fs::read(path), &mut problems);
    let log_settings = settings.as_ref().map_or_else(LogSettings::default, |found| found.log);
    log::start(log_settings).map_err(|error| error.to_string())?;
    tracing::info!(version = about::VERSION, commit = about::COMMIT, "Build info");
    tell(&options, &problems);
    let settings = settings.ok_or_else(|| problems.summary())?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    runtime.block_on(run_until_told(settings))
}

/// Runs a node until a signal: also during the start, and at once at the second one.
async fn run_until_told(settings: Settings) -> Result<(), String> {
    let no_signals = |error: io::Error| format!("no signals: {error}");
    let mut stop = pin!(signals(1).map_err(no_signals)?);
    let mut stop_at_once = pin!(signals(2).map_err(no_signals)?);
    let bound = async {
        let http = wire::client(&settings, Vec::new())?;
        wire::bind(settings, http).await
    };
    let bound = tokio::select! {
        bound = Box::pin(bound) => bound.map_err(|error| error.chain())?,
        () = &mut stop => return Ok(()),
    };
    tokio::select! {
        result = Box::pin(bound.serve(stop)) => result.map_err(|error| error.chain()),
        () = &mut stop_at_once => {
            tracing::warn!("Stopped at once, as asked again");
            Ok(())
        }
    }
}

/// Logs the configuration without its secrets, and what deserves a warning.
fn tell(options: &RawOptions, problems: &Problems) {
    for (row, value, source) in print::lines(options) {
        if *source == Source::Default {
            tracing::debug!("{} -> {value}", row.key);
        } else if row.used == Use::Active {
            tracing::info!("{} -> {value} ({source})", row.key);
        }
    }
    for warning in &problems.warnings {
        tracing::warn!("{warning}");
    }
}

/// Resolves when the process was asked to end so many times: by the terminal, or by whatever runs it.
fn signals(count: u8) -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        for _ in 0..count {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        tracing::info!("Stopping, as asked by a signal");
    })
}
