//! What every register of master data must show, whatever its records are.

use std::fmt::Debug;

use chrono::TimeDelta;
use serde_json::Value;

use super::{changed_at, claimed, context, created_at, done, is_replayed, read, shown, window};
use crate::clock::IdSource;
use crate::error::{Classified, ErrorKind, StoreError};
use crate::id::{Id, TeamId};
use crate::master_data::{Record, Register};
use crate::write::Written;

/// A register under test. `team` and `other_team` have no records yet.
pub struct RegisterSuite<'a, R: Record> {
    pub store: &'a dyn Register<R>,
    pub ids: &'a dyn IdSource,
    pub team: TeamId,
    pub other_team: TeamId,
    /// What the domain makes of a new one at [`created_at`]; of the record that was created it may take only the id and
    /// what the store chose.
    pub expected: &'a (dyn Fn(&R, R::New) -> R + Sync),
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
        let created = self.store.create(context(team, created_at()), id, new.clone()).await;
        self.is_created(team, id, new, created).await
    }

    async fn is_created(
        &self,
        team: TeamId,
        id: Id<R>,
        new: R::New,
        result: Result<Written<R>, R::Error>,
    ) -> R {
        let created = done(result, "a record is created");
        assert_eq!(created.id(), id, "under the id it was given");
        assert_eq!(created, (self.expected)(&created, new), "at the context's time, as the domain makes it");
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
        let refusal = R::not_found();
        assert_eq!((refusal.kind(), refusal.code()), (ErrorKind::NotFound, "NOT_FOUND"));
        for (team, id) in [(self.other_team, record.id()), (self.team, self.ids.id())] {
            for change in [change.clone(), R::Change::default()] {
                let refused = self.store.change(context(team, changed_at()), id, change).await;
                is_refused(refused, &refusal, "what the team has not isn't changed");
            }
        }
        self.is_stored(record).await;
    }

    /// A refused record leaves nothing: the team has `total` records still.
    pub async fn refuses(&self, new: R::New, refusal: &R::Error, total: u64) {
        is_refused(self.create(new).await, refusal, "a new record is refused");
        assert_eq!(self.total().await, total, "a refused record leaves nothing");
    }

    async fn total(&self) -> u64 {
        read(self.store.list(self.team, R::Filter::default(), window(0, 1)).await).total
    }

    /// A refused change leaves the record as it is.
    pub async fn refuses_change(&self, record: &R, change: R::Change, refusal: &R::Error) {
        is_refused(self.change(record, change).await, refusal, "a change is refused");
        self.is_stored(record).await;
    }

    /// The team's records that pass `filter` are `whole`, each as `show` has it, whichever window of them is read.
    pub async fn lists<T, U>(&self, filter: R::Filter, whole: &[T], show: impl Fn(&R) -> U)
    where
        T: Debug,
        U: Debug + PartialEq<T>,
    {
        for (offset, limit) in
            (0..=whole.len()).flat_map(|offset| [1, 2, 3, 100].map(|limit| (offset, limit)))
        {
            let list = self.store.list(self.team, filter.clone(), window(offset as u32, limit as u32)).await;
            let (items, total) = shown(list, &show);
            let part = whole.get(offset..whole.len().min(offset + limit)).unwrap_or_default();
            assert_eq!(items, part, "{limit} after the first {offset} by {filter:?}");
            assert_eq!(total, whole.len() as u64, "with the total of all by {filter:?}");
        }
    }

    /// `news` may all be created.
    pub async fn claims_are_answered_alike(&self, news: [R::New; 3]) {
        let path = format!("/contract/{}", R::KIND);
        let ids = [self.ids.id(), self.ids.id(), self.ids.id()];
        let create =
            |fingerprint, id, new| self.store.create(claimed(self.team, &path, fingerprint), id, new);
        let ([first, again, reused], [id, repeated, other], before) = (news, ids, self.total().await);
        let created = create(1, id, first.clone()).await;
        self.is_created(self.team, id, first, created).await;
        let again = create(1, repeated, again).await;
        is_replayed(again);
        let reused = create(2, other, reused).await;
        is_refused(reused, &StoreError::ClaimReused, "a key is not used for another request");
        for id in [repeated, other] {
            assert_eq!(read(self.store.find(self.team, id).await), None, "neither leaves anything");
        }
        assert_eq!(self.total().await, before + 1, "nor another record");
    }
}

/// A new record, for a suite of what refers to it.
pub async fn registered<R: Record>(
    register: &dyn Register<R>,
    ids: &dyn IdSource,
    team: TeamId,
    new: R::New,
) -> R {
    done(register.create(context(team, created_at()), ids.id(), new).await, "a record is created")
}

/// A change is refused with that error, or with that store error in an error of its own.
///
/// # Panics
/// When it was done, or refused otherwise.
pub fn is_refused<O: Debug>(
    result: Result<Written<O>, impl Classified>,
    refusal: &dyn Classified,
    what: &str,
) {
    match result {
        Err(error) => assert_eq!(described(&error), described(refusal), "{what}"),
        Ok(done) => panic!("{what}: {done:?}"),
    }
}

/// What tells an error from any other: its message too, as codes and details may be those of several.
fn described(error: &dyn Classified) -> (ErrorKind, &'static str, String, Vec<(&'static str, Value)>) {
    (error.kind(), error.code(), error.to_string(), error.details())
}
