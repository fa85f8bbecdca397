use super::*;
use crate::import::fixtures::{centre, due, express, image, moment, order, quantity, standard};
use crate::import::values::{Description, Notes};
use kernel::id::Id;
use kernel::manufacturing::Sku;
use uuid::Uuid;

fn priority(value: u8) -> Priority {
    Priority::try_new(value).unwrap()
}

#[test]
fn a_fact_becomes_an_outcome_under_each_choice_for_existing_orders() {
    use OrderStatus::{Cancelled, Completed, InProgress, OnHold, Pending};
    let before = Box::new(PreviousOrder { id: Id::new(Uuid::nil()), image: image() });
    let exists =
        Outcome::Failed(vec![Fault::new("order_number", "ORDER_EXISTS", "Order already exists: A1")]);
    let cases = [
        (Fact::Inserted, Outcome::Created, Outcome::Created),
        (Fact::Changed(before.clone()), Outcome::Changed(before.clone()), Outcome::Changed(before)),
        (Fact::Unchanged, Outcome::Unchanged, Outcome::Unchanged),
        (Fact::Blocked(Pending), Outcome::Skipped(SkipReason::Exists), exists.clone()),
        (Fact::Blocked(InProgress), Outcome::Skipped(SkipReason::Started(InProgress)), exists.clone()),
        (Fact::Blocked(OnHold), Outcome::Skipped(SkipReason::Started(OnHold)), exists.clone()),
        (Fact::Blocked(Completed), Outcome::Skipped(SkipReason::Started(Completed)), exists.clone()),
        (Fact::Blocked(Cancelled), Outcome::Skipped(SkipReason::Started(Cancelled)), exists),
    ];
    for (fact, skipped_or_done, where_existing_is_an_error) in cases {
        assert_eq!(decide(fact.clone(), OnExisting::Update, "A1"), skipped_or_done, "{fact:?}");
        assert_eq!(decide(fact.clone(), OnExisting::Skip, "A1"), skipped_or_done, "{fact:?}");
        assert_eq!(decide(fact.clone(), OnExisting::Error, "A1"), where_existing_is_an_error, "{fact:?}");
    }
}

#[test]
fn each_skip_has_the_documented_sentence() {
    let sentences = [
        (SkipReason::Started(OrderStatus::InProgress), "Order already in progress, not updated"),
        (SkipReason::Started(OrderStatus::Completed), "Order already complete, not updated"),
        (SkipReason::Started(OrderStatus::OnHold), "Order on hold, not updated"),
        (SkipReason::Started(OrderStatus::Cancelled), "Order cancelled, not updated"),
        (SkipReason::Exists, "Order already exists, not updated"),
        (SkipReason::AnotherRowFailed, "Not imported: another row failed"),
    ];
    for (skip, sentence) in sentences {
        assert_eq!(skip.message(), sentence);
    }
}

#[test]
fn all_or_nothing_is_rejected_by_errors_and_by_skips_that_were_not_requested() {
    let before = Box::new(PreviousOrder { id: Id::new(Uuid::nil()), image: image() });
    for choice in OnExisting::ALL {
        let not_requested = choice != OnExisting::Skip;
        for (outcome, expected) in [
            (Outcome::Created, false),
            (Outcome::Changed(before.clone()), false),
            (Outcome::Unchanged, false),
            (Outcome::Skipped(SkipReason::Exists), not_requested),
            (Outcome::Skipped(SkipReason::Started(OrderStatus::Completed)), not_requested),
            (Outcome::Failed(vec![]), true),
        ] {
            assert_eq!(rejects_import(&outcome, choice), expected, "{outcome:?} under {choice:?}");
        }
    }
}

#[test]
fn a_duplicate_names_the_first_row() {
    let fault = duplicate("ORD001", 3);
    assert_eq!((&*fault.field, &*fault.code), ("order_number", "DUPLICATE_ORDER_NUMBER"));
    assert_eq!(fault.message, "Duplicate order number: ORD001 is already in row 3");
}

#[test]
fn a_new_order_has_its_rows_values_and_is_medium_and_pending_by_default() {
    let plain = create(&order("A1"));
    let expected = OrderImage {
        version: 1,
        priority: priority(3),
        work_centre: None,
        scheduled_end: None,
        routing: None,
        notes: None,
        ..image()
    };
    assert_eq!(plain, expected);

    let cleared = ImportedOrder {
        work_centre: Change::Clear,
        due: Change::Clear,
        routing: Change::Clear,
        notes: Change::Clear,
        ..order("A1")
    };
    assert_eq!(create(&cleared), plain, "there is nothing to clear");

    let full = ImportedOrder {
        priority: Some(priority(5)),
        status: Some(OrderStatus::OnHold),
        work_centre: Change::Set(centre(2)),
        due: Change::Set(due()),
        routing: Change::Set(express()),
        notes: Change::Set(Notes::try_new("n").unwrap()),
        ..order("A1")
    };
    let expected = OrderImage {
        version: 1,
        priority: priority(5),
        status: OrderStatus::OnHold,
        work_centre: Some(centre(2)),
        scheduled_end: Some(moment("2024-07-01T21:59:59Z")),
        routing: Some(express()),
        notes: Some("n".into()),
        ..image()
    };
    assert_eq!(create(&full), expected);
}

#[test]
fn a_row_equal_to_the_stored_order_changes_nothing() {
    assert_eq!(merge(&image(), &order("A1")), None);
    let same = ImportedOrder {
        priority: Some(priority(5)),
        status: Some(OrderStatus::Pending),
        work_centre: Change::Set(centre(1)),
        due: Change::Set(due()),
        routing: Change::Set(RoutingRef { version: 4, ..standard() }),
        notes: Change::Set(Notes::try_new("kept").unwrap()),
        ..order("A1")
    };
    let because = "high reads as 4, noon lies on the day, a later version is the same routing";
    assert_eq!(merge(&image(), &same), None, "{because}");
    let nothing =
        OrderImage { work_centre: None, scheduled_end: None, routing: None, notes: None, ..image() };
    let cleared = ImportedOrder {
        work_centre: Change::Clear,
        due: Change::Clear,
        routing: Change::Clear,
        notes: Change::Clear,
        ..order("A1")
    };
    assert_eq!(merge(&nothing, &cleared), None, "what is empty can't be cleared");
}

#[test]
fn each_field_of_a_row_changes_that_field_and_the_version() {
    let base = || order("A1");
    let after = || OrderImage { version: 5, ..image() };
    let cases = [
        (
            ImportedOrder { sku: Sku::try_new("STK2").unwrap(), ..base() },
            OrderImage { sku: Sku::try_new("STK2").unwrap(), ..after() },
        ),
        (
            ImportedOrder { description: Description::try_new("B").unwrap(), ..base() },
            OrderImage { description: "B".into(), ..after() },
        ),
        (
            ImportedOrder { quantity: quantity("0.5"), ..base() },
            OrderImage { quantity: quantity("0.5"), ..after() },
        ),
        (
            ImportedOrder { priority: Some(priority(1)), ..base() },
            OrderImage { priority: priority(1), ..after() },
        ),
        (
            ImportedOrder { status: Some(OrderStatus::InProgress), ..base() },
            OrderImage { status: OrderStatus::InProgress, ..after() },
        ),
        (
            ImportedOrder { work_centre: Change::Set(centre(2)), ..base() },
            OrderImage { work_centre: Some(centre(2)), ..after() },
        ),
        (ImportedOrder { work_centre: Change::Clear, ..base() }, OrderImage { work_centre: None, ..after() }),
        (ImportedOrder { due: Change::Clear, ..base() }, OrderImage { scheduled_end: None, ..after() }),
        (
            ImportedOrder { routing: Change::Set(express()), ..base() },
            OrderImage { routing: Some(express()), ..after() },
        ),
        (ImportedOrder { routing: Change::Clear, ..base() }, OrderImage { routing: None, ..after() }),
        (
            ImportedOrder { notes: Change::Set(Notes::try_new("n").unwrap()), ..base() },
            OrderImage { notes: Some("n".into()), ..after() },
        ),
        (ImportedOrder { notes: Change::Clear, ..base() }, OrderImage { notes: None, ..after() }),
    ];
    for (row, expected) in cases {
        let merged = merge(&image(), &row);
        assert_eq!(merged.as_ref(), Some(&expected), "{row:?}");
        assert_eq!(merged.and_then(|merged| merge(&merged, &row)), None, "a second time nothing differs");
    }
}

#[test]
fn operations_change_with_the_routing_and_are_removed_when_the_order_is_not_pending() {
    use Change::{Clear, Keep, Set};
    let later = RoutingRef { version: 4, ..standard() };
    let (pending, started) = (Some(OrderStatus::Pending), Some(OrderStatus::InProgress));
    let image = |routing| OrderImage { routing, ..image() };
    for (before, routing, status, expected) in [
        (None, Keep, None, false),
        (None, Clear, None, false),
        (None, Set(standard()), None, true),
        (None, Set(standard()), pending, true),
        (None, Set(standard()), started, false),
        (Some(None), Keep, None, false),
        (Some(None), Keep, started, false),
        (Some(None), Clear, None, false),
        (Some(None), Set(standard()), None, true),
        (Some(None), Set(standard()), started, false),
        (Some(Some(standard())), Keep, None, false),
        (Some(Some(standard())), Keep, pending, false),
        (Some(Some(standard())), Keep, started, true),
        (Some(Some(standard())), Clear, None, true),
        (Some(Some(standard())), Clear, started, true),
        (Some(Some(standard())), Set(standard()), None, false),
        (Some(Some(standard())), Set(later), None, false),
        (Some(Some(standard())), Set(later), started, true),
        (Some(Some(standard())), Set(express()), None, true),
        (Some(Some(standard())), Set(express()), started, true),
    ] {
        let row = ImportedOrder { routing: routing.clone(), status, ..order("A1") };
        let found = changes_operations(before.map(image).as_ref(), &row);
        assert_eq!(found, expected, "{before:?} {routing:?} {status:?}");
    }
}

#[test]
fn a_due_date_replaces_a_moment_of_another_day_only() {
    let row = ImportedOrder { due: Change::Set(due()), ..order("A1") };
    for (stored, expected) in [
        (None, "2024-07-01T21:59:59Z"),
        (Some("2024-06-30T21:59:59.999999Z"), "2024-07-01T21:59:59Z"),
        (Some("2024-06-30T22:00:00Z"), "2024-06-30T22:00:00Z"),
        (Some("2024-07-01T12:00:00Z"), "2024-07-01T12:00:00Z"),
        (Some("2024-07-01T21:59:59.999999Z"), "2024-07-01T21:59:59.999999Z"),
        (Some("2024-07-01T22:00:00Z"), "2024-07-01T21:59:59Z"),
    ] {
        let before = OrderImage { scheduled_end: stored.map(moment), ..image() };
        let after = merge(&before, &row).unwrap_or(before).scheduled_end;
        assert_eq!(after, Some(moment(expected)), "{stored:?}");
    }
}

#[test]
fn a_priority_word_replaces_a_number_of_another_word_only() {
    for (word, expected) in [
        (PriorityWord::Low, [1, 2, 1, 1, 1]),
        (PriorityWord::Medium, [3, 3, 3, 3, 3]),
        (PriorityWord::High, [5, 5, 5, 4, 5]),
    ] {
        let row = ImportedOrder { priority: Some(word.into()), ..order("A1") };
        let merged = [1, 2, 3, 4, 5].map(|stored| {
            let before = OrderImage { priority: priority(stored), ..image() };
            merge(&before, &row).unwrap_or(before).priority.value()
        });
        assert_eq!(merged, expected, "{word:?}");
    }
}
