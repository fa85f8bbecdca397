//! Finds the caller by the request's headers.

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use identity::{ApiKeyText, AuthenticationError, Caller, Purpose};
use kernel::access::Actor;
use kernel::error::ErrorKind;
use kernel::id::TeamId;

use crate::middleware::address;
use crate::response::errors::ApiError;
use crate::response::surface::Surface;
use crate::services::Services;

const NOT_VALID: &str = "The API key or access token is not valid";
const X_API_KEY: &str = "x-api-key";
const X_MES_TEAM_ID: &str = "x-mes-team-id";

/// Finds the caller by the credentials that the API documents, and puts them into the request's extensions, also where
/// the caller is known and refused.
pub(crate) async fn identify(
    request: &ServiceRequest,
    surface: Surface,
    services: &Services,
) -> Result<Actor, ApiError> {
    let presented = presented(request, surface).ok_or_else(|| ApiError::unauthorized(missing(surface)))?;
    if has_key(request, surface) && ApiKeyText::parse(presented).is_none() {
        return Err(ApiError::unauthorized(NOT_VALID));
    }
    let address = address::client(request.request(), &services.trusted_proxies);
    let found = services.authenticate.run(presented, address, purpose(request.method())).await;
    let Caller { actor, session } = match found {
        Ok(caller) => caller,
        Err(AuthenticationError::AddressNotAllowed(actor)) => {
            request.extensions_mut().insert(actor);
            return Err(forbidden("The API key may not be used from this address"));
        }
        Err(AuthenticationError::Store(error)) => return Err(error.into()),
        Err(_) => return Err(ApiError::unauthorized(NOT_VALID)),
    };
    request.extensions_mut().insert(actor.clone());
    if let Some(session) = session {
        request.extensions_mut().insert(session);
    }
    if surface == Surface::Mes {
        check_team(request, &actor)?;
    }
    Ok(actor)
}

fn purpose(method: &Method) -> Purpose {
    if *method == Method::GET || *method == Method::HEAD { Purpose::Read } else { Purpose::Write }
}

fn presented(request: &ServiceRequest, surface: Surface) -> Option<&str> {
    let bearer = single(request, AUTHORIZATION.as_str()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match surface {
        Surface::Mes => bearer,
        Surface::Import | Surface::Pos | Surface::Gepard | Surface::Oms if has_key(request, surface) => {
            single(request, X_API_KEY)
        }
        Surface::Import | Surface::Pos | Surface::Gepard | Surface::Oms => bearer,
    }
}

/// Whether the request says that it comes with an API key, and nothing else will do.
fn has_key(request: &ServiceRequest, surface: Surface) -> bool {
    surface != Surface::Mes && request.headers().contains_key(X_API_KEY)
}

/// A header that is sent once: of two, readers would disagree which one counts.
fn single<'a>(request: &'a ServiceRequest, name: &str) -> Option<&'a str> {
    let mut values = request.headers().get_all(name);
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

const fn missing(surface: Surface) -> &'static str {
    match surface {
        Surface::Mes => "An API key or access token is needed: Authorization: Bearer <API_KEY>",
        Surface::Import | Surface::Pos => {
            "An API key or access token is needed: x-api-key or Authorization: Bearer"
        }
        Surface::Gepard => "An API key is needed: x-api-key",
        Surface::Oms => "An access token is needed: log in, then send Authorization: Bearer <access_token>",
    }
}

/// The header `X-MES-Team-ID` must name the caller's own team (`docs/spec/mes.md`, "Access").
fn check_team(request: &ServiceRequest, actor: &Actor) -> Result<(), ApiError> {
    let header =
        request.headers().get(X_MES_TEAM_ID).filter(|header| !header.is_empty()).ok_or_else(|| {
            ApiError::new(ErrorKind::Malformed, "MISSING_TEAM_ID", "The X-MES-Team-ID header is missing")
        })?;
    let team: Option<TeamId> = header.to_str().ok().and_then(|text| text.parse().ok());
    if team == Some(actor.team) {
        Ok(())
    } else {
        Err(forbidden("The credentials do not belong to this team"))
    }
}

fn forbidden(message: &str) -> ApiError {
    ApiError::new(ErrorKind::Forbidden, "FORBIDDEN", message)
}
