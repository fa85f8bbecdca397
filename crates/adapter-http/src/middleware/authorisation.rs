//! Lets a request through to its handler if its caller meets what the route's policy demands; a route that no table names is
//! refused.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use kernel::access::{Actor, Identity, Requirement};
use kernel::error::ErrorKind;

use super::limits::RateLimit;
use super::request_context::MatchedPath;
use super::{credentials, limits};
use crate::request::query::Query;
use crate::response::errors::ApiError;
use crate::response::surface::Surface;
use crate::routes::{DeclaredRoute, RouteTable};
use crate::services::Services;

pub(crate) async fn authorise(
    table: &'static RouteTable,
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = match admit(table, &request, &services).await {
        Ok(()) if request.method() == Method::OPTIONS => HttpResponse::NoContent().finish(),
        Ok(()) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => error.error_response(),
    };
    if request.method() == Method::OPTIONS || response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let methods = matched(&request).map(|path| table.methods(&path).join(", ")).unwrap_or_default();
        let methods = HeaderValue::from_str(&methods).unwrap_or(HeaderValue::from_static(""));
        response.headers_mut().insert(ALLOW, methods);
    }
    Ok(request.into_response(response))
}

async fn admit(
    table: &'static RouteTable,
    request: &ServiceRequest,
    services: &Services,
) -> Result<(), ApiError> {
    limits::look(request, services).await?;
    let path = matched(request).ok_or_else(|| unknown_route(request))?;
    if request.method() == Method::OPTIONS {
        return limits::take_by_address(request, services, RateLimit::BY_SURFACE).await;
    }
    let declared = table.find(&path, request.method());
    let declared = declared.ok_or_else(|| ApiError::of_status(StatusCode::METHOD_NOT_ALLOWED))?;
    let policy = declared.route.policy;
    if policy.requirement == Requirement::Public {
        limits::take_by_address(request, services, policy.rate_limit).await?;
    } else {
        let actor = match credentials::identify(request, Surface::of(request.path()), services).await {
            Ok(actor) => actor,
            Err(error) => return Err(limits::failed(request, services, error).await),
        };
        limits::take(request, services, policy.rate_limit, &actor).await?;
        if !actor.meets(policy.requirement) {
            return Err(forbidden(&actor, policy.requirement));
        }
    }
    read_query(declared, request)
}

/// The refusal of a path that is not declared; a slash at its end that is one too many is named.
fn unknown_route(request: &ServiceRequest) -> ApiError {
    let without_slash = request.path().trim_end_matches('/');
    let is_known =
        without_slash != request.path() && request.resource_map().match_pattern(without_slash).is_some();
    let mut unknown = ApiError::not_found("Route");
    if is_known {
        unknown.message.push_str("; leave out the slash at its end");
    }
    unknown
}

/// The path that is declared for the request.
fn matched(request: &ServiceRequest) -> Option<Arc<str>> {
    request.extensions().get::<MatchedPath>().map(|path| path.0.clone())
}

/// Parses the query for the handler, or refuses it where the handler takes none.
fn read_query(declared: &'static DeclaredRoute, request: &ServiceRequest) -> Result<(), ApiError> {
    let Some(parameters) = &declared.parameters else { return Ok(()) };
    let query = Query::parse(request.query_string(), parameters)?;
    if parameters.is_empty() {
        return query.finish(Some(()));
    }
    request.extensions_mut().insert(query);
    Ok(())
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

#[cfg(test)]
pub(crate) mod tests;
