//! The table `vendors`.

use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, VendorId};
use procurement::vendor::{Address, PaymentTerm, Vendor, VendorCode, VendorName};
use uuid::Uuid;

use crate::schema::vendors;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = vendors, check_for_backend(Pg))]
pub(super) struct VendorRow {
    id: Uuid,
    code: String,
    name: String,
    email: Option<String>,
    address: Option<String>,
    payment_term_days: i16,
    is_active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<VendorRow> for Vendor {
    type Error = StoreError;

    fn try_from(row: VendorRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: Id::new(row.id),
            code: VendorCode::try_new(&row.code).map_err(unreadable)?,
            name: VendorName::try_new(&row.name).map_err(unreadable)?,
            email: row.email.as_deref().map(Email::try_new).transpose().map_err(unreadable)?,
            address: row.address.as_deref().map(Address::try_new).transpose().map_err(unreadable)?,
            payment_term: PaymentTerm::try_new(row.payment_term_days.into()).map_err(unreadable)?,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: VendorId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    vendors::table.filter(vendors::team_id.eq(team)).filter(vendors::id.eq(id))
}

pub(in crate::procurement) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: VendorId,
) -> Result<Option<Vendor>, WriteError<E>> {
    let query = of(team, id).select(VendorRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    row.map(Vendor::try_from).transpose().map_err(WriteError::store)
}

/// Vendors by their ids, in use or not.
pub(in crate::procurement) fn in_use_or_not(
    connection: &mut PgConnection,
    team: TeamId,
    ids: &[Uuid],
) -> QueryResult<Result<Vec<Vendor>, StoreError>> {
    let of_team = vendors::table.filter(vendors::team_id.eq(team.uuid()));
    let rows = of_team.filter(vendors::id.eq_any(ids)).select(VendorRow::as_select()).load(connection)?;
    Ok(rows.into_iter().map(Vendor::try_from).collect())
}

pub(in crate::procurement) fn insert(
    connection: &mut PgConnection,
    team: TeamId,
    vendor: &Vendor,
) -> QueryResult<()> {
    diesel::insert_into(vendors::table)
        .values((
            vendors::team_id.eq(team.uuid()),
            vendors::id.eq(vendor.id.uuid()),
            vendors::code.eq(vendor.code.as_str()),
            vendors::name.eq(vendor.name.as_str()),
            vendors::name_key.eq(vendor.name.key()),
            vendors::email.eq(vendor.email.as_ref().map(Email::as_str)),
            vendors::address.eq(vendor.address.as_ref().map(Address::as_str)),
            vendors::payment_term_days.eq(days(vendor)),
            vendors::is_active.eq(vendor.is_active),
            vendors::version.eq(vendor.version),
            vendors::created_at.eq(vendor.created_at),
            vendors::updated_at.eq(vendor.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

pub(in crate::procurement) fn update(
    connection: &mut PgConnection,
    team: TeamId,
    vendor: &Vendor,
) -> QueryResult<()> {
    diesel::update(of(team, vendor.id))
        .set((
            vendors::name.eq(vendor.name.as_str()),
            vendors::name_key.eq(vendor.name.key()),
            vendors::email.eq(vendor.email.as_ref().map(Email::as_str)),
            vendors::address.eq(vendor.address.as_ref().map(Address::as_str)),
            vendors::payment_term_days.eq(days(vendor)),
            vendors::is_active.eq(vendor.is_active),
            vendors::version.eq(vendor.version),
            vendors::updated_at.eq(vendor.updated_at),
        ))
        .execute(connection)
        .map(drop)
}

/// At most a year: it always fits.
fn days(vendor: &Vendor) -> i16 {
    i16::try_from(vendor.payment_term.days()).unwrap_or(i16::MAX)
}
