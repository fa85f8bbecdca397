//! Time zone and currency of teams.

use async_trait::async_trait;
use diesel::prelude::*;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::team_locale::{TeamLocale, TeamLocales};

use crate::db::{Db, Scope};
use crate::schema::teams;
use crate::write_error::unreadable;

/// The locale of teams in PostgreSQL.
pub struct PgTeamLocales {
    db: Db,
}

impl PgTeamLocales {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl TeamLocales for PgTeamLocales {
    #[tracing::instrument(name = "TeamLocales::of", level = "debug", skip_all)]
    async fn of(&self, team: TeamId) -> Result<TeamLocale, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let of_team = teams::table.filter(teams::id.eq(team.uuid()));
            of_team.select((teams::time_zone, teams::currency)).first::<(String, String)>(connection)
        });
        let (zone, currency) = found.await?;
        Ok(TeamLocale {
            zone: zone.parse().map_err(unreadable)?,
            currency: currency.parse().map_err(unreadable)?,
        })
    }
}
