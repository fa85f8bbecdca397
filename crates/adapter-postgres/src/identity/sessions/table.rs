//! The tables `sessions` and `refresh_tokens`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use identity::session::{NewRefreshToken, NewSession, RefreshTokenId, SessionId, StoredRefreshToken};
use identity::user::User;
use ipnet::IpNet;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use uuid::Uuid;

use crate::identity::users::table::UserRow;
use crate::schema::{refresh_tokens, sessions, users};
use crate::write_error::WriteError;

#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_tokens, check_for_backend(Pg))]
struct TokenRow {
    hash: Vec<u8>,
    spent_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

/// The session, user and state of a token. The session's row is locked, so that tokens of one family are presented
/// one after the other.
pub(super) fn presented_to(
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

pub(super) fn insert(
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

pub(super) fn insert_token(
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

pub(super) fn spend(
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

pub(super) fn end(
    connection: &mut PgConnection,
    team: TeamId,
    session: SessionId,
    at: DateTime<Utc>,
) -> QueryResult<usize> {
    let going_on = session_of(team, session).filter(sessions::ended_at.is_null());
    diesel::update(going_on).set(sessions::ended_at.eq(at)).execute(connection)
}

/// Ends the sessions of a user but for the one that is kept.
pub(in crate::identity) fn end_all(
    connection: &mut PgConnection,
    team: TeamId,
    user: UserId,
    kept: Option<SessionId>,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let going_on = sessions::table
        .filter(sessions::team_id.eq(team.uuid()))
        .filter(sessions::user_id.eq(user.uuid()))
        .filter(sessions::ended_at.is_null())
        // no session has the nil id
        .filter(sessions::id.ne(kept.map_or(Uuid::nil(), Id::uuid)));
    diesel::update(going_on).set(sessions::ended_at.eq(at)).execute(connection).map(drop)
}
