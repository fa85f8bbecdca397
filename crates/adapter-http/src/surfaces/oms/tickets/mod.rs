//! `/api/grn/tickets`.

mod dto;
mod files;

use attachments::Attachment;
use grn_ticketing::ports::{CommentView, TicketFilter, TicketView};
use grn_ticketing::ticket::{CommentText, Ticket, TicketError, TicketId, TicketStatus};
use identity::limits::Class;
use kernel::access::{AccessMode, PermissionArea};
use kernel::id::{Id, UserId};

pub(super) use self::dto::CommentResponse;
use self::dto::{TicketFileResponse, TicketResponse, TicketSummaryResponse};
use self::files::{
    __path_attach_file, __path_download_attachment, AttachFileForm, attach_file, download_attachment,
};
use super::{CountablePagination, OmsErrorResponse, countable_page};
use crate::middleware::limits::RateLimit;
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::response::envelope::envelope;

const ALL: &str = "/api/grn/tickets";
const ONE: &str = "/api/grn/tickets/{ticketId}";
const STATUS: &str = "/api/grn/tickets/{ticketId}/status";
const ASSIGNEE: &str = "/api/grn/tickets/{ticketId}/assignee";
const COMMENTS: &str = "/api/grn/tickets/{ticketId}/comments";
const ATTACHMENTS: &str = "/api/grn/tickets/{ticketId}/attachments";
const DOWNLOAD: &str = "/api/grn/tickets/{ticketId}/attachments/{attachmentId}/download";

/// The role table's column.
const AREA: PermissionArea = PermissionArea::GrnVerification;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_tickets, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(GET ONE => get_ticket, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(PATCH STATUS => change_ticket_status(ChangeTicketStatusRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(PATCH ASSIGNEE => assign_ticket(AssignTicketRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(POST COMMENTS => comment_on_ticket(CommentRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(
        POST ATTACHMENTS => attach_file(AttachFileForm),
        RoutePolicy::area(AREA, AccessMode::Change).limited(RateLimit::to(Class::Upload))
    ),
    route!(GET DOWNLOAD => download_attachment, RoutePolicy::area(AREA, AccessMode::Read)),
];

/// The next status of a ticket.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "status": "IN_PROGRESS", "comment": "Started investigating the quantity mismatch with vendor"
}))]
pub(crate) struct ChangeTicketStatusRequest {
    /// One step on: `OPEN`, `IN_PROGRESS`, `RESOLVED`, `CLOSED`.
    #[schema(value_type = sets::TicketStatus)]
    status: Field<String>,
    /// Added to the ticket's comments.
    #[schema(value_type = Option<String>, max_length = 10_000)]
    comment: Field<String>,
}

/// Whoever is to work on a ticket.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"assigneeId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e91"}))]
pub(crate) struct AssignTicketRequest {
    /// An active user of the team with the role OPS or ADMIN; `null` takes it from whoever has it.
    #[schema(value_type = Option<Uuid>, required)]
    assignee_id: Field<String>,
}

/// What to say of a ticket.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"content": "The vendor sends the rest on Monday"}))]
pub(crate) struct CommentRequest {
    #[schema(value_type = String, min_length = 1, max_length = 10_000)]
    content: Field<String>,
}

const UNKNOWN_ASSIGNEE: &str = "names no active user of the team with the role OPS or ADMIN";

impl RequestBody for ChangeTicketStatusRequest {
    type Domain = (TicketStatus, Option<CommentText>);
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<Self::Domain> {
        let status = faults.field("status", self.status).required(str::parse::<TicketStatus>);
        let comment = faults.field("comment", self.comment).empty_as_null().optional(CommentText::try_new);
        Some((status?, comment))
    }
}

impl RequestBody for AssignTicketRequest {
    type Domain = Option<UserId>;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<Self::Domain> {
        if self.assignee_id == Field::Null {
            return Some(None);
        }
        let assignee = faults.field("assigneeId", self.assignee_id).code("UNKNOWN_ASSIGNEE");
        assignee.required(|id| id.parse().map_err(|_| UNKNOWN_ASSIGNEE)).map(Some)
    }
}

impl RequestBody for CommentRequest {
    type Domain = CommentText;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<CommentText> {
        faults.field("content", self.content).required(CommentText::try_new)
    }
}

impl DomainError for TicketError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::NotAssignable => vec![Fault::new("assigneeId", "UNKNOWN_ASSIGNEE", UNKNOWN_ASSIGNEE)],
            Self::EmptyPeriods(_) => vec![super::empty_period()],
            _ => Vec::new(),
        }
    }
}

/// A page of tickets.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketList {
    tickets: Vec<TicketSummaryResponse>,
    pagination: CountablePagination,
}

/// A ticket after it moved on.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovedTicket {
    ticket: TicketStatusResponse,
}

/// How far a ticket is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TicketStatusResponse {
    #[schema(value_type = Uuid)]
    id: String,
    ticket_number: String,
    #[schema(value_type = sets::TicketStatus)]
    status: &'static str,
    #[schema(required)]
    resolved_at: Option<DateTime<Utc>>,
}

envelope!(
    /// A page of tickets, in its envelope.
    TicketListResponse(TicketList)
);

envelope!(
    /// A ticket, in its envelope.
    TicketShownResponse(TicketResponse)
);

envelope!(
    /// A ticket after it moved on, in its envelope.
    TicketMovedResponse(MovedTicket, message)
);

envelope!(
    /// A ticket after it was given to somebody, in its envelope.
    TicketAssignedResponse(TicketResponse, message)
);

envelope!(
    /// A comment after it was added, in its envelope.
    CommentAddedResponse(CommentResponse, "Comment added successfully")
);

envelope!(
    /// A file after it was attached, in its envelope.
    FileAttachedResponse(TicketFileResponse, "File attached successfully")
);

/// List tickets
///
/// The latest first, without their texts. A date is that whole day of the team's time zone, a time with its offset that
/// instant; both ends are included.
#[utoipa::path(
    get, path = ALL, operation_id = "listTickets", tag = "Tickets",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Tickets a page: 1 to 100, 20 by default"),
        ("status" = inline(Option<sets::TicketStatus>), Query, description = "Only those of this status"),
        ("priority" = inline(Option<sets::TicketPriority>), Query, description = "Only those of this priority"),
        ("assigneeId" = Option<Uuid>, Query, description = "Only those that this user works on"),
        ("vendorId" = Option<Uuid>, Query, description = "Only those of this vendor"),
        ("orderId" = Option<Uuid>, Query, description = "Only those of this order"),
        ("startDate" = inline(Option<DayOrTime>), Query, description = "Created then or later", example = "2024-10-01"),
        ("endDate" = inline(Option<DayOrTime>), Query, description = "Created then or earlier", example = "2024-10-31"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = TicketListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_tickets(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = TicketFilter {
        status: query.read("status", str::parse),
        priority: query.read("priority", str::parse),
        assignee: query.id("assigneeId"),
        vendor: query.id("vendorId"),
        order: query.id("orderId"),
        ..TicketFilter::default()
    };
    let created = query.period("startDate", "endDate");
    let (page, window, counted) = countable_page(query)?;
    let tickets = &call.services.receiving.tickets;
    let found = tickets.list(call.actor.team, filter, created, (window, counted)).await?;
    let pagination = CountablePagination::of(&found, page, window);
    let tickets = found.items.iter().map(TicketSummaryResponse::from).collect();
    Ok(HttpResponse::Ok().json(TicketListResponse::of(TicketList { tickets, pagination })))
}

/// Get a ticket
#[utoipa::path(
    get, path = ONE, operation_id = "getTicket", tag = "Tickets",
    responses(
        (status = 200, description = "The ticket", body = TicketShownResponse),
        (status = 404, description = "The team has no such ticket", body = OmsErrorResponse),
    ),
)]
async fn get_ticket(call: Call, PathId(id): PathId<TicketId>) -> Result<HttpResponse, ApiError> {
    let view = call.services.receiving.tickets.find(call.actor.team, id).await?;
    shown_ticket(&call, &view).await
}

/// A ticket with its files.
pub(super) async fn shown_ticket(call: &Call, view: &TicketView) -> Result<HttpResponse, ApiError> {
    let files = files_of(call, view.ticket.id).await?;
    Ok(HttpResponse::Ok().json(TicketShownResponse::of(TicketResponse::of(view, &files))))
}

async fn files_of(call: &Call, ticket: TicketId) -> Result<Vec<Attachment>, ApiError> {
    let ticket = Id::new(ticket.uuid());
    Ok(call.services.files.attachments.list_of_tickets(call.actor.team, &[ticket]).await?)
}

/// Move a ticket on
///
/// OPEN → IN_PROGRESS → RESOLVED → CLOSED, one step a call.
#[utoipa::path(
    patch, path = STATUS, operation_id = "changeTicketStatus", tag = "Tickets",
    responses(
        (status = 200, description = "The ticket as it is now", body = TicketMovedResponse, example = json!({
            "success": true, "message": "Ticket status updated to IN_PROGRESS", "data": {"ticket": {
                "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e81", "ticketNumber": "TKT-202410-001", "status": "IN_PROGRESS",
                "resolvedAt": null
            }}
        })),
        (status = 404, description = "The team has no such ticket", body = OmsErrorResponse),
        (status = 409, description = "That is not the next step", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The ticket is OPEN, which can't become CLOSED", "code": "INVALID_TRANSITION", "errors": {}
        })),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn change_ticket_status(
    call: Call,
    PathId(id): PathId<TicketId>,
    body: JsonBody<ChangeTicketStatusRequest>,
) -> Result<HttpResponse, ApiError> {
    let tickets = &call.services.receiving.tickets;
    let written = body.run(&call, |context, (to, comment)| tickets.advance(context, id, to, comment));
    send(written.await?, moved)
}

fn moved(ticket: &Ticket) -> StoredResponse {
    let status = ticket.stage.status().as_str();
    let shown = TicketStatusResponse {
        id: ticket.id.to_string(),
        ticket_number: ticket.number.to_string(),
        status,
        resolved_at: ticket.stage.resolved_at(),
    };
    let message = format!("Ticket status updated to {status}");
    json_answer(StatusCode::OK, &TicketMovedResponse::of(&message, MovedTicket { ticket: shown }))
}

/// Give a ticket to somebody
#[utoipa::path(
    patch, path = ASSIGNEE, operation_id = "assignTicket", tag = "Tickets",
    responses(
        (status = 200, description = "The ticket as it is now", body = TicketAssignedResponse),
        (status = 404, description = "The team has no such ticket", body = OmsErrorResponse),
        (status = 422, description = "Nobody who may work on tickets", body = OmsErrorResponse),
    ),
)]
async fn assign_ticket(
    call: Call,
    PathId(id): PathId<TicketId>,
    body: JsonBody<AssignTicketRequest>,
) -> Result<HttpResponse, ApiError> {
    let tickets = &call.services.receiving.tickets;
    let written = body.run(&call, |context, assignee| tickets.assign(context, id, assignee)).await?;
    let files = files_of(&call, id).await?;
    send(written, |view| {
        let message = match view.assignee {
            Some(_) => "Ticket assigned successfully",
            None => "Ticket unassigned",
        };
        json_answer(StatusCode::OK, &TicketAssignedResponse::of(message, TicketResponse::of(view, &files)))
    })
}

/// Comment on a ticket
#[utoipa::path(
    post, path = COMMENTS, operation_id = "commentOnTicket", tag = "Tickets",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The comment", body = CommentAddedResponse),
        (status = 404, description = "The team has no such ticket", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn comment_on_ticket(
    call: Call,
    PathId(id): PathId<TicketId>,
    body: JsonBody<CommentRequest>,
) -> Result<HttpResponse, ApiError> {
    let tickets = &call.services.receiving.tickets;
    let written = body.once(&call, commented, |context, content| tickets.comment(context, id, content));
    send(written.await?, commented)
}

fn commented(comment: &CommentView) -> StoredResponse {
    json_answer(StatusCode::CREATED, &CommentAddedResponse::of(comment.into()))
}
