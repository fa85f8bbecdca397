use super::*;
use chrono::TimeDelta;
use kernel::clock::CountedIds;
use kernel::id::Id;
use serde_json::Value;

use crate::skill::Skill;

fn hours(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

/// An id that ends in `digits`.
fn id<K>(digits: &str) -> Id<K> {
    format!("00000000-0000-0000-0000-{digits:0>12}").parse().unwrap()
}

/// The department `d1` and the activity `a1` are in use, `d2` and `a2` are not.
fn known() -> References {
    let reference = |name: &str, is_active| Reference { name: Name::try_new(name).unwrap(), is_active };
    References {
        departments: [(id("d1"), reference("Assembly", true)), (id("d2"), reference("Closed", false))].into(),
        activities: [(id("a1"), reference("Torque", true)), (id("a2"), reference("Old", false))].into(),
    }
}

fn operation(department: &str, activities: &[&str]) -> OperationContent {
    let mut collecting = OperationActivities::default();
    for (sequence, activity) in (1..).zip(activities) {
        collecting.add(Collecting { activity: id(activity), is_required: true, sequence }).unwrap();
    }
    OperationContent {
        number: 1,
        name: Name::try_new("Assembly Station 1").unwrap(),
        department: id(department),
        times: OperationTimes {
            setup: Minutes::try_new(15.into()).unwrap(),
            run: Minutes::try_new(45.into()).unwrap(),
            basis: RunTimeBasis::PerOrder,
        },
        instructions: Some("Use fixture F1".into()),
        required_skills: ["quality_check", "assembly"].map(|skill| Skill::try_new(skill).unwrap()).into(),
        activities: collecting,
    }
}

fn content(operations: &[OperationContent]) -> RoutingContent {
    let numbered =
        |(number, operation): (u8, &OperationContent)| OperationContent { number, ..operation.clone() };
    RoutingContent {
        name: Name::try_new("Widget Assembly v1.0").unwrap(),
        description: Some("Standard".into()),
        product: Sku::try_new("WIDGET-A-001").ok(),
        allow_overlap: false,
        operations: (1..).zip(operations).map(numbered).collect(),
    }
}

fn ids() -> CountedIds {
    CountedIds::default()
}

fn widget() -> Routing {
    Routing::create(id("f1"), content(&[operation("d1", &["a1"])]), &known(), &ids(), hours(0)).unwrap()
}

#[test]
fn every_version_says_what_was_asked_for_and_keeps_id_and_beginning() {
    let first = widget();
    assert!(first.says(&content(&[operation("d1", &["a1"])])));
    let asked = content(&[operation("d1", &[]), operation("d1", &["a1"])]);
    let closed = first.set_active(false, hours(1)).unwrap();
    let second = closed.revise(asked.clone(), &known(), &ids(), hours(2)).unwrap();
    assert!(second.says(&asked) && !first.says(&asked));
    let facts = (second.id, second.version.number(), second.revision, second.is_active);
    assert_eq!(facts, (first.id, 2, 3, false), "out of use it stays");
    assert_eq!((second.created_at, second.updated_at), (hours(0), hours(2)));
}

#[test]
fn new_ids_and_new_names_of_what_it_names_make_no_other_routing() {
    let first = widget();
    let mut renamed = first.clone();
    renamed.operations[0].department.name = Name::try_new("Final assembly").unwrap();
    let asked = content(&[operation("d1", &["a1"])]);
    assert!(first.says(&asked) && renamed.says(&asked));
}

#[test]
fn every_field_that_differs_makes_another_routing() {
    let same = content(&[operation("d1", &["a1"])]);
    let [first] = &same.operations[..] else { panic!("one operation") };
    let with = |operation: OperationContent| RoutingContent { operations: vec![operation], ..same.clone() };
    let mut other_times = first.times;
    other_times.basis = RunTimeBasis::PerUnit;
    let collecting = *first.activities.iter().next().unwrap();
    let only = |collecting| {
        let mut activities = OperationActivities::default();
        activities.add(collecting).unwrap();
        activities
    };
    for other in [
        RoutingContent { name: Name::try_new("WIDGET ASSEMBLY V1.0").unwrap(), ..same.clone() },
        RoutingContent { description: None, ..same.clone() },
        RoutingContent { product: None, ..same.clone() },
        RoutingContent { allow_overlap: true, ..same.clone() },
        RoutingContent { operations: vec![first.clone(), first.clone()], ..same.clone() },
        RoutingContent { operations: vec![], ..same.clone() },
        with(OperationContent { number: 2, ..first.clone() }),
        with(OperationContent { name: Name::try_new("Cut").unwrap(), ..first.clone() }),
        with(OperationContent { department: id("d2"), ..first.clone() }),
        with(OperationContent { times: other_times, ..first.clone() }),
        with(OperationContent { instructions: None, ..first.clone() }),
        with(OperationContent { required_skills: [].into(), ..first.clone() }),
        with(OperationContent { activities: OperationActivities::default(), ..first.clone() }),
        with(OperationContent {
            activities: only(Collecting { is_required: false, ..collecting }),
            ..first.clone()
        }),
        with(OperationContent {
            activities: only(Collecting { sequence: 2, ..collecting }),
            ..first.clone()
        }),
    ] {
        assert!(!widget().says(&other), "{other:?}");
    }
    assert!(widget().says(&same));
}

#[test]
fn what_it_names_must_exist_and_be_in_use_and_every_fault_is_named() {
    let faulty =
        content(&[operation("d2", &["a1", "a2", "a3"]), operation("d1", &["a1"]), operation("d3", &["a2"])]);
    let found = Routing::create(id("f1"), faulty.clone(), &known(), &ids(), hours(0)).unwrap_err();
    let unusable = |operation, activity, why| UnusableReference { operation, activity, why };
    let expected = [
        unusable(0, None, Unusable::Inactive),
        unusable(0, Some(1), Unusable::Inactive),
        unusable(0, Some(2), Unusable::Unknown),
        unusable(2, None, Unusable::Unknown),
        unusable(2, Some(0), Unusable::Inactive),
    ];
    assert_eq!(found, expected);
    assert_eq!(widget().revise(faulty.clone(), &known(), &ids(), hours(1)).unwrap_err(), expected);
    assert_eq!(faulty.departments(), [id("d1"), id("d2"), id("d3")].into());
    assert_eq!(faulty.activities(), [id("a1"), id("a2"), id("a3")].into());
}

#[test]
fn taking_it_out_of_use_makes_no_version() {
    let closed = widget().set_active(false, hours(1)).unwrap();
    assert_eq!(closed, Routing { is_active: false, revision: 2, updated_at: hours(1), ..widget() });
    assert_eq!(closed.set_active(false, hours(2)), None);
    assert_eq!(widget().set_active(true, hours(2)), None);
}

#[test]
fn a_list_shows_how_many_operations_there_are_and_how_long_they_take() {
    let content = content(&[operation("d1", &[]), operation("d1", &[])]);
    let summary = Routing::create(id("f1"), content, &known(), &ids(), hours(0)).unwrap().summary();
    assert_eq!((summary.operations, summary.cycle_seconds), (2, 7_200));
    assert_eq!((summary.name.as_str(), summary.version.to_string()), ("Widget Assembly v1.0", "1.0".into()));
}

#[test]
fn the_snapshot_holds_every_field() {
    let found: Value = serde_json::from_str(&widget().snapshot()).unwrap();
    let expected = json!({
        "id": id::<()>("f1").uuid(),
        "version": 1,
        "name": "Widget Assembly v1.0",
        "description": "Standard",
        "productIdentifier": "WIDGET-A-001",
        "allowOverlap": false,
        "operations": [{
            "id": id::<()>("1").uuid(),
            "operationNumber": 1,
            "operationName": "Assembly Station 1",
            "departmentId": id::<()>("d1").uuid(),
            "setupTimeMinutes": 15,
            "runTimeMinutes": 45,
            "runTimeBasis": "per_order",
            "instructions": "Use fixture F1",
            "requiredSkills": ["assembly", "quality_check"],
            "dataCollectionActivities": [{"id": id::<()>("a1").uuid(), "isRequired": true, "sequence": 1}],
        }],
        "isActive": true,
        "revision": 1,
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:00Z",
    });
    assert_eq!(found, expected);
}

#[test]
fn operations_are_counted_where_they_have_no_number_and_numbers_rise() {
    for (numbers, expected) in [
        (vec![None, None, None], Ok(vec![1, 2, 3])),
        (vec![Some(10), Some(20), Some(200)], Ok(vec![10, 20, 200])),
        (vec![Some(1), None, Some(7)], Ok(vec![1, 2, 7])),
        (vec![Some(10), None], Err(NumberFault::NotRising(10))),
        (vec![Some(10), Some(10)], Err(NumberFault::NotRising(10))),
        (vec![Some(0)], Err(NumberFault::OutOfRange)),
        (vec![Some(201)], Err(NumberFault::OutOfRange)),
        (vec![Some(-1)], Err(NumberFault::OutOfRange)),
    ] {
        let mut numbering = OperationNumbering::default();
        let found = numbers.iter().enumerate().map(|(place, given)| numbering.number(place, *given));
        assert_eq!(found.collect::<Result<Vec<_>, _>>(), expected, "{numbers:?}");
    }
}

#[test]
fn activities_are_in_the_order_of_their_sequence_and_stand_there_once() {
    let collecting = |activity, sequence| Collecting { activity: id(activity), is_required: true, sequence };
    let mut activities = OperationActivities::default();
    assert_eq!(activities.add(collecting("a1", 9)), Ok(()));
    assert_eq!(activities.add(collecting("a2", 2)), Ok(()));
    assert_eq!(activities.add(collecting("a2", 3)), Err(CollectingFault::Duplicate));
    assert_eq!(activities.add(collecting("a3", 9)), Err(CollectingFault::SequenceTaken(9)));
    assert_eq!(activities.check_sequence(1, None), Err(CollectingFault::SequenceTaken(2)));
    assert_eq!(activities.check_sequence(2, None), Ok(3));
    assert_eq!(activities.check_sequence(0, Some(101)), Err(CollectingFault::OutOfRange));
    let found: Vec<_> = activities.iter().map(|collecting| collecting.sequence).collect();
    assert_eq!(found, [2, 9]);
}
