use super::*;
use chrono::TimeDelta;
use kernel::clock::{CountedIds, IdSource};

fn ann() -> Operator {
    let ids: &dyn IdSource = &CountedIds::default();
    let new = NewOperator {
        name: Name::try_new("Ann").unwrap(),
        badge: Badge::try_new("A-17").unwrap(),
        skills: ["milling", "assembly"].map(|skill| Skill::try_new(skill).unwrap()).into(),
        user: Some(user()),
        is_active: true,
    };
    Operator::create(ids.id(), new, DateTime::UNIX_EPOCH)
}

fn user() -> UserId {
    "00000000-0000-0000-0000-000000000009".parse().unwrap()
}

fn hours(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

fn clocked(operator: &Operator, event: ClockEvent, at: DateTime<Utc>) -> Operator {
    Operator { attendance: Some(operator.clock(event, at).unwrap()), ..operator.clone() }
}

#[test]
fn a_change_counts_the_version_up_and_keeps_the_rest() {
    let change = OperatorChange { user: Change::Clear, is_active: Some(false), ..Default::default() };
    let changed = ann().change(&change, hours(1)).unwrap();
    assert_eq!(changed, Operator { user: None, is_active: false, version: 2, updated_at: hours(1), ..ann() });
    let skills = BTreeSet::from([Skill::try_new("welding").unwrap()]);
    let change = OperatorChange { skills: Some(skills.clone()), ..Default::default() };
    assert_eq!(ann().change(&change, hours(1)).unwrap().skills, skills, "the set is replaced");
}

#[test]
fn a_change_to_what_it_already_is_is_none() {
    let same = OperatorChange {
        name: Some(ann().name),
        badge: Some(ann().badge),
        skills: Some(ann().skills),
        user: Change::Set(user()),
        is_active: Some(true),
    };
    assert_eq!(ann().change(&same, hours(1)), None);
    assert_eq!(ann().change(&OperatorChange::default(), hours(1)), None);
}

#[test]
fn every_state_takes_the_one_event_that_leaves_it() {
    let inactive = Operator { is_active: false, ..ann() };
    let in_and_inactive = Operator { is_active: false, ..clocked(&ann(), ClockEvent::In, hours(1)) };
    let entry = |sequence, event| Ok(Attendance { sequence, event, at: hours(3) });
    for (what, operator, coming, going) in [
        ("never came", ann(), entry(1, ClockEvent::In), Err(ClockFault::AlreadyOut)),
        (
            "is in",
            clocked(&ann(), ClockEvent::In, hours(1)),
            Err(ClockFault::AlreadyIn),
            entry(2, ClockEvent::Out),
        ),
        (
            "has gone",
            clocked(&clocked(&ann(), ClockEvent::In, hours(1)), ClockEvent::Out, hours(2)),
            entry(3, ClockEvent::In),
            Err(ClockFault::AlreadyOut),
        ),
        ("is out of use", inactive, Err(ClockFault::Inactive), Err(ClockFault::AlreadyOut)),
        ("is in and out of use", in_and_inactive, Err(ClockFault::AlreadyIn), entry(2, ClockEvent::Out)),
    ] {
        let found = (operator.clock(ClockEvent::In, hours(3)), operator.clock(ClockEvent::Out, hours(3)));
        assert_eq!(found, (coming, going), "one who {what}");
    }
}

#[test]
fn time_never_runs_backwards_in_an_attendance() {
    let came = clocked(&ann(), ClockEvent::In, hours(2));
    assert_eq!(came.clock(ClockEvent::Out, hours(1)).unwrap().at, hours(2));
}

#[test]
fn the_snapshot_holds_every_field() {
    let came = clocked(&ann(), ClockEvent::In, hours(1));
    let found: serde_json::Value = serde_json::from_str(&came.snapshot()).unwrap();
    let expected = json!({
        "id": "00000000-0000-0000-0000-000000000001",
        "name": "Ann",
        "badge": "A-17",
        "skills": ["assembly", "milling"],
        "userId": "00000000-0000-0000-0000-000000000009",
        "isActive": true,
        "clockedIn": true,
        "clockedAt": "1970-01-01T01:00:00Z",
        "version": 1,
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:00Z",
    });
    assert_eq!(found, expected);
}
