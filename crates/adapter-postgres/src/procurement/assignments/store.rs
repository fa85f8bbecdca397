use std::collections::BTreeMap;

use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use kernel::access::Visibility;
use kernel::audit::{AuditEntry, Audited};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, Uuid, VendorId};
use kernel::page::{Page, Window};
use kernel::write::{WriteContext, Written};
use procurement::Vendor;
use procurement::assignment::{Assignment, AssignmentId, OrderId};
use procurement::ports::{AssignmentFilter, Assignments};
use procurement::supply::{NewAssignment, SupplyError, VendorAnswer};
use serde_json::Value;

use super::table::{AssignmentRow, insert, of_orders, with_ids};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::paging::{narrowed, page, seen, within};
use crate::procurement::supply::{LockedBy, lock, move_order};
use crate::procurement::vendors::in_use_or_not;
use crate::schema::assignments;
use crate::write_error::WriteError;

/// Assignments in PostgreSQL.
pub struct PgAssignments {
    db: Db,
}

impl PgAssignments {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Assignments for PgAssignments {
    #[tracing::instrument(name = "Assignments::assign", level = "debug", skip_all)]
    async fn assign(
        &self,
        context: WriteContext<Vec<Assignment>>,
        order: OrderId,
        ids: Vec<AssignmentId>,
        new: Vec<NewAssignment>,
    ) -> Result<Written<Vec<Assignment>>, SupplyError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let locked = lock(connection, team, LockedBy::Order(order.uuid()))?;
                let locked = locked.ok_or(WriteError::Port(SupplyError::NotFound("order")))?;
                let vendors = vendors(connection, team, &new)?;
                let made = locked.supply.assign(&new, &ids, &vendors, at).map_err(WriteError::Port)?;
                insert(connection, team, order, &made)?;
                let supply = locked.supply.with(&made);
                let (event, _) = move_order(connection, team, &locked.order, &supply, true, at)?;
                let audit =
                    vec![AuditEntry::of("assigned", None, Some(&AssignedItems { order, made: &made }))];
                Ok(Change { outcome: made, events: Vec::from_iter(event), audit })
            })
            .await
    }

    #[tracing::instrument(name = "Assignments::confirm", level = "debug", skip_all)]
    async fn confirm(
        &self,
        context: WriteContext<Assignment>,
        by: Visibility,
        id: AssignmentId,
        answer: VendorAnswer,
    ) -> Result<Written<Assignment>, SupplyError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let locked = lock(connection, team, LockedBy::Assignment(id.uuid()))?;
                let locked = locked.ok_or(WriteError::Port(SupplyError::NotFound("assignment")))?;
                let after = locked.supply.confirm(by, id, &answer, at).map_err(WriteError::Port)?;
                let before = locked.supply.assignments.iter().find(|it| it.id == id).cloned();
                let saved = locked.save(connection, team, std::slice::from_ref(&after), at)?;
                let verb = if after.answer.confirmed().is_some_and(|it| it.is_zero()) {
                    "declined"
                } else {
                    "confirmed"
                };
                let entry = AuditEntry::of(verb, before.as_ref(), Some(&after));
                let audit = [entry].into_iter().chain(saved.audit).collect();
                Ok(Change { outcome: after, events: saved.events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "Assignments::find", level = "debug", skip_all)]
    async fn find(
        &self,
        team: TeamId,
        visibility: Visibility,
        id: AssignmentId,
    ) -> Result<Option<Assignment>, StoreError> {
        let rows =
            self.db.read(Scope::Team(team), move |connection| with_ids(connection, team, &[id.uuid()]));
        let found = rows.await?.into_iter().next().map(Assignment::try_from).transpose()?;
        Ok(found.filter(|assignment| assignment.is_visible_to(visibility)))
    }

    #[tracing::instrument(name = "Assignments::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        visibility: Visibility,
        filter: AssignmentFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<Assignment>, StoreError> {
        let read = self.db.read(Scope::Team(team), move |connection| {
            let all = || filtered(team, visibility, &filter);
            let ids: Vec<Uuid> = all()
                .order((assignments::assigned_at.desc(), assignments::id.desc()))
                .limit(window.limit().into())
                .offset(window.offset().into())
                .select(assignments::id)
                .load(connection)?;
            let total = counted.then(|| all().count().get_result(connection)).transpose()?;
            Ok((with_ids(connection, team, &ids)?, ids, total))
        });
        let (rows, ids, total) = read.await?;
        page(&ids, rows.into_iter().map(|row| Ok((row.id, row.try_into()?))), total)
    }

    #[tracing::instrument(name = "Assignments::of_orders", level = "debug", skip_all)]
    async fn of_orders(
        &self,
        team: TeamId,
        visibility: Visibility,
        orders: Vec<OrderId>,
    ) -> Result<Vec<Assignment>, StoreError> {
        let ids: Vec<_> = orders.into_iter().map(Id::uuid).collect();
        let read = self.db.read(Scope::Team(team), move |connection| of_orders(connection, team, &ids));
        let mut found = read
            .await?
            .into_iter()
            .map(AssignmentRow::try_into)
            .collect::<Result<Vec<Assignment>, StoreError>>()?;
        found.retain(|assignment| assignment.is_visible_to(visibility));
        Ok(found)
    }
}

fn filtered(
    team: TeamId,
    visibility: Visibility,
    filter: &AssignmentFilter,
) -> assignments::BoxedQuery<'static, Pg> {
    let of_team = assignments::table.filter(assignments::team_id.eq(team.uuid())).into_boxed();
    let narrowed = narrowed!(seen!(of_team, assignments::vendor_id, visibility),
        assignments::status => filter.status.map(|status| status.as_str()),
        assignments::vendor_id => filter.vendor.map(Id::uuid),
        assignments::order_id => filter.order.map(Id::uuid),
    );
    within!(narrowed, assignments::assigned_at, filter.assigned)
}

/// The vendors that are named, by their ids. A vendor may be taken out of use a moment later: nothing depends on it.
fn vendors(
    connection: &mut PgConnection,
    team: TeamId,
    new: &[NewAssignment],
) -> Result<BTreeMap<VendorId, Vendor>, WriteError<SupplyError>> {
    let ids = new.iter().map(|new| new.vendor).collect::<std::collections::BTreeSet<_>>();
    let found = in_use_or_not(connection, team, &ids.into_iter().map(Id::uuid).collect::<Vec<_>>())?;
    let found = found.map_err(WriteError::store)?;
    Ok(found.into_iter().map(|vendor| (vendor.id, vendor)).collect())
}

/// What a call assigned of an order, as the audit trail shows it.
struct AssignedItems<'a> {
    order: OrderId,
    made: &'a [Assignment],
}

impl Audited for AssignedItems<'_> {
    const KIND: &'static str = "sales_order";

    fn audited_id(&self) -> Uuid {
        self.order.uuid()
    }

    fn snapshot(&self) -> String {
        let item = |made: &Assignment| {
            serde_json::json!({
                "id": made.id.uuid(), "orderItemId": made.line.id.uuid(), "vendor": made.vendor.code.as_str(),
                "quantity": made.quantity,
            })
        };
        Value::from_iter([("assignments", Value::from_iter(self.made.iter().map(item)))]).to_string()
    }
}
