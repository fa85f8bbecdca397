//! `/api/v1/routings`.

mod dto;

use kernel::manufacturing::Sku;
use production_ops::ports::RoutingFilter;
use production_ops::routing::{Routing, RoutingError, RoutingId, RoutingVersion};

use self::dto::{
    ChangeRoutingRequest, RoutingListResponse, RoutingRequest, RoutingResponse, RoutingSummaryResponse,
    wire_fault,
};
use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::prelude::*;

const ALL: &str = "/api/v1/routings";
const ONE: &str = "/api/v1/routings/{routingId}";

/// The most bytes of a routing: 1 MiB.
const MAX_BODY: usize = 1 << 20;

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_routings, RoutePolicy::granted(Scope::RoutingsRead, READERS)),
    route!(POST ALL => create_routing(RoutingRequest), RoutePolicy::granted(Scope::RoutingsWrite, WRITERS)),
    route!(GET ONE => get_routing, RoutePolicy::granted(Scope::RoutingsRead, READERS)),
    route!(PUT ONE => revise_routing(RoutingRequest), RoutePolicy::granted(Scope::RoutingsWrite, WRITERS)),
    route!(PATCH ONE => change_routing(ChangeRoutingRequest), RoutePolicy::granted(Scope::RoutingsWrite, WRITERS)),
];

impl DomainError for RoutingError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::NameTaken => {
                let message = "is taken by another routing, in this or another case; choose another name";
                vec![Fault::new("name", "ROUTING_NAME_TAKEN", message)]
            }
            Self::Unusable(references) => references.iter().copied().map(wire_fault).collect(),
            _ => Vec::new(),
        }
    }
}

/// List routings
///
/// By name, each in its latest version.
#[utoipa::path(
    get, path = ALL, operation_id = "listRoutings", tag = "Routings",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("productIdentifier" = Option<String>, Query, description = "Only those that make this"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Routings left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = RoutingListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_routings(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = RoutingFilter {
        active_only: query.flag("activeOnly", true),
        product: query.read("productIdentifier", Sku::try_new),
    };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.routings.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let routings = listing.items.iter().map(RoutingSummaryResponse::from).collect();
    Ok(HttpResponse::Ok().json(RoutingListResponse { routings, pagination }))
}

/// Create a routing
///
/// In use, in its version `1.0`. The body may have 1 MiB.
#[utoipa::path(
    post, path = ALL, operation_id = "createRouting", tag = "Routings",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The routing", body = RoutingResponse),
        (status = 409, description = "A routing of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, departments and activities that are unknown or out of use among them", body = MesErrorResponse),
    ),
)]
async fn create_routing(
    call: Call,
    body: JsonBody<RoutingRequest, MAX_BODY>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, created, |context, content| call.services.plant.routings.create(context, content));
    send(written.await?, created)
}

fn created(routing: &Routing) -> StoredResponse {
    json_answer(StatusCode::CREATED, &RoutingResponse::from(routing))
}

/// Get a routing
///
/// In its latest version, or in an older one: what that says never changes. Departments and activities are shown by the
/// names they have now; `isActive`, `createdAt` and `updatedAt` are the routing's, whichever version is asked for.
#[utoipa::path(
    get, path = ONE, operation_id = "getRouting", tag = "Routings",
    params(
        ("version" = Option<String>, Query, description = "`2` or `2.0`; the latest by default"),
    ),
    responses(
        (status = 200, description = "The routing", body = RoutingResponse),
        (status = 404, description = "The team has no such routing, or it has no such version", body = MesErrorResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn get_routing(
    call: Call,
    PathId(id): PathId<RoutingId>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let version = query.read("version", str::parse::<RoutingVersion>);
    let version = query.finish(Some(version))?;
    let routing = call.services.plant.routings.find(call.actor.team, id, version).await?;
    Ok(HttpResponse::Ok().json(RoutingResponse::from(&routing)))
}

/// Make a routing's next version
///
/// The body is the whole routing, as at its creation; what is left out has its default again. Orders keep the version
/// they have. Where nothing differs, no version is made. Whether it is in use stays as it is.
#[utoipa::path(
    put, path = ONE, operation_id = "reviseRouting", tag = "Routings",
    responses(
        (status = 200, description = "The routing in its latest version", body = RoutingResponse),
        (status = 404, description = "The team has no such routing", body = MesErrorResponse),
        (status = 409, description = "Another routing of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, departments and activities that are unknown or out of use among them", body = MesErrorResponse),
    ),
)]
async fn revise_routing(
    call: Call,
    PathId(id): PathId<RoutingId>,
    body: JsonBody<RoutingRequest, MAX_BODY>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, content| call.services.plant.routings.revise(context, id, content));
    send(written.await?, changed)
}

/// Take a routing into use or out of it
///
/// A routing out of use (`isActive: false`) is given to no order any more; orders that have it keep it.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeRouting", tag = "Routings",
    responses(
        (status = 200, description = "The routing as it is now", body = RoutingResponse),
        (status = 404, description = "The team has no such routing", body = MesErrorResponse),
        (status = 422, description = "`isActive` is missing or faulty", body = MesErrorResponse),
    ),
)]
async fn change_routing(
    call: Call,
    PathId(id): PathId<RoutingId>,
    body: JsonBody<ChangeRoutingRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, is_active| call.services.plant.routings.set_active(context, id, is_active));
    send(written.await?, changed)
}

fn changed(routing: &Routing) -> StoredResponse {
    json_answer(StatusCode::OK, &RoutingResponse::from(routing))
}
