//! `/api/v1/operators`.

use production_ops::operator::{
    Attendance, Badge, ClockEvent, ClockFault, NewOperator, Operator, OperatorChange, OperatorError,
    OperatorFilter, OperatorId,
};
use production_ops::{Name, Skill};

use super::{MAX_LIMIT, MesErrorResponse, Pagination, fields};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;

const ALL: &str = "/api/v1/operators";
const ONE: &str = "/api/v1/operators/{operatorId}";
const CLOCK: &str = "/api/v1/operators/{operatorId}/clock";
const ATTENDANCE: &str = "/api/v1/operators/{operatorId}/attendance";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];
/// A station at which everybody comes and goes may be logged in as one of them.
const CLOCKERS: &[Role] = &[Role::Admin, Role::Ops, Role::Operator];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_operators, RoutePolicy::granted(Scope::OperatorsRead, READERS)),
    route!(POST ALL => create_operator(CreateOperatorRequest), RoutePolicy::granted(Scope::OperatorsWrite, WRITERS)),
    route!(GET ONE => get_operator, RoutePolicy::granted(Scope::OperatorsRead, READERS)),
    route!(PATCH ONE => change_operator(ChangeOperatorRequest), RoutePolicy::granted(Scope::OperatorsWrite, WRITERS)),
    route!(POST CLOCK => clock_operator(ClockOperatorRequest), RoutePolicy::granted(Scope::OperatorsWrite, CLOCKERS)),
    route!(GET ATTENDANCE => list_attendance, RoutePolicy::granted(Scope::OperatorsRead, READERS)),
];

/// An operator to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "Ann Miller", "badge": "A-17", "skills": ["assembly", "quality_check"]}))]
pub(super) struct CreateOperatorRequest {
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
    /// Compared exactly; no two of a team have the same.
    #[schema(value_type = String, min_length = 1, max_length = 50)]
    badge: Field<String>,
    /// A set of at most 100 identifiers of at most 50 characters each, compared exactly.
    #[schema(value_type = Option<Vec<String>>)]
    skills: Field<Vec<String>>,
    /// The user of the team who this operator is. A user is one operator at most.
    #[schema(value_type = Option<Uuid>)]
    user_id: Field<String>,
    /// True if left out.
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

/// What to change of an operator; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"skills": ["assembly"], "userId": null}))]
pub(super) struct ChangeOperatorRequest {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Field<String>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50)]
    badge: Field<String>,
    /// All the operator can do from now on.
    #[schema(value_type = Option<Vec<String>>)]
    skills: Field<Vec<String>>,
    /// `null` unlinks the user.
    #[schema(value_type = Option<Uuid>)]
    user_id: Field<String>,
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

/// Coming or going.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"event": "in"}))]
pub(super) struct ClockOperatorRequest {
    /// `in` or `out`.
    #[schema(value_type = sets::ClockEvent)]
    event: Field<String>,
}

impl RequestBody for CreateOperatorRequest {
    type Domain = NewOperator;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<NewOperator> {
        let name = fields::name(faults, self.name).required(Name::try_new);
        let badge = badge(faults, self.badge).required(Badge::try_new);
        let skills = fields::skills(faults, "skills", self.skills).unwrap_or_default();
        let user = user(faults, self.user_id).optional(fields::user_id);
        let is_active = faults.field("isActive", self.is_active).given().unwrap_or(true);
        Some(NewOperator { name: name?, badge: badge?, skills, user, is_active })
    }
}

impl RequestBody for ChangeOperatorRequest {
    type Domain = OperatorChange;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<OperatorChange> {
        let change = OperatorChange {
            name: fields::name(faults, self.name).optional(Name::try_new),
            badge: badge(faults, self.badge).optional(Badge::try_new),
            skills: fields::skills(faults, "skills", self.skills),
            user: user(faults, self.user_id).change(fields::user_id),
            is_active: faults.field("isActive", self.is_active).given(),
        };
        faults.some_change(change, "must have at least one of name, badge, skills, userId, isActive")
    }
}

impl RequestBody for ClockOperatorRequest {
    type Domain = ClockEvent;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<ClockEvent> {
        let event = faults.field("event", self.event).code("UNKNOWN_VALUE");
        event.missing_hint("send in or out").required(str::parse)
    }
}

fn badge(faults: &mut Faults, field: Field<String>) -> FieldReader<'_, String> {
    faults.field("badge", field).hint("send 1 to 50 visible characters on one line")
}

fn user(faults: &mut Faults, field: Field<String>) -> FieldReader<'_, String> {
    faults.field("userId", field).code("UNKNOWN_USER")
}

impl DomainError for OperatorError {
    fn wire_faults(&self) -> Vec<Fault> {
        let (field, message) = match self {
            Self::BadgeTaken => ("badge", "is another operator's; choose another badge".to_owned()),
            Self::UserTaken => ("userId", "is linked to another operator; unlink it there first".to_owned()),
            Self::UnknownUser => return vec![fields::unknown_user()],
            Self::Clock(fault @ (ClockFault::AlreadyIn | ClockFault::AlreadyOut)) => {
                ("event", fault.to_string())
            }
            _ => return Vec::new(),
        };
        vec![Fault::new(field, self.code(), message)]
    }
}

/// An operator.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e44", "name": "Ann Miller", "badge": "A-17",
    "skills": ["assembly", "quality_check"], "userId": null, "isActive": true, "clockedIn": true,
    "clockedAt": "2025-01-20T05:58:00Z", "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-10T09:00:00Z"
}))]
pub(super) struct OperatorResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    badge: String,
    skills: Vec<String>,
    #[schema(required, value_type = Option<Uuid>)]
    user_id: Option<String>,
    is_active: bool,
    /// Whether the operator came and has not gone.
    clocked_in: bool,
    /// When the operator last came or went.
    #[schema(required)]
    clocked_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Operator> for OperatorResponse {
    fn from(operator: &Operator) -> Self {
        Self {
            id: operator.id.to_string(),
            name: operator.name.as_str().to_owned(),
            badge: operator.badge.as_str().to_owned(),
            skills: operator.skills.iter().map(|skill| skill.as_str().to_owned()).collect(),
            user_id: operator.user.map(|user| user.to_string()),
            is_active: operator.is_active,
            clocked_in: operator.is_clocked_in(),
            clocked_at: operator.attendance.map(|last| last.at),
            created_at: operator.created_at,
            updated_at: operator.updated_at,
        }
    }
}

/// A part of the list of operators.
#[derive(Serialize, ToSchema)]
pub(super) struct OperatorListResponse {
    operators: Vec<OperatorResponse>,
    pagination: Pagination,
}

/// One coming or going.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"event": "in", "at": "2025-01-20T05:58:00Z"}))]
pub(super) struct AttendanceResponse {
    /// `in` or `out`.
    #[schema(value_type = sets::ClockEvent)]
    event: &'static str,
    /// By the server's clock.
    at: DateTime<Utc>,
}

impl From<&Attendance> for AttendanceResponse {
    fn from(entry: &Attendance) -> Self {
        Self { event: entry.event.as_str(), at: entry.at }
    }
}

/// A part of an operator's attendance.
#[derive(Serialize, ToSchema)]
pub(super) struct AttendanceListResponse {
    attendance: Vec<AttendanceResponse>,
    pagination: Pagination,
}

/// List operators
///
/// By name.
#[utoipa::path(
    get, path = ALL, operation_id = "listOperators", tag = "Operators",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those in use: true by default"),
        ("skill" = Option<String>, Query, description = "Only those who have this skill, exactly"),
        ("badge" = Option<String>, Query, description = "Only the one with this badge, exactly"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Operators left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = OperatorListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_operators(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = OperatorFilter {
        active_only: query.flag("activeOnly", true),
        skill: query.read("skill", Skill::try_new),
        badge: query.read("badge", Badge::try_new),
    };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.operators.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let operators = listing.items.iter().map(OperatorResponse::from).collect();
    Ok(HttpResponse::Ok().json(OperatorListResponse { operators, pagination }))
}

/// Create an operator
#[utoipa::path(
    post, path = ALL, operation_id = "createOperator", tag = "Operators",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The operator", body = OperatorResponse),
        (status = 409, description = "Another operator has the badge or is the user", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, or an unknown user", body = MesErrorResponse),
    ),
)]
async fn create_operator(
    call: Call,
    body: JsonBody<CreateOperatorRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, created, |context, new| call.services.plant.operators.create(context, new));
    send(written.await?, created)
}

fn created(operator: &Operator) -> StoredResponse {
    json_answer(StatusCode::CREATED, &OperatorResponse::from(operator))
}

fn shown(operator: &Operator) -> StoredResponse {
    json_answer(StatusCode::OK, &OperatorResponse::from(operator))
}

/// Get an operator
#[utoipa::path(
    get, path = ONE, operation_id = "getOperator", tag = "Operators",
    responses(
        (status = 200, description = "The operator", body = OperatorResponse),
        (status = 404, description = "The team has no such operator", body = MesErrorResponse),
    ),
)]
async fn get_operator(call: Call, PathId(id): PathId<OperatorId>) -> Result<HttpResponse, ApiError> {
    let operator = call.services.plant.operators.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(OperatorResponse::from(&operator)))
}

/// Change an operator
///
/// `isActive: false` takes it out of use: then it starts nothing and is clocked in no more. What it did stays.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeOperator", tag = "Operators",
    responses(
        (status = 200, description = "The operator as it is now", body = OperatorResponse),
        (status = 404, description = "The team has no such operator", body = MesErrorResponse),
        (status = 409, description = "Another operator has the badge or is the user", body = MesErrorResponse),
        (status = 422, description = "Faulty fields, or an unknown user", body = MesErrorResponse),
    ),
)]
async fn change_operator(
    call: Call,
    PathId(id): PathId<OperatorId>,
    body: JsonBody<ChangeOperatorRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, change| call.services.plant.operators.change(context, id, change));
    send(written.await?, shown)
}

/// Clock an operator in or out
///
/// Adds to the attendance, by the server's clock.
#[utoipa::path(
    post, path = CLOCK, operation_id = "clockOperator", tag = "Operators",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours"),
    ),
    responses(
        (status = 200, description = "The operator as it is now", body = OperatorResponse),
        (status = 404, description = "The team has no such operator", body = MesErrorResponse),
        (status = 409, description = "The operator is in or out already (the code says which), or is out of use and can't come", body = MesErrorResponse),
        (status = 422, description = "The event is missing or unknown", body = MesErrorResponse),
    ),
)]
async fn clock_operator(
    call: Call,
    PathId(id): PathId<OperatorId>,
    body: JsonBody<ClockOperatorRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, shown, |context, event| call.services.plant.attendance.clock(context, id, event));
    send(written.await?, shown)
}

/// List an operator's attendance
///
/// The newest first.
#[utoipa::path(
    get, path = ATTENDANCE, operation_id = "listAttendance", tag = "Operators",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Entries left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the attendance", body = AttendanceListResponse),
        (status = 404, description = "The team has no such operator", body = MesErrorResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_attendance(
    call: Call,
    PathId(id): PathId<OperatorId>,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.plant.attendance.list(call.actor.team, id, window).await?;
    let pagination = Pagination::of(&listing, window);
    let attendance = listing.items.iter().map(AttendanceResponse::from).collect();
    Ok(HttpResponse::Ok().json(AttendanceListResponse { attendance, pagination }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::read;
    use crate::surfaces::mes::fields::{assert_blames, assert_faults};
    use kernel::change::Change;
    use serde_json::{Value, json};

    fn read_as<B: RequestBody>(body: Value) -> Result<B::Domain, Vec<Fault>> {
        read::<B>(body.as_object().unwrap().clone())
    }

    #[test]
    fn a_body_names_every_fault_at_once() {
        let missing = [("name", "MISSING_FIELD"), ("badge", "MISSING_FIELD")];
        assert_faults::<CreateOperatorRequest>(json!({}), &missing);
        let body = json!({
            "name": "a\nb", "badge": " ", "skills": ["ok", "", "\0"], "userId": "user-uuid-222"
        });
        let faulty = [
            ("name", "INVALID_VALUE"),
            ("badge", "INVALID_VALUE"),
            ("skills.1", "INVALID_VALUE"),
            ("skills.2", "INVALID_VALUE"),
            ("userId", "UNKNOWN_USER"),
        ];
        assert_faults::<CreateOperatorRequest>(body, &faulty);
    }

    #[test]
    fn an_operator_without_skills_and_user_is_one_too() {
        let new = read_as::<CreateOperatorRequest>(json!({"name": "Ann", "badge": "A-17"})).unwrap();
        assert_eq!((new.skills.len(), new.user, new.is_active), (0, None, true));
    }

    #[test]
    fn a_change_needs_a_field_and_leaves_the_others_alone() {
        assert_faults::<ChangeOperatorRequest>(json!({}), &[("body", "MISSING_FIELD")]);
        let change = read_as::<ChangeOperatorRequest>(json!({"userId": null}));
        assert_eq!(change, Ok(OperatorChange { user: Change::Clear, ..Default::default() }));
        let body = json!({"badge": "", "skills": [""], "userId": "7"});
        let faulty = [("badge", "INVALID_VALUE"), ("skills.0", "INVALID_VALUE"), ("userId", "UNKNOWN_USER")];
        assert_faults::<ChangeOperatorRequest>(body, &faulty);
    }

    #[test]
    fn clocking_needs_a_known_event() {
        let event = |event: &str| read_as::<ClockOperatorRequest>(json!({"event": event}));
        assert_eq!((event("in"), event("out")), (Ok(ClockEvent::In), Ok(ClockEvent::Out)));
        assert_faults::<ClockOperatorRequest>(json!({}), &[("event", "MISSING_FIELD")]);
        assert_faults::<ClockOperatorRequest>(json!({"event": "lunch"}), &[("event", "UNKNOWN_VALUE")]);
    }

    #[test]
    fn a_refused_operator_blames_the_field() {
        assert_blames(OperatorError::BadgeTaken, 409, ("badge", "OPERATOR_BADGE_TAKEN"));
        assert_blames(OperatorError::UserTaken, 409, ("userId", "OPERATOR_USER_TAKEN"));
        assert_blames(OperatorError::UnknownUser, 422, ("userId", "UNKNOWN_USER"));
        assert_blames(OperatorError::from(ClockFault::AlreadyIn), 409, ("event", "OPERATOR_CLOCKED_IN"));
        assert_blames(OperatorError::from(ClockFault::AlreadyOut), 409, ("event", "OPERATOR_CLOCKED_OUT"));
    }
}
