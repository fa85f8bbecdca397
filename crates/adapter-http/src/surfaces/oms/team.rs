//! `/api/team`.

use identity::team::{Shift, ShiftCalendar, Team, TeamChange, TeamError, TeamName};
use kernel::money::Rate;
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::OmsErrorResponse;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::field::{FieldType, ListField, from_object};
use crate::response::envelope::envelope;

const TEAM: &str = "/api/team";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET TEAM => get_team, RoutePolicy::people(&[Role::Admin])),
    route!(PATCH TEAM => change_team(ChangeTeamRequest), RoutePolicy::people(&[Role::Admin])),
];

/// What to change of the team; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "timeZone": "Europe/Warsaw", "currency": "PLN", "taxRate": 0.23,
    "shiftCalendar": [{"name": "Early", "days": ["monday", "tuesday"], "start": "06:00", "end": "14:00"}]
}))]
pub(crate) struct ChangeTeamRequest {
    /// At most 100 characters; no two teams' names differ by case alone.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Field<String>,
    /// An IANA name.
    #[schema(value_type = Option<String>, min_length = 1)]
    time_zone: Field<String>,
    /// A code of ISO 4217.
    #[schema(value_type = Option<sets::Currency>)]
    currency: Field<String>,
    /// The tax on generated invoices: a fraction between 0 and 1 with at most four decimals.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    tax_rate: Field<Decimal>,
    /// All shifts, instead of those there are.
    #[schema(value_type = Option<Vec<ShiftResponse>>)]
    shift_calendar: Field<Shifts>,
    /// Whether who verified an invoice may not pay it.
    #[schema(value_type = Option<bool>)]
    four_eyes_payment: Field<bool>,
    /// What a missing skill does to the start of an operation: `refuse` or `warn`.
    #[schema(value_type = Option<sets::SkillCheck>)]
    skill_check: Field<String>,
}

/// A list of objects, each of which is read as one value: its first fault is that of the shift as a whole.
struct Shifts(Vec<ShiftFields>);

#[derive(Deserialize)]
struct ShiftFields {
    name: Field<String>,
    days: ListField<String>,
    start: Field<String>,
    end: Field<String>,
}

impl FieldType for Shifts {
    const DEMAND: &'static str = "must be a list of shifts";
    type Borrowed<'a> = &'a [ShiftFields];

    fn from_json(text: &str) -> Option<Self> {
        let shifts: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        shifts.into_iter().map(|shift| from_object(shift.get())).collect::<Option<_>>().map(Self)
    }

    fn borrow(&self) -> &[ShiftFields] {
        &self.0
    }
}

impl Shifts {
    fn into_domain(self, faults: &mut Faults) -> Option<ShiftCalendar> {
        let (count, mut shifts) = (self.0.len(), Vec::new());
        for (position, ShiftFields { name, days, start, end }) in self.0.into_iter().enumerate() {
            // what is missing or no text is as good as an empty one, which is none of these either
            let days = days.given().into_iter().flatten().map(|day| day.given().unwrap_or_default());
            let days: Vec<_> = days.collect();
            let [name, start, end] = [name, start, end].map(|text| text.given().unwrap_or_default());
            match Shift::try_new(&name, &days, &start, &end) {
                Ok(shift) => shifts.push(shift),
                Err(fault) => faults.add(&format!("shiftCalendar.{position}"), "INVALID_VALUE", fault),
            }
        }
        if shifts.len() < count {
            return None;
        }
        ShiftCalendar::try_new(shifts)
            .map_err(|fault| faults.add("shiftCalendar", "INVALID_VALUE", fault))
            .ok()
    }
}

impl RequestBody for ChangeTeamRequest {
    type Domain = TeamChange;
    const WORDING: Wording = Wording::LabelledIfMissing;

    fn into_domain(self, faults: &mut Faults) -> Option<TeamChange> {
        let change = TeamChange {
            name: faults.field("name", self.name).optional(TeamName::try_new),
            time_zone: faults.field("timeZone", self.time_zone).optional(str::parse),
            currency: faults.field("currency", self.currency).optional(str::parse),
            tax_rate: faults.field("taxRate", self.tax_rate).optional(Rate::try_new),
            skill_check: faults.field("skillCheck", self.skill_check).optional(str::parse),
            four_eyes_payment: faults.field("fourEyesPayment", self.four_eyes_payment).given(),
            shifts: faults
                .field("shiftCalendar", self.shift_calendar)
                .given()
                .and_then(|shifts| shifts.into_domain(faults)),
        };
        faults.some_change(
            change,
            "must have name, timeZone, currency, taxRate, shiftCalendar, fourEyesPayment or skillCheck",
        )
    }
}

impl DomainError for TeamError {}

/// A shift, in the team's time zone.
#[derive(Serialize, ToSchema)]
#[schema(as = Shift, example = json!({"name": "Early", "days": ["monday", "tuesday"], "start": "06:00", "end": "14:00"}))]
pub(crate) struct ShiftResponse {
    #[schema(min_length = 1)]
    name: String,
    /// The days it begins on.
    #[schema(value_type = Vec<sets::Weekday>, min_items = 1)]
    days: Vec<String>,
    /// HH:MM.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    start: String,
    /// HH:MM; at or before `start` it is on the next day.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    end: String,
}

impl From<&Shift> for ShiftResponse {
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
pub(crate) struct TeamResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    time_zone: &'static str,
    currency: String,
    #[schema(value_type = f64)]
    tax_rate: serde_json::Number,
    shift_calendar: Vec<ShiftResponse>,
    four_eyes_payment: bool,
    #[schema(value_type = sets::SkillCheck)]
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
            shift_calendar: settings.shifts.shifts().iter().map(ShiftResponse::from).collect(),
            four_eyes_payment: settings.four_eyes_payment,
            skill_check: settings.skill_check.as_str(),
            created_at: team.created_at,
            updated_at: team.updated_at,
        }
    }
}

envelope!(
    /// The team, in its envelope.
    TeamShownResponse(TeamResponse)
);

envelope!(
    /// The team after it was changed, in its envelope.
    TeamDoneResponse(TeamResponse, message)
);

/// Show the team's settings
#[utoipa::path(
    get, path = TEAM, operation_id = "getTeam", tag = "Team",
    responses(
        (status = 200, description = "The team", body = TeamShownResponse),
    ),
)]
async fn get_team(call: Call) -> Result<HttpResponse, ApiError> {
    let team = call.services.identity.team.find(call.actor.team).await?;
    Ok(HttpResponse::Ok().json(TeamShownResponse::of(TeamResponse::from(&team))))
}

/// Change the team's settings
///
/// A new time zone or currency holds for what is created from then on.
#[utoipa::path(
    patch, path = TEAM, operation_id = "changeTeam", tag = "Team",
    responses(
        (status = 200, description = "The team as it is now", body = TeamDoneResponse),
        (status = 409, description = "Another team has this name", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn change_team(call: Call, body: JsonBody<ChangeTeamRequest>) -> Result<HttpResponse, ApiError> {
    let written = body.run(&call, |context, change| call.services.identity.team.change(context, change));
    send(written.await?, |team| {
        json_answer(StatusCode::OK, &TeamDoneResponse::of("Team updated successfully", team.into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::{faults_of, read};
    use serde_json::json;

    #[test]
    fn every_fault_is_named_at_once() {
        let body = json!({
            "name": " ", "timeZone": "Mars", "currency": "euro", "taxRate": 18, "skillCheck": "ask", "shiftCalendar": [{}]
        });
        let fields = ["name", "timeZone", "currency", "taxRate", "skillCheck", "shiftCalendar.0"];
        let expected = fields.map(|field| (field.into(), "INVALID_VALUE".into()));
        assert_eq!(faults_of::<ChangeTeamRequest>(body), expected);
        let nothing = [("body".into(), "MISSING_FIELD".into())];
        assert_eq!(faults_of::<ChangeTeamRequest>(json!({})), nothing);
    }

    #[test]
    fn what_is_not_named_stays() {
        let body = json!({"currency": "INR"}).as_object().unwrap().clone();
        let change = TeamChange { currency: Some("INR".parse().unwrap()), ..Default::default() };
        assert_eq!(read::<ChangeTeamRequest>(body), Ok(change));
    }
}
