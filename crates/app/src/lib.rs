//! The binary `throughline`, as a library: it serves, migrates, bootstraps, imports and verifies.
//!
//! Outside of the binary it is of use to measurements, which put its parts together as it does.

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
        Err(failure) => {
            eprintln!("throughline: {}", one_line(&failure));
            ExitCode::from(2)
        }
    }
}

/// An error and its causes. Those from elsewhere, such as libpq's, come in several lines.
fn one_line(error: &(dyn Error + 'static)) -> String {
    let told = iter::successors(Some(error), |&error| error.source()).map(ToString::to_string);
    let told = told.collect::<Vec<_>>().join(": ");
    told.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
