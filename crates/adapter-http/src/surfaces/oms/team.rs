//! `/api/team`.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use identity::team::{Shift, ShiftDraft, Team, TeamPatch};
use kernel::access::Role;
use serde::Serialize;
use utoipa::ToSchema;

use super::{OmsErrorResponse, done, shown};
use crate::request::call::Call;
use crate::request::idempotency::send;
use crate::request::json_body::JsonBody;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const TEAM: &str = "/api/team";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET TEAM => get_team, RoutePolicy::people(&[Role::Admin])),
    route!(PATCH TEAM => change_team, RoutePolicy::people(&[Role::Admin])),
];

/// What to change of the team; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change_team` reads")]
#[schema(rename_all = "camelCase", example = json!({"timeZone": "Europe/Warsaw", "currency": "PLN", "taxRate": 0.23}))]
pub(super) struct ChangeTeamRequest {
    /// At most 100 characters; no two teams' names differ by case alone.
    name: Option<String>,
    /// An IANA name.
    time_zone: Option<String>,
    /// A code of ISO 4217.
    currency: Option<String>,
    /// The tax on generated invoices: a fraction between 0 and 1 with at most four decimals.
    tax_rate: Option<f64>,
    /// All shifts, instead of those there are.
    shift_calendar: Option<Vec<ShiftSchema>>,
    /// Whether who verified an invoice may not pay it.
    four_eyes_payment: Option<bool>,
    /// What a missing skill does to the start of an operation: `refuse` or `warn`.
    skill_check: Option<String>,
}

/// A shift, in the team's time zone.
#[derive(Serialize, ToSchema)]
#[schema(as = Shift, example = json!({"name": "Early", "days": ["monday", "tuesday"], "start": "06:00", "end": "14:00"}))]
pub(super) struct ShiftSchema {
    name: String,
    /// The days it begins on.
    days: Vec<String>,
    /// HH:MM.
    start: String,
    /// HH:MM; at or before `start` it is on the next day.
    end: String,
}

impl From<&Shift> for ShiftSchema {
    fn from(shift: &Shift) -> Self {
        Self {
            name: shift.name().to_owned(),
            days: shift.days().iter().map(|day| day.as_str().to_owned()).collect(),
            start: shift.start(),
            end: shift.end(),
        }
    }
}

/// A team and its settings.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e10", "name": "Acme", "timeZone": "Europe/Warsaw", "currency": "PLN",
    "taxRate": 0.23, "shiftCalendar": [{"name": "Early", "days": ["monday", "tuesday"], "start": "06:00", "end": "14:00"}],
    "fourEyesPayment": false, "skillCheck": "refuse",
    "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
}))]
pub(super) struct TeamResponse {
    id: String,
    name: String,
    time_zone: &'static str,
    currency: String,
    #[schema(value_type = f64)]
    tax_rate: serde_json::Number,
    shift_calendar: Vec<ShiftSchema>,
    four_eyes_payment: bool,
    skill_check: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Team> for TeamResponse {
    fn from(team: &Team) -> Self {
        let settings = &team.settings;
        Self {
            id: team.id.to_string(),
            name: team.name.as_str().to_owned(),
            time_zone: settings.time_zone.name(),
            currency: settings.currency.code().to_owned(),
            // at most four decimals: the number is read back as it was given
            tax_rate: settings.tax_rate.value().to_string().parse().unwrap_or_else(|_| 0.into()),
            shift_calendar: settings.shifts.shifts().iter().map(ShiftSchema::from).collect(),
            four_eyes_payment: settings.four_eyes_payment,
            skill_check: settings.skill_check.as_str(),
            created_at: team.created_at,
            updated_at: team.updated_at,
        }
    }
}

/// Show the team's settings
#[utoipa::path(
    get, path = TEAM, operation_id = "getTeam", tag = "Team",
    responses(
        (status = 200, description = "The team; in `data`", body = TeamResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn get_team(call: Call) -> Result<HttpResponse, ApiError> {
    let team = call.services.identity.team.get(call.actor.team).await?;
    Ok(shown(TeamResponse::from(&team)))
}

/// Change the team's settings
///
/// A new time zone or currency counts for what is made from then on.
#[utoipa::path(
    patch, path = TEAM, operation_id = "changeTeam", tag = "Team",
    request_body = ChangeTeamRequest,
    responses(
        (status = 200, description = "The team as it is now; in `data`", body = TeamResponse),
        (status = 409, description = "Another team has this name", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn change_team(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read(&request, payload).await?;
    let mut fields = body.fields()?;
    let patch = TeamPatch {
        name: fields.text("name"),
        time_zone: fields.text("timeZone"),
        currency: fields.text("currency"),
        tax_rate: fields.decimal("taxRate"),
        shift_calendar: fields.list("shiftCalendar", "must be a list of shifts", ShiftDraft::from_json),
        four_eyes_payment: fields.flag("fourEyesPayment"),
        skill_check: fields.text("skillCheck"),
    };
    fields.finish(|| patch.validate())?;
    let written = call.services.identity.team.run(call.context(), &patch).await?;
    send(written, |team| done(StatusCode::OK, "Team updated successfully", TeamResponse::from(team)))
}
