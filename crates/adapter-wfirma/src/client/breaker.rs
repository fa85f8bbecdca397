//! While wFirma is down nothing is sent to it but, now and then, a question that tells whether it is back.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Opens after some failures in a row, and is closed by whoever has seen that wFirma works again.
#[derive(Debug)]
pub(super) struct Breaker {
    most: u32,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open,
}

impl Breaker {
    pub(super) fn new(failures: u32) -> Self {
        Self { most: failures.max(1), state: Mutex::new(State::Closed { failures: 0 }) }
    }

    pub(super) fn is_open(&self) -> bool {
        *self.state() == State::Open
    }

    /// An answer came that shows that wFirma works, whatever it said. One to a question of before it opened closes nothing.
    pub(super) fn works(&self) {
        let mut state = self.state();
        if let State::Closed { failures } = &mut *state {
            *failures = 0;
        }
    }

    /// No such answer came; gives whether the breaker opened by this.
    pub(super) fn fails(&self) -> bool {
        let mut state = self.state();
        match *state {
            State::Closed { failures } if failures + 1 >= self.most => {
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
    fn it_opens_after_some_failures_in_a_row_and_says_so_once() {
        let breaker = Breaker::new(3);
        for _ in 0..3 {
            assert_eq!([breaker.fails(), breaker.fails()], [false, false]);
            breaker.works();
        }
        assert_eq!([0; 5].map(|_| breaker.fails()), [false, false, true, false, false]);
        assert!(breaker.is_open());
    }

    #[test]
    fn an_answer_to_a_question_of_before_does_not_close_it() {
        let breaker = Breaker::new(1);
        assert!(breaker.fails());
        breaker.works();
        assert!(breaker.is_open());
        breaker.close();
        assert!(!breaker.is_open());
        assert!(breaker.fails(), "it counts anew");
    }
}
