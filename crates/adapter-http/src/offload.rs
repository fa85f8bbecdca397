//! Long computations, off the threads that answer requests. The one place in this crate that blocks threads.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// The threads that wait for work, the last used at the end: its next work takes the memory of the last one again.
    idle: Arc<Mutex<Vec<Worker>>>,
}

/// How long a thread waits for more work. When it ends, the allocator gives its memory back to the system.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// A thread, by its queue.
struct Worker {
    number: u64,
    queue: Sender<Work>,
}

struct Work {
    /// Gives back what says to the caller that it is done.
    run: Box<dyn FnOnce() -> Answer + Send>,
    /// The thread's own queue, which is idle again after the work and before the answer.
    worker: Worker,
}

type Answer = Box<dyn FnOnce() + Send>;

impl Offload {
    /// Lets this many pieces of work run at once.
    pub fn new(at_once: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once)), idle: Arc::default() }
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
        let (sender, done) = oneshot::channel();
        let worker = self.worker().map_err(|error| {
            ApiError::failed(format!("a thread for long work could not be made: {error}"))
        })?;
        let run = move || {
            let result = span.in_scope(|| runtime.block_on(work()));
            let answer = move || {
                // nobody waits any more if the caller has gone
                let _ = sender.send((result, turn));
            };
            Box::new(answer) as Answer
        };
        let queue = worker.queue.clone();
        // it is received: a thread ends only where it stands among the idle ones, or panics
        let _ = queue.send(Work { run: Box::new(run), worker });
        match done.await {
            Ok((result, _turn)) => result,
            Err(_) => Err(ApiError::failed("a thread for long work panicked")),
        }
    }

    /// The thread that worked last, or a new one if all are at work.
    fn worker(&self) -> io::Result<Worker> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if let Some(worker) = locked(&self.idle).pop() {
            return Ok(worker);
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (queue, work) = mpsc::channel();
        let idle = self.idle.clone();
        std::thread::Builder::new().name("offload".into()).spawn(move || serve(number, &work, &idle))?;
        Ok(Worker { number, queue })
    }
}

/// Works until there was none for a while.
fn serve(number: u64, work: &Receiver<Work>, idle: &Mutex<Vec<Worker>>) {
    loop {
        match work.recv_timeout(IDLE_TIMEOUT) {
            Ok(Work { run, worker }) => {
                let answer = run();
                locked(idle).push(worker);
                answer();
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                let mut idle = locked(idle);
                let Some(place) = idle.iter().position(|worker| worker.number == number) else {
                    // it was taken just now, and its work is on its way
                    continue;
                };
                idle.remove(place);
                return;
            }
        }
    }
}

fn locked(idle: &Mutex<Vec<Worker>>) -> MutexGuard<'_, Vec<Worker>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

fn busy() -> ApiError {
    ApiError::new(
        ErrorKind::Unavailable,
        "SERVICE_UNAVAILABLE",
        "Other work of this kind is still running; try again shortly",
    )
}
