//! `/api/grn`.

mod dto;
mod verification;

use grn_ticketing::ports::{ReceiptFilter, VerificationState};
use grn_ticketing::receipt::GoodsReceiptId;
use kernel::access::{AccessMode, PermissionArea};
use kernel::period::PeriodRequest;

use self::dto::GoodsReceiptDetail;
pub(super) use self::dto::GoodsReceiptResponse;
use self::verification::{__path_verify_goods_receipt, VerifyGoodsReceiptRequest, verify_goods_receipt};
use super::tickets::{TicketShownResponse, shown_ticket};
use super::{CountablePagination, OmsErrorResponse, countable_page};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;
use crate::response::envelope::envelope;

const ALL: &str = "/api/grn";
const PENDING: &str = "/api/grn/pending";
const VERIFY: &str = "/api/grn/verify";
const ONE: &str = "/api/grn/{grnId}";
const TICKET: &str = "/api/grn/{grnId}/ticket";

/// The role table's column.
const AREA: PermissionArea = PermissionArea::GrnVerification;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET PENDING => list_pending_receipts, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST VERIFY => verify_goods_receipt(VerifyGoodsReceiptRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(GET ALL => list_goods_receipts, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(GET ONE => get_goods_receipt, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(GET TICKET => get_ticket_of_receipt, RoutePolicy::area(AREA, AccessMode::Read)),
];

/// A page of goods receipts.
#[derive(Serialize, ToSchema)]
pub(crate) struct GoodsReceiptList {
    grns: Vec<GoodsReceiptResponse>,
    pagination: CountablePagination,
}

envelope!(
    /// What awaits verification, in its envelope.
    PendingReceiptsResponse(GoodsReceiptList, "Pending GRNs retrieved successfully")
);

envelope!(
    /// A page of goods receipts, in its envelope.
    GoodsReceiptListResponse(GoodsReceiptList)
);

envelope!(
    /// A goods receipt, in its envelope.
    GoodsReceiptShownResponse(GoodsReceiptDetail)
);

/// List goods receipts that await verification
///
/// In whole or in part, the oldest first.
#[utoipa::path(
    get, path = PENDING, operation_id = "listPendingGoodsReceipts", tag = "Goods receipts",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Goods receipts a page: 1 to 100, 20 by default"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = PendingReceiptsResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_pending_receipts(call: Call, query: Query) -> Result<HttpResponse, ApiError> {
    let filter = ReceiptFilter { state: Some(VerificationState::Open), ..ReceiptFilter::default() };
    let list = list(&call, filter, PeriodRequest::default(), query).await?;
    Ok(HttpResponse::Ok().json(PendingReceiptsResponse::of(list)))
}

/// List goods receipts
///
/// The latest first. A date is that whole day of the team's time zone, a time with its offset that instant; both ends are
/// included.
#[utoipa::path(
    get, path = ALL, operation_id = "listGoodsReceipts", tag = "Goods receipts",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Goods receipts a page: 1 to 100, 20 by default"),
        ("status" = inline(Option<sets::ReceiptStatus>), Query, description = "Only those of this status"),
        ("vendorId" = Option<Uuid>, Query, description = "Only those of this vendor"),
        ("orderId" = Option<Uuid>, Query, description = "Only those of this order"),
        ("startDate" = inline(Option<DayOrTime>), Query, description = "Received then or later", example = "2024-10-01"),
        ("endDate" = inline(Option<DayOrTime>), Query, description = "Received then or earlier", example = "2024-10-31"),
        ("total" = Option<bool>, Query, description = "`false` leaves `totalItems` and `totalPages` out (`null`)"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = GoodsReceiptListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_goods_receipts(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = ReceiptFilter {
        state: query.read("status", str::parse).map(VerificationState::Status),
        vendor: query.id("vendorId"),
        order: query.id("orderId"),
        ..ReceiptFilter::default()
    };
    let received = query.period("startDate", "endDate");
    let list = list(&call, filter, received, query).await?;
    Ok(HttpResponse::Ok().json(GoodsReceiptListResponse::of(list)))
}

async fn list(
    call: &Call,
    filter: ReceiptFilter,
    received: PeriodRequest,
    query: Query,
) -> Result<GoodsReceiptList, ApiError> {
    let (page, window, counted) = countable_page(query)?;
    let receipts = &call.services.receiving.receipts;
    let found = receipts.list(call.actor.team, filter, received, (window, counted)).await?;
    let pagination = CountablePagination::of(&found, page, window);
    Ok(GoodsReceiptList { grns: found.items.iter().map(GoodsReceiptResponse::from).collect(), pagination })
}

/// Get a goods receipt
#[utoipa::path(
    get, path = ONE, operation_id = "getGoodsReceipt", tag = "Goods receipts",
    responses(
        (status = 200, description = "The goods receipt", body = GoodsReceiptShownResponse),
        (status = 404, description = "The team has no such goods receipt", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Goods receipt not found", "code": "NOT_FOUND", "errors": {}
        })),
    ),
)]
async fn get_goods_receipt(call: Call, PathId(id): PathId<GoodsReceiptId>) -> Result<HttpResponse, ApiError> {
    let (team, receiving) = (call.actor.team, &call.services.receiving);
    let view = receiving.receipts.find(team, id).await?;
    let comments = match &view.ticket {
        Some(ticket) => receiving.tickets.find(team, ticket.id).await?.comments,
        None => Vec::new(),
    };
    let detail = GoodsReceiptDetail::of(&view, &comments);
    Ok(HttpResponse::Ok().json(GoodsReceiptShownResponse::of(detail)))
}

/// Get the ticket of a goods receipt
///
/// The latest, if it has had several.
#[utoipa::path(
    get, path = TICKET, operation_id = "getTicketOfGoodsReceipt", tag = "Tickets",
    responses(
        (status = 200, description = "The ticket", body = TicketShownResponse),
        (status = 404, description = "The team has no such goods receipt, or that has no ticket", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Ticket not found", "code": "NOT_FOUND", "errors": {}
        })),
    ),
)]
async fn get_ticket_of_receipt(
    call: Call,
    PathId(id): PathId<GoodsReceiptId>,
) -> Result<HttpResponse, ApiError> {
    let view = call.services.receiving.tickets.of_receipt(call.actor.team, id).await?;
    shown_ticket(&call, &view).await
}
