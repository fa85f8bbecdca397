//! Equipment, its samples and its alarms.

mod history;
mod store;
mod table;

pub use self::store::PgEquipment;
