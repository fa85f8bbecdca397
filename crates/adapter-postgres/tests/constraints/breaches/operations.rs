//! Numbers of documents, operations of orders, the time spent on them, and the data collected.

use kernel::clock::{IdSource, SystemIds};
use serde_json::{Value, json};

use super::super::{Breach, OPERATION, Plants, of_length, with};
use super::OUTSIDE_CALENDAR;

pub(super) fn number_counters(plants: &Plants) -> Vec<Breach> {
    let known = plants
        .value("SELECT period FROM number_counters WHERE team_id = $team AND kind = 'manufacturing_order'");
    vec![
        (json!({"team_id": SystemIds.uuid()}), "number_counters_team_id_fkey"),
        (json!({"period": known}), "number_counters_pkey"),
        (json!({"last": 0}), "number_counters_last_check"),
    ]
}

/// The id of a row that the other team has in a table.
fn foreign(plants: &Plants, table: &str) -> String {
    plants.value(&format!("SELECT id FROM {table} WHERE team_id = '{}' LIMIT 1", plants.foreign))
}

pub(super) fn work_order_operations(plants: &Plants) -> Vec<Breach> {
    const OVERFLOW: &str = "numeric field overflow";
    let now = "2024-07-01T12:00:00Z";
    let worked_on = plants.value("SELECT order_id FROM work_order_operations WHERE team_id = $team LIMIT 1");
    let order = "work_order_operations_team_id_order_id_fkey";
    let department = "work_order_operations_team_id_department_id_fkey";
    let step = "work_order_operations_team_id_routing_operation_id_fkey";
    let operator = "work_order_operations_team_id_operator_id_fkey";
    let foreign_operator = foreign(plants, "operators");
    let mut breaches: Vec<Breach> = vec![
        (json!({"id": plants.value(OPERATION)}), "work_order_operations_pkey"),
        (json!({"order_id": worked_on}), "work_order_operations_team_id_order_id_operation_number_key"),
        (json!({"order_id": SystemIds.uuid()}), order),
        (json!({"order_id": foreign(plants, "manufacturing_orders")}), order),
        (json!({"department_id": SystemIds.uuid()}), department),
        (json!({"department_id": foreign(plants, "departments")}), department),
        (json!({"routing_operation_id": SystemIds.uuid()}), step),
        (json!({"routing_operation_id": foreign(plants, "routing_operations")}), step),
        (json!({"operator_id": SystemIds.uuid()}), operator),
        (json!({"operator_id": foreign_operator}), operator),
        (json!({"operation_number": 0}), "work_order_operations_operation_number_check"),
        (json!({"operation_number": 201}), "work_order_operations_operation_number_check"),
        (json!({"name": ""}), "work_order_operations_name_check"),
        (json!({"name": of_length(101)}), "work_order_operations_name_check"),
        (json!({"status": "running", "running_since": null}), "work_order_operations_status_check"),
        (json!({"target_seconds": -1}), "work_order_operations_target_seconds_check"),
        (json!({"reworked": "-0.001"}), "work_order_operations_check"),
        (json!({"reworked": "10.001"}), "work_order_operations_check"),
        (json!({"reworked": "NaN"}), "work_order_operations_check"),
        (json!({"captured_data": []}), "work_order_operations_captured_data_check"),
        (json!({"segments": -1}), "work_order_operations_segments_check"),
        (json!({"active_micros": -1}), "work_order_operations_active_micros_check"),
        (json!({"version": 0}), "work_order_operations_version_check"),
        // what is ready, begun, worked on and done
        (json!({"ready_at": null}), "work_order_operations_check1"),
        (not_begun(&json!({"status": "waiting", "ready_at": now})), "work_order_operations_check1"),
        (json!({"actual_start": null}), "work_order_operations_begun"),
        (not_begun(&json!({"actual_start": now})), "work_order_operations_begun"),
        (json!({"operator_id": null}), "work_order_operations_check3"),
        (
            not_begun(
                &json!({"operator_id": plants.value("SELECT id FROM operators WHERE team_id = $team")}),
            ),
            "work_order_operations_check3",
        ),
        (json!({"status": "completed", "running_since": null}), "work_order_operations_check4"),
        (json!({"actual_end": now}), "work_order_operations_check4"),
        (not_begun(&json!({"good": "0.001"})), "work_order_operations_made"),
        (not_begun(&json!({"rejected": "0.001"})), "work_order_operations_made"),
        (json!({"segments": 0}), "work_order_operations_check6"),
        (not_begun(&json!({"segments": 1})), "work_order_operations_check6"),
        (json!({"status": "paused"}), "work_order_operations_check7"),
    ];
    for (column, constraint) in
        [("good", "work_order_operations_good_check"), ("rejected", "work_order_operations_rejected_check")]
    {
        breaches.push((json!({column: "-0.001", "reworked": "0"}), constraint));
        breaches.push((json!({column: "NaN"}), constraint));
        breaches.push((json!({column: "1000000000000"}), OVERFLOW));
        breaches.push((json!({column: "Infinity"}), OVERFLOW));
    }
    for (column, constraint) in [
        ("ready_at", "work_order_operations_ready_at_check"),
        ("actual_start", "work_order_operations_actual_start_check"),
        ("running_since", "work_order_operations_running_since_check"),
    ] {
        breaches.extend(["infinity", "-infinity"].map(|moment| (json!({column: moment}), constraint)));
    }
    let planned = "work_order_operations_scheduled_start_check";
    breaches.extend(OUTSIDE_CALENDAR.map(|moment| (json!({"scheduled_start": moment}), planned)));
    let done = json!({"status": "completed", "running_since": null, "actual_end": "infinity"});
    breaches.push((done, "work_order_operations_actual_end_check"));
    breaches
}

/// The good row as one that may begin, and has not.
fn not_begun(changes: &Value) -> Value {
    let mut row = json!({
        "status": "pending", "operator_id": null, "actual_start": null, "good": "0", "rejected": "0", "reworked": "0",
        "segments": 0, "active_micros": 0, "running_since": null,
    });
    with(&mut row, changes);
    row
}

pub(super) fn operation_segments(plants: &Plants) -> Vec<Breach> {
    const OVERLAP: &str = "operation_segments_no_overlap";
    let worked_on = plants.value(OPERATION);
    let foreign_operation = foreign(plants, "work_order_operations");
    let operation = "operation_segments_team_id_operation_id_fkey";
    let operator = "operation_segments_team_id_operator_id_fkey";
    let reason = "operation_segments_team_id_pause_reason_id_fkey";
    let pause = |id: &dyn std::fmt::Display| json!({"ended_by": "pause", "pause_reason_id": id.to_string()});
    // the first of those that are there, and the one that goes on
    let bounds = |sequence: i32, column: &str| {
        let of = "FROM operation_segments WHERE team_id = $team AND sequence =";
        plants.value(&format!("SELECT {column} {of} {sequence}"))
    };
    let overlapping = |from: &str, until: Option<&str>| {
        let by = until.map(|_| "hold");
        json!({"operation_id": worked_on, "sequence": 3, "started_at": from, "ended_at": until, "ended_by": by})
    };
    let (first, until, open) = (bounds(1, "started_at"), bounds(1, "ended_at"), bounds(2, "started_at"));
    let microsecond = |moment: &str, sign: char| {
        plants.value(&format!("SELECT timestamptz '{moment}' {sign} interval '1 microsecond'"))
    };
    vec![
        (json!({"operation_id": worked_on, "sequence": 1}), "operation_segments_pkey"),
        (json!({"sequence": 0}), "operation_segments_sequence_check"),
        (json!({"operation_id": SystemIds.uuid()}), operation),
        (json!({"operation_id": foreign_operation}), operation),
        (json!({"operator_id": SystemIds.uuid()}), operator),
        (json!({"operator_id": foreign(plants, "operators")}), operator),
        (pause(&SystemIds.uuid()), reason),
        (pause(&foreign(plants, "pause_reasons")), reason),
        (json!({"started_at": "-infinity"}), "operation_segments_started_at_check"),
        (json!({"ended_at": "infinity"}), "operation_segments_ended_at_check"),
        (json!({"ended_at": "2024-07-01T11:59:59.999999Z"}), "operation_segments_check"),
        (json!({"ended_at": null}), "operation_segments_check1"),
        (json!({"ended_by": null}), "operation_segments_check1"),
        (json!({"ended_by": "lunch"}), "operation_segments_ended_by_check"),
        (json!({"ended_by": "pause"}), "operation_segments_check2"),
        (
            json!({"pause_reason_id": plants.value("SELECT id FROM pause_reasons WHERE team_id = $team")}),
            "operation_segments_check2",
        ),
        (overlapping(&first, Some(&until)), OVERLAP),
        (overlapping(&microsecond(&first, '-'), Some(&microsecond(&first, '+'))), OVERLAP),
        (overlapping(&microsecond(&until, '-'), Some(&open)), OVERLAP),
        (overlapping(&until, Some(&microsecond(&open, '+'))), OVERLAP),
        (overlapping(&until, None), OVERLAP),
        (overlapping("2999-01-01T00:00:00Z", None), OVERLAP),
    ]
}

pub(super) fn data_collections(plants: &Plants) -> Vec<Breach> {
    let operation = "data_collections_team_id_operation_id_fkey";
    let activity = "data_collections_team_id_activity_id_fkey";
    let operator = "data_collections_team_id_operator_id_fkey";
    let collected = OUTSIDE_CALENDAR
        .map(|moment| (json!({"collected_at": moment}), "data_collections_collected_at_check"));
    let mut breaches = vec![
        (
            json!({"id": plants.value("SELECT id FROM data_collections WHERE team_id = $team")}),
            "data_collections_pkey",
        ),
        (json!({"operation_id": SystemIds.uuid()}), operation),
        (json!({"operation_id": foreign(plants, "work_order_operations")}), operation),
        (json!({"activity_id": SystemIds.uuid()}), activity),
        (json!({"activity_id": foreign(plants, "data_collection_activities")}), activity),
        (json!({"operator_id": SystemIds.uuid()}), operator),
        (json!({"operator_id": foreign(plants, "operators")}), operator),
        (json!({"collected_data": []}), "data_collections_collected_data_check"),
        (json!({"violations": {}, "conforming": false}), "data_collections_violations_check"),
        (json!({"conforming": false}), "data_collections_check"),
        (json!({"violations": [{}]}), "data_collections_check"),
    ];
    breaches.extend(collected);
    breaches
}
