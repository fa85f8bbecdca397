//! What every implementation of the ports must show. Call [`attachments()`] and [`attachments_of_tickets()`] with stores
//! that share their data, and two teams that exist and have no attachments.

mod attachments;
mod suite;
mod tickets;

pub use self::attachments::attachments;
pub use self::suite::{Operations, Owners};
pub use self::tickets::attachments_of_tickets;
