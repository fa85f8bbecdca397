use std::time::Duration;

/// Pauses with decorrelated jitter: each is drawn between the shortest and three times the one before, so that callers
/// that failed together do not retry together.
#[derive(Debug)]
pub(super) struct Backoff {
    shortest: Duration,
    longest: Duration,
    last: Duration,
}

impl Backoff {
    pub(super) const fn new((shortest, longest): (Duration, Duration)) -> Self {
        Self { shortest, longest, last: shortest }
    }

    /// The next pause, drawn by `draw` between two durations.
    fn next_drawn(&mut self, draw: impl FnOnce(Duration, Duration) -> Duration) -> Duration {
        let most = self.last.saturating_mul(3).min(self.longest).max(self.shortest);
        self.last = draw(self.shortest, most);
        self.last
    }

    /// The next pause.
    pub(super) fn next_pause(&mut self) -> Duration {
        self.next_drawn(|least, most| rand::random_range(least..=most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn pauses_grow_from_the_last_one_up_to_the_longest() {
        let mut backoff = Backoff::new((MS(200), MS(3_000)));
        let mut most = |expected: u64| {
            let drawn = backoff.next_drawn(|least, most| {
                assert_eq!(least, MS(200));
                most
            });
            assert_eq!(drawn, MS(expected));
        };
        most(600);
        most(1_800);
        most(3_000);
        most(3_000);
        // a short draw shortens the next one: that is what decorrelates
        assert_eq!(backoff.next_drawn(|least, _| least), MS(200));
        assert_eq!(backoff.next_drawn(|_, most| most), MS(600));
    }

    #[test]
    fn pauses_differ_and_are_within_their_limits() {
        let mut backoff = Backoff::new((MS(10), MS(100)));
        let pauses: std::collections::HashSet<_> = (0..50).map(|_| backoff.next_pause()).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
        assert!(pauses.iter().all(|pause| (MS(10)..=MS(100)).contains(pause)), "{pauses:?}");
        let mut still = Backoff::new((MS(10), MS(5)));
        assert_eq!(still.next_pause(), MS(10));
    }
}
