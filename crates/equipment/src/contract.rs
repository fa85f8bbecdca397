//! What every implementation of the ports must show. Call [`equipment()`] with a register and two teams that exist and
//! have no equipment.

mod equipment;

pub use self::equipment::{Hall, equipment};
