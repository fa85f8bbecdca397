use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use identity::ports::{UserFilter, Users};
use identity::user::{PasswordHash, User, UserChange, UserError, keeps_an_admin};
use kernel::access::Role;
use kernel::error::StoreError;
use kernel::id::{TeamId, UserId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use super::table::{UserRow, insert, lock, of, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::identity::sessions::table::end_all;
use crate::schema::users;
use crate::write_error::{WriteError, constraint};

/// Users in PostgreSQL.
pub struct PgUsers {
    db: Db,
}

impl PgUsers {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Users for PgUsers {
    #[tracing::instrument(name = "Users::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<User>,
        user: User,
        password: PasswordHash,
    ) -> Result<Written<User>, UserError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &user, &password).map_err(blame)?;
                Ok(Change::created(user.clone()))
            })
            .await
    }

    #[tracing::instrument(name = "Users::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<User>,
        id: UserId,
        change: UserChange,
    ) -> Result<Written<User>, UserError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(UserError::NotFound))?;
                let after = before.change(&change, at).map_err(|fault| WriteError::Port(fault.into()))?;
                let Some(after) = after else { return Ok(Change::nothing(before)) };
                if !keeps_an_admin(&before, &after, other_admins(connection, team, id)?) {
                    return Err(WriteError::Port(UserError::LastAdmin));
                }
                update(connection, team, &after, change.password.as_ref()).map_err(blame)?;
                if change.password.is_some() || (before.is_active && !after.is_active) {
                    end_all(connection, team, id, change.kept_session, at)?;
                }
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "Users::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: UserId) -> Result<Option<User>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            of(team, id).select(UserRow::as_select()).first(connection).optional()
        });
        row.await?.map(User::try_from).transpose()
    }

    #[tracing::instrument(name = "Users::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: UserFilter,
        window: Window,
    ) -> Result<Listing<User>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, filter)
                    .order((users::email_key, users::id))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(UserRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, filter).count().get_result(connection)?))
            })
            .await
            .and_then(listing)
    }
}

/// The SQL of [`UserFilter::passes`].
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

fn other_admins(connection: &mut PgConnection, team: TeamId, id: UserId) -> QueryResult<u64> {
    let active = UserFilter { role: Some(Role::Admin), is_active: Some(true) };
    let count =
        filtered(team, active).filter(users::id.ne(id.uuid())).count().get_result::<i64>(connection)?;
    Ok(count.unsigned_abs())
}

fn blame(error: diesel::result::Error) -> WriteError<UserError> {
    match constraint(&error) {
        Some("users_email_key_key") => WriteError::Port(UserError::EmailTaken),
        Some("users_team_id_vendor_id_fkey") => WriteError::Port(UserError::UnknownVendor),
        _ => error.into(),
    }
}
