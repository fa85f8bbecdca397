//! A team with what orders are made of.

use serde_json::{Value, json};

use super::{Caller, Reply, Team, team};

/// A team with two departments, two operators, a pause reason and a data collection activity, as seed 004 shows them.
pub(crate) struct Plant {
    pub(crate) team: Team<'static>,
    pub(crate) assembly: String,
    pub(crate) quality: String,
    pub(crate) ann: String,
    pub(crate) bob: String,
    pub(crate) lunch: String,
    pub(crate) torque: String,
}

pub(crate) const ORDERS: &str = "/api/v1/orders";
pub(crate) const OPERATIONS: &str = "/api/v1/work-order-operations";
pub(crate) const COLLECTED: &str = "/api/v1/data-collection";

impl Plant {
    pub(crate) fn new() -> Self {
        Self::of(team())
    }

    pub(crate) fn of(team: Team<'static>) -> Self {
        let (assembly, quality) = (team.department("Assembly"), team.department("Quality Control"));
        let ann = json!({"name": "Ann", "badge": "A-17", "skills": ["assembly", "quality_check"]});
        let bob = json!({"name": "Bob", "badge": "B-18", "skills": ["assembly", "quality_check"]});
        let torque = json!({"name": "Torque Measurement", "fields": [
            {"name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
             "validation": {"min": 40, "max": 50}},
        ]});
        Self {
            ann: made(&team, "/api/v1/operators", &ann),
            bob: made(&team, "/api/v1/operators", &bob),
            lunch: made(&team, "/api/v1/pause-reasons", &json!({"name": "Lunch", "category": "planned"})),
            torque: made(&team, "/api/v1/data-collection/activities", &torque),
            assembly,
            quality,
            team,
        }
    }

    /// A routing with so many operations, which say what they have to beside name, department and 15 + 45 minutes.
    pub(crate) fn routing(&self, name: &str, operations: &[Value]) -> String {
        made(&self.team, "/api/v1/routings", &self.routing_body(name, operations))
    }

    /// The body that makes such a routing.
    pub(crate) fn routing_body(&self, name: &str, operations: &[Value]) -> Value {
        let step = |(at, fields): (usize, &Value)| {
            let mut step = json!({
                "operationName": format!("Assembly Station {}", at + 1), "departmentId": self.assembly,
                "setupTimeMinutes": 15, "runTimeMinutes": 45,
            });
            step.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            step
        };
        let operations: Vec<_> = operations.iter().enumerate().map(step).collect();
        json!({"name": name, "operations": operations})
    }

    /// An order of 100 by a routing made for it with so many plain operations.
    pub(crate) fn order(&self, number: &str, operations: usize) -> Order<'_> {
        let routing = self.routing(&format!("Routing of {number}"), &vec![json!({}); operations]);
        self.order_by(number, &routing)
    }

    /// An order of 100 by a routing.
    pub(crate) fn order_by(&self, number: &str, routing: &str) -> Order<'_> {
        let body = json!({
            "orderNumber": number, "productIdentifier": "WIDGET-A-001", "quantity": 100, "routingId": routing,
        });
        self.placed(&self.team.post(ORDERS, &body).created())
    }

    /// The order that an answer shows.
    pub(crate) fn placed(&self, order: &Value) -> Order<'_> {
        let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let operations = order["workOrderOperations"].as_array().unwrap().iter().map(text).collect();
        Order { plant: self, id: text(order), operations }
    }

    /// Does something with an operation.
    pub(crate) fn act(&self, operation: &str, body: &Value) -> Reply {
        self.team.patch(&format!("{OPERATIONS}/{operation}"), body)
    }
}

fn made(caller: &Caller, path: &str, body: &Value) -> String {
    caller.post(path, body).created()["id"].as_str().unwrap().to_owned()
}

/// An order of a plant.
pub(crate) struct Order<'a> {
    pub(crate) plant: &'a Plant,
    pub(crate) id: String,
    pub(crate) operations: Vec<String>,
}

impl Order<'_> {
    pub(crate) fn path(&self) -> String {
        format!("{ORDERS}/{}", self.id)
    }

    pub(crate) fn shown(&self) -> Value {
        self.plant.team.get(&self.path()).ok()
    }

    pub(crate) fn patch(&self, body: &Value) -> Reply {
        self.plant.team.patch(&self.path(), body)
    }

    /// Does something with the operation at a place, counted from 0.
    pub(crate) fn act(&self, place: usize, body: &Value) -> Reply {
        self.plant.act(&self.operations[place], body)
    }

    pub(crate) fn start(&self, place: usize) -> Value {
        self.act(place, &json!({"action": "start", "operatorId": self.plant.ann})).ok()
    }

    pub(crate) fn pause(&self, place: usize) -> Value {
        self.act(place, &json!({"action": "pause", "pauseReasonId": self.plant.lunch})).ok()
    }

    pub(crate) fn complete(&self, place: usize) -> Value {
        self.act(place, &json!({"action": "complete"})).ok()
    }

    /// One operation, with its time segments.
    pub(crate) fn operation(&self, place: usize) -> Value {
        self.plant.team.get(&format!("{OPERATIONS}/{}", self.operations[place])).ok()
    }

    /// The types of the events of the order and its operations, in the order in which they left.
    pub(crate) fn events(&self) -> Vec<String> {
        let ids = self.operations.iter().chain([&self.id]).map(|id| format!("'{id}'"));
        let told = self.plant.team.database.scalar(&format!(
            "SELECT coalesce(string_agg(event_type, ' ' ORDER BY xid, id), '') FROM outbox WHERE aggregate_id IN ({})",
            ids.collect::<Vec<_>>().join(", ")
        ));
        told.split_whitespace().map(str::to_owned).collect()
    }
}
