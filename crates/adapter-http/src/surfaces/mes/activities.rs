//! `/api/v1/data-collection/activities`.

mod dto;

use production_ops::data_collection::{Activity, ActivityError, ActivityFilter, ActivityId};

use self::dto::{ActivityListResponse, ActivityResponse, ChangeActivityRequest, CreateActivityRequest};
use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::prelude::*;

const ALL: &str = "/api/v1/data-collection/activities";
const ONE: &str = "/api/v1/data-collection/activities/{activityId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_data_collection_activities, RoutePolicy::granted(Scope::DataCollectionRead, READERS)),
    route!(POST ALL => create_data_collection_activity(CreateActivityRequest), RoutePolicy::granted(Scope::DataCollectionWrite, WRITERS)),
    route!(GET ONE => get_data_collection_activity, RoutePolicy::granted(Scope::DataCollectionRead, READERS)),
    route!(PATCH ONE => change_data_collection_activity(ChangeActivityRequest), RoutePolicy::granted(Scope::DataCollectionWrite, WRITERS)),
];

impl DomainError for ActivityError {}

/// List data collection activities
///
/// By name.
#[utoipa::path(
    get, path = ALL, operation_id = "listDataCollectionActivities", tag = "Data collection",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Activities left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = ActivityListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_data_collection_activities(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = ActivityFilter { active_only: query.flag("activeOnly", true) };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.activities.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let activities = listing.items.iter().map(ActivityResponse::from).collect();
    Ok(HttpResponse::Ok().json(ActivityListResponse { activities, pagination }))
}

/// Create a data collection activity
#[utoipa::path(
    post, path = ALL, operation_id = "createDataCollectionActivity", tag = "Data collection",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The activity", body = ActivityResponse),
        (status = 422, description = "Faulty fields, a pattern that is none among them", body = MesErrorResponse),
    ),
)]
async fn create_data_collection_activity(
    call: Call,
    body: JsonBody<CreateActivityRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, created, |context, new| call.services.plant.activities.create(context, new));
    send(written.await?, created)
}

fn created(activity: &Activity) -> StoredResponse {
    json_answer(StatusCode::CREATED, &ActivityResponse::from(activity))
}

/// Get a data collection activity
#[utoipa::path(
    get, path = ONE, operation_id = "getDataCollectionActivity", tag = "Data collection",
    responses(
        (status = 200, description = "The activity", body = ActivityResponse),
        (status = 404, description = "The team has no such activity", body = MesErrorResponse),
    ),
)]
async fn get_data_collection_activity(
    call: Call,
    PathId(id): PathId<ActivityId>,
) -> Result<HttpResponse, ApiError> {
    let activity = call.services.plant.activities.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(ActivityResponse::from(&activity)))
}

/// Change a data collection activity
///
/// What was collected before stays as it was judged. `isActive: false` takes it out of use.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeDataCollectionActivity", tag = "Data collection",
    responses(
        (status = 200, description = "The activity as it is now", body = ActivityResponse),
        (status = 404, description = "The team has no such activity", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, a pattern that is none among them", body = MesErrorResponse),
    ),
)]
async fn change_data_collection_activity(
    call: Call,
    PathId(id): PathId<ActivityId>,
    body: JsonBody<ChangeActivityRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, change| call.services.plant.activities.change(context, id, change));
    send(written.await?, |activity| json_answer(StatusCode::OK, &ActivityResponse::from(activity)))
}
