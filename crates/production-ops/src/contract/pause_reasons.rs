use chrono::TimeDelta;
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::Written;

use super::name;
use crate::pause_reason::{NewPauseReason, PauseCategory, PauseReason, PauseReasonChange, PauseReasonError};
use crate::ports::{PauseReasonFilter, PauseReasons};
use kernel::contract::{changed_at, claimed, context, created_at, done, read, shown, stored_answer, window};

/// Pause reasons are created, changed and listed within their team, and no two have one name in any case.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn pause_reasons(store: &dyn PauseReasons, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite { store, ids, team, other_team };
    let lunch = suite.created(team, "Lunch", PauseCategory::Planned).await;
    suite.is_kept(&lunch).await;
    suite.names_are_taken_in_any_case(&lunch).await;
    let closed = suite.changed_and_left_alone(&lunch).await;
    suite.other_teams_see_nothing(&closed).await;
    suite.listed().await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    store: &'a dyn PauseReasons,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
}

impl Suite<'_> {
    fn reason(&self, text: &str, category: PauseCategory) -> PauseReason {
        let new = NewPauseReason { name: name(text), category, is_active: true };
        PauseReason::create(self.ids.id(), new, created_at())
    }

    async fn created(&self, team: TeamId, text: &str, category: PauseCategory) -> PauseReason {
        let reason = self.reason(text, category);
        let created = self.store.create(context(team, created_at()), reason.clone()).await;
        assert_eq!(done(created, "a pause reason is created"), reason);
        reason
    }

    async fn changed(
        &self,
        reason: &PauseReason,
        change: PauseReasonChange,
    ) -> Result<Written<PauseReason>, PauseReasonError> {
        self.store.change(context(self.team, changed_at()), reason.id, change).await
    }

    async fn is_kept(&self, reason: &PauseReason) {
        let found = read(self.store.find(self.team, reason.id).await);
        assert_eq!(found.as_ref(), Some(reason), "a pause reason is found as it was stored");
    }

    async fn names_are_taken_in_any_case(&self, lunch: &PauseReason) {
        let same = self.reason("LUNCH", PauseCategory::Unplanned);
        let refused = self.store.create(context(self.team, created_at()), same.clone()).await;
        assert!(
            matches!(refused, Err(PauseReasonError::NameTaken)),
            "a name is taken in any case: {refused:?}"
        );
        let left = read(self.store.find(self.team, same.id).await);
        assert_eq!(left, None, "a refused pause reason leaves nothing");

        let tools = self.created(self.team, "Tools missing", PauseCategory::Unplanned).await;
        let renaming =
            PauseReasonChange { name: Some(name("lUNCH")), is_active: Some(false), category: None };
        let refused = self.changed(&tools, renaming).await;
        assert!(
            matches!(refused, Err(PauseReasonError::NameTaken)),
            "a name is taken for a change too: {refused:?}"
        );
        self.is_kept(&tools).await;
        self.is_kept(lunch).await;
    }

    async fn changed_and_left_alone(&self, lunch: &PauseReason) -> PauseReason {
        let change = PauseReasonChange {
            name: Some(name("LUNCH")),
            category: Some(PauseCategory::Unplanned),
            is_active: Some(false),
        };
        let changed = done(self.changed(lunch, change.clone()).await, "its own name is never taken");
        let expected = lunch.change(&change, changed_at());
        assert_eq!(Some(&changed), expected.as_ref(), "a change is applied at the context's time");
        self.is_kept(&changed).await;

        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let same = self.store.change(later, lunch.id, change).await;
        assert_eq!(
            done(same, "a change to the same is no fault"),
            changed,
            "where nothing differs all stays"
        );
        self.is_kept(&changed).await;

        let nowhere = self.reason("Nowhere", PauseCategory::Planned);
        let unknown = self.changed(&nowhere, PauseReasonChange::default()).await;
        assert!(
            matches!(unknown, Err(PauseReasonError::NotFound)),
            "what doesn't exist isn't changed: {unknown:?}"
        );
        changed
    }

    async fn other_teams_see_nothing(&self, reason: &PauseReason) {
        let found = read(self.store.find(self.other_team, reason.id).await);
        assert_eq!(found, None, "another team's pause reason isn't found");
        let change = PauseReasonChange { is_active: Some(!reason.is_active), ..Default::default() };
        let foreign = self.store.change(context(self.other_team, changed_at()), reason.id, change).await;
        assert!(
            matches!(foreign, Err(PauseReasonError::NotFound)),
            "another team's pause reason isn't changed: {foreign:?}"
        );
        self.is_kept(reason).await;
        let list = self.store.list(self.other_team, PauseReasonFilter::default(), window(0, 10)).await;
        assert_eq!(shown(list, |reason| reason.id), (vec![], 0), "another team's aren't listed");
        self.created(self.other_team, "Lunch", PauseCategory::Planned).await;
    }

    /// The team has LUNCH (unplanned, not in use) and Tools missing (unplanned) by now.
    async fn listed(&self) {
        for (text, category) in [
            ("ärger", PauseCategory::Unplanned),
            ("Cleaning", PauseCategory::Planned),
            ("Zero point", PauseCategory::Planned),
        ] {
            self.created(self.team, text, category).await;
        }
        let everything = PauseReasonFilter::default();
        let whole = ["Cleaning", "LUNCH", "Tools missing", "Zero point", "ärger"].map(String::from);
        let all = self.names(everything, 0, 10).await;
        assert_eq!(all, (whole.to_vec(), 5), "the order is that of the folded names' code points");
        for (offset, end) in [(0, 2), (2, 4), (4, 5), (5, 5)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.names(everything, offset, 2).await;
            assert_eq!(found, (part, 5), "a window at {offset} with the whole total");
        }
        let active = PauseReasonFilter { active_only: true, category: None };
        let expected = ["Tools missing", "Zero point"].map(String::from).to_vec();
        assert_eq!(self.names(active, 1, 2).await, (expected, 4), "only those in use, counted alone");
        for (category, active_only, expected) in [
            (PauseCategory::Planned, false, vec!["Cleaning", "Zero point"]),
            (PauseCategory::Unplanned, false, vec!["LUNCH", "Tools missing", "ärger"]),
            (PauseCategory::Unplanned, true, vec!["Tools missing", "ärger"]),
        ] {
            let filter = PauseReasonFilter { active_only, category: Some(category) };
            let total = expected.len() as u64;
            let expected: Vec<_> = expected.into_iter().map(String::from).collect();
            assert_eq!(self.names(filter, 0, 10).await, (expected, total), "only those of the category");
        }
    }

    async fn names(&self, filter: PauseReasonFilter, offset: u32, limit: u32) -> (Vec<String>, u64) {
        let list = self.store.list(self.team, filter, window(offset, limit)).await;
        shown(list, |reason| reason.name.as_str().to_owned())
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |fingerprint| claimed(self.team, "/contract/pause-reasons", fingerprint);
        let first = self.reason("Claimed", PauseCategory::Planned);
        let created = self.store.create(claim(1), first.clone()).await;
        assert_eq!(done(created, "a claimed pause reason is created"), first);
        let again = self.store.create(claim(1), self.reason("Claimed", PauseCategory::Planned)).await;
        assert!(
            matches!(again, Ok(Written::Replayed(ref answer)) if *answer == stored_answer()),
            "a repeated request gets the kept answer: {again:?}"
        );
        let other = self.reason("Claimed otherwise", PauseCategory::Planned);
        let reused = self.store.create(claim(2), other.clone()).await;
        assert!(
            matches!(reused, Err(PauseReasonError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
        assert_eq!(read(self.store.find(self.team, other.id).await), None, "and that leaves nothing");
    }
}
