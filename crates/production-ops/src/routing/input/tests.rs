use super::*;
use crate::fields::codes;
use kernel::clock::CountedIds;
use serde_json::json;

const DEPARTMENT: &str = "00000000-0000-0000-0000-0000000000d1";
const ACTIVITY: &str = "00000000-0000-0000-0000-0000000000a1";
const OTHER: &str = "00000000-0000-0000-0000-0000000000a2";

fn read(operations: Value) -> Result<Vec<OperationContent>, Vec<Fault>> {
    let operations = operations.as_array().cloned();
    let draft = RoutingDraft { name: Some("Widget".into()), operations, ..Default::default() };
    draft.validate(&CountedIds::default()).map(|content| content.operations)
}

/// An operation with what it needs and `fields`.
fn operation(fields: Value) -> Value {
    let mut operation = json!({"operationName": "Cut", "departmentId": DEPARTMENT});
    operation.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    operation
}

fn numbered(numbers: &[Value]) -> Result<Vec<u8>, Vec<Fault>> {
    let operations = numbers.iter().map(|number| operation(json!({"operationNumber": number})));
    let read = read(operations.collect())?;
    Ok(read.iter().map(|operation| operation.number).collect())
}

#[test]
fn a_draft_names_every_fault_at_once() {
    let faults = RoutingDraft::default().validate(&CountedIds::default()).unwrap_err();
    assert_eq!(codes(&faults), [("name", "MISSING_FIELD"), ("operations", "MISSING_FIELD")]);
    let draft = RoutingDraft {
        name: Some("a\nb".into()),
        description: Some("a\0".into()),
        product_identifier: Some(" ".into()),
        allow_overlap: Some(true),
        operations: Some(vec![
            json!({}),
            json!(7),
            json!({
                "operationNumber": "x", "operationName": "", "departmentId": "dept-uuid-111", "setupTimeMinutes": -1,
                "runTimeMinutes": 0.0001, "runTimeBasis": "per_hour", "instructions": "\0",
                "requiredSkills": ["ok", ""], "dataCollectionActivities": [
                    {}, {"id": "dca-uuid-111", "isRequired": 1, "sequence": 0}, 7, {"id": 7, "sequence": "1"}
                ],
            }),
            operation(json!({"requiredSkills": "assembly", "dataCollectionActivities": {}})),
        ]),
    };
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
    assert_eq!(codes(&draft.validate(&CountedIds::default()).unwrap_err()), expected);
}

#[test]
fn what_is_left_out_has_its_default() {
    let read = read(json!([operation(json!({"dataCollectionActivities": [{"id": ACTIVITY}]}))])).unwrap();
    let [read] = &read[..] else { panic!("one operation: {read:?}") };
    assert_eq!((read.number, read.times.setup, read.times.run), (1, Minutes::ZERO, Minutes::ZERO));
    assert_eq!((read.times.basis, &read.instructions), (RunTimeBasis::PerOrder, &None));
    assert!(read.required_skills.is_empty());
    let expected = Collecting { activity: ACTIVITY.parse().unwrap(), is_required: true, sequence: 1 };
    assert_eq!(read.activities, [expected]);
    let draft = RoutingDraft {
        name: Some("x".into()),
        description: Some("  ".into()),
        operations: Some(vec![operation(json!({"instructions": " "}))]),
        ..Default::default()
    };
    let content = draft.validate(&CountedIds::default()).unwrap();
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
        assert_eq!(numbered(&numbers), Ok(expected), "{numbers:?}");
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
        assert_eq!(codes(&numbered(&numbers).unwrap_err()), expected, "{numbers:?}");
    }
    let faults = read(json!([operation(json!({"operationNumber": 9})), 7])).unwrap_err();
    assert_eq!(codes(&faults), [("operations.1", "INVALID_TYPE")], "what is no operation has no number");
}

#[test]
fn a_routing_has_1_to_200_operations() {
    let many = |count: usize| read(json!(vec![operation(json!({})); count]));
    assert_eq!(many(200).map(|read| read[199].number), Ok(200));
    for count in [0, 201] {
        assert_eq!(codes(&many(count).unwrap_err()), [("operations", "OUT_OF_RANGE")], "{count}");
    }
}

#[test]
fn activities_are_in_the_order_of_their_sequence_and_stand_there_once() {
    let collecting = |activities: Value| {
        let read = read(json!([operation(json!({"dataCollectionActivities": activities}))]))?;
        let shown = |one: &Collecting<ActivityId>| (one.activity.to_string(), one.is_required, one.sequence);
        Ok(read[0].activities.iter().map(shown).collect::<Vec<_>>())
    };
    let read = collecting(json!([{"id": ACTIVITY, "sequence": 9, "isRequired": false}, {"id": OTHER}]));
    assert_eq!(read, Ok(vec![(OTHER.to_owned(), true, 2), (ACTIVITY.to_owned(), false, 9)]));
    let faults: Vec<Fault> =
        collecting(json!([{"id": ACTIVITY, "sequence": 2}, {"id": ACTIVITY}])).unwrap_err();
    let expected = [
        ("operations.0.dataCollectionActivities.1.id", "DUPLICATE_ACTIVITY"),
        ("operations.0.dataCollectionActivities.1.sequence", "INVALID_VALUE"),
    ];
    assert_eq!(codes(&faults), expected);
    let faults = collecting(json!([{"id": ACTIVITY, "sequence": 101}])).unwrap_err();
    assert_eq!(codes(&faults), [("operations.0.dataCollectionActivities.0.sequence", "OUT_OF_RANGE")]);
    let faults = collecting(json!(vec![json!({"id": ACTIVITY}); 101])).unwrap_err();
    assert_eq!(codes(&faults), [("operations.0.dataCollectionActivities", "OUT_OF_RANGE")]);
}

#[test]
fn a_patch_says_whether_it_is_in_use() {
    let faults = RoutingPatch::default().validate().unwrap_err();
    assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
    assert_eq!(RoutingPatch { is_active: Some(false) }.validate(), Ok(false));
}
