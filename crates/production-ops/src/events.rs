//! What the shop floor tells the world, each type defined once (contract, *Everywhere*): `woo.*` and `equipment.*`.
//! Those of orders stand in [`kernel::manufacturing`].

mod equipment;
mod operations;

pub use self::equipment::{EquipmentAlarm, EquipmentStatusChanged};
pub use self::operations::{
    OperationCompleted, OperationPaused, OperationRef, OperationResumed, OperationStarted,
};
