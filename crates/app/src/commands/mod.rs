//! The commands, a file each.

mod audit;
mod bootstrap;
mod demo;
mod import;
mod migrate;
mod openapi;
mod serve;
mod verify;
mod wfirma_sandbox;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use adapter_objects::OpenError;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, ConfigError};
use crate::database::DatabaseError;
use crate::keys::KeyError;

/// The operations backbone of a company that makes and distributes goods.
///
/// Configured by the environment, or by a throughline.toml in the working directory; the environment wins.
/// Without DATABASE_URL it runs a private PostgreSQL in $DATA_DIR/postgres.
#[derive(Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the API and the background workers
    Serve(serve::Arguments),
    /// Bring the database up to date and stop (serve does it too)
    Migrate(migrate::Arguments),
    /// Make a team, its ADMIN and an admin API key; prints one JSON object
    Bootstrap(bootstrap::Arguments),
    /// Import manufacturing orders from a CSV or JSON file
    Import(import::Arguments),
    /// Verify the audit trail
    Audit(audit::Arguments),
    /// Verify that each product's stock is the sum of its movements
    Verify(verify::Arguments),
    /// Print one OpenAPI document
    Openapi(openapi::Arguments),
    /// Serve a local wFirma to try invoices on; it needs no database
    ///
    /// Speaks the protocol of wFirma's API v2 on HTTP_ADDR, 127.0.0.1:8089 by default, with any keys and any company.
    /// GET /_sandbox/ledger shows what was made; POST /_sandbox/faults asks for faults, DELETE clears them.
    WfirmaSandbox,
}

/// The error of a command: one line for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("OBJECT_STORE_URL can't be used")]
    Objects(#[from] OpenError),
    #[error("HTTP_ADDR {0} can't be listened on")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("{0}")]
    Message(String),
}

impl CommandError {
    /// An error with its causes.
    fn of(error: &dyn std::error::Error) -> Self {
        let causes = std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string);
        Self::Message(causes.collect::<Vec<_>>().join(": "))
    }
}

pub(crate) fn run(arguments: Arguments, config: Config) -> Result<ExitCode, CommandError> {
    match arguments.command {
        Command::Serve(arguments) => serve::run(&arguments, &config),
        Command::Migrate(arguments) => migrate::run(&arguments, &config),
        Command::Bootstrap(arguments) => bootstrap::run(arguments, &config),
        Command::Import(arguments) => import::run(&arguments, &config),
        Command::Audit(arguments) => audit::run(&arguments, &config),
        Command::Verify(arguments) => verify::run(&arguments, &config),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::WfirmaSandbox => wfirma_sandbox::run(&config),
    }
}

/// Waits for a future on a runtime made for one command.
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Ok(runtime.map_err(|error| CommandError::of(&error))?.block_on(future))
}

/// Waits for SIGTERM or SIGINT; signals are caught from this call on.
fn shutdown_signal() -> Result<impl Future<Output = ()> + use<>, CommandError> {
    let listen = |kind| signal(kind).map_err(|error| CommandError::of(&error));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
