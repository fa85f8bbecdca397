//! Waiting for conditions, and starting together.

use std::sync::Barrier;
use std::time::{Duration, Instant};

/// How long [`eventually`] waits.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits until `done` gives something; asks every 20 ms for at most 30 s.
///
/// # Panics
/// When it never does.
#[track_caller]
pub fn eventually<T>(what: &str, done: impl FnMut() -> Option<T>) -> T {
    eventually_within(START_TIMEOUT, what, done)
}

/// The same for what takes longer by design: leases and bounds that add up.
///
/// # Panics
/// When it has not come by then.
#[track_caller]
pub fn eventually_within<T>(patience: Duration, what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(begun.elapsed() < patience, "waited {patience:?} for {what}");
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where tests wait: by asking again until a deadline"
        )]
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs `count` threads that all begin at the same moment; gives what each came to, in order.
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
