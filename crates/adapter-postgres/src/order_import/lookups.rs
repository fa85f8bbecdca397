//! Look-ups before an import reads its rows.

use std::collections::HashSet;

use async_trait::async_trait;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use order_import::import::values::{KnownRoutings, RoutingName, RoutingRef, WorkCentreNumber};
use order_import::ports::{Routings, WorkCentres};
use uuid::Uuid;

use crate::db::{Db, Scope};
use crate::schema::{routings, work_centres};
use crate::write_error::unreadable;

/// The work centres that rows may name.
pub struct PgImportWorkCentres {
    db: Db,
}

impl PgImportWorkCentres {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl WorkCentres for PgImportWorkCentres {
    #[tracing::instrument(name = "WorkCentres::numbers", level = "debug", skip_all)]
    async fn numbers(&self, team: TeamId) -> Result<HashSet<WorkCentreNumber>, StoreError> {
        let numbers: Vec<i32> = self
            .db
            .read(Scope::Team(team), move |connection| {
                let of_team = work_centres::table.filter(work_centres::team_id.eq(team.uuid()));
                of_team.select(work_centres::number).load(connection)
            })
            .await?;
        numbers
            .into_iter()
            .map(|number| WorkCentreNumber::try_new(number.into()).map_err(unreadable))
            .collect()
    }
}

/// The routings that rows may name.
pub struct PgImportRoutings {
    db: Db,
}

impl PgImportRoutings {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Routings for PgImportRoutings {
    #[tracing::instrument(name = "Routings::in_use", level = "debug", skip_all)]
    async fn in_use(&self, team: TeamId) -> Result<KnownRoutings, StoreError> {
        let routings: Vec<(String, Uuid, i32)> = self
            .db
            .read(Scope::Team(team), move |connection| {
                let in_use =
                    routings::table.filter(routings::team_id.eq(team.uuid())).filter(routings::is_active);
                in_use.select((routings::name, routings::id, routings::version)).load(connection)
            })
            .await?;
        let read = |(name, id, version): (String, Uuid, i32)| {
            let name = RoutingName::try_new(&name).map_err(unreadable)?;
            Ok((name, routing(id, version)))
        };
        routings.into_iter().map(read).collect()
    }
}

/// A routing by its columns.
pub(super) fn routing(id: Uuid, version: i32) -> RoutingRef {
    RoutingRef { id: Id::new(id), version: version.unsigned_abs() }
}
