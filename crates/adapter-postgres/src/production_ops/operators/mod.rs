mod attendance;
mod table;

pub use self::attendance::PgAttendances;
pub(super) use self::table::find_by;
