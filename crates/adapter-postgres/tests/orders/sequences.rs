//! Whatever is tried on an order in whatever order: the store comes to what the pure rule says, and holds nothing else.

use std::collections::{BTreeMap, BTreeSet};

use adapter_postgres::production_ops::{PgOperators, PgPauseReasons, PgRoutings};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use kernel::clock::{IdSource, SystemIds};
use kernel::error::Classified;
use kernel::events::OutboxMessage;
use kernel::id::Id;
use kernel::manufacturing::OrderStatus;
use kernel::master_data::Register;
use kernel::quantity::Amount;
use production_ops::operation::{
    Action, ActionRequest, Correction, CorrectionReason, OperationId, OperatorRef, QuantityReport, Segment,
    Totals,
};
use production_ops::operator::Operator;
use production_ops::order::{ActionFacts, Changed, ManufacturingOrder, OrderChange, OrderEvent, SkillCheck};
use production_ops::pause_reason::PauseReason;
use production_ops::ports::Routings;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Shop;
use crate::support::{Store, block_on, context, done, minute, posting};

const CASES: u32 = 24;

/// What random clients try on an order, and how far their server's clock is off.
#[derive(Debug, Clone)]
struct Try {
    what: What,
    skew: TimeDelta,
}

#[derive(Debug, Clone)]
enum What {
    Act { place: usize, action: Action, number: u8 },
    Change { status: OrderStatus, priority: Option<u8> },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let act = (0..3_usize, select(&Action::ALL[..]), 0..12_u8)
        .prop_map(|(place, action, number)| What::Act { place, action, number });
    let change = (select(&OrderStatus::ALL[..]), proptest::option::of(1..=5_u8))
        .prop_map(|(status, priority)| What::Change { status, priority });
    let one = (prop_oneof![6 => act, 1 => change], -90_000_000..90_000_000_i64)
        .prop_map(|(what, micros)| Try { what, skew: TimeDelta::microseconds(micros) });
    vec(one, 0..45)
}

/// The order as the pure rule has it, with all that came of it so far.
struct Model {
    order: ManufacturingOrder,
    segments: BTreeMap<OperationId, Vec<Segment>>,
    events: Vec<OrderEvent>,
}

impl Model {
    fn new(order: ManufacturingOrder) -> Self {
        let segments = order.operations.iter().map(|operation| (operation.id, Vec::new())).collect();
        Self { events: vec![order.created()], order, segments }
    }

    fn take(&mut self, changed: Changed) {
        for change in changed.segments {
            let segments = self.segments.entry(change.operation).or_default();
            if !change.is_new {
                segments.pop();
            }
            segments.push(change.segment);
        }
        self.events.extend(changed.events);
        self.order = changed.order;
    }
}

/// Who and what the tries name.
struct Known {
    operators: [Operator; 2],
    reason: PauseReason,
}

impl Known {
    fn of(shop: &Shop) -> Self {
        let operator = |id| {
            let found = block_on(PgOperators::new(shop.store.db.clone()).find(shop.team, id));
            found.expect("it is read").expect("it is there")
        };
        let reason = block_on(PgPauseReasons::new(shop.store.db.clone()).find(shop.team, shop.reason));
        Self {
            operators: [operator(shop.ann), operator(shop.bob)],
            reason: reason.expect("it is read").expect("it is there"),
        }
    }

    /// What a try asks for; none where its number makes no request.
    fn request(&self, action: Action, number: u8) -> Option<ActionRequest> {
        let [ann, bob] = &self.operators;
        let by = match number % 3 {
            0 => Some(ann),
            1 => Some(bob),
            _ => None,
        };
        let amount = |number| Amount::try_new(number).ok();
        let totals = Totals {
            good: amount(Decimal::new(number.into(), 1)).filter(|_| !number.is_multiple_of(4)),
            rejected: amount(Decimal::new(number.into(), 2)).filter(|_| number.is_multiple_of(5)),
            reworked: amount(Decimal::new(1, 3)).filter(|_| number.is_multiple_of(6)),
        };
        let operator = by.map(|operator| OperatorRef(operator.id.uuid()));
        match action {
            Action::Start => Some(ActionRequest::Start { operator: operator? }),
            Action::Pause => Some(ActionRequest::Pause { reason: self.reason.id }),
            Action::Resume => Some(ActionRequest::Resume { operator }),
            Action::Report => {
                let more = QuantityReport {
                    good: totals.good.unwrap_or_default(),
                    rejected: totals.rejected.unwrap_or_default(),
                    reworked: totals.reworked.unwrap_or_default(),
                };
                ActionRequest::report(operator, more).ok()
            }
            Action::Complete => {
                let captured = Some(kernel::json::object(json!({"number": number})));
                Some(ActionRequest::Complete { operator, totals, captured })
            }
            Action::Correct => {
                let good = Decimal::new(i64::from(number) - 100, 1);
                let rejected = totals.rejected.unwrap_or_default().value();
                let by = Correction::try_new(good, rejected).ok()??;
                Some(ActionRequest::Correct { by, reason: CorrectionReason::try_new("counted twice").ok()? })
            }
        }
    }

    fn facts(&self, request: &ActionRequest) -> ActionFacts {
        let named = |OperatorRef(id)| self.operators.iter().find(|operator| operator.id.uuid() == id);
        ActionFacts {
            operator: request.operator().and_then(named).cloned(),
            reason: request.reason().map(|_| self.reason.clone()),
            required_skills: BTreeSet::new(),
            skill_check: SkillCheck::Refuse,
            activities: Vec::new(),
        }
    }
}

#[test]
fn whatever_is_tried_the_store_comes_to_what_the_pure_rule_says() {
    let shop = Shop::new(Store::shared());
    let content = production_ops::RoutingContent {
        allow_overlap: true,
        ..shop.store.routing_content(shop.team, "Overlapping", &[json!({}), json!({}), json!({})])
    };
    let routings = PgRoutings::new(shop.store.db.clone());
    done(block_on(routings.create(context(shop.team), Id::new(SystemIds.uuid()), content)));
    let known = Known::of(&shop);
    let config = Config {
        cases: CASES,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..Config::with_source_file(file!())
    };
    let held = TestRunner::new(config).run(&(tries(), any::<bool>()), |(tries, overlap)| {
        let routing = if overlap { "Overlapping" } else { "Widget" };
        let mut model = Model::new(shop.store.posted(shop.team, posting(routing)).order);
        for (minutes, one) in (10..).zip(&tries) {
            attempt(&shop, &known, &mut model, one, minute(minutes) + one.skew)?;
        }
        holds(&shop, &model)
    });
    assert!(held.is_ok(), "{}", held.map_err(|error| error.to_string()).err().unwrap_or_default());
}

/// Tries one thing on the model and on the store: both come to the same.
fn attempt(
    shop: &Shop,
    known: &Known,
    model: &mut Model,
    one: &Try,
    at: DateTime<Utc>,
) -> Result<(), TestCaseError> {
    match one.what {
        What::Act { place, action, number } => {
            let Some(request) = known.request(action, number) else { return Ok(()) };
            let id = model.order.operations.get(place).expect("three operations").id;
            let expected = model.order.act(id, &request, &known.facts(&request), at);
            match (shop.act(id, request, at), expected) {
                (Ok(acted), Ok(changed)) => {
                    prop_assert_eq!(Some(&acted.operation), changed.order.operations.get(place));
                    model.take(changed);
                }
                (Err(error), Err(expected)) => {
                    prop_assert_eq!(error.to_string(), expected.to_string());
                    prop_assert_eq!(error.details(), expected.details());
                }
                (found, expected) => prop_assert!(false, "{one:?}: {found:?}, not {expected:?}"),
            }
        }
        What::Change { status, priority } => {
            let priority = priority.and_then(|number| kernel::manufacturing::Priority::try_new(number).ok());
            let change = OrderChange { status: Some(status), priority, ..Default::default() };
            let expected = model.order.change(&change, at);
            match (shop.change(model.order.id, change, at), expected) {
                (Ok(order), Ok(changed)) => {
                    if let Some(changed) = changed {
                        model.take(changed);
                    }
                    prop_assert_eq!(&order, &model.order);
                }
                (Err(error), Err(expected)) => prop_assert_eq!(error.to_string(), expected.to_string()),
                (found, expected) => prop_assert!(false, "{one:?}: {found:?}, not {expected:?}"),
            }
        }
    }
    Ok(())
}

/// Asserts that the store holds the model, no more and no less, and that what it holds fits together.
fn holds(shop: &Shop, model: &Model) -> Result<(), TestCaseError> {
    let order = shop.found(model.order.id);
    prop_assert_eq!(&order, &model.order);
    for operation in &order.operations {
        let segments = shop.segments(operation.id);
        prop_assert_eq!(Some(&segments), model.segments.get(&operation.id));
        let ended = segments.iter().filter_map(|it| it.ended.map(|(end, _)| end - it.started_at));
        prop_assert_eq!(operation.time.ended, ended.sum::<TimeDelta>());
        prop_assert_eq!(operation.time.segments as usize, segments.len());
        let open: Vec<_> = segments.iter().filter(|it| it.ended.is_none()).collect();
        prop_assert_eq!(operation.time.open.as_ref().into_iter().collect::<Vec<_>>(), open.clone());
        let runs = order.status == OrderStatus::InProgress
            && operation.status == production_ops::operation::OperationStatus::InProgress;
        prop_assert_eq!(open.len(), usize::from(runs), "{:?}", operation);
    }
    let (told, expected) = (told(shop, &order), model.events.iter().map(Told::of).collect::<Vec<_>>());
    prop_assert_eq!(&told, &expected);
    let mut last = BTreeMap::new();
    for event in &told {
        let before = last.insert(event.aggregate, event.sequence);
        prop_assert!(before.is_none_or(|before| before < event.sequence), "{:?}", told);
    }
    Ok(())
}

/// An event as it leaves.
#[derive(Debug, PartialEq)]
struct Told {
    aggregate: Uuid,
    event_type: String,
    sequence: i64,
    at: DateTime<Utc>,
    payload: Value,
}

impl Told {
    fn of(event: &OrderEvent) -> Self {
        let Ok(OutboxMessage::Event(event)) = event.announce(&SystemIds) else { panic!("nothing is folded") };
        Self {
            aggregate: event.aggregate,
            event_type: event.event_type.to_owned(),
            sequence: event.sequence,
            at: event.at,
            payload: serde_json::from_str(&event.payload).expect("JSON"),
        }
    }
}

#[derive(QueryableByName)]
struct OutboxRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    aggregate_id: Uuid,
    #[diesel(sql_type = Text)]
    event_type: String,
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    payload: String,
}

/// What the world hears of an order and its operations, in the order in which it is sent.
fn told(shop: &Shop, order: &ManufacturingOrder) -> Vec<Told> {
    let mut ids: Vec<_> = order.operations.iter().map(|operation| operation.id.uuid()).collect();
    ids.push(order.id.uuid());
    let rows: Vec<OutboxRow> = sql_query(
        "SELECT aggregate_id, event_type, sequence, occurred_at, payload::text AS payload FROM outbox
         WHERE team_id = $1 AND aggregate_id = ANY ($2) ORDER BY xid, id",
    )
    .bind::<diesel::sql_types::Uuid, _>(shop.team.uuid())
    .bind::<diesel::sql_types::Array<diesel::sql_types::Uuid>, _>(ids)
    .load(&mut shop.store.superuser())
    .expect("events are read");
    let told = |row: OutboxRow| Told {
        aggregate: row.aggregate_id,
        event_type: row.event_type,
        sequence: row.sequence,
        at: row.occurred_at,
        payload: serde_json::from_str(&row.payload).expect("JSON"),
    };
    rows.into_iter().map(told).collect()
}
