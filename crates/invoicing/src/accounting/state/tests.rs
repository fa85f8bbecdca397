use chrono::TimeDelta;

use super::*;
use crate::accounting::{Decision, FailureCode, GatewayDelays, LookupDecision, LookupResult};

const OURS: PayloadHash = PayloadHash::new([1; 32]);
const OTHER: PayloadHash = PayloadHash::new([2; 32]);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn issued(id: &str) -> IssuedInvoice {
    IssuedInvoice { wfirma_id: id.into(), number: "FV 22/2025".into(), total: None }
}

fn created(id: &str) -> CreatedInvoice {
    CreatedInvoice { issued: issued(id), at: at(7) }
}

fn rejected() -> InvoiceState {
    InvoiceState::Failed(InvoiceFailure::contractor_not_found(&ContractorId::try_new("12345").unwrap()))
}

fn unsure() -> InvoiceState {
    InvoiceState::Failed(InvoiceFailure::rate_limit_exceeded())
}

const fn unknown(last_send: DateTime<Utc>, several: bool) -> InvoiceState {
    InvoiceState::Unknown { last_send, several }
}

/// Every state there is, with its name; leases end and sends were at second 10.
fn states() -> Vec<(&'static str, Option<InvoiceState>)> {
    vec![
        ("none", None),
        ("intended, free", Some(InvoiceState::Intended { lease: None })),
        ("intended, claimed", Some(InvoiceState::Intended { lease: Some(at(10)) })),
        ("in flight", Some(InvoiceState::InFlight { lease: at(10) })),
        ("created", Some(InvoiceState::Created(created("1")))),
        ("failed, rejected", Some(rejected())),
        ("failed, unsure", Some(unsure())),
        ("unknown", Some(unknown(at(10), false))),
        ("several", Some(unknown(at(10), true))),
    ]
}

const DELAYS: GatewayDelays =
    GatewayDelays { call: TimeDelta::seconds(15), visibility: TimeDelta::minutes(10) };

fn requested(payload: PayloadHash, company: &str) -> RequestedInvoice {
    RequestedInvoice {
        payload,
        contractor: ContractorId::try_new("152158328").unwrap(),
        company: CompanyId::try_new(company).unwrap(),
        gross: Money::try_new("184.50".parse().unwrap()).unwrap(),
    }
}

fn entry(state: InvoiceState) -> LedgerEntry {
    let id = "550e8400-e29b-41d4-a716-446655440001".parse().unwrap();
    LedgerEntry { id, requested: requested(OURS, "1"), state, version: 1 }
}

#[test]
fn what_is_done_depends_on_the_state_the_content_and_the_lease() {
    use Decision::{AnswerExisted, Conflict, LookUpFirst, SendNow, Wait};
    let wait = || Wait { until: at(10) };
    let existed = || AnswerExisted(created("1"));
    // the same content before and after second 10, other content before and after it
    let expected = [
        ("none", [SendNow, SendNow, SendNow, SendNow]),
        ("intended, free", [SendNow, SendNow, SendNow, SendNow]),
        ("intended, claimed", [wait(), SendNow, Conflict, SendNow]),
        ("in flight", [wait(), LookUpFirst, Conflict, Conflict]),
        ("created", [existed(), existed(), Conflict, Conflict]),
        ("failed, rejected", [SendNow, SendNow, SendNow, SendNow]),
        ("failed, unsure", [LookUpFirst, LookUpFirst, LookUpFirst, LookUpFirst]),
        ("unknown", [LookUpFirst, LookUpFirst, Conflict, Conflict]),
        ("several", [LookUpFirst, LookUpFirst, Conflict, Conflict]),
    ];
    for ((name, state), (expected_name, expected)) in states().into_iter().zip(expected) {
        assert_eq!(name, expected_name);
        let stored = state.map(entry);
        let decide = |payload, second| Decision::of(stored.as_ref(), &requested(payload, "1"), at(second));
        let found = [decide(OURS, 9), decide(OURS, 10), decide(OTHER, 9), decide(OTHER, 10)];
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_would_be_looked_up_is_not_looked_up_in_another_company() {
    for (name, state) in states() {
        let stored = state.map(entry);
        let decide = |company| Decision::of(stored.as_ref(), &requested(OURS, company), at(10));
        let expected = match decide("1") {
            Decision::LookUpFirst if name == "failed, unsure" => Decision::SendNow,
            Decision::LookUpFirst => Decision::OtherCompany,
            other => other,
        };
        assert_eq!(decide("2"), expected, "{name}");
    }
}

#[test]
fn a_total_that_is_not_the_expected_one_is_noticed() {
    let total = |text: &str| Money::try_new(text.parse().unwrap()).ok();
    let of = |total| {
        entry(InvoiceState::Created(CreatedInvoice {
            issued: IssuedInvoice { total, ..issued("1") },
            at: at(7),
        }))
    };
    assert_eq!(of(total("184.50")).unexpected_total(), None);
    assert_eq!(of(None).unexpected_total(), None, "it says nothing of it");
    assert_eq!(of(total("184.51")).unexpected_total(), total("184.51"));
    assert_eq!(entry(unknown(at(10), false)).unexpected_total(), None);
}

#[test]
fn the_detail_of_a_state_has_money_to_the_digit() {
    let total = Money::try_new("90000000000000.10".parse().unwrap()).ok();
    let detail = |state| entry(state).detail();
    assert_eq!(
        detail(InvoiceState::Created(CreatedInvoice {
            issued: IssuedInvoice { total, ..issued("1") },
            at: at(7)
        })),
        r#"{"wfirmaInvoiceId":"1","invoiceNumber":"FV 22/2025","total":90000000000000.10,"expectedTotal":184.50,"createdAt":"1970-01-01T00:00:07Z"}"#
    );
    assert_eq!(detail(InvoiceState::Intended { lease: None }), r#"{"lease":null}"#);
    assert_eq!(detail(InvoiceState::InFlight { lease: at(10) }), r#"{"lease":"1970-01-01T00:00:10Z"}"#);
    let expected = r#"{"errorCode":"INTERNAL_ERROR","errorMessage":"An unexpected error occurred while processing the request"}"#;
    assert_eq!(detail(InvoiceState::Failed(InvoiceFailure::internal())), expected);
    assert_eq!(detail(unknown(at(10), true)), r#"{"lastSend":"1970-01-01T00:00:10Z","several":true}"#);
}

#[test]
fn what_a_look_up_finds_settles_or_flags_whatever_is_not_settled() {
    let several = || vec![issued("1"), issued("2")];
    for (name, state) in states() {
        let Some(state) = state else { continue };
        let is_created = matches!(state, InvoiceState::Created(_));
        let entry = entry(state);
        let after = |found| entry.after_lookup(found, at(9), DELAYS);
        let (one, more) = (after(LookupResult::One(issued("1"))), after(LookupResult::Several(several())));
        if is_created {
            assert_eq!((one, more), (LookupDecision::DecideAgain, LookupDecision::DecideAgain), "{name}");
        } else {
            let flagged = if name == "several" {
                LookupDecision::OutcomeUnknown { until: None }
            } else {
                LookupDecision::Flag(several())
            };
            assert_eq!((one, more), (LookupDecision::Settle(issued("1")), flagged), "{name}");
        }
    }
}

#[test]
fn nothing_found_proves_something_only_after_the_visibility_since_the_last_possible_send() {
    use LookupDecision::{DecideAgain, OutcomeUnknown, SendAgain};
    let unknown = |second| OutcomeUnknown { until: Some(at(second)) };
    let never = || OutcomeUnknown { until: None };
    let all = |after: LookupDecision| std::array::from_fn(|_| after.clone());
    // asked before the lease's end, one second too early and just late enough for a send that has ended, and the same for
    // one that may have gone on for 15 s after the lease
    for (name, expected) in [
        ("intended, free", all(DecideAgain)),
        ("intended, claimed", all(DecideAgain)),
        ("in flight", [unknown(625), unknown(625), unknown(625), unknown(625), SendAgain]),
        ("created", all(DecideAgain)),
        ("failed, rejected", all(SendAgain)),
        ("failed, unsure", all(SendAgain)),
        ("unknown", [unknown(610), unknown(610), SendAgain, SendAgain, SendAgain]),
        ("several", [never(), never(), never(), never(), never()]),
    ] {
        let state = states().into_iter().find(|(found, _)| *found == name).unwrap().1.unwrap();
        let entry = entry(state);
        let found = [9, 609, 610, 624, 625]
            .map(|second| entry.after_lookup(LookupResult::Nothing, at(second), DELAYS));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_visibility_past_the_calendars_end_is_never_over() {
    let entry = entry(unknown(DateTime::<Utc>::MAX_UTC, false));
    let after = entry.after_lookup(LookupResult::Nothing, DateTime::<Utc>::MAX_UTC, DELAYS);
    assert_eq!(after, LookupDecision::OutcomeUnknown { until: None });
}

#[test]
fn events_lead_from_state_to_state() {
    let failure = InvoiceFailure::internal;
    let events = [
        InvoiceEvent::Claimed { at: at(9), lease: at(30) },
        InvoiceEvent::Claimed { at: at(10), lease: at(30) },
        InvoiceEvent::Sending { lease: at(10) },
        InvoiceEvent::NotSent { lease: at(10) },
        InvoiceEvent::Created(created("1")),
        InvoiceEvent::Refused { lease: at(10), failure: failure() },
        InvoiceEvent::Lost { lease: at(10), last_send: at(8) },
        InvoiceEvent::Several { at: at(40) },
        InvoiceEvent::NotCreated,
    ];
    let claimed = || Some(InvoiceState::Intended { lease: Some(at(30)) });
    let free = || Some(InvoiceState::Intended { lease: None });
    let sent = || Some(InvoiceState::InFlight { lease: at(10) });
    let is_created = || Some(InvoiceState::Created(created("1")));
    let refused = || Some(InvoiceState::Failed(failure()));
    let lost = || Some(unknown(at(8), false));
    let absent = || Some(InvoiceState::Failed(InvoiceFailure::not_created()));
    let (flagged, still_flagged) = (|| Some(unknown(at(40), true)), || Some(unknown(at(10), true)));
    let expected = [
        ("none", [claimed(), claimed(), None, None, None, None, None, None, None]),
        ("intended, free", [claimed(), claimed(), None, None, is_created(), None, None, None, None]),
        ("intended, claimed", [None, claimed(), sent(), free(), is_created(), None, None, None, None]),
        ("in flight", [None, claimed(), None, free(), is_created(), refused(), lost(), flagged(), absent()]),
        ("created", [None, None, None, None, is_created(), None, None, None, None]),
        ("failed, rejected", [claimed(), claimed(), None, None, is_created(), None, None, flagged(), None]),
        ("failed, unsure", [claimed(), claimed(), None, None, is_created(), None, None, flagged(), None]),
        ("unknown", [claimed(), claimed(), None, None, is_created(), None, None, still_flagged(), absent()]),
        ("several", [None, None, None, None, is_created(), None, None, still_flagged(), None]),
    ];
    for ((name, state), (expected_name, expected)) in states().into_iter().zip(expected) {
        assert_eq!(name, expected_name);
        for (event, expected) in events.iter().zip(expected) {
            let found = InvoiceState::after(state.as_ref(), event.clone());
            assert_eq!(found, expected.ok_or(InvalidTransition), "{name}, {event:?}");
        }
    }
}

#[test]
fn a_sender_whose_lease_was_given_to_another_changes_nothing() {
    let lease = at(10);
    for state in [InvoiceState::Intended { lease: Some(at(30)) }, InvoiceState::InFlight { lease: at(30) }] {
        for event in [
            InvoiceEvent::Sending { lease },
            InvoiceEvent::NotSent { lease },
            InvoiceEvent::Refused { lease, failure: InvoiceFailure::internal() },
            InvoiceEvent::Lost { lease, last_send: lease },
        ] {
            assert_eq!(
                InvoiceState::after(Some(&state), event.clone()),
                Err(InvalidTransition),
                "{state:?}, {event:?}"
            );
        }
        let after_created = InvoiceState::after(Some(&state), InvoiceEvent::Created(created("1")));
        assert_eq!(
            after_created,
            Ok(InvoiceState::Created(created("1"))),
            "that it exists is true whoever says it"
        );
    }
}

#[test]
fn an_invoice_that_exists_is_not_replaced_by_another() {
    let stored = InvoiceState::Created(created("1"));
    let later = CreatedInvoice { at: at(99), ..created("1") };
    assert_eq!(InvoiceState::after(Some(&stored), InvoiceEvent::Created(later)), Ok(stored.clone()));
    assert_eq!(
        InvoiceState::after(Some(&stored), InvoiceEvent::Created(created("2"))),
        Err(InvalidTransition)
    );
}

#[test]
fn only_a_rejection_is_sure_enough_to_send_again_without_a_look_up() {
    for code in FailureCode::ALL {
        let expected = match code {
            FailureCode::Validation
            | FailureCode::KsefNotAuthorized
            | FailureCode::ContractorNotFound
            | FailureCode::InsufficientPermissions => Decision::SendNow,
            _ => Decision::LookUpFirst,
        };
        let stored = entry(InvoiceState::Failed(InvoiceFailure::new(code, "")));
        assert_eq!(Decision::of(Some(&stored), &requested(OURS, "1"), at(0)), expected, "{code:?}");
    }
}
