//! Attachments, and the objects that are left of them.

mod orphans;
mod owners;
mod store;
mod table;

pub use self::orphans::PgOrphanedObjects;
pub use self::store::PgAttachments;
