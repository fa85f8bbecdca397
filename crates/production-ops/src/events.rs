//! The events of the shop floor, defined once (contract, *Everywhere*). Those of orders stand in
//! [`kernel::manufacturing`].

mod equipment;

pub use self::equipment::{EquipmentAlarm, EquipmentStatusChanged};
