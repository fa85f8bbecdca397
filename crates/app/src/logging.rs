//! Logs on standard error: readable on a terminal, JSON lines elsewhere. `RUST_LOG` chooses what is logged.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

pub(crate) fn start() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,throughline=info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() {
        logs.compact().init();
    } else {
        logs.json().flatten_event(true).init();
    }
}
