use super::*;
use crate::surfaces::mes::fields::{assert_faults, read_whole};
use serde_json::{Value, json};

const ID: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";

fn refused(body: Value, expected: &[(&str, &str)]) {
    assert_faults::<ActOnOperationRequest>(body, expected);
}

#[test]
fn each_action_asks_for_what_it_needs() {
    refused(json!({}), &[("action", "MISSING_FIELD")]);
    refused(json!({"action": "finish"}), &[("action", "UNKNOWN_VALUE")]);
    refused(json!({"action": "start"}), &[("operatorId", "MISSING_FIELD")]);
    refused(json!({"action": "pause"}), &[("pauseReasonId", "MISSING_FIELD")]);
    refused(json!({"action": "report"}), &[("quantityCompleted", "MISSING_FIELD")]);
    let read = |action: &str| read_whole::<ActOnOperationRequest>(json!({"action": action}));
    assert_eq!(read("resume"), ActionRequest::Resume { operator: None });
    let nothing = ActionRequest::Complete { operator: None, totals: Totals::default(), captured: None };
    assert_eq!(read("complete"), nothing);
}

#[test]
fn fields_an_action_does_not_take_are_left_alone() {
    let everything = json!({
        "action": "start", "operatorId": ID, "pauseReasonId": "pause-reason-uuid",
        "capturedData": {"torqueReading": 45.2}, "quantityCompleted": -100,
    });
    let operator = OperatorRef(ID.parse().unwrap());
    assert_eq!(read_whole::<ActOnOperationRequest>(everything), ActionRequest::Start { operator });
    let mistyped = json!({"action": "resume", "pauseReasonId": 7, "quantityRejected": true});
    let expected = [("pauseReasonId", "INVALID_TYPE"), ("quantityRejected", "INVALID_TYPE")];
    refused(mistyped, &expected);
}

#[test]
fn every_fault_of_an_action_is_named_at_once() {
    let body = json!({
        "action": "complete", "operatorId": "user-uuid-222", "capturedData": {"notes": "a\u{0}b"},
        "quantityCompleted": -1, "quantityRejected": 0.0001, "quantityReworked": 1_000_000_000_000_i64,
    });
    let expected = [
        ("operatorId", "UNKNOWN_OPERATOR"),
        ("quantityCompleted", "OUT_OF_RANGE"),
        ("quantityRejected", "OUT_OF_RANGE"),
        ("quantityReworked", "OUT_OF_RANGE"),
        ("capturedData", "INVALID_CHARACTER"),
    ];
    refused(body, &expected);
    let zero = json!({"action": "report", "quantityRejected": 0});
    refused(zero, &[("quantityCompleted", "MISSING_FIELD")]);
}
