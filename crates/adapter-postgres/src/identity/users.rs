//! Users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use identity::ports::{UserFilter, UserStoreError, Users};
use identity::session::SessionId;
use identity::user::{Email, Membership, NewUser, User, UserChange, keeps_an_admin};
use kernel::access::Role;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{sessions, teams, users};
use crate::write_error::{WriteError, constraint, unreadable};

/// Users in PostgreSQL.
pub struct PgUsers {
    db: Db,
}

impl PgUsers {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Pg))]
pub(super) struct UserRow {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) roles: Vec<String>,
    pub(super) vendor_id: Option<Uuid>,
    pub(super) is_active: bool,
    pub(super) version: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let roles =
            row.roles.iter().map(|role| role.parse()).collect::<Result<_, _>>().map_err(unreadable)?;
        let membership = Membership::try_new(roles, row.vendor_id.map(Id::new));
        let unfit = |fault: kernel::error::Fault| StoreError::Internal(fault.message.into());
        Ok(Self {
            id: Id::new(row.id),
            email: Email::try_new(&row.email).map_err(unreadable)?,
            membership: membership.map_err(unfit)?,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[async_trait]
impl Users for PgUsers {
    async fn create(
        &self,
        context: WriteContext<User>,
        new: NewUser,
    ) -> Result<Written<User>, UserStoreError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &new).map_err(write_error)?;
                let entry = entry("user.created", None, &new.user);
                Ok(Change::audited(new.user.clone(), entry))
            })
            .await
    }

    async fn change(
        &self,
        context: WriteContext<User>,
        id: UserId,
        change: UserChange,
    ) -> Result<Written<User>, UserStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = locked(connection, team, id)?;
                let after = before.change(&change, at);
                let after = after.map_err(|fault| WriteError::Port(UserStoreError::Unfit(fault)))?;
                let Some(after) = after else { return Ok(Change::nothing(before)) };
                if !keeps_an_admin(&before, &after, other_admins(connection, team, id)?) {
                    return Err(WriteError::Port(UserStoreError::LastAdmin));
                }
                update(connection, team, &after, &change).map_err(write_error)?;
                if change.password.is_some() || (before.is_active && !after.is_active) {
                    end_sessions(connection, team, id, change.kept_session, at)?;
                }
                let entry = entry("user.changed", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(&self, team: TeamId, id: UserId) -> Result<Option<User>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(UserRow::as_select()).first(connection).optional()
        });
        row.await?.map(User::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        filter: UserFilter,
        window: Window,
    ) -> Result<Listing<User>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order((users::email_key, users::id))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(UserRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(User::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: UserId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    users::table.filter(users::team_id.eq(team)).filter(users::id.eq(id))
}

fn filtered(team: TeamId, filter: UserFilter) -> users::BoxedQuery<'static, Pg> {
    let mut query = users::table.filter(users::team_id.eq(team.uuid())).into_boxed();
    if let Some(role) = filter.role {
        query = query.filter(users::roles.contains(vec![role.as_str()]));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(users::is_active.eq(is_active));
    }
    query
}

/// The user, after the team's row: who changes users of a team waits for who does already, so that two can't each
/// take away the other's last ADMIN. Nobody else waits: whatever is added to a team holds its row too, but for its key.
fn locked(
    connection: &mut PgConnection,
    team: TeamId,
    id: UserId,
) -> Result<User, WriteError<UserStoreError>> {
    teams::table
        .filter(teams::id.eq(team.uuid()))
        .select(teams::id)
        .for_no_key_update()
        .first::<Uuid>(connection)?;
    let row = of(team, id).select(UserRow::as_select()).for_update().first(connection).optional()?;
    let row = row.ok_or(WriteError::Port(UserStoreError::NotFound))?;
    User::try_from(row).map_err(WriteError::store)
}

fn other_admins(connection: &mut PgConnection, team: TeamId, id: UserId) -> QueryResult<u64> {
    let active = UserFilter { role: Some(Role::Admin), is_active: Some(true) };
    let count =
        filtered(team, active).filter(users::id.ne(id.uuid())).count().get_result::<i64>(connection)?;
    Ok(count.unsigned_abs())
}

pub(super) fn insert(connection: &mut PgConnection, team: TeamId, new: &NewUser) -> QueryResult<()> {
    let user = &new.user;
    diesel::insert_into(users::table)
        .values((
            users::team_id.eq(team.uuid()),
            users::id.eq(user.id.uuid()),
            users::email.eq(user.email.as_str()),
            users::email_key.eq(user.email.key()),
            users::password_hash.eq(new.password.as_str()),
            users::roles.eq(roles(user)),
            users::vendor_id.eq(user.membership.vendor().map(Id::uuid)),
            users::is_active.eq(user.is_active),
            users::version.eq(user.version),
            users::created_at.eq(user.created_at),
            users::updated_at.eq(user.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn update(connection: &mut PgConnection, team: TeamId, user: &User, change: &UserChange) -> QueryResult<()> {
    diesel::update(of(team, user.id))
        .set((
            users::email.eq(user.email.as_str()),
            users::email_key.eq(user.email.key()),
            // `None` leaves the column as it is
            change.password.as_ref().map(|password| users::password_hash.eq(password.as_str())),
            users::roles.eq(roles(user)),
            users::vendor_id.eq(user.membership.vendor().map(Id::uuid)),
            users::is_active.eq(user.is_active),
            users::version.eq(user.version),
            users::updated_at.eq(user.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

fn roles(user: &User) -> Vec<&'static str> {
    user.membership.roles().iter().map(|role| role.as_str()).collect()
}

fn end_sessions(
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

fn write_error(error: diesel::result::Error) -> WriteError<UserStoreError> {
    match constraint(&error) {
        Some("users_email_key_key") => WriteError::Port(UserStoreError::EmailTaken),
        Some("users_team_id_vendor_id_fkey") => WriteError::Port(UserStoreError::UnknownVendor),
        _ => error.into(),
    }
}

fn entry(action: &'static str, before: Option<&User>, after: &User) -> AuditEntry {
    AuditEntry {
        action: action.into(),
        subject_kind: "user",
        subject: after.id.uuid(),
        before: before.map(User::snapshot),
        after: Some(after.snapshot()),
    }
}
