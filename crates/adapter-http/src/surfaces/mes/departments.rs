//! `/api/v1/departments`.

use production_ops::Name;
use production_ops::department::{
    Department, DepartmentChange, DepartmentError, DepartmentFilter, DepartmentId,
};

use super::{MAX_LIMIT, MesErrorResponse, Pagination, fields};
use crate::prelude::*;

const ALL: &str = "/api/v1/departments";
const ONE: &str = "/api/v1/departments/{departmentId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_departments, RoutePolicy::granted(Scope::DepartmentsRead, READERS)),
    route!(POST ALL => create_department(CreateDepartmentRequest), RoutePolicy::granted(Scope::DepartmentsWrite, WRITERS)),
    route!(GET ONE => get_department, RoutePolicy::granted(Scope::DepartmentsRead, READERS)),
    route!(PATCH ONE => change_department(ChangeDepartmentRequest), RoutePolicy::granted(Scope::DepartmentsWrite, WRITERS)),
];

/// A department to create.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"name": "Assembly"}))]
pub(super) struct CreateDepartmentRequest {
    /// No two of a team differ by case alone.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
}

/// What to change of a department; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"isActive": false}))]
pub(super) struct ChangeDepartmentRequest {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Field<String>,
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

impl RequestBody for CreateDepartmentRequest {
    type Domain = Name;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<Name> {
        fields::name(faults, self.name).required(Name::try_new)
    }
}

impl RequestBody for ChangeDepartmentRequest {
    type Domain = DepartmentChange;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<DepartmentChange> {
        let change = DepartmentChange {
            name: fields::name(faults, self.name).optional(Name::try_new),
            is_active: faults.field("isActive", self.is_active).given(),
        };
        faults.some_change(change, "must have name, isActive or both")
    }
}

impl DomainError for DepartmentError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::NameTaken => {
                let message = "is taken by another department, in this or another case; choose another name";
                vec![Fault::new("name", self.code(), message)]
            }
            _ => Vec::new(),
        }
    }
}

/// A department.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly", "isActive": true,
    "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-10T09:00:00Z"
}))]
pub(super) struct DepartmentResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Department> for DepartmentResponse {
    fn from(department: &Department) -> Self {
        Self {
            id: department.id.to_string(),
            name: department.name.as_str().to_owned(),
            is_active: department.is_active,
            created_at: department.created_at,
            updated_at: department.updated_at,
        }
    }
}

/// A part of the list of departments.
#[derive(Serialize, ToSchema)]
pub(super) struct DepartmentListResponse {
    departments: Vec<DepartmentResponse>,
    pagination: Pagination,
}

/// List departments
///
/// By name.
#[utoipa::path(
    get, path = ALL, operation_id = "listDepartments", tag = "Departments",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Departments left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = DepartmentListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_departments(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = DepartmentFilter { active_only: query.flag("activeOnly", true) };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.departments.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let departments = listing.items.iter().map(DepartmentResponse::from).collect();
    Ok(HttpResponse::Ok().json(DepartmentListResponse { departments, pagination }))
}

/// Create a department
#[utoipa::path(
    post, path = ALL, operation_id = "createDepartment", tag = "Departments",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The department", body = DepartmentResponse),
        (status = 409, description = "A department of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
)]
async fn create_department(
    call: Call,
    body: JsonBody<CreateDepartmentRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, created, |context, new| call.services.plant.departments.create(context, new));
    send(written.await?, created)
}

fn created(department: &Department) -> StoredResponse {
    json_answer(StatusCode::CREATED, &DepartmentResponse::from(department))
}

/// Get a department
#[utoipa::path(
    get, path = ONE, operation_id = "getDepartment", tag = "Departments",
    responses(
        (status = 200, description = "The department", body = DepartmentResponse),
        (status = 404, description = "The team has no such department", body = MesErrorResponse),
    ),
)]
async fn get_department(call: Call, PathId(id): PathId<DepartmentId>) -> Result<HttpResponse, ApiError> {
    let department = call.services.plant.departments.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(DepartmentResponse::from(&department)))
}

/// Change a department
///
/// Renames it, or takes it out of use (`isActive: false`). Nothing that refers to it changes.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeDepartment", tag = "Departments",
    responses(
        (status = 200, description = "The department as it is now", body = DepartmentResponse),
        (status = 404, description = "The team has no such department", body = MesErrorResponse),
        (status = 409, description = "Another department of this name exists", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
)]
async fn change_department(
    call: Call,
    PathId(id): PathId<DepartmentId>,
    body: JsonBody<ChangeDepartmentRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, change| call.services.plant.departments.change(context, id, change));
    send(written.await?, |department| json_answer(StatusCode::OK, &DepartmentResponse::from(department)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surfaces::mes::fields::{assert_blames, assert_faults};
    use serde_json::json;

    #[test]
    fn a_new_department_needs_a_name() {
        assert_faults::<CreateDepartmentRequest>(json!({}), &[("name", "MISSING_FIELD")]);
        assert_faults::<CreateDepartmentRequest>(json!({"name": "a\nb"}), &[("name", "INVALID_VALUE")]);
    }

    #[test]
    fn a_change_needs_a_field() {
        assert_faults::<ChangeDepartmentRequest>(json!({}), &[("body", "MISSING_FIELD")]);
        assert_faults::<ChangeDepartmentRequest>(json!({"isActive": true}), &[]);
        assert_faults::<ChangeDepartmentRequest>(json!({"name": " "}), &[("name", "INVALID_VALUE")]);
    }

    #[test]
    fn a_taken_name_is_a_conflict_of_the_field() {
        assert_blames(DepartmentError::NameTaken, 409, ("name", "DEPARTMENT_NAME_TAKEN"));
    }
}
