//! Orders and their operations: what is stored, what comes of several at once, and what is never changed.

mod claims;
mod collected;
mod numbers;
mod planned;
mod racing;
mod sequences;
mod stored;
mod stored_responses;
mod strangers;

use adapter_postgres::production_ops::{PgOperations, PgOrders};
use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use kernel::manufacturing::{OrderId, OrderNumber, OrderStatus};
use kernel::quantity::Amount;
use production_ops::operation::{
    ActionError, ActionRequest, Operation, OperationId, OperatorRef, QuantityReport, Segment, Totals,
};
use production_ops::operator::OperatorId;
use production_ops::order::{ManufacturingOrder, NewOrder, OrderChange, OrderError};
use production_ops::pause_reason::PauseReasonId;
use production_ops::ports::{ActionOutcome, Operations, Orders};
use serde_json::json;

use crate::support::{Store, block_on, context_at, done, lines, minute, posting};

/// A team with two operators, a pause reason, and a routing of three steps by the name of `Widget`.
struct Shop {
    store: Store,
    team: TeamId,
    ann: OperatorId,
    bob: OperatorId,
    reason: PauseReasonId,
}

impl Shop {
    fn new(store: Store) -> Self {
        let team = store.plant();
        let ann = store.operator(team, "A-17", &[], None);
        let bob = store.operator(team, "B-18", &[], None);
        let reason = store.pause_reason(team, "Lunch");
        store.routing(team, "Widget", &[json!({}), json!({}), json!({})]);
        Self { store, team, ann, bob, reason }
    }

    /// The same with a connection for each of a crowd.
    fn crowded(self, connections: u32) -> Self {
        Self { store: self.store.crowded(connections), ..self }
    }

    /// A new order of ten.
    fn order(&self) -> ManufacturingOrder {
        self.store.posted(self.team, posting("Widget")).order
    }

    /// A new order that has that number.
    fn numbered(&self, number: &str) -> ManufacturingOrder {
        let new = NewOrder { number: OrderNumber::try_new(number).ok(), ..posting("Widget") };
        self.store.posted(self.team, new).order
    }

    /// The order as it is stored.
    fn found(&self, id: OrderId) -> ManufacturingOrder {
        let found = block_on(PgOrders::new(self.store.db.clone()).find(self.team, id));
        found.expect("the order is read").expect("it is there").order
    }

    /// The stretches of work on an operation, as they are stored.
    fn segments(&self, id: OperationId) -> Vec<Segment> {
        let found = block_on(PgOperations::new(self.store.db.clone()).find(self.team, id));
        found.expect("the operation is read").expect("it is there").segments
    }

    fn act(
        &self,
        id: OperationId,
        request: ActionRequest,
        at: DateTime<Utc>,
    ) -> Result<ActionOutcome, ActionError> {
        self.store.act(self.team, id, request, at)
    }

    fn change(
        &self,
        id: OrderId,
        change: OrderChange,
        at: DateTime<Utc>,
    ) -> Result<ManufacturingOrder, OrderError> {
        let orders = PgOrders::new(self.store.db.clone());
        let changed = block_on(orders.change(context_at(self.team, at), id, change));
        changed.map(|written| done::<_, OrderError>(Ok(written)).order)
    }

    fn bring(
        &self,
        id: OrderId,
        status: OrderStatus,
        at: DateTime<Utc>,
    ) -> Result<ManufacturingOrder, OrderError> {
        self.change(id, OrderChange { status: Some(status), ..Default::default() }, at)
    }

    fn start(&self) -> ActionRequest {
        ActionRequest::Start { operator: OperatorRef(self.ann.uuid()) }
    }

    /// An order whose first operation Ann began in minute 1.
    fn started(&self) -> ManufacturingOrder {
        let order = self.order();
        self.act(first(&order).id, self.start(), minute(1)).expect("the operation begins");
        self.found(order.id)
    }

    /// What the world hears of an order and its operations, in the order in which it is sent: type and sequence.
    fn told(&self, order: &ManufacturingOrder) -> Vec<(String, i64)> {
        let ids: Vec<_> = order.operations.iter().map(|operation| operation.id.to_string()).collect();
        let query = format!(
            "SELECT concat_ws(' ', event_type, sequence) AS line FROM outbox
             WHERE team_id = '{}' AND aggregate_id = ANY ('{{{},{}}}') ORDER BY xid, id",
            self.team,
            order.id,
            ids.join(",")
        );
        let told = lines(&mut self.store.superuser(), &query).into_iter().map(|line| {
            let (event, sequence) = line.split_once(' ').expect("two words");
            (event.to_owned(), sequence.parse().expect("a number"))
        });
        told.collect()
    }

    /// What the audit trail has of an order and its operations, in order.
    fn audited(&self, order: &ManufacturingOrder) -> Vec<String> {
        let ids: Vec<_> = order.operations.iter().map(|operation| operation.id.to_string()).collect();
        let query = format!(
            "SELECT action AS line FROM audit_entries
             WHERE team_id = '{}' AND subject_id = ANY ('{{{},{}}}') ORDER BY xid, id",
            self.team,
            order.id,
            ids.join(",")
        );
        lines(&mut self.store.superuser(), &query)
    }

    /// How many rows of the team a table has.
    fn count(&self, table: &str) -> i64 {
        self.store.number(&format!("SELECT count(*) FROM {table} WHERE team_id = '{}'", self.team))
    }
}

fn first(order: &ManufacturingOrder) -> &Operation {
    order.operations.first().expect("the order has operations")
}

fn complete() -> ActionRequest {
    ActionRequest::Complete { operator: None, totals: Totals::default(), captured: None }
}

fn report(good: i64) -> ActionRequest {
    let good = Amount::try_new(good.into()).expect("an amount");
    ActionRequest::Report { operator: None, more: QuantityReport { good, ..QuantityReport::default() } }
}
