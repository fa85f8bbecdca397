use std::path::PathBuf;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::error::Context;
use crate::{Result, log};

const PERIOD: Duration = Duration::from_secs(1);

/// A thread that reaps the postmaster if it is a child of this process, and rotates the log.
#[derive(Debug)]
pub(crate) struct Keeper {
    release: Sender<()>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn start(child: Option<Child>, log: PathBuf) -> Result<Self> {
        let (release, released) = channel();
        let path = log.clone();
        let thread = thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || keep(child, &log, &released))
            .context("start a thread for", &path)?;
        Ok(Self { release, thread })
    }

    /// Ends the thread as soon as the postmaster has been reaped, without waiting for it.
    pub(crate) fn release(self) -> JoinHandle<()> {
        drop(self.release);
        self.thread
    }
}

fn keep(mut child: Option<Child>, log: &std::path::Path, released: &Receiver<()>) {
    while released.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
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
