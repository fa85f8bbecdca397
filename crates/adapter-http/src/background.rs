//! Work that continues after its caller has hung up.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Instrument;

use crate::response::errors::ApiError;

/// Runs such work on one runtime, which outlives the threads that answer requests.
#[derive(Clone)]
pub struct Background {
    runtime: Handle,
    running: watch::Sender<usize>,
}

impl Background {
    pub fn new(runtime: Handle) -> Self {
        Self { runtime, running: watch::Sender::new(0) }
    }

    /// Runs work to its end, whether its caller waits for it or not.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let running = Running::of(self.running.clone());
        let work = async move {
            let _running = running;
            work.await
        };
        let done = self.runtime.spawn(work.instrument(tracing::Span::current())).await;
        done.map_err(|error| ApiError::failed(format!("work in the background came to no end: {error}")))
    }

    /// Waits until nothing runs any more, at most so long; says whether that was so.
    pub async fn finish(&self, patience: Duration) -> bool {
        let mut running = self.running.subscribe();
        let ended = running.wait_for(|running| *running == 0);
        tokio::time::timeout(patience, ended).await.is_ok()
    }
}

/// Counts a piece of work for as long as the value lives.
struct Running(watch::Sender<usize>);

impl Running {
    fn of(running: watch::Sender<usize>) -> Self {
        running.send_modify(|running| *running += 1);
        Self(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running = running.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::Notify;

    #[actix_web::test]
    async fn work_goes_on_when_its_caller_has_gone_and_is_waited_for() {
        let background = Background::new(Handle::current());
        let (go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (wait, tell) = (go.clone(), done.clone());
        let work = background.run(async move {
            wait.notified().await;
            tell.notify_one();
        });
        // the caller asks, and goes
        assert!(tokio::time::timeout(Duration::ZERO, work).await.is_err());
        assert!(!background.finish(Duration::from_millis(1)).await, "it runs");
        go.notify_one();
        done.notified().await;
        assert!(background.finish(Duration::from_secs(20)).await);
    }

    #[actix_web::test]
    async fn work_that_panics_is_a_failure_of_ours_and_is_over() {
        let background = Background::new(Handle::current());
        let failed = background.run(async { panic!("the sky fell") }).await;
        let error = failed.unwrap_err();
        assert!(error.status.is_server_error() && error.cause.is_some(), "{error:?}");
        assert!(background.finish(Duration::from_secs(20)).await);
    }
}
