//! The table `accounting_connections`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use invoicing::accounting::{
    AccountingConnection, CompanyId, ConnectionError, Keys, PaymentTerm, SealedConnection, StoredConnection,
};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use secrets::sealing::SealingKeys;
use uuid::Uuid;

use super::sealing;
use crate::schema::accounting_connections as connections;
use crate::write_error::unreadable;

#[derive(Queryable, Selectable)]
#[diesel(table_name = connections, check_for_backend(Pg))]
pub(super) struct ConnectionRow {
    team_id: Uuid,
    company: String,
    pub(super) secrets: Vec<u8>,
    time_zone: String,
    payment_method: String,
    payment_term_days: i16,
    prices: String,
    created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl ConnectionRow {
    /// The connection with its keys opened.
    pub(super) fn open(self, keys: &SealingKeys) -> Result<StoredConnection, ConnectionError> {
        match sealing::open(keys, Id::new(self.team_id), &self.secrets) {
            Ok(keys) => Ok(self.with_keys(keys)?),
            Err(cause) => {
                tracing::error!(%cause, "the accounting connection of a team can't be used");
                Err(ConnectionError::Sealed(Box::new(self.sealed()?)))
            }
        }
    }

    fn sealed(&self) -> Result<SealedConnection, StoreError> {
        Ok(SealedConnection {
            company: CompanyId::try_new(&self.company).map_err(unreadable)?,
            zone: self.time_zone.parse().map_err(unreadable)?,
            payment_method: self.payment_method.parse().map_err(unreadable)?,
            payment_term: PaymentTerm::try_new(self.payment_term_days.into()).map_err(unreadable)?,
            prices: self.prices.parse().map_err(unreadable)?,
            updated_at: self.updated_at,
        })
    }

    /// The connection with these keys in place of the sealed ones.
    pub(super) fn with_keys(self, keys: Keys) -> Result<StoredConnection, StoreError> {
        let SealedConnection { company, zone, payment_method, payment_term, prices, updated_at } =
            self.sealed()?;
        let team = Id::new(self.team_id);
        let connection =
            AccountingConnection { team, company, keys, zone, payment_method, payment_term, prices };
        Ok(StoredConnection { connection, created_at: self.created_at, updated_at })
    }
}

/// The columns that are set anew.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = connections)]
struct ConnectionColumns<'a> {
    company: &'a str,
    secrets: &'a [u8],
    time_zone: &'a str,
    payment_method: &'a str,
    payment_term_days: i16,
    prices: &'a str,
    updated_at: DateTime<Utc>,
}

impl<'a> ConnectionColumns<'a> {
    fn of(connection: &'a AccountingConnection, secrets: &'a [u8], updated_at: DateTime<Utc>) -> Self {
        Self {
            company: connection.company.as_str(),
            secrets,
            time_zone: connection.zone.name(),
            payment_method: connection.payment_method.as_str(),
            payment_term_days: i16::try_from(connection.payment_term.days()).unwrap_or(i16::MAX),
            prices: connection.prices.as_str(),
            updated_at,
        }
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId) -> _ {
    let team: Uuid = team.uuid();
    connections::table.filter(connections::team_id.eq(team))
}

pub(super) fn load(connection: &mut PgConnection, team: TeamId) -> QueryResult<Option<ConnectionRow>> {
    of(team).select(ConnectionRow::as_select()).first(connection).optional()
}

pub(super) fn lock(connection: &mut PgConnection, team: TeamId) -> QueryResult<Option<ConnectionRow>> {
    of(team).select(ConnectionRow::as_select()).for_no_key_update().first(connection).optional()
}

/// Inserts a connection; returns whether the team had none.
pub(super) fn insert(
    connection: &mut PgConnection,
    ours: &AccountingConnection,
    secrets: &[u8],
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let columns = ConnectionColumns::of(ours, secrets, at);
    let rows = diesel::insert_into(connections::table)
        .values((connections::team_id.eq(ours.team.uuid()), columns, connections::created_at.eq(at)))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(rows == 1)
}

pub(super) fn update(
    connection: &mut PgConnection,
    ours: &AccountingConnection,
    secrets: &[u8],
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let columns = ConnectionColumns::of(ours, secrets, at);
    diesel::update(of(ours.team)).set(columns).execute(connection).map(drop)
}
