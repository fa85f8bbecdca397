use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::error::ErrorKind;
use kernel::id::Id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::contract::connection;
use crate::ports::MockConnections;
use crate::usecases::test_support::{
    Fault, FaultInjectingLedger, Fixture, ID, InjectedLedgerFault, OTHER, THIRD, VISIBILITY, invoice, one,
    read, request, told,
};

#[test]
fn an_invoice_is_made_once_and_existed_from_then_on() {
    let fixture = Fixture::new(0);
    assert_eq!(fixture.sent(&one()), ["Created"]);
    assert_eq!(fixture.sent(&json!({"invoices": [invoice(ID, "50.0")]})), ["Existed"], "the same decimals");
    assert_eq!(fixture.sent(&json!({"invoices": [invoice(ID, "51.00")]})), ["IDEMPOTENCY_CONFLICT"]);
    assert_eq!((fixture.books.added.load(Ordering::SeqCst), fixture.books.count(ID)), (1, 1));
}

#[test]
fn results_are_in_the_order_of_the_request_and_repeats_existed() {
    let fixture = Fixture::new(0);
    let mut unknown = invoice(OTHER, "1.00");
    unknown["client_id"] = json!("12345");
    let batch = json!({"invoices": [invoice(ID, "50.00"), unknown, invoice(ID, "50.0")]});
    assert_eq!(fixture.sent(&batch), ["Created", "CONTRACTOR_NOT_FOUND", "Existed"]);
    let mended = json!({"invoices": [invoice(OTHER, "2.00")]});
    assert_eq!(fixture.sent(&mended), ["Created"], "what definitely failed may be sent again, corrected");
}

#[test]
fn no_more_than_eight_are_on_their_way_at_once() {
    let fixture = Fixture::new(0);
    let ids = (0..40).map(|number| format!("550e8400-e29b-41d4-a716-4466554400{number:02}"));
    let invoices: Vec<_> = ids.map(|id| invoice(&id, "1.00")).collect();
    assert_eq!(fixture.sent(&json!({"invoices": invoices})), ["Created"; 40]);
    assert_eq!(fixture.books.most_in_flight.load(Ordering::SeqCst), 8);
}

#[test]
fn what_was_not_done_now_is_tried_again_within_the_request_a_few_times() {
    for (fault, word) in [(Fault::Unsent, "SERVICE_UNAVAILABLE"), (Fault::Limited, "RATE_LIMIT_EXCEEDED")] {
        let fixture = Fixture::new(0);
        fixture.books.next_times(2, fault);
        let began = fixture.time.now();
        assert_eq!(
            (fixture.sent(&one()), fixture.books.count(ID)),
            (vec!["Created".to_owned()], 1),
            "{fault:?}"
        );
        assert_eq!(fixture.time.now() - began, TimeDelta::seconds(3), "it rests for 1 s, then for 2 s");
        let other = json!({"invoices": [invoice(OTHER, "1.00")]});
        fixture.books.next_times(3, fault);
        assert_eq!(fixture.sent(&other), [word], "{fault:?}");
        assert_eq!(fixture.sent(&other), ["Created"], "{fault:?}, and the next request goes on");
        assert_eq!(fixture.books.count(OTHER), 1);
    }
}

#[test]
fn whoever_waited_repeats_the_refusal_and_sends_nothing() {
    let fixture = Fixture::new(0);
    let process = fixture.process(fixture.ledger.clone());
    let mut unknown = invoice(ID, "50.00");
    unknown["client_id"] = json!("12345");
    let (request, batch) = (request(), read(&json!({"invoices": [unknown]})));
    let crowd = (0..50).map(|_| process.run(&request, &batch));
    let answers = pollster::block_on(futures_util::future::join_all(crowd));
    assert!(answers.iter().all(|it| told(&it.answer.results[0]) == "CONTRACTOR_NOT_FOUND"));
    assert_eq!(fixture.books.added.load(Ordering::SeqCst), 1, "one call of add");
    assert_eq!(fixture.sent(&json!({"invoices": [invoice(ID, "50.00")]})), ["Created"], "corrected, later");
}

#[test]
fn an_invoice_that_was_made_meanwhile_by_somebody_else_is_told_of_as_made_twice() {
    let fixture = Fixture::new(0);
    // while it is sent, another process finds the lease over and has the invoice made
    let first = CreatedInvoice {
        booked: Booked { wfirma_id: "other".into(), number: "FV 7/1970".into(), total: None },
        at: fixture.time.now(),
    };
    let fault = InjectedLedgerFault::IsOvertaken { first: first.clone() };
    let overtaken = FaultInjectingLedger { inner: fixture.ledger.clone(), fault };
    let processed = pollster::block_on(fixture.process(Arc::new(overtaken)).run(&request(), &read(&one())));
    assert_eq!(processed.answer.results[0].outcome, Outcome::Existed(first));
    let told: Vec<_> = processed.incidents.iter().map(ToString::to_string).collect();
    assert_eq!(told, [format!("invoice {ID} was made twice: FV 7/1970 (other) and FV 1/1970 (1)")]);
}

#[test]
fn nothing_is_looked_up_or_sent_once_the_time_of_the_request_is_over() {
    let fixture = Fixture::new(0);
    fixture.books.next(Fault::Hung);
    fixture.sent(&one());
    // the first look-up takes all the time there is
    fixture.books.finds_take(31);
    let batch = json!({"invoices": [invoice(OTHER, "1.00"), invoice(ID, "50.00"), invoice(THIRD, "1.00")]});
    fixture.books.next_times(3, Fault::Dropped);
    let process = ProcessBatch {
        limits: ProcessingLimits { at_once: 1, ..fixture.process(fixture.ledger.clone()).limits },
        ..fixture.process(fixture.ledger.clone())
    };
    let answer = pollster::block_on(process.run(&request(), &read(&batch))).answer;
    let words: Vec<_> = answer.results.iter().map(told).collect();
    assert_eq!(words, ["OUTCOME_UNKNOWN", "OUTCOME_UNKNOWN", "SERVICE_UNAVAILABLE"]);
}

#[test]
fn a_process_that_ends_sends_nothing_after_the_moment_it_is_told() {
    let fixture = Fixture::new(0);
    let process = fixture.process(fixture.ledger.clone());
    process.close(fixture.time.now() + TimeDelta::seconds(3));
    let run = |batch: &Value| {
        let answer = pollster::block_on(process.run(&request(), &read(batch))).answer;
        answer.results.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(run(&one()), ["Created"]);
    fixture.time.passes(3);
    assert_eq!(run(&json!({"invoices": [invoice(OTHER, "1.00")]})), ["SERVICE_UNAVAILABLE"]);
    assert_eq!((run(&one()), fixture.books.count(OTHER)), (vec!["Existed".to_owned()], 0));
}

#[test]
fn a_lost_answer_is_looked_up_and_nothing_is_made_again() {
    let fixture = Fixture::new(0);
    fixture.books.next(Fault::Dropped);
    assert_eq!(fixture.sent(&one()), ["OUTCOME_UNKNOWN"]);
    assert_eq!(fixture.sent(&json!({"invoices": [invoice(ID, "51.00")]})), ["IDEMPOTENCY_CONFLICT"]);
    assert_eq!((fixture.sent(&one()), fixture.books.count(ID)), (vec!["Existed".to_owned()], 1));
}

#[test]
fn what_is_not_found_is_sent_again_only_when_it_would_be_found() {
    let fixture = Fixture::new(0);
    fixture.books.next(Fault::Hung);
    assert_eq!(fixture.sent(&one()), ["OUTCOME_UNKNOWN"]);
    fixture.time.passes(VISIBILITY - 1);
    assert_eq!(fixture.sent(&one()), ["OUTCOME_UNKNOWN"]);
    fixture.time.passes(1);
    assert_eq!((fixture.sent(&one()), fixture.books.count(ID)), (vec!["Created".to_owned()], 1));
}

#[test]
fn one_who_comes_while_another_sends_waits_for_what_becomes_of_it() {
    let fixture = Fixture::new(0);
    let process = fixture.process(fixture.ledger.clone());
    let (request, batch) = (request(), read(&one()));
    let crowd = (0..50).map(|_| process.run(&request, &batch));
    let answers = pollster::block_on(futures_util::future::join_all(crowd));
    let mut outcomes: Vec<_> = answers.iter().map(|answer| told(&answer.answer.results[0])).collect();
    outcomes.sort();
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "Created").count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "Existed").count(), 49);
    assert_eq!(fixture.books.added.load(Ordering::SeqCst), 1, "one call of add");
}

#[test]
fn a_process_that_dies_anywhere_leaves_an_invoice_that_is_made_once() {
    // claimed, sending, booked: each committed or not, with every fault of the accounting system, found early and late
    for dies_at in 1..=3 {
        for committed in [false, true] {
            for fault in [Fault::None, Fault::Dropped, Fault::Hung, Fault::Unsent] {
                for visible_after in [0, VISIBILITY - 1] {
                    let fixture = Fixture::new(visible_after);
                    fixture.books.next(fault);
                    let records = AtomicUsize::new(0);
                    let ledger_fault = InjectedLedgerFault::Dies { records, at: dies_at, committed };
                    let mortal = FaultInjectingLedger { inner: fixture.ledger.clone(), fault: ledger_fault };
                    fixture.run(Arc::new(mortal), &one());
                    // tried again at once, again when leases are over, and again until everything shows
                    let mut last = String::new();
                    for _ in 0..40 {
                        last = fixture.sent(&one()).remove(0);
                        fixture.time.passes(60);
                    }
                    let case = format!("{dies_at} {committed} {fault:?} {visible_after}");
                    assert_eq!((fixture.books.count(ID), last.as_str()), (1, "Existed"), "{case}");
                }
            }
        }
    }
}

#[test]
fn a_team_without_a_connection_is_told_that_the_service_is_unavailable() {
    let fixture = Fixture::new(0);
    let mut request = request();
    request.actor.team = Id::new(Uuid::from_u128(2));
    let batch =
        read(&json!({"invoices": [invoice(ID, "50.00"), invoice(OTHER, "1.00"), invoice(ID, "50.0")]}));
    let answer = pollster::block_on(fixture.process(fixture.ledger.clone()).run(&request, &batch)).answer;
    assert_eq!(answer.results.iter().map(told).collect::<Vec<_>>(), ["SERVICE_UNAVAILABLE"; 3]);
    assert_eq!(fixture.books.added.load(Ordering::SeqCst), 0);
}

#[test]
fn while_the_accounting_system_is_known_not_to_work_nothing_is_claimed_and_what_exists_is_told() {
    let fixture = Fixture::new(0);
    assert_eq!(fixture.sent(&one()), ["Created"]);
    fixture.books.next(Fault::Closed);
    let batch = json!({"invoices": [invoice(ID, "50.00"), invoice(OTHER, "1.00")]});
    assert_eq!(fixture.sent(&batch), ["Existed", "SERVICE_UNAVAILABLE"]);
    let known = pollster::block_on(fixture.ledger.find(connection("1").team, OTHER.parse().unwrap()));
    assert_eq!(known.unwrap(), None);
}

#[test]
fn what_may_stand_in_one_companys_books_is_not_made_in_anothers() {
    let fixture = Fixture::new(0);
    fixture.books.next(Fault::Dropped);
    assert_eq!(fixture.sent(&one()), ["OUTCOME_UNKNOWN"]);
    fixture.connected_to("2");
    fixture.time.passes(10 * VISIBILITY);
    assert_eq!((fixture.sent(&one()), fixture.books.count(ID)), (vec!["OUTCOME_UNKNOWN".to_owned()], 1));
    fixture.connected_to("1");
    assert_eq!(fixture.sent(&one()), ["Existed"]);
    fixture.connected_to("2");
    assert_eq!(fixture.sent(&one()), ["Existed"], "what is known to be made is told, wherever it stands");
}

#[test]
fn a_turn_that_comes_too_late_is_waited_for_again_while_there_is_time() {
    let fixture = Fixture::new(0);
    // the lease of 20 s is over when the turn comes, the request's 30 s are not
    fixture.books.next(Fault::Late);
    assert_eq!((fixture.sent(&one()), fixture.books.count(ID)), (vec!["Created".to_owned()], 1));
}

#[test]
fn a_batch_that_the_store_keeps_from_beginning_fails_as_a_whole() {
    for (error, kind, code) in [
        (StoreError::Unavailable("busy".into()), ErrorKind::Unavailable, "SERVICE_UNAVAILABLE"),
        (StoreError::Internal("broken".into()), ErrorKind::Internal, "INTERNAL_ERROR"),
    ] {
        let fixture = Fixture::new(0);
        let mut connections = MockConnections::new();
        connections.expect_find().return_once(move |_| Err(error.into()));
        let answer =
            pollster::block_on(fixture.process_with(Arc::new(connections)).run(&request(), &read(&one())));
        assert_eq!(answer.incidents.len(), 1, "the log is told why");
        let answer = answer.answer;
        assert_eq!(
            (answer.verdict.kind(), answer.verdict.error().map(|told| told.0)),
            (Some(kind), Some(code))
        );
        assert_eq!(answer.results.iter().map(told).collect::<Vec<_>>(), [code]);
    }
}
