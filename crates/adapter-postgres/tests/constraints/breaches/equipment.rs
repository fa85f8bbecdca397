//! Equipment, its samples and its alarms.

use kernel::clock::{IdSource, SystemIds};
use serde_json::json;

use super::super::{Breach, Plants, of_length};

pub(super) fn equipment(plants: &Plants) -> Vec<Breach> {
    const ALARMS: &str = "equipment_alarms_check";
    let department = "equipment_team_id_department_id_fkey";
    let operation = "equipment_team_id_work_order_operation_id_fkey";
    let foreign = |table: &str| {
        plants.value(&format!("SELECT id FROM {table} WHERE team_id = '{}' LIMIT 1", plants.foreign))
    };
    vec![
        (json!({"team_id": SystemIds.uuid()}), "equipment_team_id_fkey"),
        (json!({"id": plants.value("SELECT id FROM equipment WHERE team_id = $team")}), "equipment_pkey"),
        (json!({"tag": "MACHINE-001"}), "equipment_team_id_tag_key"),
        (json!({"tag": ""}), "equipment_tag_check"),
        (json!({"tag": of_length(101)}), "equipment_tag_check"),
        (json!({"department_id": SystemIds.uuid()}), department),
        (json!({"department_id": foreign("departments")}), department),
        (json!({"work_order_operation_id": SystemIds.uuid()}), operation),
        (json!({"status": "broken"}), "equipment_status_check"),
        (json!({"status_since": "-infinity"}), "equipment_status_since_check"),
        (json!({"status_since": "2024-07-01T12:00:00.000001Z"}), "equipment_check"),
        (json!({"taken_at": "infinity"}), "equipment_taken_at_check"),
        (json!({"taken_at": "10000-01-01T00:00:00Z"}), "equipment_taken_at_check"),
        (json!({"data": []}), "equipment_data_check"),
        (json!({"alarms": {}, "has_alarm": true}), ALARMS),
        (json!({"alarms": vec![json!({}); 101], "has_alarm": true}), ALARMS),
        (json!({"has_alarm": true}), "equipment_has_alarm"),
        (json!({"alarms": [{}]}), "equipment_has_alarm"),
        (json!({"version": 0}), "equipment_version_check"),
    ]
}

pub(super) fn equipment_samples(plants: &Plants) -> Vec<Breach> {
    const ALARMS: &str = "equipment_samples_alarms_check";
    let equipment = "equipment_samples_team_id_equipment_id_fkey";
    let foreign = format!("SELECT id FROM equipment WHERE team_id = '{}'", plants.foreign);
    let known = plants.value("SELECT taken_at FROM equipment_samples WHERE team_id = $team");
    vec![
        (json!({"taken_at": known, "arrival": 0}), "equipment_samples_pkey"),
        (json!({"arrival": -1}), "equipment_samples_arrival_check"),
        (json!({"equipment_id": SystemIds.uuid()}), equipment),
        (json!({"equipment_id": plants.value(&foreign)}), equipment),
        (json!({"team_id": plants.foreign}), equipment),
        (json!({"taken_at": "infinity"}), "equipment_samples_taken_at_check"),
        (json!({"taken_at": "10000-01-01T00:00:00Z"}), "equipment_samples_taken_at_check"),
        (json!({"taken_at": "0001-12-31T23:59:59.999999Z BC"}), "equipment_samples_taken_at_check"),
        (json!({"status": "broken"}), "equipment_samples_status_check"),
        (json!({"data": []}), "equipment_samples_data_check"),
        (json!({"alarms": {}}), ALARMS),
        (json!({"alarms": vec![json!({}); 101]}), ALARMS),
    ]
}

pub(super) fn equipment_alarms(plants: &Plants) -> Vec<Breach> {
    let equipment = "equipment_alarms_team_id_equipment_id_fkey";
    let foreign = format!("SELECT id FROM equipment WHERE team_id = '{}'", plants.foreign);
    let known = plants.value("SELECT raised_at FROM equipment_alarms WHERE team_id = $team");
    vec![
        (
            json!({"raised_at": known, "code": "HOT", "arrival": 0, "cleared_at": "2030-01-01T00:00:00Z"}),
            "equipment_alarms_pkey",
        ),
        (json!({"code": "HOT"}), "equipment_alarms_open"),
        (json!({"equipment_id": SystemIds.uuid()}), equipment),
        (json!({"equipment_id": plants.value(&foreign)}), equipment),
        (json!({"team_id": plants.foreign}), equipment),
        (json!({"raised_at": "infinity"}), "equipment_alarms_raised_at_check"),
        (json!({"code": ""}), "equipment_alarms_code_check"),
        (json!({"code": of_length(101)}), "equipment_alarms_code_check"),
        (json!({"severity": "fatal"}), "equipment_alarms_severity_check"),
        (json!({"message": ""}), "equipment_alarms_message_check"),
        (json!({"message": of_length(501)}), "equipment_alarms_message_check"),
        (json!({"cleared_at": "infinity"}), "equipment_alarms_cleared_at_check"),
        (json!({"cleared_at": "2024-07-01T11:59:59Z"}), "equipment_alarms_cleared_later"),
        (json!({"arrival": -1}), "equipment_alarms_arrival_check"),
    ]
}
