use super::*;
use crate::surfaces::mes::fields::{assert_faults, read_whole};
use serde_json::json;

const DEPARTMENT: &str = "00000000-0000-0000-0000-0000000000d1";
const ACTIVITY: &str = "00000000-0000-0000-0000-0000000000a1";
const OTHER: &str = "00000000-0000-0000-0000-0000000000a2";

fn routing(operations: Value) -> Value {
    json!({"name": "Widget", "operations": operations})
}

fn read(operations: Value) -> Vec<OperationContent> {
    read_whole::<RoutingRequest>(routing(operations)).operations
}

fn refused(operations: Value, expected: &[(&str, &str)]) {
    assert_faults::<RoutingRequest>(routing(operations), expected);
}

/// An operation with what it needs and `fields`.
fn operation(fields: Value) -> Value {
    let mut operation = json!({"operationName": "Cut", "departmentId": DEPARTMENT});
    operation.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    operation
}

fn numbered(numbers: &[Value]) -> Value {
    numbers.iter().map(|number| operation(json!({"operationNumber": number}))).collect()
}

#[test]
fn every_fault_of_a_routing_is_named_at_once() {
    let missing = [("name", "MISSING_FIELD"), ("operations", "MISSING_FIELD")];
    assert_faults::<RoutingRequest>(json!({}), &missing);
    let body = json!({
        "name": "a\nb", "description": "a\0", "productIdentifier": " ", "allowOverlap": true,
        "operations": [
            {},
            7,
            {
                "operationNumber": "x", "operationName": "", "departmentId": "dept-uuid-111", "setupTimeMinutes": -1,
                "runTimeMinutes": 0.0001, "runTimeBasis": "per_hour", "instructions": "\0",
                "requiredSkills": ["ok", ""], "dataCollectionActivities": [
                    {}, {"id": "dca-uuid-111", "isRequired": 1, "sequence": 0}, 7, {"id": 7, "sequence": "first"}
                ],
            },
            operation(json!({"requiredSkills": "assembly", "dataCollectionActivities": {}})),
        ],
    });
    let expected = [
        ("name", "INVALID_VALUE"),
        ("description", "INVALID_VALUE"),
        ("productIdentifier", "INVALID_VALUE"),
        ("operations.0.operationName", "MISSING_FIELD"),
        ("operations.0.departmentId", "MISSING_FIELD"),
        ("operations.1", "INVALID_TYPE"),
        ("operations.2.operationNumber", "INVALID_TYPE"),
        ("operations.2.operationName", "INVALID_VALUE"),
        ("operations.2.departmentId", "UNKNOWN_DEPARTMENT"),
        ("operations.2.setupTimeMinutes", "OUT_OF_RANGE"),
        ("operations.2.runTimeMinutes", "OUT_OF_RANGE"),
        ("operations.2.runTimeBasis", "UNKNOWN_VALUE"),
        ("operations.2.instructions", "INVALID_VALUE"),
        ("operations.2.requiredSkills.1", "INVALID_VALUE"),
        ("operations.2.dataCollectionActivities.0.id", "MISSING_FIELD"),
        ("operations.2.dataCollectionActivities.1.id", "UNKNOWN_ACTIVITY"),
        ("operations.2.dataCollectionActivities.1.isRequired", "INVALID_TYPE"),
        ("operations.2.dataCollectionActivities.1.sequence", "OUT_OF_RANGE"),
        ("operations.2.dataCollectionActivities.2", "INVALID_TYPE"),
        ("operations.2.dataCollectionActivities.3.id", "INVALID_TYPE"),
        ("operations.2.dataCollectionActivities.3.sequence", "INVALID_TYPE"),
        ("operations.3.requiredSkills", "INVALID_TYPE"),
        ("operations.3.dataCollectionActivities", "INVALID_TYPE"),
    ];
    assert_faults::<RoutingRequest>(body, &expected);
}

#[test]
fn what_is_left_out_has_its_default() {
    let read = read(json!([operation(json!({"dataCollectionActivities": [{"id": ACTIVITY}]}))]));
    let [read] = &read[..] else { panic!("one operation: {read:?}") };
    assert_eq!((read.number, read.times.setup, read.times.run), (1, Minutes::ZERO, Minutes::ZERO));
    assert_eq!((read.times.basis, &read.instructions), (RunTimeBasis::PerOrder, &None));
    assert!(read.required_skills.is_empty());
    let expected = Collecting { activity: ACTIVITY.parse().unwrap(), is_required: true, sequence: 1 };
    assert_eq!(read.activities.iter().collect::<Vec<_>>(), [&expected]);
    let body =
        json!({"name": "x", "description": "  ", "operations": [operation(json!({"instructions": " "}))]});
    let content = read_whole::<RoutingRequest>(body);
    assert_eq!((content.description, content.product, content.allow_overlap), (None, None, false));
    assert_eq!(content.operations[0].instructions, None);
}

#[test]
fn operations_are_counted_where_they_have_no_number_and_numbers_rise() {
    let nothing = Value::Null;
    for (numbers, expected) in [
        (vec![nothing.clone(), nothing.clone(), nothing.clone()], vec![1, 2, 3]),
        (vec![json!(10), json!(20), json!(200)], vec![10, 20, 200]),
        (vec![json!(1), nothing.clone(), json!(7)], vec![1, 2, 7]),
    ] {
        let found: Vec<_> = read(numbered(&numbers)).iter().map(|operation| operation.number).collect();
        assert_eq!(found, expected, "{numbers:?}");
    }
    for (numbers, expected) in [
        (vec![json!(10), nothing.clone()], [("operations.1.operationNumber", "INVALID_VALUE")].as_slice()),
        (vec![json!(10), json!(10)], &[("operations.1.operationNumber", "INVALID_VALUE")]),
        (vec![json!(0)], &[("operations.0.operationNumber", "OUT_OF_RANGE")]),
        (vec![json!(201)], &[("operations.0.operationNumber", "OUT_OF_RANGE")]),
        (
            vec![json!(1.5), json!(-1)],
            &[
                ("operations.0.operationNumber", "INVALID_TYPE"),
                ("operations.1.operationNumber", "OUT_OF_RANGE"),
            ],
        ),
        (
            vec![json!(20), json!(10), json!(20)],
            &[
                ("operations.1.operationNumber", "INVALID_VALUE"),
                ("operations.2.operationNumber", "INVALID_VALUE"),
            ],
        ),
    ] {
        refused(numbered(&numbers), expected);
    }
    // what is no operation has no number
    refused(json!([operation(json!({"operationNumber": 9})), 7]), &[("operations.1", "INVALID_TYPE")]);
}

#[test]
fn a_routing_has_1_to_200_operations() {
    let many = |count: usize| json!(vec![operation(json!({})); count]);
    assert_eq!(read(many(200))[199].number, 200);
    for count in [0, 201] {
        refused(many(count), &[("operations", "OUT_OF_RANGE")]);
    }
}

#[test]
fn activities_are_in_the_order_of_their_sequence_and_stand_there_once() {
    let collecting = |activities: Value| json!([operation(json!({"dataCollectionActivities": activities}))]);
    let found =
        read(collecting(json!([{"id": ACTIVITY, "sequence": 9, "isRequired": false}, {"id": OTHER}])));
    let shown = |one: &Collecting<ActivityId>| (one.activity.to_string(), one.is_required, one.sequence);
    let found: Vec<_> = found[0].activities.iter().map(shown).collect();
    assert_eq!(found, [(OTHER.to_owned(), true, 2), (ACTIVITY.to_owned(), false, 9)]);
    let twice = [
        ("operations.0.dataCollectionActivities.1.id", "DUPLICATE_ACTIVITY"),
        ("operations.0.dataCollectionActivities.1.sequence", "INVALID_VALUE"),
    ];
    refused(collecting(json!([{"id": ACTIVITY, "sequence": 2}, {"id": ACTIVITY}])), &twice);
    let beyond = [("operations.0.dataCollectionActivities.0.sequence", "OUT_OF_RANGE")];
    refused(collecting(json!([{"id": ACTIVITY, "sequence": 101}])), &beyond);
    let many = [("operations.0.dataCollectionActivities", "OUT_OF_RANGE")];
    refused(collecting(json!(vec![json!({"id": ACTIVITY}); 101])), &many);
}

#[test]
fn a_change_says_whether_it_is_in_use() {
    assert_faults::<ChangeRoutingRequest>(json!({}), &[("body", "MISSING_FIELD")]);
    assert!(!read_whole::<ChangeRoutingRequest>(json!({"isActive": false})));
}

#[test]
fn what_it_names_and_may_not_is_blamed_by_its_path() {
    let fault = |activity, why| {
        let fault = wire_fault(UnusableReference { operation: 1, activity, why });
        (fault.field.into_owned(), fault.code.into_owned())
    };
    let activity = "operations.1.dataCollectionActivities.0.id";
    for (found, field, code) in [
        (fault(None, Unusable::Unknown), "operations.1.departmentId", "UNKNOWN_DEPARTMENT"),
        (fault(None, Unusable::Inactive), "operations.1.departmentId", "INACTIVE_DEPARTMENT"),
        (fault(Some(0), Unusable::Unknown), activity, "UNKNOWN_ACTIVITY"),
        (fault(Some(0), Unusable::Inactive), activity, "INACTIVE_ACTIVITY"),
    ] {
        assert_eq!(found, (field.to_owned(), code.to_owned()));
    }
}
