//! Wire types of equipment.

use equipment::{
    Alarm, AlarmCode, AlarmMessage, Equipment, EquipmentError, EquipmentReport, EquipmentStatus, RaisedAlarm,
    Readings, ReadingsFault, Receipt, Sample, Severity, StoredSample, Tag,
};
use kernel::calendar;
use kernel::json::{Json, JsonObject};

use super::super::{Pagination, fields};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::field::{ListField, Object};

/// An alarm that equipment has.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[schema(example = json!({"code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit"}))]
pub(super) struct AlarmRequest {
    /// What tells it from others: once in a report.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    code: Field<String>,
    /// `info`, `warning` or `critical`.
    #[schema(value_type = sets::AlarmSeverity)]
    severity: Field<String>,
    /// What it says to people.
    #[schema(value_type = String, min_length = 1, max_length = 500)]
    message: Field<String>,
}

/// What equipment says of itself.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "equipmentId": "MACHINE-001", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "status": "running",
    "workOrderOperationId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77",
    "data": {"temperature": 85.5, "pressure": 12.3, "cycleCount": 1245, "lastCycleTime": 120.5},
    "alarms": [{"code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit"}],
    "timestamp": "2025-01-20T10:15:00Z"
}))]
pub(super) struct ReportEquipmentRequest {
    /// What the equipment calls itself, compared exactly; not `.`, `..` or `status`.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    equipment_id: Field<String>,
    /// The department it stands in; it may be another one than before.
    #[schema(value_type = Uuid)]
    department_id: Field<String>,
    /// `running`, `idle`, `down` or `maintenance`.
    #[schema(value_type = sets::EquipmentStatus)]
    status: Field<String>,
    /// The operation it works on.
    #[schema(value_type = Option<Uuid>)]
    work_order_operation_id: Field<String>,
    /// Whatever it measured: an object of at most 16 KiB as JSON, stored as it is.
    #[schema(value_type = Option<Object>)]
    data: Field<JsonObject>,
    /// Every alarm that it has now, at most 100; those it had and lacks here are cleared.
    #[schema(value_type = Option<Vec<AlarmRequest>>, max_items = 100)]
    alarms: ListField<Object<AlarmRequest>>,
    /// When, by its own clock, to the microsecond; at most 5 minutes ahead of the server's. The time of receipt if left
    /// out.
    #[schema(value_type = Option<DateTime<Utc>>)]
    timestamp: Field<String>,
}

impl RequestBody for ReportEquipmentRequest {
    type Domain = EquipmentReport;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<EquipmentReport> {
        let hint = "send 1 to 100 visible characters on one line";
        let tag = faults.field("equipmentId", self.equipment_id).hint(hint).required(Tag::try_new);
        let department = fields::department(faults, self.department_id).required(fields::department_id);
        let status = faults
            .field("status", self.status)
            .code("UNKNOWN_VALUE")
            .missing_hint("send one of running, idle, down, maintenance")
            .required(str::parse::<EquipmentStatus>);
        let operation = fields::work_order_operation(faults, self.work_order_operation_id);
        let data = faults.field("data", self.data).given().unwrap_or_default();
        let readings = readings(faults, data);
        let mut alarms = Vec::new();
        let entries = self.alarms.demanding("must be a list of objects");
        faults.optional_list("alarms", entries, Sample::MAX_ALARMS, |_, alarm, faults| {
            let added = alarm.read(faults)?.add_to(&mut alarms);
            added.map_err(|fault| faults.add("code", "DUPLICATE_CODE", fault)).ok()
        });
        let taken_at =
            faults.field("timestamp", self.timestamp).code("INVALID_DATE").optional(calendar::moment);
        let (tag, department) = (tag?, department?);
        Some(EquipmentReport {
            tag,
            department,
            status: status?,
            operation,
            readings: readings?,
            alarms,
            taken_at,
        })
    }
}

impl AlarmRequest {
    fn read(self, faults: &mut Faults) -> Option<Alarm> {
        let code = faults
            .field("code", self.code)
            .hint("send 1 to 100 visible characters on one line")
            .missing_hint("send what tells this alarm from others")
            .required(AlarmCode::try_new);
        let severity = faults
            .field("severity", self.severity)
            .code("UNKNOWN_VALUE")
            .missing_hint("send one of info, warning, critical")
            .required(str::parse::<Severity>);
        let message = faults
            .field("message", self.message)
            .hint("send 1 to 500 characters")
            .missing_hint("send what the alarm says to people")
            .required(AlarmMessage::try_new);
        Some(Alarm { code: code?, severity: severity?, message: message? })
    }
}

fn readings(faults: &mut Faults, values: JsonObject) -> Option<Readings> {
    let fault = match Readings::try_new(values) {
        Ok(readings) => return Some(readings),
        Err(fault) => fault,
    };
    match &fault {
        ReadingsFault::TooLong { .. } => faults.add("data", "TOO_LONG", &fault),
        ReadingsFault::Nul(names) => {
            for name in names {
                faults.add(&format!("data.{name}"), "INVALID_CHARACTER", &fault);
            }
        }
    }
    None
}

impl DomainError for EquipmentError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::ClockAhead => {
                let message =
                    "lies more than 5 minutes ahead of the server's clock; set the equipment's clock right";
                vec![Fault::new("timestamp", "OUT_OF_RANGE", message)]
            }
            Self::UnknownReferences { department, operation } => {
                let department = department.then(fields::unknown_department);
                department.into_iter().chain(operation.then(fields::unknown_work_order_operation)).collect()
            }
            Self::EmptyPeriod(fault) => vec![Fault::new("toDate", "OUT_OF_RANGE", fault.to_string())],
            _ => Vec::new(),
        }
    }
}

/// What equipment is to do.
#[derive(Serialize, ToSchema)]
pub(super) struct ActionResponse {
    /// `alert`.
    r#type: &'static str,
    /// What people should hear: the alarm's own message.
    message: String,
}

impl From<&AlarmMessage> for ActionResponse {
    fn from(message: &AlarmMessage) -> Self {
        Self { r#type: "alert", message: message.as_str().to_owned() }
    }
}

/// The receipt of a report.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "acknowledged": true, "equipmentId": "MACHINE-001", "status": "running", "receivedAt": "2025-01-20T10:15:00Z",
    "actions": [{"type": "alert", "message": "Temperature approaching upper limit"}]
}))]
pub(super) struct ReportedEquipmentResponse {
    /// Always true.
    acknowledged: bool,
    equipment_id: String,
    /// The status that was reported.
    #[schema(value_type = sets::EquipmentStatus)]
    status: &'static str,
    /// By the server's clock.
    received_at: DateTime<Utc>,
    /// One `alert` for each alarm that the report raised at `warning` or `critical`.
    actions: Vec<ActionResponse>,
}

impl From<&Receipt> for ReportedEquipmentResponse {
    fn from(receipt: &Receipt) -> Self {
        Self {
            acknowledged: true,
            equipment_id: receipt.tag.as_str().to_owned(),
            status: receipt.status.as_str(),
            received_at: receipt.received_at,
            actions: receipt.alerts.iter().map(ActionResponse::from).collect(),
        }
    }
}

/// An alarm, as it was reported last while it is open, else as it was raised.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit",
    "raisedAt": "2025-01-20T10:15:00Z", "clearedAt": null
}))]
pub(super) struct AlarmResponse {
    code: String,
    #[schema(value_type = sets::AlarmSeverity)]
    severity: &'static str,
    message: String,
    /// By the equipment's clock.
    raised_at: DateTime<Utc>,
    /// Null while the alarm is open.
    #[schema(required)]
    cleared_at: Option<DateTime<Utc>>,
}

impl AlarmResponse {
    fn of(alarm: &Alarm, raised_at: DateTime<Utc>, cleared_at: Option<DateTime<Utc>>) -> Self {
        Self {
            code: alarm.code.as_str().to_owned(),
            severity: alarm.severity.as_str(),
            message: alarm.message.as_str().to_owned(),
            raised_at,
            cleared_at,
        }
    }
}

impl From<&RaisedAlarm> for AlarmResponse {
    fn from(raised: &RaisedAlarm) -> Self {
        Self::of(&raised.alarm, raised.raised_at, raised.cleared_at)
    }
}

/// Equipment, as its newest sample has it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "equipmentId": "MACHINE-001", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "status": "running",
    "statusSince": "2025-01-20T08:00:00Z", "workOrderOperationId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77",
    "data": {"temperature": 85.5, "pressure": 12.3, "cycleCount": 1245, "lastCycleTime": 120.5},
    "alarms": [{
        "code": "TEMP_HIGH", "severity": "warning", "message": "Temperature approaching upper limit",
        "raisedAt": "2025-01-20T10:15:00Z", "clearedAt": null
    }],
    "timestamp": "2025-01-20T10:15:00Z", "receivedAt": "2025-01-20T10:15:00Z", "registeredAt": "2025-01-10T09:00:00Z"
}))]
pub(super) struct EquipmentResponse {
    equipment_id: String,
    #[schema(value_type = Uuid)]
    department_id: String,
    #[schema(value_type = sets::EquipmentStatus)]
    status: &'static str,
    /// When it first said so without another status between, by its own clock.
    status_since: DateTime<Utc>,
    #[schema(required, value_type = Option<Uuid>)]
    work_order_operation_id: Option<String>,
    #[schema(value_type = Object)]
    data: Json,
    /// The open ones.
    alarms: Vec<AlarmResponse>,
    /// The newest sample's time, by the equipment's clock.
    timestamp: DateTime<Utc>,
    /// When that sample came in, by the server's clock.
    received_at: DateTime<Utc>,
    /// When its first sample came in, by the server's clock.
    registered_at: DateTime<Utc>,
}

impl From<&Equipment> for EquipmentResponse {
    fn from(equipment: &Equipment) -> Self {
        let open = equipment.alarms.iter();
        Self {
            equipment_id: equipment.tag.as_str().to_owned(),
            department_id: equipment.department.to_string(),
            status: equipment.status.as_str(),
            status_since: equipment.status_since,
            work_order_operation_id: equipment.operation.map(|operation| operation.to_string()),
            data: equipment.readings.to_json(),
            alarms: open.map(|open| AlarmResponse::of(&open.alarm, open.raised_at, None)).collect(),
            timestamp: equipment.taken_at,
            received_at: equipment.received_at,
            registered_at: equipment.registered_at,
        }
    }
}

/// A part of the list of equipment.
#[derive(Serialize, ToSchema)]
pub(super) struct EquipmentListResponse {
    pub(super) equipment: Vec<EquipmentResponse>,
    pub(super) pagination: Pagination,
}

/// An alarm within a sample.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleAlarmResponse {
    code: String,
    #[schema(value_type = sets::AlarmSeverity)]
    severity: &'static str,
    message: String,
}

impl From<&Alarm> for SampleAlarmResponse {
    fn from(alarm: &Alarm) -> Self {
        Self {
            code: alarm.code.as_str().to_owned(),
            severity: alarm.severity.as_str(),
            message: alarm.message.as_str().to_owned(),
        }
    }
}

/// A sample, as it came in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "timestamp": "2025-01-20T10:15:00Z", "receivedAt": "2025-01-20T10:15:00Z", "status": "running",
    "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "workOrderOperationId": null,
    "data": {"temperature": 85.5}, "alarms": []
}))]
pub(super) struct SampleResponse {
    /// By the equipment's clock.
    timestamp: DateTime<Utc>,
    /// By the server's clock.
    received_at: DateTime<Utc>,
    #[schema(value_type = sets::EquipmentStatus)]
    status: &'static str,
    #[schema(value_type = Uuid)]
    department_id: String,
    #[schema(required, value_type = Option<Uuid>)]
    work_order_operation_id: Option<String>,
    #[schema(value_type = Object)]
    data: Json,
    alarms: Vec<SampleAlarmResponse>,
}

impl From<&StoredSample> for SampleResponse {
    fn from(stored: &StoredSample) -> Self {
        let sample = &stored.sample;
        Self {
            timestamp: sample.taken_at,
            received_at: stored.received_at,
            status: sample.status.as_str(),
            department_id: sample.department.to_string(),
            work_order_operation_id: sample.operation.map(|operation| operation.to_string()),
            data: sample.readings.to_json(),
            alarms: sample.alarms.iter().map(SampleAlarmResponse::from).collect(),
        }
    }
}

/// A part of an equipment's samples.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleListResponse {
    pub(super) samples: Vec<SampleResponse>,
    pub(super) pagination: Pagination,
}

/// A part of an equipment's alarms.
#[derive(Serialize, ToSchema)]
pub(super) struct AlarmListResponse {
    pub(super) alarms: Vec<AlarmResponse>,
    pub(super) pagination: Pagination,
}

#[cfg(test)]
mod tests;
