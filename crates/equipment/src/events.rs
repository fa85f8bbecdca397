//! The events of equipment, each type defined once: `equipment.*` (`docs/spec/common.md`, "Events").

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
    pub department_id: Uuid,
    /// In the words of the MES API.
    pub previous_status: &'static str,
    pub status: &'static str,
    pub work_order_operation_id: Option<Uuid>,
    /// By the equipment's clock.
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
    pub department_id: Uuid,
    pub code: String,
    /// In the words of the MES API.
    pub severity: &'static str,
    pub message: String,
    /// By the equipment's clock.
    pub raised_at: DateTime<Utc>,
    pub work_order_operation_id: Option<Uuid>,
}

impl Payload for EquipmentAlarm {
    const EVENT_TYPE: &'static str = "equipment.alarm";
}
