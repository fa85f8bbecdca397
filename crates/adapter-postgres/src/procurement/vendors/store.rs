use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use kernel::access::Visibility;
use kernel::error::StoreError;
use kernel::id::{TeamId, VendorId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use procurement::ports::{VendorFilter, Vendors};
use procurement::vendor::{Vendor, VendorChange, VendorError};

use super::table::{VendorRow, insert, lock, update};
use crate::db::{Db, Lane, Scope, listing};
use crate::effects::Change;
use crate::schema::vendors;
use crate::write_error::{WriteError, constraint};

/// Vendors in PostgreSQL.
pub struct PgVendors {
    db: Db,
}

impl PgVendors {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Vendors for PgVendors {
    #[tracing::instrument(name = "Vendors::create", level = "debug", skip_all)]
    async fn create(
        &self,
        context: WriteContext<Vendor>,
        vendor: Vendor,
    ) -> Result<Written<Vendor>, VendorError> {
        let team = context.team;
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                insert(connection, team, &vendor).map_err(blame)?;
                Ok(Change::created(vendor.clone()))
            })
            .await
    }

    #[tracing::instrument(name = "Vendors::change", level = "debug", skip_all)]
    async fn change(
        &self,
        context: WriteContext<Vendor>,
        id: VendorId,
        change: VendorChange,
    ) -> Result<Written<Vendor>, VendorError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(VendorError::NotFound))?;
                let Some(after) = before.change(&change, at) else { return Ok(Change::nothing(before)) };
                update(connection, team, &after)?;
                Ok(Change::changed(&before, after))
            })
            .await
    }

    #[tracing::instrument(name = "Vendors::find", level = "debug", skip_all)]
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

    #[tracing::instrument(name = "Vendors::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: VendorFilter,
        window: Window,
    ) -> Result<Listing<Vendor>, StoreError> {
        self.db
            .read(Scope::Team(team), move |connection| {
                let all = || filtered(team, visibility, &filter);
                let rows =
                    all().order(vendors::code).limit(window.limit().into()).offset(window.offset().into());
                Ok((
                    rows.select(VendorRow::as_select()).load(connection)?,
                    all().count().get_result(connection)?,
                ))
            })
            .await
            .and_then(listing)
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

fn blame(error: diesel::result::Error) -> WriteError<VendorError> {
    match constraint(&error) {
        Some("vendors_team_id_code_key") => WriteError::Port(VendorError::CodeTaken),
        _ => error.into(),
    }
}
