//! Lets a request through to its handler if its caller meets what the route's policy demands; a route that no table names is
//! refused.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError, web};
use kernel::access::{Actor, Identity, Requirement};
use kernel::error::ErrorKind;

use super::request_context::MatchedPath;
use super::{credentials, limits};
use crate::response::errors::ApiError;
use crate::response::surface::Surface;
use crate::routes::RouteTable;
use crate::services::Services;

pub(crate) async fn authorise(
    table: &RouteTable,
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(table, &request, &services).await {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => {
            let mut response = error.error_response();
            if error.code == "METHOD_NOT_ALLOWED" {
                response.headers_mut().insert(ALLOW, allowed(table, &request));
            }
            Ok(request.into_response(response))
        }
    }
}

async fn admit(table: &RouteTable, request: &ServiceRequest, services: &Services) -> Result<(), ApiError> {
    limits::look(request, services).await?;
    let path = request.extensions().get::<MatchedPath>().cloned();
    let MatchedPath(path) = path.ok_or_else(|| ApiError::not_found("Route"))?;
    let route = table.at(&path).iter().find(|route| route.method == *request.method());
    let policy = route.ok_or_else(|| ApiError::of_status(StatusCode::METHOD_NOT_ALLOWED))?.policy;
    if policy.requirement == Requirement::Public {
        return limits::take_by_address(request, services, policy.rate_limit).await;
    }
    let actor = match credentials::identify(request, Surface::of(request.path()), services).await {
        Ok(actor) => actor,
        Err(error) => return Err(limits::failed(request, services, error).await),
    };
    limits::take(request, services, policy.rate_limit, &actor).await?;
    if actor.meets(policy.requirement) { Ok(()) } else { Err(forbidden(&actor, policy.requirement)) }
}

fn forbidden(actor: &Actor, requirement: Requirement) -> ApiError {
    let message = match (&actor.identity, requirement) {
        (Identity::ApiKey { .. }, Requirement::Grant { scope, .. }) => {
            format!("This needs the scope {}", scope.as_str())
        }
        (Identity::ApiKey { .. }, _) => "This is for people: log in, an API key is not enough".into(),
        _ => "Your role does not allow this".into(),
    };
    ApiError::new(ErrorKind::Forbidden, "FORBIDDEN", message)
}

/// The methods of a path, as a 405 must list them.
fn allowed(table: &RouteTable, request: &ServiceRequest) -> HeaderValue {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.0.clone()).unwrap_or_default();
    let methods: Vec<_> = table.at(&path).iter().map(|route| route.method.as_str()).collect();
    HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
pub(crate) mod tests;
