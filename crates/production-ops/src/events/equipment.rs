use chrono::{DateTime, Utc};
use kernel::events::Payload;
use serde::Serialize;
use uuid::Uuid;

/// `equipment.status_changed`, version 1: equipment reported another status than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentStatusChanged {
    /// The equipment, as it names itself.
    pub equipment_id: String,
    /// Where it stands.
    pub department_id: Uuid,
    /// What it said before, in seed 004's words.
    pub previous_status: &'static str,
    /// What it says now.
    pub status: &'static str,
    /// The operation it works on.
    pub work_order_operation_id: Option<Uuid>,
    /// When, by the equipment's clock.
    pub timestamp: DateTime<Utc>,
}

impl Payload for EquipmentStatusChanged {
    const EVENT_TYPE: &'static str = "equipment.status_changed";
}

/// `equipment.alarm`, version 1: an alarm was raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentAlarm {
    /// The equipment, as it names itself.
    pub equipment_id: String,
    /// Where it stands.
    pub department_id: Uuid,
    /// Which alarm.
    pub code: String,
    /// How bad it is, in seed 004's words.
    pub severity: &'static str,
    /// What it says to people.
    pub message: String,
    /// When it was raised, by the equipment's clock.
    pub raised_at: DateTime<Utc>,
    /// The operation the equipment works on.
    pub work_order_operation_id: Option<Uuid>,
}

impl Payload for EquipmentAlarm {
    const EVENT_TYPE: &'static str = "equipment.alarm";
}
