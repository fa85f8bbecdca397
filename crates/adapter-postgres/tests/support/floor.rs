//! The shop floor of a team: what it works with, and work that is done there.

use adapter_postgres::equipment::PgEquipment;
use adapter_postgres::production_ops::{
    PgActivities, PgAttendances, PgCollections, PgOperations, PgOperators, PgOrders, PgPauseReasons,
    PgRoutings,
};
use chrono::{DateTime, Utc};
use equipment::ports::EquipmentRegister;
use equipment::{Alarm, AlarmCode, AlarmMessage, EquipmentStatus, Readings, Sample, Severity, Tag};
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId, UserId};
use kernel::manufacturing::{Priority, Sku};
use kernel::numbering::Series;
use kernel::quantity::Quantity;
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;
use production_ops::Skill;
use production_ops::collection::{Collection, NewCollection};
use production_ops::data_collection::{
    ActivityId, FieldDefinition, FieldDefinitions, NewActivity, OnViolation,
};
use production_ops::department::DepartmentId;
use production_ops::operation::{ActionError, ActionRequest, OperationId, OperatorRef};
use production_ops::operator::{Badge, ClockEvent, NewOperator, OperatorId};
use production_ops::order::{NewOrder, OrderError, Schedule};
use production_ops::pause_reason::{NewPauseReason, PauseCategory, PauseReasonId};
use production_ops::ports::{
    ActionOutcome, Attendances, Collections, Operations, OrderView, Orders, Routings,
};
use production_ops::routing::{
    Collecting, Minutes, OperationActivities, OperationContent, OperationTimes, Routing, RoutingChoice,
    RoutingContent, RunTimeBasis,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Store, at, block_on, context, context_at, done, minute, name};
use crate::attachments;

/// What orders of a moment get their numbers from.
pub(crate) fn series(at: DateTime<Utc>) -> Series {
    Series::yearly("manufacturing_order", "ORD", at, TimeZone::default())
}

impl Store {
    /// What the shop floor of a team works with, one of each, and an order that is being worked on there.
    pub(crate) fn floor(&self, team: TeamId) {
        let reason = self.pause_reason(team, "Lunch");
        let user = format!("SELECT id FROM users WHERE team_id = '{team}' ORDER BY created_at, id LIMIT 1");
        let user = Id::new(self.database.scalar(&user).parse().expect("an id"));
        let operator = self.operator(team, "A-17", &["milling"], Some(user));
        let clocked = PgAttendances::new(self.db.clone());
        block_on(clocked.clock(context(team), operator, ClockEvent::In)).expect("the operator comes");
        let activity = self.activity(team, "Torque");
        let collecting = json!([{"id": activity.uuid()}]);
        self.routing(team, "Widget", &[json!({"dataCollectionActivities": collecting}), json!({})]);

        let order = self.posted(team, posting("Widget")).order;
        let first = order.operations.first().expect("its first operation").id;
        let by = OperatorRef(operator.uuid());
        for (minutes, request) in [
            (1, ActionRequest::Start { operator: by }),
            (2, ActionRequest::Pause { reason }),
            (3, ActionRequest::Resume { operator: None }),
        ] {
            self.act(team, first, request, minute(minutes)).expect("the operation lets itself be worked on");
        }
        self.collected(team, first, activity, by);
        self.machine(team);
        self.relayed(team);
    }

    /// Two consumers of one of the team's events: one has taken it, one has failed at it.
    fn relayed(&self, team: TeamId) {
        let event = format!("SELECT id FROM outbox WHERE team_id = '{team}' ORDER BY xid, id LIMIT 1");
        let event = self.database.scalar(&event);
        self.database.execute(&format!(
            "INSERT INTO inbox VALUES ('{team}', 'first', '{event}', now());
             INSERT INTO relay_retries VALUES ('{team}', '{event}', 'second', 1, now(), 'refused')"
        ));
    }

    /// A machine that has reported, with an alarm.
    fn machine(&self, team: TeamId) {
        let department = format!("SELECT id FROM departments WHERE team_id = '{team}' ORDER BY id LIMIT 1");
        let alarm = Alarm {
            code: AlarmCode::try_new("HOT").expect("a code"),
            severity: Severity::Info,
            message: AlarmMessage::try_new("It is hot").expect("a message"),
        };
        let sample = Sample {
            department: self.database.scalar(&department).parse().expect("an id"),
            status: EquipmentStatus::Running,
            operation: None,
            readings: Readings::default(),
            alarms: vec![alarm],
            taken_at: at(),
        };
        let tag = Tag::try_new("MACHINE-001").expect("a tag");
        let register = PgEquipment::new(self.db.clone());
        let reported = register.report(context(team), Id::new(SystemIds.uuid()), tag, sample);
        block_on(reported).expect("a report is taken");

        attachments::stored(self, team, attachments::drawing());
        attachments::announced(self, team, attachments::drawing());
        let note = attachments::note(attachments::ticket(self, team));
        attachments::stored(self, team, note);
    }

    /// A new pause reason of a team.
    pub(crate) fn pause_reason(&self, team: TeamId, text: &str) -> PauseReasonId {
        let new = NewPauseReason { name: name(text), category: PauseCategory::Planned, is_active: true };
        self.registered(&PgPauseReasons::new(self.db.clone()), team, new).id
    }

    /// A new operator of a team.
    pub(crate) fn operator(
        &self,
        team: TeamId,
        badge: &str,
        skills: &[&str],
        user: Option<UserId>,
    ) -> OperatorId {
        let new = NewOperator {
            name: name("Ann"),
            badge: Badge::try_new(badge).expect("a badge"),
            skills: skills.iter().map(|skill| Skill::try_new(skill).expect("a skill")).collect(),
            user,
            is_active: true,
        };
        self.registered(&PgOperators::new(self.db.clone()), team, new).id
    }

    /// A new data collection activity of a team, without fields.
    pub(crate) fn activity(&self, team: TeamId, name: &str) -> ActivityId {
        self.activity_of(team, name, &[], OnViolation::Reject)
    }

    /// The same with fields, as they are stored but for their ids.
    pub(crate) fn activity_of(
        &self,
        team: TeamId,
        text: &str,
        definitions: &[Value],
        on_violation: OnViolation,
    ) -> ActivityId {
        let mut fields = FieldDefinitions::default();
        for definition in definitions {
            fields.add(FieldDefinition::from_json(definition).expect("a field")).expect("another name");
        }
        let new = NewActivity { name: name(text), description: None, fields, on_violation, is_active: true };
        self.registered(&PgActivities::new(self.db.clone()), team, new).id
    }

    /// A new routing of a team that has a department; operations say what they have to beside name and department.
    pub(crate) fn routing(&self, team: TeamId, name: &str, operations: &[Value]) -> Routing {
        let content = self.routing_content(team, name, operations);
        let routings = PgRoutings::new(self.db.clone());
        done(block_on(routings.create(context(team), Id::new(SystemIds.uuid()), content)))
    }

    /// What a routing is to say.
    pub(crate) fn routing_content(&self, team: TeamId, text: &str, operations: &[Value]) -> RoutingContent {
        let department = format!("SELECT id FROM departments WHERE team_id = '{team}' ORDER BY id LIMIT 1");
        let department = self.database.scalar(&department);
        let operations = (1..)
            .zip(operations)
            .map(|(number, fields)| operation_content(number, department.parse().expect("an id"), fields));
        RoutingContent {
            name: name(text),
            description: None,
            product: None,
            allow_overlap: false,
            operations: operations.collect(),
        }
    }

    /// Creates an order, or fails to.
    pub(crate) fn try_post(
        &self,
        context: WriteContext<OrderView>,
        new: NewOrder,
    ) -> Result<Written<OrderView>, OrderError> {
        let series = series(context.at);
        let orders = PgOrders::new(self.db.clone());
        block_on(orders.create(context, Id::new(SystemIds.uuid()), new, series))
    }

    /// A new order of a team.
    pub(crate) fn posted(&self, team: TeamId, new: NewOrder) -> OrderView {
        done(self.try_post(context(team), new))
    }

    /// Does something with an operation.
    pub(crate) fn act(
        &self,
        team: TeamId,
        id: OperationId,
        request: ActionRequest,
        at: DateTime<Utc>,
    ) -> Result<ActionOutcome, ActionError> {
        let operations = PgOperations::new(self.db.clone());
        match block_on(operations.act(context_at(team, at), id, request, None)) {
            Ok(written) => Ok(done::<_, ActionError>(Ok(written))),
            Err(error) => Err(error),
        }
    }

    /// Data collected during an operation, for an activity without fields.
    pub(crate) fn collected(
        &self,
        team: TeamId,
        operation: OperationId,
        activity: ActivityId,
        operator: OperatorRef,
    ) -> Collection {
        let data = kernel::json::object(json!({"torqueReading": 45.2}));
        let new = NewCollection { operation, activity, operator, data, collected_at: None };
        let collections = PgCollections::new(self.db.clone());
        done(block_on(collections.submit(context(team), Id::new(SystemIds.uuid()), new)))
    }
}

/// An operation of these fields, named as in requests.
fn operation_content(number: u8, department: DepartmentId, fields: &Value) -> OperationContent {
    let listed = |field: &str| fields[field].as_array().cloned().unwrap_or_default();
    let mut activities = OperationActivities::default();
    for (sequence, activity) in (1..).zip(listed("dataCollectionActivities")) {
        let activity = activity
            .get("id")
            .and_then(serde_json::Value::as_str)
            .and_then(|id| id.parse().ok())
            .expect("an id");
        activities.add(Collecting { activity, is_required: true, sequence }).expect("another activity");
    }
    let skills = listed("requiredSkills");
    let skills = skills.iter().map(|skill| Skill::try_new(skill.as_str().expect("a text")).expect("a skill"));
    let minutes = fields["runTimeMinutes"].to_string().parse().unwrap_or_default();
    let run = Minutes::try_new(minutes).expect("minutes");
    OperationContent {
        number,
        name: fields["operationName"].as_str().map_or_else(|| name(&format!("Step {number}")), name),
        department,
        times: OperationTimes { setup: Minutes::ZERO, run, basis: RunTimeBasis::PerOrder },
        instructions: fields["instructions"].as_str().map(Into::into),
        required_skills: skills.collect(),
        activities,
    }
}

/// An order of ten by a routing's name, without a number.
pub(crate) fn posting(routing: &str) -> NewOrder {
    NewOrder {
        number: None,
        erp_reference: None,
        sku: Sku::try_new("STK1").expect("a SKU"),
        quantity: Quantity::try_new(Decimal::TEN).expect("a quantity"),
        routing: RoutingChoice::Named(name(routing)),
        priority: Priority::LEAST,
        schedule: Schedule::default(),
        notes: None,
        custom_fields: None,
    }
}
