use super::*;
use kernel::json;
use proptest::prelude::*;
use serde_json::json;

const OK: &[&str] = &[];
const TYPE: &[&str] = &["INVALID_TYPE"];
const RANGE: &[&str] = &["OUT_OF_RANGE"];

fn field(definition: Value) -> FieldDefinition {
    FieldDefinition::from_json(&definition).unwrap()
}

fn data(value: Value) -> JsonObject {
    json::object(value)
}

/// The codes of what `value` breaks in a field of this type with these limits.
fn broken(of_type: &str, validation: Value, value: Value) -> Vec<&'static str> {
    let field = field(json!({"name": "x", "type": of_type, "validation": validation}));
    violations(&[field], &data(json!({"x": value}))).iter().map(|violation| violation.code).collect()
}

#[test]
fn values_are_of_their_type_and_within_their_limits() {
    let torque = || json!({"min": 40, "max": 50.5});
    let year = || json!({"min": "2025-01-01", "max": "2025-12-31"});
    let verdict = || json!({"options": ["pass", "fail"]});
    for (of_type, limits, value, expected) in [
        ("number", torque(), json!(40), OK),
        ("number", torque(), json!(50.5), OK),
        ("number", torque(), json!(39.999), RANGE),
        ("number", torque(), json!(50.500_001), RANGE),
        ("number", torque(), json!("45"), TYPE),
        ("number", torque(), json!(true), TYPE),
        ("number", torque(), json!([45]), TYPE),
        ("number", json!({}), json!(-1e9), OK),
        ("number", json!({}), json!(1e300), OK),
        ("number", json!({"min": 0}), json!(-0.0), OK),
        ("integer", json!({}), json!(7), OK),
        ("integer", json!({}), json!(7.0), OK),
        ("integer", json!({}), json!(7.5), TYPE),
        ("integer", json!({"min": 1, "max": 7}), json!(8), RANGE),
        ("integer", json!({"min": 1, "max": 7}), json!(0), RANGE),
        ("text", json!({}), json!("any\nthing"), OK),
        ("text", json!({}), json!(""), OK),
        ("text", json!({}), json!(7), TYPE),
        ("text", json!({"pattern": "[A-Z]+"}), json!("ABC"), OK),
        ("text", json!({"pattern": "[A-Z]+"}), json!("ABC1"), &["INVALID_VALUE"]),
        ("boolean", json!({}), json!(false), OK),
        ("boolean", json!({}), json!("false"), TYPE),
        ("boolean", json!({}), json!(0), TYPE),
        ("select", verdict(), json!("pass"), OK),
        ("select", verdict(), json!("Pass"), &["UNKNOWN_VALUE"]),
        ("select", verdict(), json!(["pass"]), TYPE),
        ("date", year(), json!("2025-01-01"), OK),
        ("date", year(), json!("2025-12-31"), OK),
        ("date", year(), json!("2026-01-01"), RANGE),
        ("date", year(), json!("2024-12-31"), RANGE),
        ("date", year(), json!("2025-02-30"), &["INVALID_DATE"]),
        ("date", json!({}), json!("0000-12-31"), &["INVALID_DATE"]),
        ("date", json!({}), json!("+10000-01-01"), &["INVALID_DATE"]),
        ("date", json!({}), json!(20_250_101), TYPE),
        ("text", json!({}), json!("a\0b"), &["INVALID_CHARACTER"]),
    ] {
        assert_eq!(broken(of_type, limits.clone(), value.clone()), expected, "{of_type} {limits}: {value}");
        assert_eq!(broken(of_type, limits, Value::Null), OK, "what is not required may be left out");
    }
}

#[test]
fn what_is_required_must_be_there() {
    for of_type in ["number", "integer", "text", "boolean", "date"] {
        let fields = [field(json!({"name": "x", "type": of_type, "required": true}))];
        for absent in [json!({}), json!({"x": null}), json!({"y": 1}), json!({"x": "  "})] {
            let found = violations(&fields, &data(absent.clone()));
            let codes: Vec<_> = found.iter().map(|violation| violation.code).collect();
            assert_eq!(codes, ["MISSING_FIELD"], "{of_type}: {absent}");
        }
    }
    let fields = [field(json!({"name": "x", "type": "boolean", "required": true}))];
    assert_eq!(violations(&fields, &data(json!({"x": false}))), []);
}

#[test]
fn numbers_are_held_to_their_limits_digit_for_digit() {
    let limits = json!({"min": 0.1, "max": 50});
    for (of_type, number, codes) in [
        ("number", "50.000000000000000000000000000000", OK),
        ("number", "5e1", OK),
        ("number", "50.000000000000000000000000000001", RANGE),
        ("number", "0.1", OK),
        ("number", "0.09999999999999999999999999999999", RANGE),
        ("number", "1e300", RANGE),
        ("integer", "50.0", OK),
        ("integer", "9223372036854775808", RANGE),
        ("integer", "-123456789012345678901234567890", RANGE),
        ("integer", "49.000000000000000000000000000001", TYPE),
        ("integer", "1e-300", TYPE),
    ] {
        let fields = [field(json!({"name": "x", "type": of_type, "validation": limits}))];
        let Ok(Json::Object(data)) = Json::read(&format!("{{\"x\":{number}}}")) else { panic!("{number}") };
        let found: Vec<_> = violations(&fields, &data).iter().map(|violation| violation.code).collect();
        assert_eq!(found, codes, "{of_type} {number}");
    }
}

/// Three fields, each of which the data breaks in its own way, and a key of no field.
fn faulty() -> (Vec<FieldDefinition>, JsonObject) {
    let fields = [
        json!({"name": "torque", "type": "number", "validation": {"min": 40}}),
        json!({"name": "serial", "type": "text", "validation": {"pattern": "[0-9]+"}}),
        json!({"name": "look", "type": "select", "required": true, "validation": {"options": ["pass", "fail"]}}),
    ];
    let data = data(json!({"look": "so so", "serial": "x", "torque": 39, "notes": {"by": "Ann"}}));
    (fields.map(field).into(), data)
}

#[test]
fn every_violation_is_named_at_once_in_the_fields_order() {
    let (fields, data) = faulty();
    let refused = judge(&fields, OnViolation::Reject, &data).unwrap_err();
    let found: Vec<_> = refused.iter().map(|it| (&*it.field, it.code, it.message.as_str())).collect();
    let expected = [
        ("torque", "OUT_OF_RANGE", "must be at least 40"),
        ("serial", "INVALID_VALUE", "must match [0-9]+"),
        ("look", "UNKNOWN_VALUE", "must be one of pass, fail"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn broken_limits_are_recorded_where_the_activity_says_so_but_nothing_missing_or_mistyped() {
    let (fields, mut data) = faulty();
    let recorded = judge(&fields, OnViolation::Record, &data).unwrap();
    assert!(!recorded.is_conforming());
    assert_eq!(recorded.violations, violations(&fields, &data));
    for (key, value, code) in [
        ("torque", json!("39"), "INVALID_TYPE"),
        ("look", json!(null), "MISSING_FIELD"),
        ("notes", json!({"by": ["a\0"]}), "INVALID_CHARACTER"),
    ] {
        let before = data.insert(key.into(), value.into()).unwrap();
        let refused = judge(&fields, OnViolation::Record, &data).unwrap_err();
        assert!(
            refused.iter().any(|violation| (&*violation.field, violation.code) == (key, code)),
            "{refused:?}"
        );
        data.insert(key.into(), before);
    }
}

#[test]
fn the_documented_data_conforms() {
    let fields = [field(json!({
        "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
        "validation": {"min": 40, "max": 50},
    }))];
    let data = data(json!({
        "torqueReading": 45.2, "visualInspection": "pass", "notes": "All measurements within tolerance",
    }));
    let verdict = judge(&fields, OnViolation::Reject, &data).unwrap();
    assert!(verdict.is_conforming(), "keys that no field defines are let through");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12f64).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("2025-06-01")),
        Just(json!("pass")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Value::from))
}

fn any_field() -> impl Strategy<Value = Value> {
    let limits = prop_oneof![
        (-1_000..1_000i32, 0..1_000i32).prop_flat_map(|(min, more)| {
            prop_oneof![Just("number"), Just("integer")]
                .prop_map(move |of_type| (of_type, json!({"min": min, "max": min + more})))
        }),
        Just(("text", json!({"pattern": "[a-z]*"}))),
        Just(("text", json!({}))),
        Just(("boolean", json!({}))),
        Just(("select", json!({"options": ["pass", "fail"]}))),
        Just(("date", json!({"min": "2025-01-01", "max": "2025-12-31"}))),
    ];
    (limits, any::<bool>()).prop_map(|((of_type, validation), required)| {
        json!({"name": "x", "type": of_type, "required": required, "validation": validation})
    })
}

proptest! {
    /// Whatever is sent, the rule finds at most one fault a field, the same with and without further keys, and
    /// recording lets through what refusing lets through, and more only where limits are all that is broken.
    #[test]
    fn the_rule_judges_anything_alike(definition in any_field(), value in any_json(), other in any_json()) {
        let fields = [field(definition)];
        let alone = data(json!({"x": value}));
        let found = violations(&fields, &alone);
        prop_assert!(found.len() <= 1, "{found:?}");
        let more = data(json!({"x": value, "other": other}));
        prop_assert_eq!(&violations(&fields, &more), &found);
        let (rejecting, recording) =
            (judge(&fields, OnViolation::Reject, &more), judge(&fields, OnViolation::Record, &more));
        prop_assert_eq!(rejecting.is_ok(), found.is_empty());
        prop_assert_eq!(recording.is_ok(), found.iter().all(Violation::is_recordable));
        if let Ok(verdict) = recording {
            prop_assert_eq!(verdict.is_conforming(), found.is_empty());
        }
    }

    /// A number is in range exactly when it lies between the limits.
    #[test]
    fn numbers_conform_exactly_within_their_limits(min in -1_000..1_000i64, more in 0..1_000i64, found in -3_000..3_000i64) {
        let codes = broken("integer", json!({"min": min, "max": min + more}), json!(found));
        prop_assert_eq!(codes.is_empty(), (min..=min + more).contains(&found));
    }
}
