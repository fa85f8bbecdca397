//! The merge in SQL comes to what `order_import::import::policy` says, whatever the orders and the rows.

mod operations;

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::Fault;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderNumber, OrderStatus, Priority, Sku};
use order_import::import::policy::{self, Fact, Outcome, PreviousOrder};
use order_import::import::report::{OrderChange, Verdict};
use order_import::import::values::{
    Change, Description, DueDate, ImportedOrder, Mode, Notes, OnExisting, OrderImage,
};
use order_import::import::{FaultyRow, ImportOptions, PreparedImport, RowContent};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use self::operations::{Routings, put_at, routing, routings, scheduled_start};
use crate::support::{Store, StoredOrder, at, centre, number, order, prepared, quantity, row};

const CASES: u32 = 30;
const ORDERS: usize = 50;

type Stored = BTreeMap<OrderNumber, StoredOrder>;

/// Orders as they stand, and an import of some of them and of others.
#[derive(Debug, Clone)]
struct Case {
    stored: Vec<(OrderNumber, OrderImage)>,
    routings: Routings,
    import: PreparedImport,
}

#[test]
fn the_merge_in_sql_does_as_the_pure_rule_says() {
    let store = Store::shared();
    let seen = RefCell::new(Seen::default());
    let config = Config {
        cases: CASES,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..Config::with_source_file(file!())
    };
    let held = TestRunner::new(config).run(&case(), |case| agrees(&store, case, &mut seen.borrow_mut()));
    assert!(held.is_ok(), "{}", held.map_err(|error| error.to_string()).err().unwrap_or_default());
    let seen = seen.into_inner();
    assert!(seen.all(), "the cases show everything that can become of a row: {seen:?}");
}

/// What the cases came to, so that none of it goes untested.
#[derive(Debug, Default)]
struct Seen {
    created: u32,
    changed: u32,
    unchanged: u32,
    skipped: u32,
    refused: u32,
    dry: u32,
    rejected: u32,
    kept_all_or_nothing: u32,
    planned: u32,
    taken_away: u32,
    left_alone: u32,
}

impl Seen {
    fn all(&self) -> bool {
        let Self { created, changed, unchanged, skipped, refused, dry, rejected, .. } = *self;
        let Self { kept_all_or_nothing, planned, taken_away, left_alone, .. } = *self;
        let rows = [created, changed, unchanged, skipped, refused];
        let rest = [dry, rejected, kept_all_or_nothing, planned, taken_away, left_alone];
        rows.iter().chain(&rest).all(|count| *count > 0)
    }
}

fn agrees(store: &Store, case: Case, seen: &mut Seen) -> Result<(), TestCaseError> {
    let (team, other_team) = (store.plant(), store.plant());
    for team in [team, other_team] {
        case.routings.store(store, team);
        put(store, team, &case.stored);
        operations::plan_stored(store, team);
    }
    let (before, others) = (store.orders(team), store.orders(other_team));
    let (planned, of_others) = (operations::stored(store, team), operations::stored(store, other_team));
    prop_assert_eq!(&planned, &case.routings.expected(&before, &before), "the operations before");
    let facts = case.import.rows.iter().map(|row| Some(fact(row.order()?, &before, &case.import.options)));
    let expected = case.import.clone().into_report(facts.collect()).expect("every good row has a fact");

    let report = store.import(team, case.import);
    prop_assert_eq!(&report, &expected, "what became of each row");
    let mut changes = Vec::new();
    let mut after = before.clone();
    for (row, outcome) in expected.rows() {
        let change = row.order().and_then(|order| expected_change(order, outcome, &before));
        if let Some(change) = change.as_ref().filter(|_| !expected.options.dry_run) {
            apply(&mut after, change);
        }
        changes.push(change);
    }
    prop_assert_eq!(&store.orders(team), &after, "the orders afterwards");
    let now = operations::stored(store, team);
    prop_assert_eq!(&now, &case.routings.expected(&before, &after), "the operations afterwards");
    prop_assert_eq!(operations::stored(store, other_team), of_others, "another team's operations");
    prop_assert_eq!(store.orders(other_team), others, "another team's orders of the same numbers");
    let recorded = store.recorded(team, report.id);
    let recorded = recorded.map(|rows| rows.into_iter().map(|row| row.change).collect::<Vec<_>>());
    let kept = (!expected.options.dry_run).then_some(changes);
    prop_assert_eq!(recorded, kept, "the images before and after that history keeps");

    for number in after.keys() {
        match (planned.get(number), now.get(number)) {
            (before, Some(after)) if before != Some(after) => seen.planned += 1,
            (Some(_), None) => seen.taken_away += 1,
            (Some(_), Some(_)) => seen.left_alone += 1,
            _ => {}
        }
    }
    seen.dry += u32::from(expected.options.dry_run);
    seen.rejected += u32::from(expected.verdict == Verdict::Rejected);
    let all = expected.options.mode == Mode::AllOrNothing && expected.verdict == Verdict::Completed;
    seen.kept_all_or_nothing += u32::from(all && expected.wrote_orders());
    for (row, outcome) in expected.rows() {
        match outcome {
            Outcome::Created => seen.created += 1,
            Outcome::Changed(_) => seen.changed += 1,
            Outcome::Unchanged => seen.unchanged += 1,
            Outcome::Skipped(_) => seen.skipped += 1,
            Outcome::Failed(_) => seen.refused += u32::from(row.order().is_some()),
        }
    }
    Ok(())
}

/// The pure rule: what a row comes to.
fn fact(row: &ImportedOrder, stored: &Stored, options: &ImportOptions) -> Fact {
    let Some(before) = stored.get(&row.number) else { return Fact::Inserted };
    if options.on_existing != OnExisting::Update || before.image.status != OrderStatus::Pending {
        return Fact::Blocked(before.image.status);
    }
    match policy::merge(&before.image, row) {
        Some(_) => Fact::Changed(Box::new(PreviousOrder { id: before.id, image: before.image.clone() })),
        None => Fact::Unchanged,
    }
}

/// The pure rule: what a row does to its order.
fn expected_change(row: &ImportedOrder, outcome: &Outcome, stored: &Stored) -> Option<OrderChange> {
    let number = row.number.clone();
    match (outcome, stored.get(&row.number)) {
        (Outcome::Created, None) => {
            Some(OrderChange { id: row.id, number, before: None, after: policy::create(row) })
        }
        (Outcome::Changed(_), Some(stored)) => {
            let after = policy::merge(&stored.image, row).expect("a changed order differs");
            Some(OrderChange { id: stored.id, number, before: Some(stored.image.clone()), after })
        }
        _ => None,
    }
}

fn apply(stored: &mut Stored, change: &OrderChange) {
    let created_at = stored.get(&change.number).map_or(at(), |order| order.created_at);
    let order = StoredOrder { id: change.id, image: change.after.clone(), created_at, updated_at: at() };
    stored.insert(change.number.clone(), order);
}

/// Stores orders a day before the import, past every rule but the table's own.
fn put(store: &Store, team: TeamId, orders: &[(OrderNumber, OrderImage)]) {
    let rows: Vec<_> = orders
        .iter()
        .map(|(number, image)| {
            json!({
                "id": SystemIds.uuid(),
                "order_number": number.as_str(),
                "sku": image.sku.as_str(),
                "description": image.description,
                "quantity": image.quantity.to_string(),
                "priority": image.priority.value(),
                "status": image.status.as_str(),
                "work_centre_number": image.work_centre.map(|number| number.get()),
                "scheduled_end": image.scheduled_end.map(|end| end.to_rfc3339_opts(SecondsFormat::Micros, true)),
                "scheduled_start": scheduled_start().to_rfc3339_opts(SecondsFormat::Micros, true),
                "routing_id": image.routing.map(|routing| routing.id.uuid()),
                "routing_version": image.routing.map(|routing| routing.version),
                "notes": image.notes,
                "version": image.version,
            })
        })
        .collect();
    let insert = "
        INSERT INTO manufacturing_orders
            (team_id, id, order_number, sku, description, quantity, priority, status, work_centre_number,
             scheduled_end, scheduled_start, routing_id, routing_version, notes, version, created_at, updated_at)
        SELECT $1, id, order_number, sku, description, quantity, priority, status, work_centre_number,
               scheduled_end, scheduled_start, routing_id, routing_version, notes, version, $3::timestamptz, $3::timestamptz
        FROM jsonb_populate_recordset(NULL::manufacturing_orders, $2::jsonb)";
    let stored = sql_query(insert)
        .bind::<diesel::sql_types::Uuid, _>(team.uuid())
        .bind::<Text, _>(json!(rows).to_string())
        .bind::<Text, _>(put_at().to_rfc3339())
        .execute(&mut store.superuser());
    assert_eq!(stored, Ok(orders.len()), "the orders are stored");
}

/// Half of the cases are calm: no order has started and no row is faulty, so that all or nothing can be all.
fn case() -> impl Strategy<Value = Case> {
    let says_the_same = prop::bool::weighted(0.15);
    let orders = vec((weighted(0.8, stored()), weighted(0.95, content()), says_the_same), ORDERS);
    let rows = Just((0..ORDERS).collect::<Vec<_>>()).prop_shuffle();
    let rest = (routings(), options(), any::<bool>());
    (orders, rows, rest).prop_map(|(orders, order_of_rows, (routings, options, is_calm))| {
        let mut stored = Vec::new();
        let mut contents = Vec::new();
        for (index, (image, content, says_the_same)) in orders.into_iter().enumerate() {
            let number = numbered(index);
            let same = image.as_ref().filter(|_| says_the_same).cloned();
            if let Some(mut image) = image {
                image.status = if is_calm { OrderStatus::Pending } else { image.status };
                stored.push((number.clone(), image));
            }
            let content = content.map(|content| match content {
                RowContent::Valid(order) => {
                    RowContent::Valid(ImportedOrder { number, ..but_for_its_routing(order, same) })
                }
                faulty => faulty,
            });
            let content = content.filter(|content| !is_calm || matches!(content, RowContent::Valid(_)));
            contents.push(content);
        }
        let rows =
            order_of_rows.into_iter().filter_map(|index| contents.get(index)?.clone().map(row)).collect();
        Case { stored, routings, import: PreparedImport { options, rows, ..prepared([]) } }
    })
}

/// The row, saying of an order what is stored and nothing else, but for the routing.
fn but_for_its_routing(row: ImportedOrder, stored: Option<OrderImage>) -> ImportedOrder {
    let Some(stored) = stored else { return row };
    ImportedOrder {
        id: row.id,
        routing: row.routing,
        sku: stored.sku,
        description: Description::try_new(&stored.description).unwrap_or(row.description),
        quantity: stored.quantity,
        ..order("replaced")
    }
}

/// Numbers that sort otherwise by language than by code points.
fn numbered(index: usize) -> OrderNumber {
    let prefixes = ["A", "a", "Ä", "_", "日本 ", "B-"];
    let prefix = prefixes.get(index % prefixes.len()).unwrap_or(&"");
    number(&format!("{prefix}{index}"))
}

fn options() -> impl Strategy<Value = ImportOptions> {
    let existing =
        prop_oneof![3 => Just(OnExisting::Update), 1 => Just(OnExisting::Skip), 1 => Just(OnExisting::Error)];
    (select(&Mode::ALL[..]), existing, prop::bool::weighted(0.2)).prop_map(|(mode, on_existing, dry_run)| {
        ImportOptions { mode, on_existing, dry_run, ..ImportOptions::default() }
    })
}

fn stored() -> impl Strategy<Value = OrderImage> {
    let descriptions = select(vec!["", "Widget A", "Widget B"]);
    let notes = of(select(vec!["first", "second"]));
    let fields =
        (sku(), descriptions, amount(), priority(), of(1..=2), of(moment()), of(routing(1..=2)), notes);
    (1..9_i64, prop_oneof![3 => Just(OrderStatus::Pending), 2 => status()], fields).prop_map(
        |(version, status, fields)| {
            let (sku, description, quantity, priority, work_centre, scheduled_end, routing, notes) = fields;
            OrderImage {
                version,
                sku,
                description: description.into(),
                quantity: self::quantity(quantity),
                priority,
                status,
                work_centre: work_centre.map(centre),
                scheduled_end,
                routing,
                notes: notes.map(Into::into),
            }
        },
    )
}

fn content() -> impl Strategy<Value = RowContent> {
    let fault = Fault::new("priority", "INVALID", "is wrong");
    let faulty = RowContent::Faulty(Box::new(FaultyRow { order_number: None, faults: vec![fault] }));
    prop_oneof![15 => good().prop_map(RowContent::Valid), 1 => Just(faulty)]
}

fn good() -> impl Strategy<Value = ImportedOrder> {
    let description = select(vec!["Widget A", "Widget B"]);
    let due = changing((0..3_usize).prop_map(day));
    let notes =
        changing(select(vec!["first", "second"]).prop_map(|text| Notes::try_new(text).expect("notes")));
    let (centre, routing) = (changing((1..=2).prop_map(centre)), changing(routing(2..=2)));
    let fields = (sku(), description, amount(), centre, due, routing, notes);
    (fields, of(priority()), weighted(0.2, status())).prop_map(|(fields, priority, status)| {
        let (sku, description, quantity, work_centre, due, routing, notes) = fields;
        let description = Description::try_new(description).expect("a description");
        let quantity = self::quantity(quantity);
        ImportedOrder {
            sku,
            description,
            quantity,
            priority,
            status,
            work_centre,
            due,
            routing,
            notes,
            id: Id::new(SystemIds.uuid()),
            ..order("replaced")
        }
    })
}

/// Mostly the same, so that many rows say what is stored.
fn sku() -> impl Strategy<Value = Sku> {
    prop_oneof![9 => Just("STK1"), 1 => Just("Ström ♥")].prop_map(|text| Sku::try_new(text).expect("a SKU"))
}

fn amount() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("10"), 1 => Just("10.000"), 1 => Just("0.001"), 1 => Just("999999999999.999")]
}

fn priority() -> impl Strategy<Value = Priority> {
    (1..=5_u8).prop_map(|value| Priority::try_new(value).expect("a priority"))
}

fn status() -> impl Strategy<Value = OrderStatus> {
    select(&OrderStatus::ALL[..])
}

fn changing<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Change<T>> {
    prop_oneof![3 => Just(Change::Keep), 1 => Just(Change::Clear), 3 => value.prop_map(Change::Set)]
}

/// Three days in a row: a common one, one of 23 hours, one of 25.
fn day(index: usize) -> DueDate {
    let first: DateTime<Utc> = "2024-03-29T23:00:00Z".parse().expect("a moment");
    let begins = [0, 24, 47, 72].map(|hours| first + TimeDelta::hours(hours));
    let (from, next) = begins.iter().zip(begins.iter().skip(1)).nth(index).expect("one of three days");
    DueDate { date: from.date_naive(), from: *from, until: *next - TimeDelta::seconds(1) }
}

/// Any moment of those days and beside them, most often at their borders to the microsecond.
fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    let border = (0..3_usize, 0..3_usize).prop_map(|(index, border)| {
        let day = day(index);
        [day.from, day.until, day.until + TimeDelta::seconds(1)].into_iter().nth(border).unwrap_or(day.from)
    });
    let near = select(vec![-1_000_001, -1_000_000, -1, 0, 0, 0, 1, 500_000, 999_999, 1_000_000]);
    let close = (border, near).prop_map(|(moment, micros)| moment + TimeDelta::microseconds(micros));
    let any = (-10_000_000_000..270_000_000_000_i64)
        .prop_map(|micros| day(0).from + TimeDelta::microseconds(micros));
    prop_oneof![3 => close, 1 => any]
}
