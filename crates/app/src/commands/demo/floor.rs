//! The demo's shop floor: how a widget is made, who makes it, and three orders of which one has begun.

use std::collections::BTreeSet;

use adapter_http::PlantServices;
use kernel::access::Actor;
use kernel::id::UserId;
use kernel::manufacturing::{OrderNumber, Priority, Sku};
use kernel::quantity::{Amount, Quantity};
use kernel::write::WriteContext;
use production_ops::data_collection::{
    ActivityId, FieldDefinition, FieldDefinitions, FieldName, FieldRule, NewActivity, OnViolation, Range,
};
use production_ops::operation::{ActionRequest, OperatorRef, QuantityReport};
use production_ops::order::{NewOrder, Schedule};
use production_ops::routing::{
    Collecting, Minutes, OperationActivities, OperationContent, OperationTimes, RoutingChoice,
    RoutingContent, RunTimeBasis,
};
use production_ops::{Badge, DepartmentId, Name, NewOperator, NewPauseReason, PauseCategory, Skill};

use super::super::CommandError;
use super::done;
use crate::wiring;

/// What the routing is called that the demo's own orders are made by.
const ROUTING: &str = "Widget Assembly v1.0";

/// Whoever fills the plant.
pub(super) struct Floor<'a> {
    pub(super) plant: &'a PlantServices,
    pub(super) actor: &'a Actor,
    /// The demo's user who works on the shop floor.
    pub(super) operator: UserId,
    /// The department that work is done in.
    pub(super) department: DepartmentId,
}

impl Floor<'_> {
    pub(super) async fn fill(&self) -> Result<(), CommandError> {
        let skills = ["assembly", "quality_check"].into_iter().map(Skill::try_new).collect::<Result<_, _>>();
        let operator = NewOperator {
            name: name("Ann Miller")?,
            badge: Badge::try_new("A-17").map_err(|error| CommandError::of(&error))?,
            skills: skills.map_err(|error| CommandError::of(&error))?,
            user: Some(self.operator),
            is_active: true,
        };
        done("operator", self.plant.operators.create(self.context(), operator).await)?;
        for (text, category) in
            [("Lunch", PauseCategory::Planned), ("Material is missing", PauseCategory::Unplanned)]
        {
            let reason = NewPauseReason { name: name(text)?, category, is_active: true };
            done("pause reasons", self.plant.pause_reasons.create(self.context(), reason).await)?;
        }
        let routing = self.routing(self.torque().await?)?;
        done("routing", self.plant.routings.create(self.context(), routing).await)?;
        for (number, priority) in [("DEMO-001", 5), ("DEMO-002", 3), ("DEMO-003", 1)] {
            self.order(number, priority).await?;
        }
        Ok(())
    }

    /// The id of what is measured.
    async fn torque(&self) -> Result<ActivityId, CommandError> {
        let field = FieldDefinition {
            name: FieldName::try_new("torqueReading").map_err(|error| CommandError::of(&error))?,
            label: "Torque Reading (Nm)".into(),
            required: true,
            rule: FieldRule::Number(Range { min: Some(40.into()), max: Some(50.into()) }),
        };
        let mut fields = FieldDefinitions::default();
        fields.add(field).map_err(|error| CommandError::of(&error))?;
        let torque = NewActivity {
            name: name("Torque Measurement")?,
            description: Some("Measure and record torque values".into()),
            fields,
            on_violation: OnViolation::Reject,
            is_active: true,
        };
        let torque = done("data collection", self.plant.activities.create(self.context(), torque).await)?;
        Ok(torque.id)
    }

    fn routing(&self, torque: ActivityId) -> Result<RoutingContent, CommandError> {
        let mut measured = OperationActivities::default();
        let torque = Collecting { activity: torque, is_required: true, sequence: 1 };
        measured.add(torque).map_err(|error| CommandError::of(&error))?;
        let operations = [
            self.step(1, "Cutting", (10, 50), OperationActivities::default())?,
            self.step(2, "Assembly Station 1", (15, 45), measured)?,
            self.step(3, "Quality Check", (5, 25), OperationActivities::default())?,
            self.step(4, "Packing", (5, 15), OperationActivities::default())?,
        ];
        Ok(RoutingContent {
            name: name(ROUTING)?,
            description: None,
            product: None,
            allow_overlap: false,
            operations: operations.into(),
        })
    }

    fn step(
        &self,
        number: u8,
        text: &str,
        (setup, run): (u32, u32),
        activities: OperationActivities,
    ) -> Result<OperationContent, CommandError> {
        let minutes =
            |minutes: u32| Minutes::try_new(minutes.into()).map_err(|error| CommandError::of(&error));
        Ok(OperationContent {
            number,
            name: name(text)?,
            department: self.department,
            times: OperationTimes {
                setup: minutes(setup)?,
                run: minutes(run)?,
                basis: RunTimeBasis::PerOrder,
            },
            instructions: None,
            required_skills: BTreeSet::new(),
            activities,
        })
    }

    /// An order of 100; the most urgent one has begun.
    async fn order(&self, number: &str, priority: u8) -> Result<(), CommandError> {
        let order = NewOrder {
            number: Some(OrderNumber::try_new(number).map_err(|error| CommandError::of(&error))?),
            erp_reference: None,
            sku: Sku::try_new("WIDGET-A-001").map_err(|error| CommandError::of(&error))?,
            quantity: Quantity::try_new(100.into()).map_err(|error| CommandError::of(&error))?,
            routing: RoutingChoice::Named(name(ROUTING)?),
            priority: Priority::try_new(priority).map_err(|error| CommandError::of(&error))?,
            schedule: Schedule::default(),
            notes: None,
            custom_fields: None,
        };
        let made = done("orders", self.plant.orders.create(self.context(), order).await)?;
        let Some(first) = made.order.operations.first().filter(|_| priority == 5) else { return Ok(()) };
        let good = Amount::try_new(40.into()).map_err(|error| CommandError::of(&error))?;
        let more = QuantityReport { good, ..Default::default() };
        for action in [
            ActionRequest::Start { operator: OperatorRef(self.operator.uuid()) },
            ActionRequest::Report { operator: None, more },
        ] {
            done("operations", self.plant.operations.act(self.context(), first.id, action, None).await)?;
        }
        Ok(())
    }

    fn context<O>(&self) -> WriteContext<O> {
        WriteContext::unclaimed(self.actor, "demo", wiring::clock().now())
    }
}

fn name(text: &str) -> Result<Name, CommandError> {
    Name::try_new(text).map_err(|error| CommandError::of(&error))
}
