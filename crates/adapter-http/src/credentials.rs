//! From a request's headers to its actor.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::AUTHORIZATION;
use identity::AuthenticationError;
use kernel::access::Actor;
use kernel::error::ErrorKind;
use kernel::id::TeamId;

use crate::errors::ApiError;
use crate::services::Services;
use crate::surface::Surface;

const X_API_KEY: &str = "x-api-key";
const X_MES_TEAM_ID: &str = "x-mes-team-id";

/// The caller, from the credentials that the surface documents.
pub(crate) async fn actor(
    request: &ServiceRequest,
    surface: Surface,
    services: &Services,
) -> Result<Actor, ApiError> {
    let key = presented(request, surface).ok_or_else(|| ApiError::unauthorized(missing(surface)))?;
    let actor = services.authenticate_key.run(key).await.map_err(|error| match error {
        AuthenticationError::Store(error) => error.into(),
        _ => ApiError::unauthorized("The API key is not valid"),
    })?;
    if surface == Surface::Mes {
        check_team(request, &actor)?;
    }
    Ok(actor)
}

fn presented(request: &ServiceRequest, surface: Surface) -> Option<&str> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let bearer = header(AUTHORIZATION.as_str()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match surface {
        Surface::Mes => bearer,
        Surface::Import | Surface::Oms => header(X_API_KEY).or(bearer),
    }
}

const fn missing(surface: Surface) -> &'static str {
    match surface {
        Surface::Mes => "An API key is needed: Authorization: Bearer <API_KEY>",
        Surface::Import | Surface::Oms => "An API key is needed: x-api-key or Authorization: Bearer",
    }
}

/// Seed 004, *Team Scoping*: the header names the key's own team.
fn check_team(request: &ServiceRequest, actor: &Actor) -> Result<(), ApiError> {
    let header = request.headers().get(X_MES_TEAM_ID).ok_or_else(|| {
        ApiError::new(ErrorKind::Malformed, "MISSING_TEAM_ID", "The X-MES-Team-ID header is missing")
    })?;
    let team: Option<TeamId> = header.to_str().ok().and_then(|text| text.parse().ok());
    if team == Some(actor.team) {
        Ok(())
    } else {
        Err(ApiError::new(ErrorKind::Forbidden, "FORBIDDEN", "The API key does not belong to this team"))
    }
}
