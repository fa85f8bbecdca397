use std::cmp::Reverse;

use super::*;
use crate::ports::{CommentView, TicketFilter, TicketView, Tickets};
use crate::receipt::ReceiptStatus;
use crate::ticket::{CommentId, CommentText, TicketError, TicketStatus, may_be_assigned};

#[async_trait]
impl Tickets for InMemoryReceiving {
    async fn advance(
        &self,
        context: WriteContext<Ticket>,
        id: TicketId,
        to: TicketStatus,
        comment: Option<(CommentId, CommentText)>,
    ) -> Result<Written<Ticket>, TicketError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        self.lock().once(&context, |state| {
            let after = state.ticket(team, id)?.advance(to, at)?;
            state.tickets.insert((team, id), after.clone());
            let comment = comment
                .map(|(comment, content)| (id, Comment { id: comment, content: content.into(), by, at }));
            state.comments.extend(comment);
            Ok(after)
        })
    }

    async fn assign(
        &self,
        context: WriteContext<TicketView>,
        id: TicketId,
        assignee: Option<UserId>,
    ) -> Result<Written<TicketView>, TicketError> {
        let (team, at) = (context.team, context.at);
        self.lock().once(&context, |state| {
            let before = state.ticket(team, id)?;
            if assignee.is_some_and(|user| !state.is_assignable(team, user)) {
                return Err(TicketError::NotAssignable);
            }
            if let Some(after) = before.assign(assignee, at) {
                state.tickets.insert((team, id), after);
            }
            Ok(state.shown(team, state.ticket(team, id)?))
        })
    }

    async fn comment(
        &self,
        context: WriteContext<CommentView>,
        id: TicketId,
        (comment, content): (CommentId, CommentText),
    ) -> Result<Written<CommentView>, TicketError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        self.lock().once(&context, |state| {
            state.ticket(team, id)?;
            let comment = Comment { id: comment, content: content.into(), by, at };
            state.comments.push((id, comment.clone()));
            Ok(state.said(team, &comment))
        })
    }

    async fn find(&self, team: TeamId, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        let state = self.lock();
        Ok(state.tickets.get(&(team, id)).map(|ticket| state.shown(team, ticket)))
    }

    async fn of_receipt(
        &self,
        team: TeamId,
        receipt: GoodsReceiptId,
    ) -> Result<Option<TicketView>, StoreError> {
        let state = self.lock();
        Ok(state.latest(team, receipt).map(|ticket| state.shown(team, ticket)))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: TicketFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<TicketView>, StoreError> {
        let state = self.lock();
        let mut found: Vec<_> =
            of(&state.tickets, team).filter(|ticket| state.passes(team, ticket, &filter)).collect();
        found.sort_by_key(|ticket| Reverse((ticket.created_at, ticket.id)));
        let view = |ticket| TicketView { comments: Vec::new(), ..state.shown(team, ticket) };
        Ok(part(found.into_iter().map(view).collect(), window, counted))
    }
}

impl State {
    fn ticket(&self, team: TeamId, id: TicketId) -> Result<&Ticket, TicketError> {
        self.tickets.get(&(team, id)).ok_or(TicketError::NotFound)
    }

    fn is_assignable(&self, team: TeamId, user: UserId) -> bool {
        let user = self.users.get(&(team, user));
        user.is_some_and(|user| may_be_assigned(user.roles.iter().copied(), user.is_active))
    }

    fn passes(&self, team: TeamId, ticket: &Ticket, filter: &TicketFilter) -> bool {
        let dispatch = self.receipts.get(&(team, ticket.receipt)).map(|receipt| &receipt.dispatch);
        filter.status.is_none_or(|status| status == ticket.stage.status())
            && filter.priority.is_none_or(|priority| priority == ticket.priority)
            && filter.assignee.is_none_or(|user| Some(user) == ticket.assignee)
            && filter.vendor.is_none_or(|vendor| dispatch.is_some_and(|it| it.vendor == vendor))
            && filter.order.is_none_or(|order| dispatch.is_some_and(|it| it.order == order))
            && filter.created.holds(ticket.created_at)
    }

    /// A ticket as it is shown.
    fn shown(&self, team: TeamId, ticket: &Ticket) -> TicketView {
        let receipt = self.receipts.get(&(team, ticket.receipt));
        let comments = self.comments.iter().filter(|(of, _)| *of == ticket.id);
        let mut comments: Vec<_> = comments.map(|(_, comment)| self.said(team, comment)).collect();
        comments.sort_by_key(|said| (said.comment.at, said.comment.id));
        TicketView {
            ticket: ticket.clone(),
            receipt_number: receipt.map(|receipt| receipt.number.clone()).unwrap_or_default(),
            receipt_status: receipt.map_or(ReceiptStatus::PendingVerification, GoodsReceipt::status),
            created_by: self.person(team, ticket.created_by),
            assignee: self.person(team, ticket.assignee),
            comments,
        }
    }

    fn said(&self, team: TeamId, comment: &Comment) -> CommentView {
        let email = self.person(team, comment.by).map(|(_, email)| email);
        CommentView { comment: comment.clone(), email }
    }
}
