//! The binary `throughline`, as a library: it serves, migrates, bootstraps, imports and verifies.
//!
//! Besides the binary, the benchmarks use it to put the parts together in the same way.

pub mod accounting;
mod commands;
mod config;
mod database;
mod heads;
mod keys;
mod logging;
mod readiness;
mod system;
pub mod wiring;
mod workers;

use std::error::Error;
use std::iter;
use std::process::ExitCode;

use clap::Parser;

use commands::{Arguments, CommandError};
use config::Config;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start();
    match Config::load().map_err(CommandError::from).and_then(|config| commands::run(arguments, config)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("throughline: {}", one_line(&error));
            ExitCode::from(2)
        }
    }
}

/// An error and its causes on one line: those of libpq, for one, have several.
fn one_line(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source()).map(ToString::to_string);
    let text = causes.collect::<Vec<_>>().join(": ");
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
