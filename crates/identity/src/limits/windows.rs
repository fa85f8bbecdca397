//! The counting itself.

use chrono::{DateTime, Utc};

use super::{Quota, QuotaState, Verdict};

/// A bucket's windows, one for each of its quotas, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Windows(Vec<Window>);

#[derive(Debug, Clone, Copy)]
struct Window {
    counted: u32,
    ends_at: DateTime<Utc>,
}

impl Windows {
    /// Counts a request against every quota, or against none if one is used up.
    pub(super) fn take(&mut self, quotas: &[Quota], now: DateTime<Utc>) -> Verdict {
        let verdict = self.peek(quotas, now);
        if !verdict.allowed {
            return verdict;
        }
        let counted = |state: &QuotaState| Window {
            counted: state.quota.limit.saturating_sub(state.remaining).saturating_add(1),
            ends_at: state.resets_at,
        };
        self.0 = verdict.states.iter().map(counted).collect();
        let states = verdict.states.into_iter();
        let states = states.map(|state| QuotaState { remaining: state.remaining.saturating_sub(1), ..state });
        Verdict { allowed: true, states: states.collect() }
    }

    /// How the quotas stand.
    pub(super) fn peek(&self, quotas: &[Quota], now: DateTime<Utc>) -> Verdict {
        let windows = self.0.iter().copied().map(Some).chain(std::iter::repeat(None));
        let states = quotas.iter().zip(windows).map(|(quota, window)| {
            let running = window.filter(|window| now < window.ends_at);
            let Window { counted, ends_at } =
                running.unwrap_or(Window { counted: 0, ends_at: now + quota.window() });
            QuotaState { quota: *quota, remaining: quota.limit.saturating_sub(counted), resets_at: ends_at }
        });
        let states: Vec<_> = states.collect();
        Verdict { allowed: states.iter().all(|state| state.remaining > 0), states }
    }

    /// When nothing is counted in it any more.
    pub(super) fn ends_at(&self) -> DateTime<Utc> {
        self.0.iter().map(|window| window.ends_at).max().unwrap_or(DateTime::UNIX_EPOCH)
    }
}
