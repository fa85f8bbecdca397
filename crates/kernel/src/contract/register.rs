//! What every register of master data must show, whatever its records are.

use chrono::TimeDelta;

use super::{changed_at, claimed, context, created_at, done, read, shown, stored_answer, window};
use crate::clock::IdSource;
use crate::error::{Classified, StoreError};
use crate::id::TeamId;
use crate::master_data::{Record, Register};
use crate::page::Listing;
use crate::write::Written;

/// A register under test. `team` and `other_team` have no records yet.
pub struct RegisterSuite<'a, R: Record> {
    pub store: &'a dyn Register<R>,
    pub ids: &'a dyn IdSource,
    pub team: TeamId,
    pub other_team: TeamId,
}

impl<R: Record> RegisterSuite<'_, R> {
    pub async fn create(&self, new: R::New) -> Result<Written<R>, R::Error> {
        self.store.create(context(self.team, created_at()), self.ids.id(), new).await
    }

    /// A record that is created now, and found as it was stored.
    pub async fn created(&self, new: R::New) -> R {
        self.created_in(self.team, new).await
    }

    pub async fn created_in(&self, team: TeamId, new: R::New) -> R {
        let id = self.ids.id();
        let created =
            done(self.store.create(context(team, created_at()), id, new).await, "a record is created");
        assert_eq!(created.id(), id, "under the id it was given");
        assert_eq!(read(self.store.find(team, id).await).as_ref(), Some(&created), "found as it was stored");
        created
    }

    pub async fn change(&self, record: &R, change: R::Change) -> Result<Written<R>, R::Error> {
        self.store.change(context(self.team, changed_at()), record.id(), change).await
    }

    pub async fn is_stored(&self, record: &R) {
        let found = read(self.store.find(self.team, record.id()).await);
        assert_eq!(found.as_ref(), Some(record), "a record is found as it was stored");
    }

    /// Changes a record, then changes it to the same again, which leaves it alone. What the change adds may have ids of
    /// its own.
    pub async fn changed(&self, record: &R, change: R::Change) -> R {
        let changed = done(self.change(record, change.clone()).await, "a record is changed");
        self.is_stored(&changed).await;
        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let same = self.store.change(later, record.id(), change).await;
        assert_eq!(
            done(same, "a change to the same is no fault"),
            changed,
            "where nothing differs all stays"
        );
        self.is_stored(&changed).await;
        changed
    }

    /// Neither another team nor anybody finds, changes or lists what the team has not.
    pub async fn is_the_teams_alone(&self, record: &R, change: R::Change) {
        let found = read(self.store.find(self.other_team, record.id()).await);
        assert_eq!(found, None, "another team's record isn't found");
        let list = self.store.list(self.other_team, R::Filter::default(), window(0, 10)).await;
        assert_eq!(shown(list, Record::id), (vec![], 0), "another team's aren't listed");
        for (team, id) in [(self.other_team, record.id()), (self.team, self.ids.id())] {
            let refused = self.store.change(context(team, changed_at()), id, change.clone()).await;
            is_refused(refused, &R::not_found(), "what the team has not isn't changed");
        }
        self.is_stored(record).await;
    }

    /// A refused record leaves nothing: the team has `total` records still.
    pub async fn refuses(&self, new: R::New, refusal: &R::Error, total: u64) {
        is_refused(self.create(new).await, refusal, "a new record is refused");
        let all: Listing<R> = read(self.store.list(self.team, R::Filter::default(), window(0, 1)).await);
        assert_eq!(all.total, total, "a refused record leaves nothing");
    }

    /// A refused change leaves the record as it is.
    pub async fn refuses_change(&self, record: &R, change: R::Change, refusal: &R::Error) {
        is_refused(self.change(record, change).await, refusal, "a change is refused");
        self.is_stored(record).await;
    }

    /// A list's first hundred, each as `show` has it, and the total.
    pub async fn listed<U>(&self, filter: R::Filter, show: impl Fn(&R) -> U) -> (Vec<U>, u64) {
        shown(self.store.list(self.team, filter, window(0, 100)).await, show)
    }

    /// The team's records are `whole`, each as `show` has it; they are given in windows of any size.
    pub async fn lists<U: PartialEq + std::fmt::Debug>(&self, whole: &[U], show: impl Fn(&R) -> U) {
        let total = whole.len() as u64;
        let sizes = [(0, 100), (0, 2), (2, 2), (total as u32 - 1, 2), (total as u32, 2)];
        for (offset, limit) in sizes {
            let list = self.store.list(self.team, R::Filter::default(), window(offset, limit)).await;
            let (items, counted) = shown(list, &show);
            let part: Vec<_> = whole.iter().skip(offset as usize).take(limit as usize).collect();
            assert_eq!(items.iter().collect::<Vec<_>>(), part, "{limit} after the first {offset}");
            assert_eq!(counted, total, "with the total of all");
        }
    }

    /// `new` may be created again and again, each time with another record.
    pub async fn claims_are_answered_alike(&self, mut new: impl FnMut() -> R::New) {
        let path = format!("/contract/{}", R::KIND);
        let (_, before) = self.listed(R::Filter::default(), Record::id).await;
        let mut create = |fingerprint| {
            let context = claimed(self.team, &path, fingerprint);
            self.store.create(context, self.ids.id(), new())
        };
        done(create(1).await, "a claimed record is created");
        let again = create(1).await;
        assert!(
            matches!(again, Ok(Written::Replayed(ref answer)) if *answer == stored_answer()),
            "a repeated request gets the stored answer: {again:?}"
        );
        let reused = create(2).await;
        is_refused(reused, &StoreError::ClaimReused, "a key is not used for another request");
        let (_, after) = self.listed(R::Filter::default(), Record::id).await;
        assert_eq!(after, before + 1, "neither makes another record");
    }
}

/// # Panics
/// When it was done, or refused otherwise.
pub fn is_refused<O: std::fmt::Debug>(
    result: Result<Written<O>, impl Classified>,
    refusal: &dyn Classified,
    what: &str,
) {
    match result {
        Err(error) => assert_eq!((error.kind(), error.code()), (refusal.kind(), refusal.code()), "{what}"),
        Ok(done) => panic!("{what}: {done:?}"),
    }
}
