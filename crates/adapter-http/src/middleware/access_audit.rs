//! Records every call of a known caller in the access log, and a refused one in the audit trail.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use audit::{AccessRecord, Refusal};
use chrono::{DateTime, Utc};
use kernel::access::Actor;

use crate::middleware::address;
use crate::middleware::request_context::{MatchedPath, RequestId};
use crate::response::errors::ApiError;
use crate::services::Services;

/// The layer between `request_context`, which assigns the request id, and `authorisation`, which finds the caller.
pub(crate) async fn record(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (at, started) = (services.clock.now(), Instant::now());
    let response = next.call(request).await?.map_into_boxed_body();
    if let Some(call) = Answered::of(&response, at) {
        if call.is_refused() {
            call.leave_entry(&services).await;
        }
        services.audit.recorder.record(call.record(&services, &response, started));
    }
    Ok(response)
}

/// Whether the caller was only asked to come back later. A flood of such calls goes to logs and metrics, not to the
/// access log (`docs/spec/common.md`, "Access log").
fn is_put_off(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

/// A call of a known caller, with its answer.
struct Answered {
    actor: Actor,
    request_id: String,
    at: DateTime<Utc>,
    route: String,
    refusal: Refusal,
    /// Whether it was refused here rather than by an accounting system whose answer is passed on.
    by_us: bool,
}

impl Answered {
    /// `None` where the caller is unknown, or nothing was done for them.
    fn of(response: &ServiceResponse, at: DateTime<Utc>) -> Option<Self> {
        let (request, status) = (response.request(), response.status());
        if is_put_off(status) {
            return None;
        }
        let extensions = request.extensions();
        let carried = response.response().extensions().get::<ApiError>().map(|error| error.code);
        Some(Self {
            actor: extensions.get::<Actor>()?.clone(),
            request_id: extensions.get::<RequestId>()?.0.clone(),
            at,
            route: extensions.get::<MatchedPath>()?.0.to_string(),
            refusal: Refusal {
                method: request.method().to_string(),
                path: request.path().to_owned(),
                status: status.as_u16(),
                code: carried.unwrap_or_else(|| ApiError::of_status(status).code).to_owned(),
            },
            by_us: carried.is_some(),
        })
    }

    /// Whether the caller asked for something forbidden, or for an id outside their team.
    fn is_refused(&self) -> bool {
        self.refusal.status == StatusCode::FORBIDDEN && self.by_us
            // a list that is 404 where a filter finds nothing has a code of its own
            || self.refusal.status == StatusCode::NOT_FOUND
                && self.refusal.code == "NOT_FOUND"
                && self.route.contains('{')
    }

    /// The answer stays as it is: an entry that can't be written is logged.
    async fn leave_entry(&self, services: &Services) {
        let recorded =
            services.audit.record_refusal.run(&self.actor, &self.request_id, self.at, &self.refusal);
        if let Err(error) = recorded.await {
            let actor = self.actor.reference();
            tracing::error!(%error, %actor, refusal = ?self.refusal, "a refusal could not be kept in the audit trail");
        }
    }

    fn record(self, services: &Services, response: &ServiceResponse, started: Instant) -> AccessRecord {
        AccessRecord {
            team: self.actor.team,
            id: services.ids.uuid(),
            at: self.at,
            actor: self.actor.reference().to_string(),
            method: self.refusal.method,
            route: self.route,
            path: self.refusal.path.chars().take(AccessRecord::MAX_PATH).collect(),
            status: self.refusal.status,
            request_id: self.request_id,
            address: address::client(response.request(), &services.trusted_proxies),
            microseconds: i32::try_from(started.elapsed().as_micros()).unwrap_or(i32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::access::Identity;
    use kernel::id::Id;
    use uuid::Uuid;

    fn answered(route: &str, status: StatusCode) -> Answered {
        let identity = Identity::System { part: "tests" };
        Answered {
            actor: Actor { team: Id::new(Uuid::nil()), identity },
            request_id: "req_1".into(),
            at: DateTime::UNIX_EPOCH,
            route: route.into(),
            refusal: Refusal {
                method: "GET".into(),
                path: "/things/7".into(),
                status: status.as_u16(),
                code: ApiError::of_status(status).code.into(),
            },
            by_us: true,
        }
    }

    #[test]
    fn what_is_forbidden_and_ids_that_are_not_the_caller_s_are_refusals() {
        for (status, with_id, without) in [
            (StatusCode::FORBIDDEN, true, true),
            (StatusCode::NOT_FOUND, true, false),
            (StatusCode::OK, false, false),
            (StatusCode::CONFLICT, false, false),
            (StatusCode::UNPROCESSABLE_ENTITY, false, false),
            (StatusCode::INTERNAL_SERVER_ERROR, false, false),
        ] {
            assert_eq!(answered("/things/{thing}", status).is_refused(), with_id, "{status}");
            assert_eq!(answered("/things", status).is_refused(), without, "{status}");
            assert!(!is_put_off(status), "{status}");
        }
        let mut nothing = answered("/things/status/{status}", StatusCode::NOT_FOUND);
        nothing.refusal.code = "NO_ORDERS_FOUND".into();
        assert!(!nothing.is_refused(), "what is not there is not somebody else's");
        let passed_on = Answered { by_us: false, ..answered("/things", StatusCode::FORBIDDEN) };
        assert!(!passed_on.is_refused(), "the accounting system's refusal is not ours");
        assert!(is_put_off(StatusCode::TOO_MANY_REQUESTS) && is_put_off(StatusCode::SERVICE_UNAVAILABLE));
    }
}
