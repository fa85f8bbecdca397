//! A circuit breaker: while wFirma is down, only periodic probes are sent to it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Opens after some failures in a row, and is closed by a successful probe.
#[derive(Debug)]
pub(super) struct Breaker {
    max_failures: u32,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open,
}

impl Breaker {
    pub(super) fn new(failures: u32) -> Self {
        Self { max_failures: failures.max(1), state: Mutex::new(State::Closed { failures: 0 }) }
    }

    pub(super) fn is_open(&self) -> bool {
        *self.state() == State::Open
    }

    /// Records a response that shows that wFirma works. It does not close an open breaker: it may answer an older call.
    pub(super) fn record_success(&self) {
        let mut state = self.state();
        if let State::Closed { failures } = &mut *state {
            *failures = 0;
        }
    }

    /// Records a failure; returns whether it opened the breaker.
    pub(super) fn record_failure(&self) -> bool {
        let mut state = self.state();
        match *state {
            State::Closed { failures } if failures + 1 >= self.max_failures => {
                *state = State::Open;
                true
            }
            State::Closed { failures } => {
                *state = State::Closed { failures: failures + 1 };
                false
            }
            State::Open => false,
        }
    }

    pub(super) fn close(&self) {
        *self.state() = State::Closed { failures: 0 };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_once_after_some_failures_in_a_row() {
        let breaker = Breaker::new(3);
        for _ in 0..3 {
            assert_eq!([breaker.record_failure(), breaker.record_failure()], [false, false]);
            breaker.record_success();
        }
        assert_eq!([0; 5].map(|_| breaker.record_failure()), [false, false, true, false, false]);
        assert!(breaker.is_open());
    }

    #[test]
    fn a_late_success_does_not_close_it() {
        let breaker = Breaker::new(1);
        assert!(breaker.record_failure());
        breaker.record_success();
        assert!(breaker.is_open());
        breaker.close();
        assert!(!breaker.is_open());
        assert!(breaker.record_failure(), "it counts anew");
    }
}
