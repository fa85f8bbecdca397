//! A request as its handler sees it, beside the body: caller, request id, time, use cases.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use chrono::{DateTime, Utc};
use identity::session::SessionId;
use kernel::access::Actor;
use kernel::write::WriteContext;

use crate::middleware::address;
use crate::middleware::request_context::RequestId;
use crate::response::errors::ApiError;
use crate::response::surface::Surface;
use crate::services::Services;

/// A request of a known caller.
pub(crate) struct Call {
    pub(crate) actor: Actor,
    /// `None` of an API key.
    pub(crate) session: Option<SessionId>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) surface: Surface,
    pub(crate) services: web::Data<Services>,
}

impl Call {
    /// The context of a change without an idempotency key.
    pub(crate) fn context<O>(&self) -> WriteContext<O> {
        WriteContext::unclaimed(&self.actor, &self.request_id, self.at)
    }
}

impl FromRequest for Call {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(call(request).ok_or_else(|| ApiError::of_status(StatusCode::INTERNAL_SERVER_ERROR)))
    }
}

/// `None` only if a handler of a public route asks for its caller.
fn call(request: &HttpRequest) -> Option<Call> {
    let services = request.app_data::<web::Data<Services>>()?.clone();
    let extensions = request.extensions();
    Some(Call {
        actor: extensions.get::<Actor>()?.clone(),
        session: extensions.get::<SessionId>().copied(),
        address: address::client(request, &services.trusted_proxies),
        request_id: extensions.get::<RequestId>()?.0.clone(),
        at: services.clock.now(),
        surface: Surface::of(request.path()),
        services,
    })
}
