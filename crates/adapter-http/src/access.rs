//! Who may use which route. Every route declares it in its file's `ACCESS`; what no table names is refused.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError, web};
use kernel::access::{Actor, Area, Deed, Identity, Requirement, Role, Scope};
use kernel::error::ErrorKind;

use crate::envelope::Route;
use crate::errors::ApiError;
use crate::limits::{self, Limited};
use crate::services::Services;
use crate::surface::Surface;
use crate::{credentials, docs, gepard, health, import, mes, oms, pos};

/// What one route demands of its caller.
pub(crate) struct Access {
    /// The method.
    pub(crate) method: Method,
    /// The route, as it is registered.
    pub(crate) route: &'static str,
    /// The demand.
    pub(crate) requirement: Requirement,
    /// What its requests count as.
    pub(crate) limited: Limited,
}

impl Access {
    /// Anybody may.
    pub(crate) const fn public(method: Method, route: &'static str) -> Self {
        Self { method, route, requirement: Requirement::Public, limited: Limited::BY_SURFACE }
    }

    /// Keys with the scope and users with one of the roles may.
    pub(crate) const fn granted(
        method: Method,
        route: &'static str,
        scope: Scope,
        roles: &'static [Role],
    ) -> Self {
        Self { method, route, requirement: Requirement::Grant { scope, roles }, limited: Limited::BY_SURFACE }
    }

    /// Users with one of the roles may, and no key.
    pub(crate) const fn people(method: Method, route: &'static str, roles: &'static [Role]) -> Self {
        Self { method, route, requirement: Requirement::People { roles }, limited: Limited::BY_SURFACE }
    }

    /// Users whose role reaches into the area may, and no key.
    pub(crate) const fn area(method: Method, route: &'static str, area: Area, deed: Deed) -> Self {
        Self { method, route, requirement: Requirement::Area { area, deed }, limited: Limited::BY_SURFACE }
    }

    /// The same, counted otherwise than its surface says.
    pub(crate) const fn limited(mut self, limited: Limited) -> Self {
        self.limited = limited;
        self
    }
}

/// Every declaration of every surface.
pub(crate) const TABLES: &[&[Access]] = &[
    health::ACCESS,
    docs::ACCESS,
    import::orders::ACCESS,
    import::history::ACCESS,
    oms::audit::ACCESS,
    oms::auth::ACCESS,
    oms::users::ACCESS,
    oms::team::ACCESS,
    mes::api_keys::ACCESS,
    mes::departments::ACCESS,
    mes::files::ACCESS,
    mes::activities::ACCESS,
    mes::collections::ACCESS,
    mes::operations::ACCESS,
    mes::orders::ACCESS,
    mes::equipment::ACCESS,
    mes::operators::ACCESS,
    mes::pause_reasons::ACCESS,
    mes::routings::ACCESS,
    mes::work_centres::ACCESS,
    oms::vendors::ACCESS,
    oms::orders::ACCESS,
    pos::orders::ACCESS,
    pos::products::ACCESS,
    gepard::orders::ACCESS,
    gepard::invoices::ACCESS,
    oms::accounting_connection::ACCESS,
    oms::accounting_exchanges::ACCESS,
];

fn declared(route: &str) -> impl Iterator<Item = &'static Access> {
    TABLES.iter().copied().flatten().filter(move |access| access.route == route)
}

pub(crate) async fn authorise(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(&request, &services).await {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => {
            let mut response = error.error_response();
            if error.code == "METHOD_NOT_ALLOWED" {
                response.headers_mut().insert(ALLOW, allowed(&request));
            }
            Ok(request.into_response(response))
        }
    }
}

async fn admit(request: &ServiceRequest, services: &Services) -> Result<(), ApiError> {
    limits::look(request, services).await?;
    let route = request.extensions().get::<Route>().cloned();
    let Route(route) = route.ok_or_else(|| ApiError::not_found("Route"))?;
    let access = declared(&route).find(|access| access.method == *request.method());
    let access =
        access.ok_or_else(|| ApiError::of_status(actix_web::http::StatusCode::METHOD_NOT_ALLOWED))?;
    if access.requirement == Requirement::Public {
        return limits::take_by_address(request, services, access.limited).await;
    }
    let actor = match credentials::identify(request, Surface::of(request.path()), services).await {
        Ok(actor) => actor,
        Err(error) => return Err(limits::failed(request, services, error).await),
    };
    limits::take(request, services, access.limited, &actor).await?;
    if actor.meets(access.requirement) { Ok(()) } else { Err(forbidden(&actor, access.requirement)) }
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

/// The methods of a route, as a 405 must list them.
fn allowed(request: &ServiceRequest) -> HeaderValue {
    let route = request.extensions().get::<Route>().map(|route| route.0.clone()).unwrap_or_default();
    let methods: Vec<_> = declared(&route).map(|access| access.method.as_str()).collect();
    HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
pub(crate) mod tests;
