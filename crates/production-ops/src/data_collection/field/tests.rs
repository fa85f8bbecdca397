use super::*;
use crate::fields::codes;
use kernel::clock::{CountedIds, IdSource};

fn read(value: Value) -> Result<Field, Vec<Fault>> {
    let ids: &dyn IdSource = &CountedIds::default();
    Field::read("fields.0", &value, ids.id())
}

fn with(of_type: &str, validation: Value) -> Result<FieldRule, Vec<Fault>> {
    read(json!({"name": "x", "type": of_type, "validation": validation})).map(|field| field.rule)
}

#[test]
fn the_documented_field_is_read_and_shown_to_the_letter() {
    let documented = json!({
        "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
        "validation": {"min": 40, "max": 50},
    });
    let mut shown = read(documented.clone()).unwrap().to_json();
    assert_eq!(shown["id"].take(), json!("00000000-0000-0000-0000-000000000001"));
    shown.as_object_mut().unwrap().remove("id");
    assert_eq!(shown, documented);
}

#[test]
fn a_field_of_every_type_is_written_and_read_back() {
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
        let field = read(json!({"name": "x", "type": of_type, "validation": validation})).unwrap();
        assert_eq!(
            (&field.to_json()["type"], &field.to_json()["validation"]),
            (&json!(of_type), &validation)
        );
        assert_eq!((&*field.label, field.required), ("x", false), "what is left out");
        assert_eq!(Field::stored(&field.to_json()), Ok(field));
    }
}

#[test]
fn every_fault_of_a_field_is_named_by_its_path() {
    let faults = read(json!({})).unwrap_err();
    let missing = [("fields.0.name", "MISSING_FIELD"), ("fields.0.type", "MISSING_FIELD")];
    assert_eq!(codes(&faults), missing);
    let faults = read(json!({"name": "a\nb", "label": 7, "type": "float", "required": "yes"})).unwrap_err();
    let expected = [
        ("fields.0.name", "INVALID_VALUE"),
        ("fields.0.label", "INVALID_TYPE"),
        ("fields.0.required", "INVALID_TYPE"),
        ("fields.0.type", "UNKNOWN_VALUE"),
    ];
    assert_eq!(codes(&faults), expected);
    assert_eq!(codes(&read(json!([])).unwrap_err()), [("fields.0", "INVALID_TYPE")]);
}

#[test]
fn limits_must_fit_the_type_and_each_other() {
    let long: Vec<_> = (0..201).map(|number| number.to_string()).collect();
    for (of_type, validation, field, code) in [
        ("boolean", json!({"min": 1}), "min", "INVALID_VALUE"),
        ("text", json!({"options": ["a"]}), "options", "INVALID_VALUE"),
        ("number", json!({"pattern": "a"}), "pattern", "INVALID_VALUE"),
        ("number", json!({"min": "1"}), "min", "INVALID_TYPE"),
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
        let faults = with(of_type, validation.clone()).unwrap_err();
        let path = format!("fields.0.validation.{field}");
        assert_eq!(codes(&faults), [(&*path, code)], "{of_type} with {validation}");
    }
    assert_eq!(codes(&with("text", json!("x")).unwrap_err()), [("fields.0.validation", "INVALID_TYPE")]);
}

#[test]
fn a_date_has_one_form() {
    assert!(date("2025-01-31").is_ok_and(|date| date.to_string() == "2025-01-31"));
    for text in ["2025-1-31", "2025-02-30", "+2025-01-31", " 2025-01-31", "2025-01-31T00:00:00Z", ""] {
        assert_eq!(date(text), Err(DateFault), "{text}");
    }
}
