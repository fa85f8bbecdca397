use async_trait::async_trait;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use grn_ticketing::events::{TicketCommented, TicketFacts, TicketUpdated};
use grn_ticketing::ports::{CommentView, TicketFilter, TicketView, Tickets};
use grn_ticketing::receipt::GoodsReceiptId;
use grn_ticketing::ticket::{
    Comment, CommentId, CommentText, Ticket, TicketError, TicketId, TicketStatus, may_be_assigned,
};
use kernel::access::Role;
use kernel::audit::{AuditEntry, Audited};
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::{Event, OutboxMessage};
use kernel::id::{Id, TeamId, UserId, Uuid};
use kernel::page::{Page, Window};
use kernel::write::{WriteContext, Written};
use serde_json::json;

use super::table::{insert_comment, lock, update, views, with_ids};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::grn_ticketing::receipts::user;
use crate::paging::{narrowed, page, within};
use crate::schema::{tickets, users};
use crate::write_error::{WriteError, unreadable, unwritable};

/// Tickets in PostgreSQL.
pub struct PgTickets {
    db: Db,
}

impl PgTickets {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Tickets for PgTickets {
    #[tracing::instrument(name = "Tickets::advance", level = "debug", skip_all)]
    async fn advance(
        &self,
        context: WriteContext<Ticket>,
        id: TicketId,
        to: TicketStatus,
        comment: Option<(CommentId, CommentText)>,
    ) -> Result<Written<Ticket>, TicketError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(TicketError::NotFound))?;
                let after = before.advance(to, at).map_err(WriteError::Port)?;
                update(connection, team, &after)?;
                if let Some((comment, content)) = &comment {
                    let comment = Comment { id: *comment, content: content.as_str().into(), by, at };
                    insert_comment(connection, team, id, &comment)?;
                }
                let (events, audit) = (vec![updated(&after)?], vec![AuditEntry::changed(&before, &after)]);
                Ok(Change { outcome: after, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "Tickets::assign", level = "debug", skip_all)]
    async fn assign(
        &self,
        context: WriteContext<TicketView>,
        id: TicketId,
        assignee: Option<UserId>,
    ) -> Result<Written<TicketView>, TicketError> {
        let (team, at) = (context.team, context.at);
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let before = lock(connection, team, id)?.ok_or(WriteError::Port(TicketError::NotFound))?;
                if let Some(user) = assignee {
                    check_assignable(connection, team, user)?;
                }
                let Some(after) = before.assign(assignee, at) else {
                    return Ok(Change::nothing(view(connection, team, id)?));
                };
                update(connection, team, &after)?;
                let (events, audit) = (vec![updated(&after)?], vec![AuditEntry::changed(&before, &after)]);
                Ok(Change { outcome: view(connection, team, id)?, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "Tickets::comment", level = "debug", skip_all)]
    async fn comment(
        &self,
        context: WriteContext<CommentView>,
        id: TicketId,
        (comment, content): (CommentId, CommentText),
    ) -> Result<Written<CommentView>, TicketError> {
        let (team, at, by) = (context.team, context.at, user(context.actor));
        self.db
            .change(Lane::Ordinary, context, move |connection| {
                let ticket = lock(connection, team, id)?.ok_or(WriteError::Port(TicketError::NotFound))?;
                let comment = Comment { id: comment, content: content.as_str().into(), by, at };
                insert_comment(connection, team, id, &comment)?;
                let facts = TicketCommented(TicketFacts::from(&ticket));
                let event = Event::new(SystemIds.uuid(), id.uuid(), ticket.version, at, &facts);
                let events = vec![OutboxMessage::Event(event.map_err(unwritable)?)];
                let audit =
                    vec![AuditEntry::of("commented", None, Some(&Commented { id, comment: &comment }))];
                let mut said = view(connection, team, id)?.comments.into_iter();
                let outcome = said.find(|said| said.comment.id == comment.id);
                let outcome = outcome.ok_or_else(|| WriteError::internal("a comment is gone"))?;
                Ok(Change { outcome, events, audit })
            })
            .await
    }

    #[tracing::instrument(name = "Tickets::find", level = "debug", skip_all)]
    async fn find(&self, team: TeamId, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        let read =
            self.db.read(Scope::Team(team), move |connection| with_ids(connection, team, &[id.uuid()], true));
        Ok(views(read.await?)?.into_iter().next())
    }

    #[tracing::instrument(name = "Tickets::of_receipt", level = "debug", skip_all)]
    async fn of_receipt(
        &self,
        team: TeamId,
        receipt: GoodsReceiptId,
    ) -> Result<Option<TicketView>, StoreError> {
        let read = self.db.read(Scope::Team(team), move |connection| {
            let of_team = tickets::table.filter(tickets::team_id.eq(team.uuid()));
            let its = of_team.filter(tickets::receipt_id.eq(receipt.uuid())).select(tickets::id);
            let latest = its.order((tickets::created_at.desc(), tickets::id.desc()));
            let latest: Option<Uuid> = latest.first(connection).optional()?;
            with_ids(connection, team, latest.as_slice(), true)
        });
        Ok(views(read.await?)?.into_iter().next())
    }

    #[tracing::instrument(name = "Tickets::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: TicketFilter,
        window: Window,
        counted: bool,
    ) -> Result<Page<TicketView>, StoreError> {
        let read = self.db.read(Scope::Team(team), move |connection| {
            let all = || filtered(team, &filter);
            let ids: Vec<Uuid> = all()
                .order((tickets::created_at.desc(), tickets::id.desc()))
                .limit(window.limit().into())
                .offset(window.offset().into())
                .select(tickets::id)
                .load(connection)?;
            let total = counted.then(|| all().count().get_result(connection)).transpose()?;
            Ok((with_ids(connection, team, &ids, false)?, ids, total))
        });
        let (rows, ids, total) = read.await?;
        page(&ids, views(rows)?.into_iter().map(|view| Ok((view.ticket.id.uuid(), view))), total)
    }
}

fn filtered(team: TeamId, filter: &TicketFilter) -> tickets::BoxedQuery<'static, Pg> {
    let of_team = tickets::table.filter(tickets::team_id.eq(team.uuid())).into_boxed();
    let narrowed = narrowed!(of_team,
        tickets::status => filter.status.map(|status| status.as_str()),
        tickets::priority => filter.priority.map(|priority| priority.as_str()),
        tickets::assignee_id => filter.assignee.map(Id::uuid),
        tickets::vendor_id => filter.vendor.map(Id::uuid),
        tickets::order_id => filter.order.map(Id::uuid),
    );
    within!(narrowed, tickets::created_at, filter.created)
}

/// The ticket of that id, which is there.
fn view(
    connection: &mut PgConnection,
    team: TeamId,
    id: TicketId,
) -> Result<TicketView, WriteError<TicketError>> {
    let found = views(with_ids(connection, team, &[id.uuid()], true)?).map_err(WriteError::store)?;
    found.into_iter().next().ok_or_else(|| WriteError::internal("a locked ticket is gone"))
}

/// Refuses whoever may not work on tickets.
fn check_assignable(
    connection: &mut PgConnection,
    team: TeamId,
    user: UserId,
) -> Result<(), WriteError<TicketError>> {
    let one = users::table.filter(users::team_id.eq(team.uuid())).filter(users::id.eq(user.uuid()));
    let found: Option<(Vec<String>, bool)> =
        one.select((users::roles, users::is_active)).first(connection).optional()?;
    let (roles, is_active) = found.ok_or(WriteError::Port(TicketError::NotAssignable))?;
    let roles = roles.iter().map(|role| role.parse::<Role>().map_err(unreadable));
    let roles = roles.collect::<Result<Vec<_>, _>>().map_err(WriteError::store)?;
    match may_be_assigned(roles, is_active) {
        true => Ok(()),
        false => Err(WriteError::Port(TicketError::NotAssignable)),
    }
}

fn updated(ticket: &Ticket) -> Result<OutboxMessage, WriteError<TicketError>> {
    let facts = TicketUpdated(TicketFacts::from(ticket));
    let event = Event::new(SystemIds.uuid(), ticket.id.uuid(), ticket.version, ticket.updated_at, &facts);
    event.map(OutboxMessage::Event).map_err(unwritable)
}

/// A comment, as the audit trail shows it.
struct Commented<'a> {
    id: TicketId,
    comment: &'a Comment,
}

impl Audited for Commented<'_> {
    const KIND: &'static str = "ticket";

    fn audited_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn snapshot(&self) -> String {
        json!({"commentId": self.comment.id.uuid(), "content": self.comment.content}).to_string()
    }
}
