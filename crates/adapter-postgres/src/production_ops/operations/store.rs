use std::collections::BTreeSet;

use async_trait::async_trait;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use production_ops::operation::{Action, ActionError, ActionRequest, OperationId, Segment};
use production_ops::order::{ActionFacts, Changed, ManufacturingOrder, SkillCheck};
use production_ops::ports::{ActionOutcome, OperationDetail, OperationFilter, OperationView, Operations};
use production_ops::{Name, Skill};
use uuid::Uuid;

use super::list::{ListedRow, RelatedNames, department_of, filtered, segments, sorted};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::master_data::find;
use crate::production_ops::activities::due;
use crate::production_ops::operators::find_by;
use crate::production_ops::orders::changes;
use crate::production_ops::orders::table::{OrderRow, lock_by_operation, order_with, with_operations};
use crate::schema::{routing_operations, teams};
use crate::write_error::{WriteError, unreadable};

/// Operations in PostgreSQL.
pub struct PgOperations {
    db: Db,
}

impl PgOperations {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Operations for PgOperations {
    #[tracing::instrument(name = "Operations::act", level = "debug", skip_all)]
    async fn act(
        &self,
        context: WriteContext<ActionOutcome>,
        id: OperationId,
        request: ActionRequest,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<ActionOutcome>, ActionError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock_by_operation(connection, team, id)?;
                let before = before.ok_or(WriteError::Port(ActionError::NotFound))?;
                before.check_seen(id, seen.as_deref()).map_err(WriteError::Port)?;
                let facts = facts(connection, team, &before, id, &request)?;
                let changed = before.act(id, &request, &facts, at).map_err(WriteError::Port)?;
                changes::write_action(connection, team, &before, &changed)?;
                let events = changes::messages(&changed.events)?;
                let (audit, outcome) = outcome(&before, changed, id, request.action())?;
                Ok(Change { outcome, events, audit: vec![audit] })
            })
            .await
    }

    #[tracing::instrument(name = "Operations::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: OperationId) -> Result<Option<OperationDetail>, StoreError> {
        let found = self.db.read(Scope::Team(team), move |connection| {
            let row = order_with(team, id).select(OrderRow::as_select()).first(connection).optional()?;
            let Some(row) = row else { return Ok(None) };
            let order = with_operations::<StoreError>(connection, team, row);
            Ok(Some((order, department_of(connection, team, id)?, segments(connection, team, id)?)))
        });
        let Some((order, department, segments)) = found.await? else { return Ok(None) };
        let order = order.map_err(WriteError::into_port_error)?;
        // an import may have given the order other operations meanwhile
        let Some(operation) = order.operations.iter().find(|operation| operation.id == id) else {
            return Ok(None);
        };
        let view = OperationView {
            operation: operation.clone(),
            order: order.id,
            order_number: order.number.clone(),
            quantity: order.quantity,
            available_quantity: order.available_quantity(id),
            department: Name::try_new(&department).map_err(unreadable)?,
        };
        let segments = segments.into_iter().map(Segment::try_from).collect::<Result<_, _>>()?;
        Ok(Some(OperationDetail { view, allowed_actions: order.allowed_actions(id), segments }))
    }

    #[tracing::instrument(name = "Operations::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: OperationFilter,
        window: Window,
    ) -> Result<Listing<OperationView>, StoreError> {
        let listed = self.db.read(Scope::Team(team), move |connection| {
            let rows: Vec<ListedRow> = sorted(filtered(team, filter), filter)
                .offset(window.offset().into())
                .limit(window.limit().into())
                .select(ListedRow::as_select())
                .load(connection)?;
            let total: i64 = filtered(team, filter).count().get_result(connection)?;
            Ok((RelatedNames::of(connection, team, &rows)?, rows, total))
        });
        let (related_names, rows, total) = listed.await?;
        let items = rows.into_iter().map(|row| related_names.view(row)).collect::<Result<_, _>>()?;
        Ok(Listing { items, total: total.unsigned_abs() })
    }
}

/// What an action depends on beside its order.
fn facts(
    connection: &mut PgConnection,
    team: TeamId,
    order: &ManufacturingOrder,
    id: OperationId,
    request: &ActionRequest,
) -> Result<ActionFacts, WriteError<ActionError>> {
    let step = order.operations.iter().find(|operation| operation.id == id);
    let step = step.map(|operation| operation.routing_operation.uuid()).unwrap_or_default();
    let (operator, required_skills, skill_check) = match request.operator() {
        Some(reference) => {
            let (skills, check) = demands(connection, team, step)?;
            (find_by(connection, team, reference)?, skills, check)
        }
        None => (None, BTreeSet::new(), SkillCheck::Refuse),
    };
    let reason = match request.reason() {
        Some(reason) => find(connection, team, reason)?,
        None => None,
    };
    let activities = match request {
        ActionRequest::Complete { .. } => due(connection, team, step, id)?,
        _ => Vec::new(),
    };
    Ok(ActionFacts { operator, reason, required_skills, skill_check, activities })
}

/// The skills that an operation of a routing needs, and what a missing one comes to in the team.
fn demands<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    step: Uuid,
) -> Result<(BTreeSet<Skill>, SkillCheck), WriteError<E>> {
    let (skills, check): (Vec<String>, String) = routing_operations::table
        .inner_join(teams::table.on(teams::id.eq(routing_operations::team_id)))
        .filter(routing_operations::team_id.eq(team.uuid()))
        .filter(routing_operations::id.eq(step))
        .select((routing_operations::required_skills, teams::skill_check))
        .first(connection)?;
    let skills =
        skills.iter().map(|skill| Skill::try_new(skill).map_err(unreadable)).collect::<Result<_, _>>();
    let check = check.parse().map_err(unreadable);
    Ok((skills.map_err(WriteError::store)?, check.map_err(WriteError::store)?))
}

/// The audit entry and the outcome of an action.
fn outcome<E: From<StoreError>>(
    before: &ManufacturingOrder,
    changed: Changed,
    id: OperationId,
    action: Action,
) -> Result<(AuditEntry, ActionOutcome), WriteError<E>> {
    let Changed { order, warnings, .. } = changed;
    let Some(is) = order.operation(id) else {
        return Err(WriteError::internal("an operation is gone within its transaction"));
    };
    let verb = match action {
        Action::Start => "started",
        Action::Pause => "paused",
        Action::Resume => "resumed",
        Action::Report => "reported",
        Action::Complete => "completed",
        Action::Correct => "corrected",
    };
    let entry = AuditEntry::of(verb, before.operation(id).as_ref(), Some(&is));
    let entry = AuditEntry { action: format!("operation.{verb}").into(), ..entry };
    let operation = is.operation.clone();
    let (available_quantity, allowed_actions) = (order.available_quantity(id), order.allowed_actions(id));
    Ok((entry, ActionOutcome { operation, available_quantity, allowed_actions, warnings }))
}
