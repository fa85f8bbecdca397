//! Registers of master data.

use std::marker::PhantomData;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::clock::SystemIds;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::master_data::{Record, Register};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::write_error::{WriteError, constraint};

/// A table of master data, read and written by the record it holds.
pub trait RecordTable: Record {
    type Row: TryInto<Self, Error = StoreError> + Send + 'static;

    /// Makes a new record; reads and locks what it depends on.
    fn make(
        connection: &mut PgConnection,
        team: TeamId,
        id: Id<Self>,
        new: Self::New,
        at: DateTime<Utc>,
    ) -> Result<Self, WriteError<Self::Error>>;

    fn insert(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()>;

    fn update(&self, connection: &mut PgConnection, team: TeamId) -> QueryResult<()>;

    /// Why a change is refused that breaks the constraint of this name; `None` of one that it can't break.
    fn refusal(constraint: &str) -> Option<Self::Error>;

    fn find(connection: &mut PgConnection, team: TeamId, id: Id<Self>) -> QueryResult<Self::Row>;

    /// The same, locked against other changes until the transaction ends.
    fn lock(connection: &mut PgConnection, team: TeamId, id: Id<Self>) -> QueryResult<Self::Row>;

    /// The window of those that pass the filter, and the number of them all.
    fn list(
        connection: &mut PgConnection,
        team: TeamId,
        filter: &Self::Filter,
        window: Window,
    ) -> QueryResult<(Vec<Self::Row>, i64)>;
}

/// Records of one kind in PostgreSQL.
pub struct PgRegister<R> {
    db: Db,
    records: PhantomData<fn() -> R>,
}

impl<R> PgRegister<R> {
    pub fn new(db: Db) -> Self {
        Self { db, records: PhantomData }
    }
}

#[async_trait]
impl<R: RecordTable> Register<R> for PgRegister<R> {
    #[tracing::instrument(name = "Register::create", level = "debug", skip_all, fields(kind = R::KIND))]
    async fn create(&self, context: WriteContext<R>, id: Id<R>, new: R::New) -> Result<Written<R>, R::Error> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let record = R::make(connection, team, id, new.clone(), at)?;
                record.insert(connection, team).map_err(blame::<R>)?;
                Ok(Change::created(record))
            })
            .await
    }

    #[tracing::instrument(name = "Register::change", level = "debug", skip_all, fields(kind = R::KIND))]
    async fn change(
        &self,
        context: WriteContext<R>,
        id: Id<R>,
        change: R::Change,
    ) -> Result<Written<R>, R::Error> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock::<R>(connection, team, id)?;
                let Some(after) = before.apply(&change, &SystemIds, at) else {
                    return Ok(Change::nothing(before));
                };
                after.update(connection, team).map_err(blame::<R>)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "Register::find", level = "debug", skip_all, fields(kind = R::KIND))]
    async fn find(&self, team: TeamId, id: Id<R>) -> Result<Option<R>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| R::find(connection, team, id).optional());
        row.await?.map(R::Row::try_into).transpose()
    }

    #[tracing::instrument(name = "Register::list", level = "debug", skip_all, fields(kind = R::KIND))]
    async fn list(&self, team: TeamId, filter: R::Filter, window: Window) -> Result<Listing<R>, StoreError> {
        let page =
            self.db.read(Scope::Team(team), move |connection| R::list(connection, team, &filter, window));
        page.await.and_then(listing)
    }
}

/// The team's record of that id.
pub(crate) fn find<R: RecordTable, E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: Id<R>,
) -> Result<Option<R>, WriteError<E>> {
    let row = R::find(connection, team, id).optional()?;
    row.map(R::Row::try_into).transpose().map_err(WriteError::store)
}

/// The record, locked against other changes until the transaction ends.
pub(crate) fn lock<R: RecordTable>(
    connection: &mut PgConnection,
    team: TeamId,
    id: Id<R>,
) -> Result<R, WriteError<R::Error>> {
    let row = R::lock(connection, team, id).optional()?.ok_or_else(|| WriteError::Port(R::not_found()))?;
    row.try_into().map_err(WriteError::store)
}

fn blame<R: RecordTable>(error: diesel::result::Error) -> WriteError<R::Error> {
    match constraint(&error).and_then(R::refusal) {
        Some(refusal) => WriteError::Port(refusal),
        None => error.into(),
    }
}
