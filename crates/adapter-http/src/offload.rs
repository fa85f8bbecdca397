//! Long computations, off the threads that answer requests. The one place in this crate that blocks threads.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use kernel::error::ErrorKind;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use crate::response::errors::ApiError;

/// How long work queues before the caller gets 503.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(30);

/// A limited number of slots for long work: each holds a body's rows in memory.
#[derive(Clone)]
pub struct Offload {
    turns: Arc<Semaphore>,
}

impl Offload {
    /// Lets this many pieces of work run at once.
    pub fn new(at_once: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once)) }
    }

    /// Runs a future that computes for long between its waits.
    pub(crate) async fn run<T, F>(&self, work: impl FnOnce() -> F + Send + 'static) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ApiError>>,
    {
        let turn = tokio::time::timeout(QUEUE_TIMEOUT, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(busy()) };
        let span = tracing::Span::current();
        let runtime = Handle::current();
        let (tell, told) = oneshot::channel();
        // A thread that ends returns the memory of its rows. A pooled one would hold on to it for its
        // next piece of work, and each of many such threads about as much as its largest body took.
        let thread = std::thread::Builder::new().name("offload".into()).spawn(move || {
            let done = span.in_scope(|| runtime.block_on(work()));
            // nobody waits any more if the caller has gone
            let _ = tell.send(done);
            turn
        });
        let thread = thread.map_err(|error| {
            ApiError::failed(format!("a thread for long work could not be made: {error}"))
        })?;
        let done = told.await.unwrap_or_else(|_| Err(ApiError::failed("a thread for long work panicked")));
        // the next one has its turn when the memory of this one is given back
        drop(ended(thread).await);
        done
    }
}

/// What a thread that is about to end gives back, once it has ended.
#[expect(clippy::disallowed_methods, reason = "the crate's one door to blocking threads")]
async fn ended<T: Send + 'static>(thread: JoinHandle<T>) -> Option<T> {
    tokio::task::spawn_blocking(move || thread.join().ok()).await.ok().flatten()
}

fn busy() -> ApiError {
    ApiError::new(
        ErrorKind::Unavailable,
        "SERVICE_UNAVAILABLE",
        "Other work of this kind is still running; try again shortly",
    )
}
