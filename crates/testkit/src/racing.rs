//! Waiting for conditions, and running threads concurrently.

use std::sync::Barrier;
use std::time::{Duration, Instant};

/// How long [`eventually`] waits.
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits until `done` returns a value; calls it every 20 ms for at most 30 s.
///
/// # Panics
/// When the time is up.
#[track_caller]
pub fn eventually<T>(what: &str, done: impl FnMut() -> Option<T>) -> T {
    eventually_within(WAIT_TIMEOUT, what, done)
}

/// Waits like [`eventually`], with another time-out.
///
/// # Panics
/// When the time is up.
#[track_caller]
pub fn eventually_within<T>(timeout: Duration, what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(started.elapsed() < timeout, "waited {timeout:?} for {what}");
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where tests wait: by asking again until a deadline"
        )]
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs `count` threads that start at the same moment; returns their results in order.
///
/// # Panics
/// When a thread panics.
pub fn race<T: Send>(count: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (start, run) = (Barrier::new(count), &run);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    run(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no racer panics")).collect()
    })
}
