use std::path::PathBuf;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::error::Context;
use crate::{Result, log};

const PERIOD: Duration = Duration::from_secs(1);

/// A thread that reaps the postmaster, if it is a child of this process, and rotates the log.
#[derive(Debug)]
pub(crate) struct Monitor {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Monitor {
    /// Starts the thread.
    pub(crate) fn start(child: Option<Child>, log: PathBuf) -> Result<Self> {
        let (stop, stopped) = channel();
        let path = log.clone();
        let thread = thread::Builder::new()
            .name("postgres-monitor".to_owned())
            .spawn(move || run(child, &log, &stopped))
            .context("start a thread for", &path)?;
        Ok(Self { stop, thread })
    }

    /// Lets the thread end once the postmaster has been reaped, without waiting for it.
    pub(crate) fn stop(self) -> JoinHandle<()> {
        drop(self.stop);
        self.thread
    }
}

fn run(mut child: Option<Child>, log: &std::path::Path, stopped: &Receiver<()>) {
    while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        child = child.and_then(reap_if_ended);
        if let Err(error) = log::rotate(log) {
            tracing::warn!(%error, "the log of the server was not rotated");
        }
    }
    if let Some(mut child) = child {
        let _ = child.wait();
    }
}

fn reap_if_ended(mut child: Child) -> Option<Child> {
    match child.try_wait() {
        Ok(None) => Some(child),
        Ok(Some(status)) => {
            tracing::error!(%status, "the server ended while in use");
            None
        }
        Err(error) => {
            tracing::error!(%error, "the server cannot be waited for");
            None
        }
    }
}
