//! What the mismatches of a verification do to the tickets of their receipt.

use chrono::{DateTime, Utc};
use kernel::id::UserId;

use super::wording::{comment, description, title};
use super::{Comment, CommentId, Mismatch, Priority, Stage, Ticket, TicketId, TicketStatus};
use crate::receipt::Verified;

/// The ids and the number of a ticket and its comment, should one be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTicket {
    pub id: TicketId,
    pub number: Box<str>,
    pub comment: CommentId,
}

/// The ticket of mismatches, and the comment that names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The ticket that they join; `None` where they open one.
    pub before: Option<Ticket>,
    pub ticket: Ticket,
    pub comment: Comment,
}

/// Raises a ticket for the mismatches of a verification, or lets them join the `latest` ticket of the receipt if that is
/// not closed; `None` where there is no mismatch. Its priority is that of all mismatches of it, and never falls.
pub fn raise(
    verified: &Verified,
    latest: Option<&Ticket>,
    new: &NewTicket,
    by: Option<UserId>,
    at: DateTime<Utc>,
) -> Option<Raised> {
    let mismatches: Vec<_> = verified.items.iter().filter_map(Mismatch::of).collect();
    if mismatches.is_empty() {
        return None;
    }
    let comment = Comment { id: new.comment, content: comment(&mismatches).into(), by, at };
    let joined = latest.filter(|ticket| ticket.stage.status() != TicketStatus::Closed);
    let ticket = match joined {
        Some(ticket) => {
            let items = verified.receipt.items.iter();
            let earlier =
                items.filter(|item| item.check.as_ref().is_some_and(|check| check.ticket == Some(ticket.id)));
            let all: Vec<_> = earlier.filter_map(Mismatch::of).chain(mismatches).collect();
            Ticket { priority: ticket.priority.max(Priority::of(&all)), ..ticket.clone() }.next(at)
        }
        None => Ticket {
            id: new.id,
            number: new.number.clone(),
            receipt: verified.receipt.id,
            title: title(&verified.receipt).into(),
            description: description(&verified.receipt, &mismatches, at).into(),
            stage: Stage::Open,
            priority: Priority::of(&mismatches),
            created_by: by,
            assignee: None,
            version: 1,
            created_at: at,
            updated_at: at,
        },
    };
    Some(Raised { before: joined.cloned(), ticket, comment })
}
