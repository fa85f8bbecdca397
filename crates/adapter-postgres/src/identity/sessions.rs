//! Sessions and their refresh tokens.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::{QueryableByName, sql_query};
use identity::ports::{Refreshed, Sessions};
use identity::session::{
    NewRefreshToken, NewSession, RefreshTokenId, RefreshTokenText, RefreshVerdict, SessionId,
    StoredRefreshToken,
};
use identity::user::User;
use ipnet::IpNet;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use kernel::write::{WriteContext, Written};
use serde_json::json;
use uuid::Uuid;

use super::users::UserRow;
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{refresh_tokens, sessions, users};
use crate::write_error::WriteError;

/// Sessions in PostgreSQL.
pub struct PgSessions {
    db: Db,
}

impl PgSessions {
    /// Stands on a pool.
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_tokens, check_for_backend(Pg))]
struct TokenRow {
    hash: Vec<u8>,
    spent_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

#[async_trait]
impl Sessions for PgSessions {
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

    async fn owner(&self, token: RefreshTokenId) -> Result<Option<(TeamId, UserId)>, StoreError> {
        let row = self.db.read(Scope::Auth, move |connection| {
            sql_query("SELECT * FROM auth_refresh_token_owner($1)")
                .bind::<diesel::sql_types::Uuid, _>(token.uuid())
                .get_result::<OwnerRow>(connection)
                .optional()
        });
        Ok(row.await?.map(|row| (Id::new(row.team_id), Id::new(row.user_id))))
    }

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

/// The session, user and state of a token; the session's row is locked, so that tokens of one family are presented
/// one after the other.
fn presented_to(
    connection: &mut PgConnection,
    team: TeamId,
    token: RefreshTokenId,
) -> Result<Option<(SessionId, User, StoredRefreshToken)>, WriteError<StoreError>> {
    let of = refresh_tokens::table
        .filter(refresh_tokens::team_id.eq(team.uuid()))
        .filter(refresh_tokens::id.eq(token.uuid()));
    let Some(session) = of.select(refresh_tokens::session_id).first::<Uuid>(connection).optional()? else {
        return Ok(None);
    };
    let found = session_of(team, Id::new(session))
        .select((sessions::user_id, sessions::ended_at))
        .for_update()
        .first::<(Uuid, Option<DateTime<Utc>>)>(connection)
        .optional()?;
    // read again, under the lock; the sweeper may have taken either away meanwhile
    let row = of.select(TokenRow::as_select()).first(connection).optional()?;
    let (Some((user, ended_at)), Some(row)) = (found, row) else { return Ok(None) };
    let user: UserRow = users::table
        .filter(users::team_id.eq(team.uuid()))
        .filter(users::id.eq(user))
        .select(UserRow::as_select())
        .first(connection)?;
    let user = User::try_from(user).map_err(WriteError::store)?;
    let hash =
        row.hash.try_into().map_err(|_| WriteError::internal("a refresh token's hash has a wrong length"))?;
    let stored = StoredRefreshToken {
        hash,
        spent_at: row.spent_at,
        expires_at: row.expires_at,
        session_goes_on: ended_at.is_none(),
        user_is_active: user.is_active,
    };
    Ok(Some((Id::new(session), user, stored)))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn session_of(team: TeamId, id: SessionId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    sessions::table.filter(sessions::team_id.eq(team)).filter(sessions::id.eq(id))
}

fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    session: &NewSession,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::team_id.eq(team.uuid()),
            sessions::id.eq(session.id.uuid()),
            sessions::user_id.eq(session.user.uuid()),
            sessions::address.eq(session.address.map(IpNet::from)),
            sessions::begun_at.eq(at),
        ))
        .execute(connection)
        .map(drop)
}

fn insert_token(
    connection: &mut PgConnection,
    team: TeamId,
    session: SessionId,
    token: &NewRefreshToken,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::team_id.eq(team.uuid()),
            refresh_tokens::id.eq(token.id.uuid()),
            refresh_tokens::session_id.eq(session.uuid()),
            refresh_tokens::hash.eq(&token.hash[..]),
            refresh_tokens::issued_at.eq(at),
            refresh_tokens::expires_at.eq(token.expires_at),
        ))
        .execute(connection)
        .map(drop)
}

fn spend(
    connection: &mut PgConnection,
    team: TeamId,
    token: RefreshTokenId,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let spent = refresh_tokens::table
        .filter(refresh_tokens::team_id.eq(team.uuid()))
        .filter(refresh_tokens::id.eq(token.uuid()));
    diesel::update(spent).set(refresh_tokens::spent_at.eq(at)).execute(connection).map(drop)
}

fn end(
    connection: &mut PgConnection,
    team: TeamId,
    session: SessionId,
    at: DateTime<Utc>,
) -> QueryResult<usize> {
    let going_on = session_of(team, session).filter(sessions::ended_at.is_null());
    diesel::update(going_on).set(sessions::ended_at.eq(at)).execute(connection)
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
