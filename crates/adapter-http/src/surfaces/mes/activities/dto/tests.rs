use super::*;
use crate::surfaces::mes::fields::{assert_faults, read_whole};
use kernel::change::Change;
use serde_json::json;

fn with(field: &Value) -> Value {
    json!({"name": "Torque", "fields": [field]})
}

fn refused(field: &Value, expected: &[(&str, &str)]) {
    assert_faults::<CreateActivityRequest>(with(field), expected);
}

fn limited(of_type: &str, validation: &Value) -> Value {
    json!({"name": "x", "type": of_type, "validation": validation})
}

#[test]
fn every_fault_of_an_activity_is_named_at_once() {
    assert_faults::<CreateActivityRequest>(json!({}), &[("name", "MISSING_FIELD")]);
    let body = json!({
        "name": "", "description": "a\0", "onViolation": "ignore", "fields": [
            {"name": "x", "type": "text"},
            {"type": "number", "validation": {"min": "one"}},
            {"name": " x ", "type": "date"},
        ],
    });
    let expected = [
        ("name", "INVALID_VALUE"),
        ("description", "INVALID_VALUE"),
        ("fields.1.name", "MISSING_FIELD"),
        ("fields.1.validation.min", "INVALID_TYPE"),
        ("fields.2.name", "DUPLICATE_NAME"),
        ("onViolation", "UNKNOWN_VALUE"),
    ];
    assert_faults::<CreateActivityRequest>(body, &expected);
    let many = json!({"name": "x", "fields": vec![json!({}); 101]});
    assert_faults::<CreateActivityRequest>(many, &[("fields", "OUT_OF_RANGE")]);
}

#[test]
fn an_activity_refuses_what_breaks_limits_unless_it_says_otherwise() {
    let mut body = json!({"name": "Torque", "description": "  "});
    let new = read_whole::<CreateActivityRequest>(body.clone());
    let facts = (new.description, new.fields, new.on_violation, new.is_active);
    assert_eq!(facts, (None, FieldDefinitions::default(), OnViolation::Reject, true));
    body["onViolation"] = json!("record");
    assert_eq!(read_whole::<CreateActivityRequest>(body.clone()).on_violation, OnViolation::Record);
}

#[test]
fn a_change_needs_a_field_and_leaves_the_others_alone() {
    assert_faults::<ChangeActivityRequest>(json!({}), &[("body", "MISSING_FIELD")]);
    let expected = ActivityChange { fields: Some(FieldDefinitions::default()), ..Default::default() };
    assert_eq!(read_whole::<ChangeActivityRequest>(json!({"fields": []})), expected);
    for emptying in [json!({"description": null}), json!({"description": " "})] {
        let change = read_whole::<ChangeActivityRequest>(emptying);
        assert_eq!(change, ActivityChange { description: Change::Clear, ..Default::default() });
    }
    let body = json!({"description": "x".repeat(2_001), "fields": [7]});
    let expected = [("description", "INVALID_VALUE"), ("fields.0", "INVALID_TYPE")];
    assert_faults::<ChangeActivityRequest>(body, &expected);
}

#[test]
fn a_field_of_every_type_is_read() {
    for (of_type, validation) in [
        ("number", json!({"min": -0.5, "max": 50.25})),
        ("number", json!({})),
        ("integer", json!({"max": 7})),
        ("text", json!({"pattern": "[a-z]+"})),
        ("text", json!({})),
        ("boolean", json!({})),
        ("select", json!({"options": ["pass", "fail"]})),
        ("date", json!({"min": "2025-01-01", "max": "2025-12-31"})),
    ] {
        let field = limited(of_type, &validation);
        let mut expected = FieldDefinitions::default();
        expected.add(FieldDefinition::from_json(&field).unwrap()).unwrap();
        let read = read_whole::<CreateActivityRequest>(with(&field)).fields;
        assert_eq!(read, expected, "{field}: the label is the name, and it is not required");
    }
}

#[test]
fn every_fault_of_a_field_is_named_by_its_path() {
    refused(&json!({}), &[("fields.0.name", "MISSING_FIELD"), ("fields.0.type", "MISSING_FIELD")]);
    let expected = [
        ("fields.0.name", "INVALID_VALUE"),
        ("fields.0.label", "INVALID_TYPE"),
        ("fields.0.required", "INVALID_TYPE"),
        ("fields.0.type", "UNKNOWN_VALUE"),
    ];
    refused(&json!({"name": "a\nb", "label": 7, "type": "float", "required": "yes"}), &expected);
    refused(&json!([]), &[("fields.0", "INVALID_TYPE")]);
}

#[test]
fn limits_must_fit_the_type_and_each_other() {
    let long: Vec<_> = (0..201).map(|number| number.to_string()).collect();
    for (of_type, validation, field, code) in [
        ("boolean", json!({"min": 1}), "min", "INVALID_VALUE"),
        ("text", json!({"options": ["a"]}), "options", "INVALID_VALUE"),
        ("number", json!({"pattern": "a"}), "pattern", "INVALID_VALUE"),
        ("number", json!({"min": "one"}), "min", "INVALID_TYPE"),
        ("number", json!({"min": 2, "max": 1}), "max", "OUT_OF_RANGE"),
        ("number", json!({"max": 1.234_567_890_123_456_7}), "max", "OUT_OF_RANGE"),
        ("number", json!({"max": 1e300}), "max", "INVALID_TYPE"),
        ("date", json!({"min": "20.01.2025"}), "min", "INVALID_DATE"),
        ("date", json!({"min": 7}), "min", "INVALID_TYPE"),
        ("date", json!({"min": "2025-02-01", "max": "2025-01-31"}), "max", "OUT_OF_RANGE"),
        ("text", json!({"pattern": "("}), "pattern", "INVALID_PATTERN"),
        ("text", json!({"pattern": "(a{1000}){1000}"}), "pattern", "INVALID_PATTERN"),
        ("select", json!({}), "options", "MISSING_FIELD"),
        ("select", json!({"options": []}), "options", "OUT_OF_RANGE"),
        ("select", json!({"options": long}), "options", "OUT_OF_RANGE"),
        ("select", json!({"options": ["a", "b", " a"]}), "options.2", "INVALID_VALUE"),
        ("select", json!({"options": ["a", ""]}), "options.1", "INVALID_VALUE"),
        ("select", json!({"options": "a"}), "options", "INVALID_TYPE"),
    ] {
        let path = format!("fields.0.validation.{field}");
        refused(&limited(of_type, &validation), &[(&*path, code)]);
    }
    refused(&limited("text", &json!("x")), &[("fields.0.validation", "INVALID_TYPE")]);
}
