//! The table `users`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use identity::user::{Email, Membership, PasswordHash, User};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use uuid::Uuid;

use crate::schema::{teams, users};
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Pg))]
pub(in crate::identity) struct UserRow {
    pub(in crate::identity) id: Uuid,
    pub(in crate::identity) email: String,
    pub(in crate::identity) roles: Vec<String>,
    pub(in crate::identity) vendor_id: Option<Uuid>,
    pub(in crate::identity) is_active: bool,
    pub(in crate::identity) version: i64,
    pub(in crate::identity) created_at: DateTime<Utc>,
    pub(in crate::identity) updated_at: DateTime<Utc>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let roles =
            row.roles.iter().map(|role| role.parse()).collect::<Result<_, _>>().map_err(unreadable)?;
        let membership = Membership::try_new(roles, row.vendor_id.map(Id::new));
        Ok(Self {
            id: Id::new(row.id),
            email: Email::try_new(&row.email).map_err(unreadable)?,
            membership: membership.map_err(unreadable)?,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn of(team: TeamId, id: UserId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    users::table.filter(users::team_id.eq(team)).filter(users::id.eq(id))
}

/// The user, after the team's row: a change of users waits for the one before it in the team, so that two can't each
/// take away the other's last ADMIN. Nothing else waits: what is added to a team locks its row too, but for its key.
pub(super) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: UserId,
) -> Result<Option<User>, WriteError<E>> {
    teams::table
        .filter(teams::id.eq(team.uuid()))
        .select(teams::id)
        .for_no_key_update()
        .first::<Uuid>(connection)?;
    let row = of(team, id).select(UserRow::as_select()).for_update().first(connection).optional()?;
    row.map(User::try_from).transpose().map_err(WriteError::store)
}

pub(in crate::identity) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    user: &User,
    password: &PasswordHash,
) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values((
            users::team_id.eq(team.uuid()),
            users::id.eq(user.id.uuid()),
            users::email.eq(user.email.as_str()),
            users::email_key.eq(user.email.key()),
            users::password_hash.eq(password.as_str()),
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

/// `None` leaves the password as it is.
pub(super) fn update(
    connection: &mut PgConnection,
    team: TeamId,
    user: &User,
    password: Option<&PasswordHash>,
) -> QueryResult<()> {
    diesel::update(of(team, user.id))
        .set((
            users::email.eq(user.email.as_str()),
            users::email_key.eq(user.email.key()),
            password.map(|password| users::password_hash.eq(password.as_str())),
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
