//! What every implementation of the ports must show. Call [`attachments()`] with stores that share their data, and two
//! teams that exist and have no attachments.

mod attachments;

pub use self::attachments::{Operations, attachments};
