//! A team with the master data of a plant.

use serde_json::{Value, json};

use super::{Reply, Requests, Team, team};

/// A team with two departments, two operators, a pause reason and a data collection activity, like those in the API
/// document (`docs/spec/mes.md`, "Master data").
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
pub(crate) const DATA_COLLECTION: &str = "/api/v1/data-collection";

impl Plant {
    pub(crate) fn new() -> Self {
        Self::of(team())
    }

    pub(crate) fn of(team: Team<'static>) -> Self {
        let (assembly, quality) =
            (team.create_department("Assembly"), team.create_department("Quality Control"));
        let ann = json!({"name": "Ann", "badge": "A-17", "skills": ["assembly", "quality_check"]});
        let bob = json!({"name": "Bob", "badge": "B-18", "skills": ["assembly", "quality_check"]});
        let torque = json!({"name": "Torque Measurement", "fields": [
            {"name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
             "validation": {"min": 40, "max": 50}},
        ]});
        Self {
            ann: team.post_for_id("/api/v1/operators", &ann),
            bob: team.post_for_id("/api/v1/operators", &bob),
            lunch: team
                .post_for_id("/api/v1/pause-reasons", &json!({"name": "Lunch", "category": "planned"})),
            torque: team.post_for_id("/api/v1/data-collection/activities", &torque),
            assembly,
            quality,
            team,
        }
    }

    /// Creates a routing; each operation has a name, a department, 15 + 45 minutes, and these fields. Returns its id.
    pub(crate) fn routing(&self, name: &str, operations: &[Value]) -> String {
        self.team.post_for_id("/api/v1/routings", &self.routing_body(name, operations))
    }

    /// The body of a request that creates such a routing.
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

    /// Creates an order of 100 with a new routing of so many operations.
    pub(crate) fn order(&self, number: &str, operations: usize) -> Order<'_> {
        let routing = self.routing(&format!("Routing of {number}"), &vec![json!({}); operations]);
        self.order_with_routing(number, &routing)
    }

    /// Creates an order of 100 with this routing.
    pub(crate) fn order_with_routing(&self, number: &str, routing: &str) -> Order<'_> {
        let body = json!({
            "orderNumber": number, "productIdentifier": "WIDGET-A-001", "quantity": 100, "routingId": routing,
        });
        self.order_in(&self.team.post(ORDERS, &body).created())
    }

    /// The order in a response.
    pub(crate) fn order_in(&self, order: &Value) -> Order<'_> {
        let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let operations = order["workOrderOperations"].as_array().unwrap().iter().map(text).collect();
        Order { plant: self, id: text(order), operations }
    }

    /// Applies an action to an operation.
    pub(crate) fn act(&self, operation: &str, body: &Value) -> Reply {
        self.team.patch(&format!("{OPERATIONS}/{operation}"), body)
    }
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

    pub(crate) fn show(&self) -> Value {
        self.plant.team.get(&self.path()).ok()
    }

    pub(crate) fn patch(&self, body: &Value) -> Reply {
        self.plant.team.patch(&self.path(), body)
    }

    /// Applies an action to the operation at an index.
    pub(crate) fn act(&self, index: usize, body: &Value) -> Reply {
        self.plant.act(&self.operations[index], body)
    }

    pub(crate) fn start(&self, index: usize) -> Value {
        self.act(index, &json!({"action": "start", "operatorId": self.plant.ann})).ok()
    }

    pub(crate) fn pause(&self, index: usize) -> Value {
        self.act(index, &json!({"action": "pause", "pauseReasonId": self.plant.lunch})).ok()
    }

    pub(crate) fn complete(&self, index: usize) -> Value {
        self.act(index, &json!({"action": "complete"})).ok()
    }

    /// Shows the operation at an index, with its time segments.
    pub(crate) fn operation(&self, index: usize) -> Value {
        self.plant.team.get(&format!("{OPERATIONS}/{}", self.operations[index])).ok()
    }

    /// The types of the events of the order and its operations, in the order of publication.
    pub(crate) fn events(&self) -> Vec<String> {
        let ids = self.operations.iter().chain([&self.id]).map(|id| format!("'{id}'"));
        let types = self.plant.team.database.scalar(&format!(
            "SELECT coalesce(string_agg(event_type, ' ' ORDER BY xid, id), '') FROM outbox WHERE aggregate_id IN ({})",
            ids.collect::<Vec<_>>().join(", ")
        ));
        types.split_whitespace().map(str::to_owned).collect()
    }
}
