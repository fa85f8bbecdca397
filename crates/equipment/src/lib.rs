#![doc = include_str!("../README.md")]

#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod equipment;
pub mod events;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;

pub use equipment::{
    Alarm, AlarmCode, AlarmMessage, Applied, DepartmentId, DuplicateCode, Equipment, EquipmentError,
    EquipmentId, EquipmentReport, EquipmentStatus, OpenAlarm, RaisedAlarm, Readings, ReadingsFault, Receipt,
    Sample, Severity, StoredSample, Tag, TagFault, WorkOrderOperationId,
};
pub use usecases::monitor_equipment::MonitorEquipment;
