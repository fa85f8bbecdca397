//! Routings, their versions and operations.

use kernel::clock::{IdSource, SystemIds};
use serde_json::json;

use super::super::{Breach, Plants, of_length};

pub(super) fn routings(plants: &Plants) -> Vec<Breach> {
    let known = |column: &str| plants.value(&format!("SELECT {column} FROM routings WHERE team_id = $team"));
    vec![
        (json!({"team_id": SystemIds.uuid()}), "routings_team_id_fkey"),
        (json!({"id": known("id")}), "routings_pkey"),
        (json!({"name_key": known("name_key")}), "routings_team_id_name_key_key"),
        (json!({"name": ""}), "routings_name_check"),
        (json!({"name": of_length(101)}), "routings_name_check"),
        (json!({"version": 0}), "routings_version_check"),
        (json!({"version": 2}), "routings_team_id_id_version_fkey"),
        (json!({"revision": 0}), "routings_revision_check"),
    ]
}

pub(super) fn routing_versions(plants: &Plants) -> Vec<Breach> {
    let foreign = plants.value(&format!("SELECT id FROM routings WHERE team_id = '{}'", plants.foreign));
    let routing = "routing_versions_team_id_routing_id_fkey";
    vec![
        (json!({"version": 1}), "routing_versions_pkey"),
        (json!({"version": 0}), "routing_versions_version_check"),
        (json!({"name": ""}), "routing_versions_name_check"),
        (json!({"name": of_length(101)}), "routing_versions_name_check"),
        (json!({"description": ""}), "routing_versions_description_check"),
        (json!({"description": of_length(2_001)}), "routing_versions_description_check"),
        (json!({"product_identifier": ""}), "routing_versions_product_identifier_check"),
        (json!({"product_identifier": of_length(101)}), "routing_versions_product_identifier_check"),
        (json!({"routing_id": SystemIds.uuid()}), routing),
        (json!({"routing_id": foreign}), routing),
        (json!({"team_id": plants.foreign}), routing),
    ]
}

pub(super) fn routing_operations(plants: &Plants) -> Vec<Breach> {
    const SETUP: &str = "routing_operations_setup_minutes_check";
    const RUN: &str = "routing_operations_run_minutes_check";
    let known =
        plants.value("SELECT id FROM routing_operations WHERE team_id = $team AND operation_number = 1");
    let foreign = format!("SELECT id FROM departments WHERE team_id = '{}'", plants.foreign);
    let version = "routing_operations_team_id_routing_id_version_fkey";
    let department = "routing_operations_team_id_department_id_fkey";
    let mut breaches: Vec<Breach> = vec![
        (json!({"id": known}), "routing_operations_pkey"),
        (json!({"operation_number": 1}), "routing_operations_team_id_routing_id_version_operation_num_key"),
        (json!({"operation_number": 0}), "routing_operations_operation_number_check"),
        (json!({"operation_number": 201}), "routing_operations_operation_number_check"),
        (json!({"name": ""}), "routing_operations_name_check"),
        (json!({"name": of_length(101)}), "routing_operations_name_check"),
        (json!({"run_time_basis": "per_hour"}), "routing_operations_run_time_basis_check"),
        (json!({"instructions": ""}), "routing_operations_instructions_check"),
        (json!({"instructions": of_length(10_001)}), "routing_operations_instructions_check"),
        (json!({"required_skills": vec!["a"; 101]}), "routing_operations_required_skills_check"),
        (json!({"version": 2}), version),
        (json!({"routing_id": SystemIds.uuid()}), version),
        (json!({"department_id": SystemIds.uuid()}), department),
        (json!({"department_id": plants.value(&foreign)}), department),
    ];
    for (column, constraint) in [("setup_minutes", SETUP), ("run_minutes", RUN)] {
        for (minutes, expected) in [
            ("-0.001", constraint),
            ("100000.001", constraint),
            ("NaN", constraint),
            ("1000000", "numeric field overflow"),
            ("Infinity", "numeric field overflow"),
        ] {
            breaches.push((json!({column: minutes}), expected));
        }
    }
    breaches
}

pub(super) fn routing_operation_activities(plants: &Plants) -> Vec<Breach> {
    let operation = |team: &str| {
        plants.value(&format!(
            "SELECT id FROM routing_operations WHERE team_id = {team} AND operation_number = 1"
        ))
    };
    let (collecting, foreign) = (operation("$team"), operation(&format!("'{}'", plants.foreign)));
    let foreign_activity = plants
        .value(&format!("SELECT id FROM data_collection_activities WHERE team_id = '{}'", plants.foreign));
    let owner = "routing_operation_activities_team_id_routing_operation_id_fkey";
    let activity = "routing_operation_activities_team_id_activity_id_fkey";
    let other = SystemIds.uuid();
    vec![
        (json!({"routing_operation_id": collecting, "sequence": 2}), "routing_operation_activities_pkey"),
        (
            json!({"routing_operation_id": collecting, "activity_id": other}),
            "routing_operation_activities_team_id_routing_operation_id_s_key",
        ),
        (json!({"sequence": 0}), "routing_operation_activities_sequence_check"),
        (json!({"sequence": 101}), "routing_operation_activities_sequence_check"),
        (json!({"routing_operation_id": other}), owner),
        (json!({"routing_operation_id": foreign}), owner),
        (json!({"activity_id": other}), activity),
        (json!({"activity_id": foreign_activity}), activity),
    ]
}
