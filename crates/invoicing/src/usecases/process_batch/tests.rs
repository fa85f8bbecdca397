use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::error::ErrorKind;
use kernel::id::Id;
use uuid::Uuid;

use super::*;
use crate::contract::connection;
use crate::ports::MockConnections;
use crate::usecases::test_support::{
    FaultInjectingLedger, Fixture, ID, InjectedFault, InjectedLedgerFault, OTHER, THIRD, VISIBILITY, batch,
    invoice, invoice_to, one, request, word,
};

#[test]
fn an_invoice_is_created_once_and_existed_from_then_on() {
    let fixture = Fixture::new(0);
    assert_eq!(fixture.send(&one()), ["Created"]);
    assert_eq!(fixture.send(&batch([invoice(ID, "50.0")])), ["Existed"], "the same decimals");
    assert_eq!(fixture.send(&batch([invoice(ID, "51.00")])), ["IDEMPOTENCY_CONFLICT"]);
    assert_eq!((fixture.gateway.add_calls.load(Ordering::SeqCst), fixture.gateway.count(ID)), (1, 1));
}

#[test]
fn results_are_in_the_order_of_the_request_and_repeats_existed() {
    let fixture = Fixture::new(0);
    let unknown = invoice_to("12345", OTHER, "1.00");
    let mixed = batch([invoice(ID, "50.00"), unknown, invoice(ID, "50.0")]);
    assert_eq!(fixture.send(&mixed), ["Created", "CONTRACTOR_NOT_FOUND", "Existed"]);
    let corrected = batch([invoice(OTHER, "2.00")]);
    assert_eq!(fixture.send(&corrected), ["Created"], "what definitely failed may be sent again, corrected");
}

#[test]
fn no_more_than_eight_are_sent_at_once() {
    let fixture = Fixture::new(0);
    let ids = (0..40).map(|number| format!("550e8400-e29b-41d4-a716-4466554400{number:02}"));
    assert_eq!(fixture.send(&batch(ids.map(|id| invoice(&id, "1.00")))), ["Created"; 40]);
    assert_eq!(fixture.gateway.max_in_flight.load(Ordering::SeqCst), 8);
}

#[test]
fn what_may_succeed_later_is_tried_again_within_the_request_a_few_times() {
    for (fault, code) in
        [(InjectedFault::NotSent, "SERVICE_UNAVAILABLE"), (InjectedFault::RateLimited, "RATE_LIMIT_EXCEEDED")]
    {
        let fixture = Fixture::new(0);
        fixture.gateway.inject_times(2, fault);
        let began = fixture.clock.now();
        assert_eq!(
            (fixture.send(&one()), fixture.gateway.count(ID)),
            (vec!["Created".to_owned()], 1),
            "{fault:?}"
        );
        assert_eq!(fixture.clock.now() - began, TimeDelta::seconds(3), "it pauses for 1 s, then for 2 s");
        let other = batch([invoice(OTHER, "1.00")]);
        fixture.gateway.inject_times(3, fault);
        assert_eq!(fixture.send(&other), [code], "{fault:?}");
        assert_eq!(fixture.send(&other), ["Created"], "{fault:?}, and the next request goes on");
        assert_eq!(fixture.gateway.count(OTHER), 1);
    }
}

#[test]
fn whoever_waited_repeats_the_refusal_and_sends_nothing() {
    let fixture = Fixture::new(0);
    let process = fixture.process(fixture.ledger.clone());
    let (request, unknown) = (request(), batch([invoice_to("12345", ID, "50.00")]));
    let crowd = (0..50).map(|_| process.run(&request, &unknown));
    let processed = pollster::block_on(futures_util::future::join_all(crowd));
    assert!(processed.iter().all(|it| word(&it.result.results[0]) == "CONTRACTOR_NOT_FOUND"));
    assert_eq!(fixture.gateway.add_calls.load(Ordering::SeqCst), 1, "one call of add");
    assert_eq!(fixture.send(&batch([invoice(ID, "50.00")])), ["Created"], "corrected, later");
}

#[test]
fn an_invoice_that_was_created_meanwhile_by_another_is_reported_as_created_twice() {
    let fixture = Fixture::new(0);
    // while it is sent, another process finds the lease over and creates the invoice
    let first = CreatedInvoice {
        issued: IssuedInvoice { wfirma_id: "other".into(), number: "FV 7/1970".into(), total: None },
        at: fixture.clock.now(),
    };
    let fault = InjectedLedgerFault::IsOvertaken { first: first.clone() };
    let overtaken = FaultInjectingLedger { inner: fixture.ledger.clone(), fault };
    let processed = pollster::block_on(fixture.process(Arc::new(overtaken)).run(&request(), &one()));
    assert_eq!(processed.result.results[0].outcome, InvoiceOutcome::Existed(first));
    let incidents: Vec<_> = processed.incidents.iter().map(ToString::to_string).collect();
    assert_eq!(incidents, [format!("invoice {ID} was made twice: FV 7/1970 (other) and FV 1/1970 (1)")]);
}

#[test]
fn nothing_is_looked_up_or_sent_once_the_time_of_the_request_is_over() {
    let fixture = Fixture::new(0);
    fixture.gateway.inject(InjectedFault::NoAnswer);
    fixture.send(&one());
    // the first look-up takes all the time there is
    fixture.gateway.set_find_duration(31);
    let three = batch([invoice(OTHER, "1.00"), invoice(ID, "50.00"), invoice(THIRD, "1.00")]);
    fixture.gateway.inject_times(3, InjectedFault::AnswerLost);
    let process = ProcessBatch {
        limits: ProcessingLimits { at_once: 1, ..fixture.process(fixture.ledger.clone()).limits },
        ..fixture.process(fixture.ledger.clone())
    };
    let result = pollster::block_on(process.run(&request(), &three)).result;
    let words: Vec<_> = result.results.iter().map(word).collect();
    assert_eq!(words, ["OUTCOME_UNKNOWN", "OUTCOME_UNKNOWN", "SERVICE_UNAVAILABLE"]);
}

#[test]
fn a_closing_process_sends_nothing_after_its_last_moment() {
    let fixture = Fixture::new(0);
    let process = fixture.process(fixture.ledger.clone());
    process.close(fixture.clock.now() + TimeDelta::seconds(3));
    let run = |batch: &Batch| {
        let result = pollster::block_on(process.run(&request(), batch)).result;
        result.results.iter().map(word).collect::<Vec<_>>()
    };
    assert_eq!(run(&one()), ["Created"]);
    fixture.clock.advance(3);
    assert_eq!(run(&batch([invoice(OTHER, "1.00")])), ["SERVICE_UNAVAILABLE"]);
    assert_eq!((run(&one()), fixture.gateway.count(OTHER)), (vec!["Existed".to_owned()], 0));
}

#[test]
fn a_lost_answer_is_looked_up_and_nothing_is_created_again() {
    let fixture = Fixture::new(0);
    fixture.gateway.inject(InjectedFault::AnswerLost);
    assert_eq!(fixture.send(&one()), ["OUTCOME_UNKNOWN"]);
    assert_eq!(fixture.send(&batch([invoice(ID, "51.00")])), ["IDEMPOTENCY_CONFLICT"]);
    assert_eq!((fixture.send(&one()), fixture.gateway.count(ID)), (vec!["Existed".to_owned()], 1));
}

#[test]
fn what_is_not_found_is_sent_again_only_when_it_would_be_found() {
    let fixture = Fixture::new(0);
    fixture.gateway.inject(InjectedFault::NoAnswer);
    assert_eq!(fixture.send(&one()), ["OUTCOME_UNKNOWN"]);
    fixture.clock.advance(VISIBILITY - 1);
    assert_eq!(fixture.send(&one()), ["OUTCOME_UNKNOWN"]);
    fixture.clock.advance(1);
    assert_eq!((fixture.send(&one()), fixture.gateway.count(ID)), (vec!["Created".to_owned()], 1));
}

#[test]
fn a_request_waits_while_another_sends_and_repeats_the_outcome() {
    let fixture = Fixture::new(0);
    let process = fixture.process(fixture.ledger.clone());
    let (request, one) = (request(), one());
    let crowd = (0..50).map(|_| process.run(&request, &one));
    let processed = pollster::block_on(futures_util::future::join_all(crowd));
    let mut outcomes: Vec<_> = processed.iter().map(|it| word(&it.result.results[0])).collect();
    outcomes.sort();
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "Created").count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "Existed").count(), 49);
    assert_eq!(fixture.gateway.add_calls.load(Ordering::SeqCst), 1, "one call of add");
}

#[test]
fn a_process_that_dies_anywhere_leaves_an_invoice_that_is_created_once() {
    // claimed, sending, booked: each committed or not, with every fault of the accounting system, found early and late
    for dies_at in 1..=3 {
        for committed in [false, true] {
            for fault in [
                InjectedFault::None,
                InjectedFault::AnswerLost,
                InjectedFault::NoAnswer,
                InjectedFault::NotSent,
            ] {
                for visible_after in [0, VISIBILITY - 1] {
                    let fixture = Fixture::new(visible_after);
                    fixture.gateway.inject(fault);
                    let records = AtomicUsize::new(0);
                    let ledger_fault = InjectedLedgerFault::Dies { records, at: dies_at, committed };
                    let mortal = FaultInjectingLedger { inner: fixture.ledger.clone(), fault: ledger_fault };
                    fixture.run(Arc::new(mortal), &one());
                    // tried again at once, again when leases are over, and again until everything shows
                    let mut last = String::new();
                    for _ in 0..40 {
                        last = fixture.send(&one()).remove(0);
                        fixture.clock.advance(60);
                    }
                    let case = format!("{dies_at} {committed} {fault:?} {visible_after}");
                    assert_eq!((fixture.gateway.count(ID), last.as_str()), (1, "Existed"), "{case}");
                }
            }
        }
    }
}

#[test]
fn for_a_team_without_a_connection_the_service_is_unavailable() {
    let fixture = Fixture::new(0);
    let mut request = request();
    request.actor.team = Id::new(Uuid::from_u128(2));
    let three = batch([invoice(ID, "50.00"), invoice(OTHER, "1.00"), invoice(ID, "50.0")]);
    let result = pollster::block_on(fixture.process(fixture.ledger.clone()).run(&request, &three)).result;
    assert_eq!(result.results.iter().map(word).collect::<Vec<_>>(), ["SERVICE_UNAVAILABLE"; 3]);
    assert_eq!(fixture.gateway.add_calls.load(Ordering::SeqCst), 0);
}

#[test]
fn while_the_accounting_system_is_unavailable_nothing_is_claimed_and_what_exists_existed() {
    let fixture = Fixture::new(0);
    assert_eq!(fixture.send(&one()), ["Created"]);
    fixture.gateway.inject(InjectedFault::Unavailable);
    let two = batch([invoice(ID, "50.00"), invoice(OTHER, "1.00")]);
    assert_eq!(fixture.send(&two), ["Existed", "SERVICE_UNAVAILABLE"]);
    let known = pollster::block_on(fixture.ledger.find(connection("1").team, OTHER.parse().unwrap()));
    assert_eq!(known.unwrap(), None);
}

#[test]
fn what_may_exist_in_one_company_is_not_created_in_another() {
    let fixture = Fixture::new(0);
    fixture.gateway.inject(InjectedFault::AnswerLost);
    assert_eq!(fixture.send(&one()), ["OUTCOME_UNKNOWN"]);
    fixture.connect_to("2");
    fixture.clock.advance(10 * VISIBILITY);
    assert_eq!((fixture.send(&one()), fixture.gateway.count(ID)), (vec!["OUTCOME_UNKNOWN".to_owned()], 1));
    fixture.connect_to("1");
    assert_eq!(fixture.send(&one()), ["Existed"]);
    fixture.connect_to("2");
    assert_eq!(fixture.send(&one()), ["Existed"], "what is known to exist existed, in whichever company");
}

#[test]
fn a_turn_that_comes_too_late_is_waited_for_again_while_there_is_time() {
    let fixture = Fixture::new(0);
    // the lease of 20 s is over when the turn comes, the request's 30 s are not
    fixture.gateway.inject(InjectedFault::NotSentInTime);
    assert_eq!((fixture.send(&one()), fixture.gateway.count(ID)), (vec!["Created".to_owned()], 1));
}

#[test]
fn a_batch_that_cannot_start_because_of_the_store_fails_as_a_whole() {
    for (error, kind, code) in [
        (StoreError::Unavailable("busy".into()), ErrorKind::Unavailable, "SERVICE_UNAVAILABLE"),
        (StoreError::Internal("broken".into()), ErrorKind::Internal, "INTERNAL_ERROR"),
    ] {
        let fixture = Fixture::new(0);
        let mut connections = MockConnections::new();
        connections.expect_find().return_once(move |_| Err(error.into()));
        let processed =
            pollster::block_on(fixture.process_with(Arc::new(connections)).run(&request(), &one()));
        assert_eq!(processed.incidents.len(), 1, "the log says why");
        let result = processed.result;
        let found = (result.verdict.kind(), result.verdict.error().map(|(code, _)| code));
        assert_eq!(found, (Some(kind), Some(code)));
        assert_eq!(result.results.iter().map(word).collect::<Vec<_>>(), [code]);
    }
}
