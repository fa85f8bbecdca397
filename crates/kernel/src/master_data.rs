//! Master data: records of a team, such as its departments, that are created, changed, taken out of use and listed, but
//! never deleted.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::audit::Audited;
use crate::clock::IdSource;
use crate::error::{Classified, StoreError};
use crate::id::{Id, Kind, TeamId};
use crate::page::{Listing, Window};
use crate::write::{WriteContext, Written};

/// A record of master data.
pub trait Record: Audited + Kind + Clone + Debug + PartialEq + Send + Sync + Sized {
    /// What a new one is made from.
    type New: Clone + Send + Sync + 'static;
    /// What is to become of one; the default leaves every field as it is.
    type Change: Clone + Default + Send + Sync + 'static;
    /// Which of them a list holds; the default holds all.
    type Filter: Clone + Debug + Default + Send + Sync + 'static;
    /// Why one was not created, changed or found.
    type Error: Classified + From<StoreError> + Debug + Send + Sync + 'static;

    /// The record after `change`, one version on; `None` when nothing differs. `ids` are for what the change adds.
    fn apply(&self, change: &Self::Change, ids: &dyn IdSource, at: DateTime<Utc>) -> Option<Self>;

    /// Whether a list with this filter holds it.
    fn passes(&self, filter: &Self::Filter) -> bool;

    /// What lists are sorted by, the smallest first; no two of a team have the same.
    fn sort_key(&self) -> impl Ord;

    /// The team has no such record.
    fn not_found() -> Self::Error;

    fn id(&self) -> Id<Self> {
        Id::new(self.audited_id())
    }
}

/// The records of one kind of each team; a team MUST NOT see or change another's.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Register<R: Record>: Send + Sync {
    /// Stores a new record, made at the context's time, with the audit entry `<kind>.created`.
    ///
    /// What only one record of a team may have, and references to what the team has not, MUST be refused as the record's
    /// own documentation says, even when two come at once; a refusal leaves nothing.
    async fn create(&self, context: WriteContext<R>, id: Id<R>, new: R::New) -> Result<Written<R>, R::Error>;

    /// Changes a record, with the audit entry `<kind>.changed`; [`Record::not_found`] if there is none.
    ///
    /// MUST lock it, [`apply`](Record::apply) the change at the context's time and save the result in one transaction.
    /// Where nothing differs it MUST write neither it nor an audit entry, and give it as it is. What is refused of a new
    /// record is refused here too, but what a record has itself never is.
    async fn change(
        &self,
        context: WriteContext<R>,
        id: Id<R>,
        change: R::Change,
    ) -> Result<Written<R>, R::Error>;

    /// The team's record of that id.
    async fn find(&self, team: TeamId, id: Id<R>) -> Result<Option<R>, StoreError>;

    /// The team's records that [pass](Record::passes) `filter`, in the order of their [sort keys](Record::sort_key).
    async fn list(&self, team: TeamId, filter: R::Filter, window: Window) -> Result<Listing<R>, StoreError>;
}

/// Creates, changes and shows records of master data.
pub struct Manage<R: Record> {
    register: Arc<dyn Register<R>>,
    ids: Arc<dyn IdSource>,
}

impl<R: Record> Manage<R> {
    pub fn new(register: Arc<dyn Register<R>>, ids: Arc<dyn IdSource>) -> Self {
        Self { register, ids }
    }

    /// Creates a record at the context's time, under a new id.
    ///
    /// # Errors
    /// Why the record is refused.
    pub async fn create(&self, context: WriteContext<R>, new: R::New) -> Result<Written<R>, R::Error> {
        self.register.create(context, self.ids.id(), new).await
    }

    /// Changes a record; gives it as it is where nothing differs.
    ///
    /// # Errors
    /// [`Record::not_found`], and why the change is refused.
    pub async fn change(
        &self,
        context: WriteContext<R>,
        id: Id<R>,
        change: R::Change,
    ) -> Result<Written<R>, R::Error> {
        self.register.change(context, id, change).await
    }

    /// The team's record of that id.
    ///
    /// # Errors
    /// [`Record::not_found`].
    pub async fn find(&self, team: TeamId, id: Id<R>) -> Result<R, R::Error> {
        self.register.find(team, id).await?.ok_or_else(R::not_found)
    }

    /// The window of the team's records that pass `filter`.
    pub async fn list(
        &self,
        team: TeamId,
        filter: R::Filter,
        window: Window,
    ) -> Result<Listing<R>, R::Error> {
        Ok(self.register.list(team, filter, window).await?)
    }
}
