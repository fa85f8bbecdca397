//! `/api/v1/equipment`.

mod dto;

use actix_web::web::Path;
use equipment::ports::EquipmentFilter;
use equipment::{EquipmentStatus, Receipt, Tag};

use self::dto::{
    AlarmListResponse, AlarmResponse, EquipmentListResponse, EquipmentResponse, ReportEquipmentRequest,
    ReportedEquipmentResponse, SampleListResponse, SampleResponse,
};
use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::DayOrTime;
use crate::prelude::*;

const ALL: &str = "/api/v1/equipment";
const STATUS: &str = "/api/v1/equipment/status";
const ONE: &str = "/api/v1/equipment/{equipmentId}";
const SAMPLES: &str = "/api/v1/equipment/{equipmentId}/samples";
const ALARMS: &str = "/api/v1/equipment/{equipmentId}/alarms";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
/// A station may report for the machine that it stands at.
const REPORTERS: &[Role] = &[Role::Admin, Role::Ops, Role::Operator];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_equipment, RoutePolicy::granted(Scope::EquipmentRead, READERS)),
    route!(POST STATUS => report_equipment_status(ReportEquipmentRequest), RoutePolicy::granted(Scope::EquipmentWrite, REPORTERS)),
    route!(GET ONE => get_equipment, RoutePolicy::granted(Scope::EquipmentRead, READERS)),
    route!(GET SAMPLES => list_equipment_samples, RoutePolicy::granted(Scope::EquipmentRead, READERS)),
    route!(GET ALARMS => list_equipment_alarms, RoutePolicy::granted(Scope::EquipmentRead, READERS)),
];

/// Report as equipment
///
/// The first report registers the equipment. Every sample is stored, for 90 days; one of a moment that has a sample is a
/// repetition and is not stored again, whatever it says. A sample that is not newer than the newest changes nothing else:
/// it is acknowledged with the status it reports and without actions, so it may be sent again at will.
///
/// An alarm is raised when it appears, and anew when it comes back or its severity rises; it is cleared when a report
/// lacks it. `actions` has one `alert` for each alarm raised at `warning` or `critical`, with the alarm's own message.
/// Each raised alarm is announced once by the event `equipment.alarm`, each change of status by `equipment.status_changed`.
/// The audit trail has the registration, changes of status and of department; samples and alarms are records themselves.
#[utoipa::path(
    post, path = STATUS, operation_id = "reportEquipmentStatus", tag = "Equipment",
    responses(
        (status = 200, description = "The receipt", body = ReportedEquipmentResponse),
        (status = 422, description = "Faulty fields, an unknown department or operation among them", body = MesErrorResponse),
    ),
)]
async fn report_equipment_status(
    call: Call,
    body: JsonBody<ReportEquipmentRequest>,
) -> Result<HttpResponse, ApiError> {
    let written = body.run(&call, |context, report| call.services.equipment.report(context, report));
    send(written.await?, acknowledged)
}

fn acknowledged(receipt: &Receipt) -> StoredResponse {
    json_answer(StatusCode::OK, &ReportedEquipmentResponse::from(receipt))
}

/// List equipment
///
/// By `equipmentId`.
#[utoipa::path(
    get, path = ALL, operation_id = "listEquipment", tag = "Equipment",
    params(
        ("status" = inline(Option<sets::EquipmentStatus>), Query, description = "Only what is `running`, `idle`, `down` or under `maintenance`"),
        ("departmentId" = Option<Uuid>, Query, description = "Only what stands in this department"),
        ("alarm" = Option<bool>, Query, description = "`true`: only what has an open alarm; `false`: only what has none"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Equipment left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = EquipmentListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_equipment(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = EquipmentFilter {
        status: query.read("status", str::parse::<EquipmentStatus>),
        department: query.read("departmentId", |text| text.parse().map_err(|_| "must be a UUID")),
        alarm: query.read("alarm", |text| text.parse::<bool>().map_err(|_| "must be true or false")),
    };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.equipment.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let equipment = listing.items.iter().map(EquipmentResponse::from).collect();
    Ok(HttpResponse::Ok().json(EquipmentListResponse { equipment, pagination }))
}

/// Get equipment
///
/// By its `equipmentId`, percent-encoded where it holds what an address may not.
#[utoipa::path(
    get, path = ONE, operation_id = "getEquipment", tag = "Equipment",
    params(("equipmentId" = String, Path, description = "The name it reports under")),
    responses(
        (status = 200, description = "The equipment, as its newest sample has it", body = EquipmentResponse),
        (status = 404, description = "The team has no such equipment", body = MesErrorResponse),
    ),
)]
async fn get_equipment(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let equipment = call.services.equipment.find(call.actor.team, tag(&id)?).await?;
    Ok(HttpResponse::Ok().json(EquipmentResponse::from(&equipment)))
}

/// List an equipment's samples
///
/// The newest first, as they came in; late ones stand where they were taken. They are kept for 90 days.
#[utoipa::path(
    get, path = SAMPLES, operation_id = "listEquipmentSamples", tag = "Equipment",
    params(
        ("equipmentId" = String, Path, description = "The name it reports under"),
        ("fromDate" = inline(Option<DayOrTime>), Query, description = "A time, or a day of the team's time zone (inclusive)"),
        ("toDate" = inline(Option<DayOrTime>), Query, description = "A time, or a day of the team's time zone (inclusive)"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Samples left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the samples", body = SampleListResponse),
        (status = 404, description = "The team has no such equipment", body = MesErrorResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_equipment_samples(
    call: Call,
    id: Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let tag = tag(&id)?;
    let period = query.period("fromDate", "toDate");
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.equipment.samples(call.actor.team, tag, period, window).await?;
    let pagination = Pagination::of(&listing, window);
    let samples = listing.items.iter().map(SampleResponse::from).collect();
    Ok(HttpResponse::Ok().json(SampleListResponse { samples, pagination }))
}

/// List an equipment's alarms
///
/// Every alarm that it ever raised, the newest first, as it was when it was raised.
#[utoipa::path(
    get, path = ALARMS, operation_id = "listEquipmentAlarms", tag = "Equipment",
    params(
        ("equipmentId" = String, Path, description = "The name it reports under"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Alarms left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the alarms", body = AlarmListResponse),
        (status = 404, description = "The team has no such equipment", body = MesErrorResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_equipment_alarms(call: Call, id: Path<String>, query: Query) -> Result<HttpResponse, ApiError> {
    let tag = tag(&id)?;
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.equipment.alarms(call.actor.team, tag, window).await?;
    let pagination = Pagination::of(&listing, window);
    let alarms = listing.items.iter().map(AlarmResponse::from).collect();
    Ok(HttpResponse::Ok().json(AlarmListResponse { alarms, pagination }))
}

fn tag(text: &str) -> Result<Tag, ApiError> {
    Tag::try_new(text).map_err(|_| ApiError::not_found("Equipment"))
}
