//! Vendors.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use kernel::access::Visibility;
use kernel::audit::AuditEntry;
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, VendorId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use procurement::ports::{VendorFilter, VendorStoreError, Vendors};
use procurement::vendor::{Address, PaymentTerm, Vendor, VendorChange, VendorCode, VendorName};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::vendors;
use crate::write_error::{WriteError, constraint, unreadable};

/// Vendors in PostgreSQL.
pub struct PgVendors {
    db: Db,
}

impl PgVendors {
    /// Stands on a pool.
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = vendors, check_for_backend(Pg))]
struct VendorRow {
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

#[async_trait]
impl Vendors for PgVendors {
    async fn create(
        &self,
        context: WriteContext<Vendor>,
        vendor: Vendor,
    ) -> Result<Written<Vendor>, VendorStoreError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &vendor).map_err(write_error)?;
                let entry = entry("vendor.created", None, &vendor);
                Ok(Change::audited(vendor.clone(), entry))
            })
            .await
    }

    async fn change(
        &self,
        context: WriteContext<Vendor>,
        id: VendorId,
        change: VendorChange,
    ) -> Result<Written<Vendor>, VendorStoreError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before =
                    locked(connection, team, id)?.ok_or(WriteError::Port(VendorStoreError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after)?;
                let entry = entry("vendor.changed", Some(&before), &after);
                Ok(Change::audited(after, entry))
            })
            .await
    }

    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: VendorId,
    ) -> Result<Option<Vendor>, StoreError> {
        let row = self.db.read(Scope::Team(team), move |connection| {
            let query = seen(team, visibility).filter(vendors::id.eq(id.uuid()));
            query.select(VendorRow::as_select()).first(connection).optional()
        });
        row.await?.map(Vendor::try_from).transpose()
    }

    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: VendorFilter,
        window: Window,
    ) -> Result<Listing<Vendor>, StoreError> {
        let (rows, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows = filtered(team, visibility, &filter)
                    .order(vendors::code)
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select(VendorRow::as_select())
                    .load(connection)?;
                Ok((rows, filtered(team, visibility, &filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let items = rows.into_iter().map(Vendor::try_from).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

diesel::infix_operator!(BeginsWith, " ^@ ", backend: Pg);

/// That a text begins so; unlike `LIKE`, leakproof, and so within reach of an index under row-level security.
fn begins_with<T: Expression<SqlType = Text>>(
    text: T,
    prefix: String,
) -> BeginsWith<T, diesel::dsl::AsExprOf<String, Text>> {
    BeginsWith::new(text, prefix.into_sql::<Text>())
}

/// The SQL of [`Vendor::is_visible_to`].
fn seen(team: TeamId, visibility: Visibility) -> vendors::BoxedQuery<'static, Pg> {
    let query = vendors::table.filter(vendors::team_id.eq(team.uuid())).into_boxed();
    match visibility {
        Visibility::All => query,
        Visibility::Own(vendor) => query.filter(vendors::id.eq(vendor.uuid())),
        Visibility::Nothing => query.filter(false.into_sql::<Bool>()),
    }
}

/// The SQL of [`VendorFilter::passes`].
fn filtered(team: TeamId, visibility: Visibility, filter: &VendorFilter) -> vendors::BoxedQuery<'static, Pg> {
    let mut query = seen(team, visibility);
    if let Some(is_active) = filter.is_active {
        query = query.filter(vendors::is_active.eq(is_active));
    }
    if let Some(search) = &filter.search {
        let by_code = begins_with(vendors::code, search.code_prefix());
        query = query.filter(by_code.or(begins_with(vendors::name_key, search.name_prefix())));
    }
    query
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(team: TeamId, id: VendorId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    vendors::table.filter(vendors::team_id.eq(team)).filter(vendors::id.eq(id))
}

fn locked<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: VendorId,
) -> Result<Option<Vendor>, WriteError<E>> {
    let query = of(team, id).select(VendorRow::as_select()).for_update();
    let row = query.first(connection).optional()?;
    row.map(Vendor::try_from).transpose().map_err(WriteError::store)
}

fn insert(connection: &mut PgConnection, team: TeamId, vendor: &Vendor) -> QueryResult<()> {
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

fn update(connection: &mut PgConnection, team: TeamId, vendor: &Vendor) -> QueryResult<()> {
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

fn write_error(error: diesel::result::Error) -> WriteError<VendorStoreError> {
    match constraint(&error) {
        Some("vendors_team_id_code_key") => WriteError::Port(VendorStoreError::CodeTaken),
        _ => error.into(),
    }
}

fn entry(action: &'static str, before: Option<&Vendor>, after: &Vendor) -> AuditEntry {
    AuditEntry {
        action,
        subject_kind: "vendor",
        subject: after.id.uuid(),
        before: before.map(Vendor::snapshot),
        after: Some(after.snapshot()),
    }
}
