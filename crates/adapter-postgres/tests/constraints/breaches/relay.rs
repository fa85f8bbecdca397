//! What consumers took, how far the relay has come, what is tried again.

use kernel::clock::{IdSource, SystemIds};
use serde_json::json;

use super::super::{Breach, Plants, of_length};

pub(super) fn inbox(plants: &Plants) -> Vec<Breach> {
    let event = plants.value("SELECT event_id FROM inbox WHERE team_id = $team");
    vec![
        (json!({"team_id": SystemIds.uuid()}), "inbox_team_id_fkey"),
        (json!({"consumer": "first", "event_id": event}), "inbox_pkey"),
        (json!({"consumer": ""}), "inbox_consumer_check"),
        (json!({"consumer": of_length(101)}), "inbox_consumer_check"),
    ]
}

pub(super) fn relay_cursors(plants: &Plants) -> Vec<Breach> {
    plants
        .store
        .database
        .execute("INSERT INTO relay_cursors VALUES ('known', 1, '1', gen_random_uuid(), now(), NULL, NULL)");
    vec![
        (json!({"consumer": "known"}), "relay_cursors_pkey"),
        (json!({"consumer": ""}), "relay_cursors_consumer_check"),
        (json!({"consumer": of_length(101)}), "relay_cursors_consumer_check"),
        (json!({"held_by": null}), "relay_cursors_held"),
        (json!({"held_until": null}), "relay_cursors_held"),
    ]
}

pub(super) fn relay_retries(plants: &Plants) -> Vec<Breach> {
    let event = "relay_retries_team_id_event_id_fkey";
    let foreign = format!("SELECT event_id FROM relay_retries WHERE team_id = '{}'", plants.foreign);
    vec![
        (json!({"consumer": "second"}), "relay_retries_pkey"),
        (json!({"event_id": SystemIds.uuid()}), event),
        (json!({"event_id": plants.value(&foreign)}), event),
        (json!({"team_id": plants.foreign}), event),
        (json!({"consumer": ""}), "relay_retries_consumer_check"),
        (json!({"consumer": of_length(101)}), "relay_retries_consumer_check"),
        (json!({"attempts": 0}), "relay_retries_attempts_check"),
        (json!({"error": of_length(1_001)}), "relay_retries_error_check"),
    ]
}
