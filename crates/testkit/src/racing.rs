//! Waiting for conditions, and starting together.

use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Waits until `done` gives something; asks every 20 ms for at most 30 s.
///
/// # Panics
/// When it never does.
pub fn eventually<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "waited 30 s for {what}");
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
