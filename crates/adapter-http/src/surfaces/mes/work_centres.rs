//! `/api/v1/work-centres`.

use production_ops::Name;
use production_ops::work_centre::{
    NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreError, WorkCentreFilter, WorkCentreId,
    WorkCentreNumber,
};

use super::{MAX_LIMIT, MesErrorResponse, Pagination, fields};
use crate::prelude::*;

const ALL: &str = "/api/v1/work-centres";
const ONE: &str = "/api/v1/work-centres/{workCentreId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_work_centres, RoutePolicy::granted(Scope::WorkCentresRead, READERS)),
    route!(POST ALL => create_work_centre(CreateWorkCentreRequest), RoutePolicy::granted(Scope::WorkCentresWrite, WRITERS)),
    route!(GET ONE => get_work_centre, RoutePolicy::granted(Scope::WorkCentresRead, READERS)),
    route!(PATCH ONE => change_work_centre(ChangeWorkCentreRequest), RoutePolicy::granted(Scope::WorkCentresWrite, WRITERS)),
];

/// A work centre to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"number": 60, "name": "Final Assembly", "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11"}))]
pub(super) struct CreateWorkCentreRequest {
    /// What imports call it (`work_centre_id`); unique in the team. The one after the highest if left out.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 2147483647)]
    number: Field<i64>,
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
    #[schema(value_type = Uuid)]
    department_id: Field<String>,
}

/// What to change of a work centre; what is left out stays. Its number never changes.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "Final Assembly 2"}))]
pub(super) struct ChangeWorkCentreRequest {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Field<String>,
    #[schema(value_type = Option<Uuid>)]
    department_id: Field<String>,
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

impl RequestBody for CreateWorkCentreRequest {
    type Domain = NewWorkCentre;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<NewWorkCentre> {
        let number = faults.field("number", self.number).code("OUT_OF_RANGE");
        let number = number.hint("leave it out to get the next free one").optional(WorkCentreNumber::try_new);
        let name = fields::name(faults, self.name).required(Name::try_new);
        let department = fields::department(faults, self.department_id).required(fields::department_id);
        Some(NewWorkCentre { number, name: name?, department: department? })
    }
}

impl RequestBody for ChangeWorkCentreRequest {
    type Domain = WorkCentreChange;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<WorkCentreChange> {
        let change = WorkCentreChange {
            name: fields::name(faults, self.name).optional(Name::try_new),
            department: fields::department(faults, self.department_id).optional(fields::department_id),
            is_active: faults.field("isActive", self.is_active).given(),
        };
        faults.some_change(change, "must have at least one of name, departmentId, isActive")
    }
}

impl DomainError for WorkCentreError {
    fn wire_faults(&self) -> Vec<Fault> {
        let message = match self {
            Self::NumberTaken => {
                "is taken by another work centre; choose another, or leave it out to get the next free one"
            }
            Self::NumbersUsedUp(_) => {
                "must be given, because there is none after the highest one in use; choose a free number"
            }
            Self::UnknownDepartment => return vec![fields::unknown_department()],
            _ => return Vec::new(),
        };
        vec![Fault::new("number", self.code(), message)]
    }
}

/// A work centre.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e22", "number": 60, "name": "Final Assembly",
    "departmentId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "isActive": true,
    "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-10T09:00:00Z"
}))]
pub(super) struct WorkCentreResponse {
    #[schema(value_type = Uuid)]
    id: String,
    number: i32,
    name: String,
    #[schema(value_type = Uuid)]
    department_id: String,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&WorkCentre> for WorkCentreResponse {
    fn from(work_centre: &WorkCentre) -> Self {
        Self {
            id: work_centre.id.to_string(),
            number: work_centre.number.get(),
            name: work_centre.name.as_str().to_owned(),
            department_id: work_centre.department.to_string(),
            is_active: work_centre.is_active,
            created_at: work_centre.created_at,
            updated_at: work_centre.updated_at,
        }
    }
}

/// A part of the list of work centres.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkCentreListResponse {
    work_centres: Vec<WorkCentreResponse>,
    pagination: Pagination,
}

/// List work centres
///
/// By number.
#[utoipa::path(
    get, path = ALL, operation_id = "listWorkCentres", tag = "Work centres",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("departmentId" = Option<Uuid>, Query, description = "Only those of this department"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Work centres left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = WorkCentreListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_work_centres(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = WorkCentreFilter {
        active_only: query.flag("activeOnly", true),
        department: query.id("departmentId"),
    };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.work_centres.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let work_centres = listing.items.iter().map(WorkCentreResponse::from).collect();
    Ok(HttpResponse::Ok().json(WorkCentreListResponse { work_centres, pagination }))
}

/// Create a work centre
#[utoipa::path(
    post, path = ALL, operation_id = "createWorkCentre", tag = "Work centres",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The work centre", body = WorkCentreResponse),
        (status = 409, description = "A work centre of this number exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, or an unknown department", body = MesErrorResponse),
    ),
)]
async fn create_work_centre(
    call: Call,
    body: JsonBody<CreateWorkCentreRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, created, |context, new| call.services.plant.work_centres.create(context, new));
    send(written.await?, created)
}

fn created(work_centre: &WorkCentre) -> StoredResponse {
    json_answer(StatusCode::CREATED, &WorkCentreResponse::from(work_centre))
}

/// Get a work centre
#[utoipa::path(
    get, path = ONE, operation_id = "getWorkCentre", tag = "Work centres",
    responses(
        (status = 200, description = "The work centre", body = WorkCentreResponse),
        (status = 404, description = "The team has no such work centre", body = MesErrorResponse),
    ),
)]
async fn get_work_centre(call: Call, PathId(id): PathId<WorkCentreId>) -> Result<HttpResponse, ApiError> {
    let work_centre = call.services.plant.work_centres.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(WorkCentreResponse::from(&work_centre)))
}

/// Change a work centre
///
/// Renames it, moves it to another department, or takes it out of use (`isActive: false`).
#[utoipa::path(
    patch, path = ONE, operation_id = "changeWorkCentre", tag = "Work centres",
    responses(
        (status = 200, description = "The work centre as it is now", body = WorkCentreResponse),
        (status = 404, description = "The team has no such work centre", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, or an unknown department", body = MesErrorResponse),
    ),
)]
async fn change_work_centre(
    call: Call,
    PathId(id): PathId<WorkCentreId>,
    body: JsonBody<ChangeWorkCentreRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, change| call.services.plant.work_centres.change(context, id, change));
    send(written.await?, |work_centre| json_answer(StatusCode::OK, &WorkCentreResponse::from(work_centre)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surfaces::mes::fields::{assert_blames, assert_faults};
    use production_ops::work_centre::NumbersUsedUp;
    use serde_json::json;

    #[test]
    fn a_body_names_every_fault_at_once() {
        let missing = [("name", "MISSING_FIELD"), ("departmentId", "MISSING_FIELD")];
        assert_faults::<CreateWorkCentreRequest>(json!({}), &missing);
        let body = json!({"number": 0, "name": "", "departmentId": "dept-1"});
        let faulty =
            [("number", "OUT_OF_RANGE"), ("name", "INVALID_VALUE"), ("departmentId", "UNKNOWN_DEPARTMENT")];
        assert_faults::<CreateWorkCentreRequest>(body, &faulty);
    }

    #[test]
    fn a_change_needs_a_field_and_names_every_fault_at_once() {
        assert_faults::<ChangeWorkCentreRequest>(json!({}), &[("body", "MISSING_FIELD")]);
        let body = json!({"name": "\0", "departmentId": "7"});
        let faulty = [("name", "INVALID_VALUE"), ("departmentId", "UNKNOWN_DEPARTMENT")];
        assert_faults::<ChangeWorkCentreRequest>(body, &faulty);
    }

    #[test]
    fn a_refused_work_centre_blames_the_field() {
        assert_blames(WorkCentreError::NumberTaken, 409, ("number", "WORK_CENTRE_NUMBER_TAKEN"));
        assert_blames(WorkCentreError::from(NumbersUsedUp), 409, ("number", "WORK_CENTRE_NUMBERS_USED_UP"));
        assert_blames(WorkCentreError::UnknownDepartment, 422, ("departmentId", "UNKNOWN_DEPARTMENT"));
    }
}
