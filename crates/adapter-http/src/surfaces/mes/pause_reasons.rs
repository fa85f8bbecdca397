//! `/api/v1/pause-reasons`.

use production_ops::Name;
use production_ops::pause_reason::{
    NewPauseReason, PauseCategory, PauseReason, PauseReasonChange, PauseReasonError, PauseReasonFilter,
    PauseReasonId,
};

use super::{MAX_LIMIT, MesErrorResponse, Pagination, fields};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;

const ALL: &str = "/api/v1/pause-reasons";
const ONE: &str = "/api/v1/pause-reasons/{pauseReasonId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_pause_reasons, RoutePolicy::granted(Scope::PauseReasonsRead, READERS)),
    route!(POST ALL => create_pause_reason(CreatePauseReasonRequest), RoutePolicy::granted(Scope::PauseReasonsWrite, WRITERS)),
    route!(GET ONE => get_pause_reason, RoutePolicy::granted(Scope::PauseReasonsRead, READERS)),
    route!(PATCH ONE => change_pause_reason(ChangePauseReasonRequest), RoutePolicy::granted(Scope::PauseReasonsWrite, WRITERS)),
];

/// A pause reason to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "Tool change", "category": "planned"}))]
pub(super) struct CreatePauseReasonRequest {
    /// No two of a team differ by case alone.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
    /// `planned` or `unplanned`.
    #[schema(value_type = sets::PauseCategory)]
    category: Field<String>,
    /// True if left out.
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

/// What to change of a pause reason; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"isActive": false}))]
pub(super) struct ChangePauseReasonRequest {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Field<String>,
    /// `planned` or `unplanned`.
    #[schema(value_type = Option<sets::PauseCategory>)]
    category: Field<String>,
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

impl RequestBody for CreatePauseReasonRequest {
    type Domain = NewPauseReason;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<NewPauseReason> {
        let name = fields::name(faults, self.name).required(Name::try_new);
        let category = category(faults, self.category).required(str::parse);
        let is_active = faults.field("isActive", self.is_active).given().unwrap_or(true);
        Some(NewPauseReason { name: name?, category: category?, is_active })
    }
}

impl RequestBody for ChangePauseReasonRequest {
    type Domain = PauseReasonChange;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<PauseReasonChange> {
        let change = PauseReasonChange {
            name: fields::name(faults, self.name).optional(Name::try_new),
            category: category(faults, self.category).optional(str::parse),
            is_active: faults.field("isActive", self.is_active).given(),
        };
        faults.some_change(change, "must have at least one of name, category, isActive")
    }
}

fn category(faults: &mut Faults, field: Field<String>) -> FieldReader<'_, String> {
    faults.field("category", field).code("UNKNOWN_VALUE").missing_hint("send planned or unplanned")
}

impl DomainError for PauseReasonError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::NameTaken => {
                let message =
                    "is taken by another pause reason, in this or another case; choose another name";
                vec![Fault::new("name", self.code(), message)]
            }
            _ => Vec::new(),
        }
    }
}

/// A pause reason.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e33", "name": "Tool change", "category": "planned", "isActive": true,
    "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-10T09:00:00Z"
}))]
pub(super) struct PauseReasonResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    #[schema(value_type = sets::PauseCategory)]
    category: &'static str,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&PauseReason> for PauseReasonResponse {
    fn from(reason: &PauseReason) -> Self {
        Self {
            id: reason.id.to_string(),
            name: reason.name.as_str().to_owned(),
            category: reason.category.as_str(),
            is_active: reason.is_active,
            created_at: reason.created_at,
            updated_at: reason.updated_at,
        }
    }
}

/// A part of the list of pause reasons.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PauseReasonListResponse {
    pause_reasons: Vec<PauseReasonResponse>,
    pagination: Pagination,
}

/// List pause reasons
///
/// By name.
#[utoipa::path(
    get, path = ALL, operation_id = "listPauseReasons", tag = "Pause reasons",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("category" = inline(Option<sets::PauseCategory>), Query, description = "Only `planned` or only `unplanned` ones"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Pause reasons left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = PauseReasonListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_pause_reasons(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = PauseReasonFilter {
        active_only: query.flag("activeOnly", true),
        category: query.read("category", str::parse::<PauseCategory>),
    };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.pause_reasons.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let pause_reasons = listing.items.iter().map(PauseReasonResponse::from).collect();
    Ok(HttpResponse::Ok().json(PauseReasonListResponse { pause_reasons, pagination }))
}

/// Create a pause reason
#[utoipa::path(
    post, path = ALL, operation_id = "createPauseReason", tag = "Pause reasons",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The pause reason", body = PauseReasonResponse),
        (status = 409, description = "A pause reason of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
)]
async fn create_pause_reason(
    call: Call,
    body: JsonBody<CreatePauseReasonRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, created, |context, new| call.services.plant.pause_reasons.create(context, new));
    send(written.await?, created)
}

fn created(reason: &PauseReason) -> StoredResponse {
    json_answer(StatusCode::CREATED, &PauseReasonResponse::from(reason))
}

/// Get a pause reason
#[utoipa::path(
    get, path = ONE, operation_id = "getPauseReason", tag = "Pause reasons",
    responses(
        (status = 200, description = "The pause reason", body = PauseReasonResponse),
        (status = 404, description = "The team has no such pause reason", body = MesErrorResponse),
    ),
)]
async fn get_pause_reason(call: Call, PathId(id): PathId<PauseReasonId>) -> Result<HttpResponse, ApiError> {
    let reason = call.services.plant.pause_reasons.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(PauseReasonResponse::from(&reason)))
}

/// Change a pause reason
///
/// Renames it, moves it to the other category, or takes it out of use (`isActive: false`): then it pauses nothing
/// any more. Pauses made with it keep it.
#[utoipa::path(
    patch, path = ONE, operation_id = "changePauseReason", tag = "Pause reasons",
    responses(
        (status = 200, description = "The pause reason as it is now", body = PauseReasonResponse),
        (status = 404, description = "The team has no such pause reason", body = MesErrorResponse),
        (status = 409, description = "Another pause reason of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
)]
async fn change_pause_reason(
    call: Call,
    PathId(id): PathId<PauseReasonId>,
    body: JsonBody<ChangePauseReasonRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, change| call.services.plant.pause_reasons.change(context, id, change));
    send(written.await?, |reason| json_answer(StatusCode::OK, &PauseReasonResponse::from(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::read;
    use crate::surfaces::mes::fields::{assert_blames, assert_faults};
    use serde_json::{Value, json};

    #[test]
    fn a_body_names_every_fault_at_once() {
        let missing = [("name", "MISSING_FIELD"), ("category", "MISSING_FIELD")];
        assert_faults::<CreatePauseReasonRequest>(json!({}), &missing);
        let body = json!({"name": "a\0", "category": "sometimes", "isActive": false});
        let faulty = [("name", "INVALID_VALUE"), ("category", "UNKNOWN_VALUE")];
        assert_faults::<CreatePauseReasonRequest>(body, &faulty);
    }

    #[test]
    fn a_new_pause_reason_is_in_use_unless_the_body_says_otherwise() {
        let is_active = |is_active: Value| {
            let body = json!({"name": "Lunch", "category": "planned", "isActive": is_active});
            read::<CreatePauseReasonRequest>(body.as_object().unwrap().clone()).unwrap().is_active
        };
        assert_eq!([json!(null), json!(true), json!(false)].map(is_active), [true, true, false]);
    }

    #[test]
    fn a_change_needs_a_field_and_leaves_the_others_alone() {
        assert_faults::<ChangePauseReasonRequest>(json!({}), &[("body", "MISSING_FIELD")]);
        let body = json!({"category": "unplanned"});
        let change = read::<ChangePauseReasonRequest>(body.as_object().unwrap().clone());
        let expected = PauseReasonChange { category: Some(PauseCategory::Unplanned), ..Default::default() };
        assert_eq!(change, Ok(expected));
        let faulty = [("name", "INVALID_VALUE"), ("category", "UNKNOWN_VALUE")];
        assert_faults::<ChangePauseReasonRequest>(json!({"name": " ", "category": ""}), &faulty);
    }

    #[test]
    fn a_taken_name_is_a_conflict_of_the_field() {
        assert_blames(PauseReasonError::NameTaken, 409, ("name", "PAUSE_REASON_NAME_TAKEN"));
    }
}
