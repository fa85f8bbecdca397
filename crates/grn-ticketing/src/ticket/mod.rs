//! The ticket: what a mismatch at a goods receipt raises, until it is resolved and closed.

mod error;
mod priority;
mod raise;
mod wording;

use chrono::{DateTime, Utc};
use kernel::access::{AccessLevel, PermissionArea, Role};
use kernel::audit::Audited;
use kernel::id::{UserId, Uuid};
use kernel::numbering::Series;
use kernel::team_locale::TeamLocale;
use kernel::text::FilledText;
use serde_json::json;

pub use self::error::TicketError;
pub use self::priority::{Mismatch, Priority};
pub use self::raise::{NewTicket, Raised, raise};
pub use crate::ids::{CommentId, TicketId};
use crate::receipt::GoodsReceiptId;

/// A ticket of a goods receipt (`docs/spec/oms.md`, "Tickets").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub id: TicketId,
    /// `TKT-202410-001`.
    pub number: Box<str>,
    pub receipt: GoodsReceiptId,
    pub title: Box<str>,
    pub description: Box<str>,
    pub stage: Stage,
    pub priority: Priority,
    /// Whoever verified the receipt.
    pub created_by: Option<UserId>,
    /// Whoever works on it.
    pub assignee: Option<UserId>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How far a ticket has come, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    InProgress,
    Resolved { at: DateTime<Utc> },
    Closed { resolved_at: DateTime<Utc>, at: DateTime<Utc> },
}

/// The names of the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TicketStatus {
    /// Newly raised.
    Open,
    InProgress,
    Resolved,
    Closed,
}

kernel::names!(TicketStatus:
    Open => "OPEN",
    InProgress => "IN_PROGRESS",
    Resolved => "RESOLVED",
    Closed => "CLOSED",
);

/// What somebody says of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub id: CommentId,
    /// A caller's [`CommentText`], or what the system says, which may be longer.
    pub content: Box<str>,
    pub by: Option<UserId>,
    pub at: DateTime<Utc>,
}

/// The text of a comment, as a caller sends it: free text of 1 to 10,000 characters.
pub type CommentText = FilledText<10_000>;

impl Stage {
    pub const fn status(self) -> TicketStatus {
        match self {
            Self::Open => TicketStatus::Open,
            Self::InProgress => TicketStatus::InProgress,
            Self::Resolved { .. } => TicketStatus::Resolved,
            Self::Closed { .. } => TicketStatus::Closed,
        }
    }

    /// The stage of that name, with the times that were stored of it; `None` if one is missing.
    pub fn stored(
        status: TicketStatus,
        resolved_at: Option<DateTime<Utc>>,
        closed_at: Option<DateTime<Utc>>,
    ) -> Option<Self> {
        Some(match status {
            TicketStatus::Open => Self::Open,
            TicketStatus::InProgress => Self::InProgress,
            TicketStatus::Resolved => Self::Resolved { at: resolved_at? },
            TicketStatus::Closed => Self::Closed { resolved_at: resolved_at?, at: closed_at? },
        })
    }

    pub const fn resolved_at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Open | Self::InProgress => None,
            Self::Resolved { at } | Self::Closed { resolved_at: at, .. } => Some(at),
        }
    }

    pub const fn closed_at(self) -> Option<DateTime<Utc>> {
        if let Self::Closed { at, .. } = self { Some(at) } else { None }
    }

    /// Whether somebody has still to do something: such a ticket keeps its order from being closed.
    pub const fn is_unresolved(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }

    /// The stage one step on, if that is the one of that name.
    fn step(self, to: TicketStatus, at: DateTime<Utc>) -> Option<Self> {
        match (self, to) {
            (Self::Open, TicketStatus::InProgress) => Some(Self::InProgress),
            (Self::InProgress, TicketStatus::Resolved) => Some(Self::Resolved { at }),
            (Self::Resolved { at: resolved_at }, TicketStatus::Closed) => {
                Some(Self::Closed { resolved_at, at })
            }
            _ => None,
        }
    }
}

impl Ticket {
    /// The series its number is of: it counts the team's months.
    pub fn series(at: DateTime<Utc>, locale: &TeamLocale) -> Series {
        Series::monthly("ticket", "TKT", at, locale.zone)
    }

    /// The ticket one step on.
    ///
    /// # Errors
    /// [`TicketError::Transition`] of any other step.
    pub fn advance(&self, to: TicketStatus, at: DateTime<Utc>) -> Result<Self, TicketError> {
        let from = self.stage.status();
        let stage = self.stage.step(to, at).ok_or(TicketError::Transition { from, to })?;
        Ok(Self { stage, ..self.clone() }.next(at))
    }

    /// The ticket with somebody to work on it, or nobody; `None` if that is so already.
    pub fn assign(&self, assignee: Option<UserId>, at: DateTime<Utc>) -> Option<Self> {
        (assignee != self.assignee).then(|| Self { assignee, ..self.clone() }.next(at))
    }

    fn next(self, at: DateTime<Utc>) -> Self {
        Self { version: self.version + 1, updated_at: at, ..self }
    }
}

/// Whether a user with these roles may work on tickets.
pub fn may_be_assigned(roles: impl IntoIterator<Item = Role>, is_active: bool) -> bool {
    let mut levels = roles.into_iter().map(|role| role.access_level(PermissionArea::GrnVerification));
    is_active && levels.any(|level| level == AccessLevel::ChangeAll)
}

impl Audited for Ticket {
    const KIND: &'static str = "ticket";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({
            "ticketNumber": self.number, "title": self.title, "status": self.stage.status().as_str(),
            "priority": self.priority.as_str(), "assigneeId": self.assignee.map(|user| user.uuid()),
            "resolvedAt": self.stage.resolved_at(), "closedAt": self.stage.closed_at(),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests;
