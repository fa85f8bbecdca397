//! The tables `tickets` and `ticket_comments`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use grn_ticketing::ports::{CommentView, TicketView};
use grn_ticketing::ticket::{Comment, Stage, Ticket, TicketId};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId, UserId};
use uuid::Uuid;

use crate::schema::tickets;
use crate::statement::statement;
use crate::write_error::{WriteError, unreadable};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets, check_for_backend(diesel::pg::Pg))]
pub(super) struct TicketRow {
    id: Uuid,
    number: String,
    receipt_id: Uuid,
    title: String,
    description: String,
    status: String,
    priority: String,
    created_by: Option<Uuid>,
    assignee_id: Option<Uuid>,
    resolved_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
pub(super) struct BesideRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    receipt_number: String,
    #[diesel(sql_type = Text)]
    receipt_status: String,
    #[diesel(sql_type = Nullable<Text>)]
    creator_email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    assignee_email: Option<String>,
}

#[derive(QueryableByName)]
pub(super) struct CommentRow {
    #[diesel(sql_type = SqlUuid)]
    ticket_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    content: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    author_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    author_email: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// Tickets, what is shown beside them, and, if wanted, their comments.
pub(super) type TicketRows = (Vec<TicketRow>, Vec<BesideRow>, Vec<CommentRow>);

/// Tickets by their ids.
pub(super) fn with_ids(
    connection: &mut PgConnection,
    team: TeamId,
    ids: &[Uuid],
    with_comments: bool,
) -> QueryResult<TicketRows> {
    let of_team = tickets::table.filter(tickets::team_id.eq(team.uuid()));
    let rows = of_team.filter(tickets::id.eq_any(ids)).select(TicketRow::as_select()).load(connection)?;
    let beside = statement(
        "SELECT t.id, r.number AS receipt_number, r.status AS receipt_status, creator.email AS creator_email,
                assignee.email AS assignee_email
         FROM tickets t
         JOIN goods_receipts r ON r.team_id = t.team_id AND r.id = t.receipt_id
         LEFT JOIN users creator ON creator.team_id = t.team_id AND creator.id = t.created_by
         LEFT JOIN users assignee ON assignee.team_id = t.team_id AND assignee.id = t.assignee_id
         WHERE t.team_id = {} AND t.id {}",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind_ids(ids)
    .load(connection)?;
    if !with_comments {
        return Ok((rows, beside, Vec::new()));
    }
    let comments = statement(
        "SELECT c.ticket_id, c.id, c.content, c.author_id, u.email AS author_email, c.created_at
         FROM ticket_comments c
         LEFT JOIN users u ON u.team_id = c.team_id AND u.id = c.author_id
         WHERE c.team_id = {} AND c.ticket_id {}
         ORDER BY c.created_at, c.id",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind_ids(ids)
    .load(connection)?;
    Ok((rows, beside, comments))
}

/// The tickets of rows that were read together.
pub(super) fn views((rows, beside, comments): TicketRows) -> Result<Vec<TicketView>, StoreError> {
    let mut beside: HashMap<Uuid, BesideRow> = beside.into_iter().map(|row| (row.id, row)).collect();
    let mut said: HashMap<Uuid, Vec<CommentView>> = HashMap::new();
    for row in comments {
        said.entry(row.ticket_id).or_default().push(row.into());
    }
    let view = |row: TicketRow| {
        let gone = || StoreError::Internal("a ticket has no goods receipt".into());
        let beside = beside.remove(&row.id).ok_or_else(gone)?;
        let comments = said.remove(&row.id).unwrap_or_default();
        let ticket = Ticket::try_from(row)?;
        Ok(TicketView {
            receipt_number: beside.receipt_number.into(),
            receipt_status: beside.receipt_status.parse().map_err(unreadable)?,
            created_by: person(ticket.created_by, beside.creator_email),
            assignee: person(ticket.assignee, beside.assignee_email),
            comments,
            ticket,
        })
    };
    rows.into_iter().map(view).collect()
}

fn person(id: Option<UserId>, email: Option<String>) -> Option<(UserId, Box<str>)> {
    Some((id?, email?.into()))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn one(team: TeamId, id: TicketId) -> _ {
    let (team, id): (Uuid, Uuid) = (team.uuid(), id.uuid());
    tickets::table.filter(tickets::team_id.eq(team)).filter(tickets::id.eq(id))
}

/// The ticket of that id, locked until the transaction ends.
pub(super) fn lock<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    id: TicketId,
) -> Result<Option<Ticket>, WriteError<E>> {
    let query = one(team, id).select(TicketRow::as_select()).for_no_key_update();
    let row = query.first(connection).optional()?;
    row.map(Ticket::try_from).transpose().map_err(WriteError::store)
}

/// The latest ticket of a receipt, locked until the transaction ends: whoever moves it on waits for the mismatches that
/// join it, and the other way round.
pub(in crate::grn_ticketing) fn latest_of<E: From<StoreError>>(
    connection: &mut PgConnection,
    team: TeamId,
    receipt: Uuid,
) -> Result<Option<Ticket>, WriteError<E>> {
    let of_team = tickets::table.filter(tickets::team_id.eq(team.uuid()));
    let its = of_team.filter(tickets::receipt_id.eq(receipt)).select(TicketRow::as_select());
    let row = its
        .order((tickets::created_at.desc(), tickets::id.desc()))
        .limit(1)
        .for_no_key_update()
        .first(connection)
        .optional()?;
    row.map(Ticket::try_from).transpose().map_err(WriteError::store)
}

/// What can change of a ticket.
pub(super) fn update(connection: &mut PgConnection, team: TeamId, ticket: &Ticket) -> QueryResult<()> {
    statement(
        "UPDATE tickets SET status = {}, assignee_id = {}, resolved_at = {}, closed_at = {}, version = {}, updated_at = {}
         WHERE team_id = {} AND id = {}",
    )
    .bind::<Text, _>(ticket.stage.status().as_str())
    .bind::<Nullable<SqlUuid>, _>(ticket.assignee.map(Id::uuid))
    .bind::<Nullable<Timestamptz>, _>(ticket.stage.resolved_at())
    .bind::<Nullable<Timestamptz>, _>(ticket.stage.closed_at())
    .bind::<BigInt, _>(ticket.version)
    .bind::<Timestamptz, _>(ticket.updated_at)
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(ticket.id.uuid())
    .execute(connection)
    .map(drop)
}

pub(super) fn insert_comment(
    connection: &mut PgConnection,
    team: TeamId,
    ticket: TicketId,
    comment: &Comment,
) -> QueryResult<()> {
    statement(
        "INSERT INTO ticket_comments (team_id, ticket_id, id, content, author_id, created_at)
         VALUES ({}, {}, {}, {}, {}, {})",
    )
    .bind::<SqlUuid, _>(team.uuid())
    .bind::<SqlUuid, _>(ticket.uuid())
    .bind::<SqlUuid, _>(comment.id.uuid())
    .bind::<Text, _>(&*comment.content)
    .bind::<Nullable<SqlUuid>, _>(comment.by.map(Id::uuid))
    .bind::<Timestamptz, _>(comment.at)
    .execute(connection)
    .map(drop)
}

impl TryFrom<TicketRow> for Ticket {
    type Error = StoreError;

    fn try_from(row: TicketRow) -> Result<Self, StoreError> {
        let status = row.status.parse().map_err(unreadable)?;
        let stage = Stage::stored(status, row.resolved_at, row.closed_at);
        Ok(Self {
            id: Id::new(row.id),
            number: row.number.into(),
            receipt: Id::new(row.receipt_id),
            title: row.title.into(),
            description: row.description.into(),
            stage: stage
                .ok_or_else(|| StoreError::Internal("a ticket lacks the time of its status".into()))?,
            priority: row.priority.parse().map_err(unreadable)?,
            created_by: row.created_by.map(Id::new),
            assignee: row.assignee_id.map(Id::new),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl From<CommentRow> for CommentView {
    fn from(row: CommentRow) -> Self {
        let comment = Comment {
            id: Id::new(row.id),
            content: row.content.into(),
            by: row.author_id.map(Id::new),
            at: row.created_at,
        };
        Self { comment, email: row.author_email.map(Into::into) }
    }
}
