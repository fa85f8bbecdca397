use super::*;
use crate::accounting::FailureCode;

const OURS: PayloadHash = PayloadHash::new([1; 32]);
const OTHER: PayloadHash = PayloadHash::new([2; 32]);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn booked(id: &str) -> Booked {
    Booked { wfirma_id: id.into(), number: "FV 22/2025".into(), total: None }
}

fn made(id: &str) -> CreatedInvoice {
    CreatedInvoice { booked: booked(id), at: at(7) }
}

fn verdict() -> State {
    State::Failed(Failure::contractor_not_found(&ContractorId::try_new("12345").unwrap()))
}

fn unsure() -> State {
    State::Failed(Failure::rate_limit_exceeded())
}

const fn unknown(last_send: DateTime<Utc>, several: bool) -> State {
    State::Unknown { last_send, several }
}

/// Every state there is, with its name; leases end and sends were at second 10.
fn states() -> Vec<(&'static str, Option<State>)> {
    vec![
        ("none", None),
        ("intended, free", Some(State::Intended { lease: None })),
        ("intended, claimed", Some(State::Intended { lease: Some(at(10)) })),
        ("in flight", Some(State::InFlight { lease: at(10) })),
        ("created", Some(State::Created(made("1")))),
        ("failed by a verdict", Some(verdict())),
        ("failed, unsure", Some(unsure())),
        ("unknown", Some(unknown(at(10), false))),
        ("several", Some(unknown(at(10), true))),
    ]
}

const BOUNDS: Bounds = Bounds { call: TimeDelta::seconds(15), visibility: TimeDelta::minutes(10) };

fn asked(payload: PayloadHash, company: &str) -> RequestedInvoice {
    RequestedInvoice {
        payload,
        contractor: ContractorId::try_new("152158328").unwrap(),
        company: CompanyId::try_new(company).unwrap(),
        gross: Money::try_new("184.50".parse().unwrap()).unwrap(),
    }
}

fn entry(state: State) -> Entry {
    Entry { asked: asked(OURS, "1"), state }
}

#[test]
fn what_is_done_depends_on_the_state_the_content_and_the_lease() {
    use Decision::{AnswerExisted, Conflict, LookUpFirst, SendNow, Wait};
    let wait = || Wait { until: at(10) };
    let existed = || AnswerExisted(made("1"));
    // the same content before and after second 10, other content before and after it
    let expected = [
        ("none", [SendNow, SendNow, SendNow, SendNow]),
        ("intended, free", [SendNow, SendNow, SendNow, SendNow]),
        ("intended, claimed", [wait(), SendNow, Conflict, SendNow]),
        ("in flight", [wait(), LookUpFirst, Conflict, Conflict]),
        ("created", [existed(), existed(), Conflict, Conflict]),
        ("failed by a verdict", [SendNow, SendNow, SendNow, SendNow]),
        ("failed, unsure", [LookUpFirst, LookUpFirst, LookUpFirst, LookUpFirst]),
        ("unknown", [LookUpFirst, LookUpFirst, Conflict, Conflict]),
        ("several", [LookUpFirst, LookUpFirst, Conflict, Conflict]),
    ];
    for ((name, state), (expected_name, expected)) in states().into_iter().zip(expected) {
        assert_eq!(name, expected_name);
        let stored = state.map(entry);
        let decide = |payload, second| Decision::of(stored.as_ref(), &asked(payload, "1"), at(second));
        let found = [decide(OURS, 9), decide(OURS, 10), decide(OTHER, 9), decide(OTHER, 10)];
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_would_be_looked_up_is_not_looked_up_in_another_companys_books() {
    for (name, state) in states() {
        let stored = state.map(entry);
        let decide = |company| Decision::of(stored.as_ref(), &asked(OURS, company), at(10));
        let expected = match decide("1") {
            Decision::LookUpFirst if name == "failed, unsure" => Decision::SendNow,
            Decision::LookUpFirst => Decision::OtherCompany,
            other => other,
        };
        assert_eq!(decide("2"), expected, "{name}");
    }
}

#[test]
fn a_total_that_is_not_ours_is_told() {
    let total = |text: &str| Money::try_new(text.parse().unwrap()).ok();
    let of =
        |total| entry(State::Created(CreatedInvoice { booked: Booked { total, ..booked("1") }, at: at(7) }));
    assert_eq!(of(total("184.50")).other_total(), None);
    assert_eq!(of(None).other_total(), None, "it says nothing of it");
    assert_eq!(of(total("184.51")).other_total(), total("184.51"));
    assert_eq!(entry(unknown(at(10), false)).other_total(), None);
}

#[test]
fn what_is_told_of_a_state_has_money_to_the_digit() {
    let total = Money::try_new("90000000000000.10".parse().unwrap()).ok();
    let told = |state| entry(state).detail();
    assert_eq!(
        told(State::Created(CreatedInvoice { booked: Booked { total, ..booked("1") }, at: at(7) })),
        r#"{"wfirmaInvoiceId":"1","invoiceNumber":"FV 22/2025","total":90000000000000.10,"expectedTotal":184.50,"createdAt":"1970-01-01T00:00:07Z"}"#
    );
    assert_eq!(told(State::Intended { lease: None }), r#"{"lease":null}"#);
    assert_eq!(told(State::InFlight { lease: at(10) }), r#"{"lease":"1970-01-01T00:00:10Z"}"#);
    let expected = r#"{"errorCode":"INTERNAL_ERROR","errorMessage":"An unexpected error occurred while processing the request"}"#;
    assert_eq!(told(State::Failed(Failure::internal())), expected);
    assert_eq!(told(unknown(at(10), true)), r#"{"lastSend":"1970-01-01T00:00:10Z","several":true}"#);
}

#[test]
fn what_a_look_up_finds_settles_or_flags_whatever_is_not_settled() {
    let several = || vec![booked("1"), booked("2")];
    for (name, state) in states() {
        let Some(state) = state else { continue };
        let is_created = matches!(state, State::Created(_));
        let entry = entry(state);
        let after = |found| entry.after_look_up(found, at(9), BOUNDS);
        let (one, more) = (after(LookupResult::One(booked("1"))), after(LookupResult::Several(several())));
        if is_created {
            assert_eq!((one, more), (AfterLookUp::DecideAgain, AfterLookUp::DecideAgain), "{name}");
        } else {
            let flagged = if name == "several" {
                AfterLookUp::OutcomeUnknown { until: None }
            } else {
                AfterLookUp::Flag(several())
            };
            assert_eq!((one, more), (AfterLookUp::Settle(booked("1")), flagged), "{name}");
        }
    }
}

#[test]
fn nothing_found_proves_something_only_after_the_visibility_since_the_last_possible_send() {
    use AfterLookUp::{DecideAgain, OutcomeUnknown, SendAgain};
    let unknown = |second| OutcomeUnknown { until: Some(at(second)) };
    let never = || OutcomeUnknown { until: None };
    let all = |after: AfterLookUp| std::array::from_fn(|_| after.clone());
    // asked before the lease's end, one second too early and just late enough for a send that has ended, and the same for
    // one that may have gone on for 15 s after the lease
    for (name, expected) in [
        ("intended, free", all(DecideAgain)),
        ("intended, claimed", all(DecideAgain)),
        ("in flight", [unknown(625), unknown(625), unknown(625), unknown(625), SendAgain]),
        ("created", all(DecideAgain)),
        ("failed by a verdict", all(SendAgain)),
        ("failed, unsure", all(SendAgain)),
        ("unknown", [unknown(610), unknown(610), SendAgain, SendAgain, SendAgain]),
        ("several", [never(), never(), never(), never(), never()]),
    ] {
        let state = states().into_iter().find(|(found, _)| *found == name).unwrap().1.unwrap();
        let entry = entry(state);
        let found = [9, 609, 610, 624, 625]
            .map(|second| entry.after_look_up(LookupResult::Nothing, at(second), BOUNDS));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_visibility_past_the_calendars_end_is_never_over() {
    let entry = entry(unknown(DateTime::<Utc>::MAX_UTC, false));
    let after = entry.after_look_up(LookupResult::Nothing, DateTime::<Utc>::MAX_UTC, BOUNDS);
    assert_eq!(after, AfterLookUp::OutcomeUnknown { until: None });
}

#[test]
fn what_happens_to_an_invoice_leads_from_state_to_state() {
    let failure = Failure::internal;
    let events = [
        Event::Claimed { at: at(9), lease: at(30) },
        Event::Claimed { at: at(10), lease: at(30) },
        Event::Sending { lease: at(10) },
        Event::NotSent { lease: at(10) },
        Event::Booked(made("1")),
        Event::Refused { lease: at(10), failure: failure() },
        Event::Lost { lease: at(10), last_send: at(8) },
        Event::Several { at: at(40) },
        Event::NotMade,
    ];
    let claimed = || Some(State::Intended { lease: Some(at(30)) });
    let free = || Some(State::Intended { lease: None });
    let sent = || Some(State::InFlight { lease: at(10) });
    let created = || Some(State::Created(made("1")));
    let refused = || Some(State::Failed(failure()));
    let lost = || Some(unknown(at(8), false));
    let absent = || Some(State::Failed(Failure::not_made()));
    let (flagged, still_flagged) = (|| Some(unknown(at(40), true)), || Some(unknown(at(10), true)));
    let expected = [
        ("none", [claimed(), claimed(), None, None, None, None, None, None, None]),
        ("intended, free", [claimed(), claimed(), None, None, created(), None, None, None, None]),
        ("intended, claimed", [None, claimed(), sent(), free(), created(), None, None, None, None]),
        ("in flight", [None, claimed(), None, free(), created(), refused(), lost(), flagged(), absent()]),
        ("created", [None, None, None, None, created(), None, None, None, None]),
        ("failed by a verdict", [claimed(), claimed(), None, None, created(), None, None, flagged(), None]),
        ("failed, unsure", [claimed(), claimed(), None, None, created(), None, None, flagged(), None]),
        ("unknown", [claimed(), claimed(), None, None, created(), None, None, still_flagged(), absent()]),
        ("several", [None, None, None, None, created(), None, None, still_flagged(), None]),
    ];
    for ((name, state), (expected_name, expected)) in states().into_iter().zip(expected) {
        assert_eq!(name, expected_name);
        for (event, expected) in events.iter().zip(expected) {
            let found = State::after(state.as_ref(), event.clone());
            assert_eq!(found, expected.ok_or(Forbidden), "{name}, {event:?}");
        }
    }
}

#[test]
fn a_sender_whose_lease_was_given_to_another_changes_nothing() {
    let theirs = at(10);
    for state in [State::Intended { lease: Some(at(30)) }, State::InFlight { lease: at(30) }] {
        for event in [
            Event::Sending { lease: theirs },
            Event::NotSent { lease: theirs },
            Event::Refused { lease: theirs, failure: Failure::internal() },
            Event::Lost { lease: theirs, last_send: theirs },
        ] {
            assert_eq!(State::after(Some(&state), event.clone()), Err(Forbidden), "{state:?}, {event:?}");
        }
        let booked = State::after(Some(&state), Event::Booked(made("1")));
        assert_eq!(booked, Ok(State::Created(made("1"))), "that it is made is true whoever says it");
    }
}

#[test]
fn an_invoice_that_is_made_is_not_replaced_by_another() {
    let stored = State::Created(made("1"));
    let later = CreatedInvoice { at: at(99), ..made("1") };
    assert_eq!(State::after(Some(&stored), Event::Booked(later)), Ok(stored.clone()));
    assert_eq!(State::after(Some(&stored), Event::Booked(made("2"))), Err(Forbidden));
}

#[test]
fn only_the_accounting_systems_own_verdict_is_sure_enough_to_send_again_unasked() {
    for code in FailureCode::ALL {
        let expected = match code {
            FailureCode::Validation
            | FailureCode::KsefNotAuthorized
            | FailureCode::ContractorNotFound
            | FailureCode::InsufficientPermissions => Decision::SendNow,
            _ => Decision::LookUpFirst,
        };
        let stored = entry(State::Failed(Failure::new(code, "")));
        assert_eq!(Decision::of(Some(&stored), &asked(OURS, "1"), at(0)), expected, "{code:?}");
    }
}
