//! `throughline`: one binary that serves, migrates, bootstraps and imports.

mod commands;
mod config;
mod database;
mod logging;
mod readiness;
mod wiring;
mod workers;

use std::process::ExitCode;

use clap::Parser;

use commands::{Arguments, Failure};
use config::Config;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start();
    match Config::load().map_err(Failure::from).and_then(|config| commands::run(arguments, config)) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("throughline: {failure}");
            ExitCode::from(2)
        }
    }
}
