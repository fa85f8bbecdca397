//! While wFirma is down nothing is sent to it but, now and then, one call that tries.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Opens after some failures in a row, and closes when a call that tries succeeds.
#[derive(Debug)]
pub(super) struct Breaker {
    failures: u32,
    open_for: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Trying,
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// Call.
    Closed,
    /// Nothing.
    Open,
    /// Try, with something that can be repeated.
    Ready,
}

impl Breaker {
    pub(super) fn new(failures: u32, open_for: Duration) -> Self {
        Self { failures: failures.max(1), open_for, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// What a caller may do now, without doing it.
    pub(super) fn gate(&self, now: Instant) -> Gate {
        match *self.state() {
            State::Closed { .. } => Gate::Closed,
            State::Open { until } if now >= until => Gate::Ready,
            State::Open { .. } | State::Trying => Gate::Open,
        }
    }

    /// Lets a call through, or not. Of those that come when it is ready, one tries and the others are turned away.
    pub(super) fn pass(&self, now: Instant) -> Option<Pass<'_>> {
        let mut state = self.state();
        let tries = match *state {
            State::Closed { .. } => false,
            State::Open { until } if now >= until => {
                *state = State::Trying;
                true
            }
            State::Open { .. } | State::Trying => return None,
        };
        Some(Pass { breaker: self, tries, told: false, since: now })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to call; its holder says how it went.
#[derive(Debug)]
#[must_use]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    tries: bool,
    told: bool,
    since: Instant,
}

impl Pass<'_> {
    /// Whether this is the call that tries.
    pub(super) const fn tries(&self) -> bool {
        self.tries
    }

    /// An answer came that shows that wFirma works, whatever it said.
    pub(super) fn works(mut self) {
        self.told = true;
        let mut state = self.breaker.state();
        match *state {
            State::Closed { .. } => *state = State::Closed { failures: 0 },
            State::Trying if self.tries => *state = State::Closed { failures: 0 },
            // an answer to a question of before it opened
            State::Open { .. } | State::Trying => {}
        }
    }

    /// No such answer came; gives whether the breaker opened by this.
    pub(super) fn fails(mut self, now: Instant) -> bool {
        self.told = true;
        let mut state = self.breaker.state();
        let open = State::Open { until: now + self.breaker.open_for };
        match *state {
            State::Closed { failures } if failures + 1 >= self.breaker.failures => *state = open,
            State::Closed { failures } => *state = State::Closed { failures: failures + 1 },
            State::Trying if self.tries => *state = open,
            State::Open { .. } | State::Trying => {}
        }
        *state == open
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        // a caller that gave up says nothing of wFirma: the next one tries
        if self.tries && !self.told {
            *self.breaker.state() = State::Open { until: self.since };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Duration = Duration::from_secs(10);

    fn failed(breaker: &Breaker, now: Instant) -> bool {
        breaker.pass(now).is_some_and(|pass| pass.fails(now))
    }

    fn opened(now: Instant) -> Breaker {
        let breaker = Breaker::new(3, OPEN);
        assert_eq!([0; 3].map(|_| failed(&breaker, now)), [false, false, true]);
        breaker
    }

    #[test]
    fn it_opens_after_some_failures_in_a_row() {
        let now = Instant::now();
        let breaker = Breaker::new(3, OPEN);
        for _ in 0..3 {
            assert!(!failed(&breaker, now) && !failed(&breaker, now));
            breaker.pass(now).unwrap().works();
        }
        assert_eq!(breaker.gate(now), Gate::Closed);
        assert_eq!([0; 3].map(|_| failed(&breaker, now)), [false, false, true]);
        assert_eq!(breaker.gate(now), Gate::Open);
        assert!(breaker.pass(now).is_none());
    }

    #[test]
    fn after_its_time_one_call_tries_and_its_success_closes_it() {
        let now = Instant::now();
        let breaker = opened(now);
        let early = now + OPEN - Duration::from_millis(1);
        assert!(breaker.pass(early).is_none());
        assert_eq!(breaker.gate(now + OPEN), Gate::Ready);
        let trying = breaker.pass(now + OPEN).unwrap();
        assert_eq!(breaker.gate(now + OPEN), Gate::Open);
        assert!(breaker.pass(now + OPEN).is_none(), "one at a time");
        trying.works();
        assert_eq!(breaker.gate(now + OPEN), Gate::Closed);
        assert_eq!([0; 3].map(|_| failed(&breaker, now)), [false, false, true]);
    }

    #[test]
    fn its_failure_leaves_it_open_for_as_long_again() {
        let now = Instant::now();
        let breaker = opened(now);
        assert!(breaker.pass(now + OPEN).unwrap().fails(now + OPEN));
        assert_eq!(breaker.gate(now + OPEN + OPEN - Duration::from_millis(1)), Gate::Open);
        assert_eq!(breaker.gate(now + OPEN + OPEN), Gate::Ready);
    }

    #[test]
    fn a_caller_that_gives_up_trying_lets_the_next_one_try() {
        let now = Instant::now();
        let breaker = opened(now);
        drop(breaker.pass(now + OPEN).unwrap());
        assert_eq!(breaker.gate(now + OPEN), Gate::Ready);
    }

    #[test]
    fn what_was_asked_before_it_opened_neither_closes_it_nor_keeps_it_open() {
        let now = Instant::now();
        let breaker = Breaker::new(1, OPEN);
        let (first, second, third) =
            (breaker.pass(now).unwrap(), breaker.pass(now).unwrap(), breaker.pass(now).unwrap());
        assert!(first.fails(now));
        second.works();
        assert_eq!(breaker.gate(now), Gate::Open);
        assert!(!third.fails(now + OPEN), "it was open already");
        assert_eq!(breaker.gate(now + OPEN), Gate::Ready);
    }
}
