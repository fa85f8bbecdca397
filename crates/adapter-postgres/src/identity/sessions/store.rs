use async_trait::async_trait;
use diesel::prelude::*;
use diesel::{QueryableByName, sql_query};
use identity::ports::{Refreshed, Sessions};
use identity::session::{
    NewRefreshToken, NewSession, RefreshTokenId, RefreshTokenText, RefreshVerdict, SessionId,
};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use kernel::write::{WriteContext, Written};
use serde_json::json;
use uuid::Uuid;

use super::table::{end, insert, insert_token, presented_to, spend};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;

/// Sessions in PostgreSQL.
pub struct PgSessions {
    db: Db,
}

impl PgSessions {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    team_id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    user_id: Uuid,
}

#[async_trait]
impl Sessions for PgSessions {
    #[tracing::instrument(name = "Sessions::begin", level = "debug", skip_all)]
    async fn begin(
        &self,
        context: WriteContext<()>,
        session: NewSession,
        token: NewRefreshToken,
    ) -> Result<Written<()>, StoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &session, at)?;
                insert_token(connection, team, session.id, &token, at)?;
                let address = session.address.map(|address| address.to_string());
                let after = json!({"userId": session.user.uuid(), "address": address});
                Ok(Change::audited((), entry("session.begun", session.id, after)))
            })
            .await
    }

    #[tracing::instrument(name = "Sessions::owner", level = "debug", skip_all)]
    async fn owner(&self, token: RefreshTokenId) -> Result<Option<(TeamId, UserId)>, StoreError> {
        let row = self.db.read(Scope::Auth, move |connection| {
            sql_query("SELECT * FROM auth_refresh_token_owner($1)")
                .bind::<diesel::sql_types::Uuid, _>(token.uuid())
                .get_result::<OwnerRow>(connection)
                .optional()
        });
        Ok(row.await?.map(|row| (Id::new(row.team_id), Id::new(row.user_id))))
    }

    #[tracing::instrument(name = "Sessions::refresh", level = "debug", skip_all)]
    async fn refresh(
        &self,
        context: WriteContext<Refreshed>,
        presented: RefreshTokenText,
        successor: NewRefreshToken,
    ) -> Result<Written<Refreshed>, StoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let Some((session, user, stored)) = presented_to(connection, team, presented.id())? else {
                    return Ok(Change::nothing(Refreshed::Refused));
                };
                match stored.judge(&presented, at) {
                    RefreshVerdict::Refused => Ok(Change::nothing(Refreshed::Refused)),
                    RefreshVerdict::Reused => {
                        end(connection, team, session, at)?;
                        let why = json!({"why": "a spent refresh token was presented again"});
                        Ok(Change::audited(Refreshed::Reused, entry("session.ended", session, why)))
                    }
                    RefreshVerdict::Renew => {
                        spend(connection, team, presented.id(), at)?;
                        insert_token(connection, team, session, &successor, at)?;
                        let entry = entry("session.refreshed", session, json!({"userId": user.id.uuid()}));
                        Ok(Change::audited(Refreshed::Renewed { session, user }, entry))
                    }
                }
            })
            .await
    }

    #[tracing::instrument(name = "Sessions::end", level = "debug", skip_all)]
    async fn end(&self, context: WriteContext<()>, session: SessionId) -> Result<Written<()>, StoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                if end(connection, team, session, at)? == 0 {
                    return Ok(Change::nothing(()));
                }
                Ok(Change::audited((), entry("session.ended", session, json!({"why": "logged out"}))))
            })
            .await
    }
}

fn entry(action: &'static str, session: SessionId, after: serde_json::Value) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "session",
        subject: session.uuid(),
        before: None,
        after: Some(after.to_string()),
    }
}
