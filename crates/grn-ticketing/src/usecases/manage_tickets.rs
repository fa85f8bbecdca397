use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::{TeamId, UserId};
use kernel::page::{Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::TeamLocales;
use kernel::write::{WriteContext, Written};

use crate::ports::{CommentView, TicketFilter, TicketView, Tickets};
use crate::receipt::GoodsReceiptId;
use crate::ticket::{CommentText, Ticket, TicketError, TicketId, TicketStatus};

/// Moves tickets on, gives them to people, comments on them, and shows them.
pub struct ManageTickets {
    tickets: Arc<dyn Tickets>,
    locales: Arc<dyn TeamLocales>,
    ids: Arc<dyn IdSource>,
}

impl ManageTickets {
    pub fn new(tickets: Arc<dyn Tickets>, locales: Arc<dyn TeamLocales>, ids: Arc<dyn IdSource>) -> Self {
        Self { tickets, locales, ids }
    }

    /// Moves a ticket one step on, with a comment if there is one.
    ///
    /// # Errors
    /// [`TicketError::NotFound`], [`TicketError::Transition`].
    pub async fn advance(
        &self,
        context: WriteContext<Ticket>,
        id: TicketId,
        to: TicketStatus,
        comment: Option<CommentText>,
    ) -> Result<Written<Ticket>, TicketError> {
        let comment = comment.map(|comment| (self.ids.id(), comment));
        self.tickets.advance(context, id, to, comment).await
    }

    /// Gives a ticket to somebody, or to nobody.
    ///
    /// # Errors
    /// [`TicketError::NotFound`], [`TicketError::NotAssignable`].
    pub async fn assign(
        &self,
        context: WriteContext<TicketView>,
        id: TicketId,
        assignee: Option<UserId>,
    ) -> Result<Written<TicketView>, TicketError> {
        self.tickets.assign(context, id, assignee).await
    }

    /// Adds a comment.
    ///
    /// # Errors
    /// [`TicketError::NotFound`].
    pub async fn comment(
        &self,
        context: WriteContext<CommentView>,
        id: TicketId,
        content: CommentText,
    ) -> Result<Written<CommentView>, TicketError> {
        self.tickets.comment(context, id, (self.ids.id(), content)).await
    }

    /// The ticket of that id.
    ///
    /// # Errors
    /// [`TicketError::NotFound`].
    pub async fn find(&self, team: TeamId, id: TicketId) -> Result<TicketView, TicketError> {
        self.tickets.find(team, id).await?.ok_or(TicketError::NotFound)
    }

    /// The latest ticket of a receipt.
    ///
    /// # Errors
    /// [`TicketError::NotFound`], also where the team has no such receipt.
    pub async fn of_receipt(&self, team: TeamId, receipt: GoodsReceiptId) -> Result<TicketView, TicketError> {
        self.tickets.of_receipt(team, receipt).await?.ok_or(TicketError::NotFound)
    }

    /// The window of the tickets that `filter` lets through, raised in the period.
    ///
    /// # Errors
    /// [`TicketError::EmptyPeriods`].
    pub async fn list(
        &self,
        team: TeamId,
        mut filter: TicketFilter,
        created: PeriodRequest,
        (window, counted): (Window, bool),
    ) -> Result<Page<TicketView>, TicketError> {
        filter.created = Period::read(&[created], &*self.locales, team).await??;
        Ok(self.tickets.list(team, filter, window, counted).await?)
    }
}
