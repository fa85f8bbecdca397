//! Rate limits: requests are counted before they are handled, and every answer carries the caller's quota.
//!
//! Everything under `/api` and `/pos` is limited. An address that has failed to authenticate too often is refused before
//! its credentials are read. A known caller is counted in the class of the API or of the route; a public route can be
//! counted by address.

use std::net::IpAddr;

use actix_web::HttpMessage;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use identity::limits::{Bucket, Class, QuotaState, Verdict};
use kernel::access::{Actor, Identity};
use kernel::error::ErrorKind;

use crate::middleware::address;
use crate::response::errors::ApiError;
use crate::response::surface::Surface;
use crate::services::Services;

/// The class that a route's requests are counted in, where it is not that of its API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateLimit {
    people: Option<Class>,
    keys: Option<Class>,
}

impl RateLimit {
    /// The class of the API; a public route is not counted.
    pub(crate) const BY_SURFACE: Self = Self { people: None, keys: None };

    /// This class; a public route is counted by address.
    pub(crate) const fn to(class: Class) -> Self {
        Self { people: Some(class), keys: Some(class) }
    }

    /// The same, but this class for requests with an API key.
    pub(crate) const fn by_key(self, class: Class) -> Self {
        Self { keys: Some(class), ..self }
    }

    fn class(self, actor: &Actor, surface: Surface) -> Class {
        let by_key = matches!(actor.identity, Identity::ApiKey { .. });
        let own = if by_key { self.keys } else { self.people };
        own.unwrap_or(match surface {
            Surface::Mes => Class::Mes,
            Surface::Pos if by_key => Class::Pos,
            Surface::Gepard if by_key => Class::Gepard,
            Surface::Import | Surface::Pos | Surface::Gepard | Surface::Oms => Class::Standard,
        })
    }
}

fn is_limited(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/pos/")
}

/// The address that a request of an unknown caller is counted by.
fn holder(request: &ServiceRequest, services: &Services) -> Option<IpAddr> {
    address::client(request.request(), &services.trusted_proxies)
}

/// Refuses an address that has failed to authenticate too often. Counts nothing.
pub(crate) async fn look(request: &ServiceRequest, services: &Services) -> Result<(), ApiError> {
    match holder(request, services).filter(|_| is_limited(request.path())) {
        Some(address) => settle(request, services, &Bucket::of_address(Class::Address, address), false).await,
        None => Ok(()),
    }
}

/// Counts refused credentials against their address. Returns the error to answer with.
pub(crate) async fn failed(request: &ServiceRequest, services: &Services, error: ApiError) -> ApiError {
    match holder(request, services).filter(|_| error.status.is_client_error()) {
        Some(address) => {
            let counted = settle(request, services, &Bucket::of_address(Class::Address, address), true).await;
            counted.err().unwrap_or(error)
        }
        None => error,
    }
}

/// Counts a request of a public route against its address, if the route says so.
pub(crate) async fn take_by_address(
    request: &ServiceRequest,
    services: &Services,
    rate_limit: RateLimit,
) -> Result<(), ApiError> {
    match (holder(request, services), rate_limit.people) {
        (Some(address), Some(class)) => {
            settle(request, services, &Bucket::of_address(class, address), true).await
        }
        _ => Ok(()),
    }
}

/// Counts a request against its caller.
pub(crate) async fn take(
    request: &ServiceRequest,
    services: &Services,
    rate_limit: RateLimit,
    actor: &Actor,
) -> Result<(), ApiError> {
    let class = rate_limit.class(actor, Surface::of(request.path()));
    settle(request, services, &Bucket::of_caller(class, actor.reference()), true).await
}

async fn settle(
    request: &ServiceRequest,
    services: &Services,
    bucket: &Bucket,
    counting: bool,
) -> Result<(), ApiError> {
    let Some(limits) = &services.limits else { return Ok(()) };
    let (at, quotas) = (services.clock.now(), bucket.class().quotas());
    let verdict = match counting {
        true => limits.take(bucket, quotas, at).await?,
        false => limits.peek(bucket, quotas, at).await?,
    };
    let standing = Standing { verdict, at };
    let settled = if standing.verdict.allowed { Ok(()) } else { Err(standing.refusal(request, bucket)) };
    request.extensions_mut().insert(standing);
    settled
}

/// The caller's quotas, for the answer's headers.
#[derive(Debug, Clone)]
struct Standing {
    verdict: Verdict,
    at: DateTime<Utc>,
}

impl Standing {
    fn refusal(&self, request: &ServiceRequest, bucket: &Bucket) -> ApiError {
        let (surface, class) = (Surface::of(request.path()).name(), bucket.class());
        metrics::counter!("throughline_rate_limited_total", "surface" => surface, "class" => class.as_str())
            .increment(1);
        tracing::debug!(%bucket, "rate limit exceeded");
        let seconds = self.verdict.retry_after(self.at).unwrap_or(1);
        let what = match class {
            Class::Address => "too many refused requests came from this address".into(),
            _ => self.used_up().unwrap_or_default(),
        };
        let message = format!("Rate limit exceeded: {what}; try again in {seconds} s");
        ApiError {
            retry_after: Some(seconds),
            ..ApiError::new(ErrorKind::TooManyRequests, "RATE_LIMIT_EXCEEDED", message)
        }
    }

    /// The exhausted quota that resets last.
    fn used_up(&self) -> Option<String> {
        let used_up = self.verdict.states.iter().filter(|state| state.remaining == 0);
        let quota = used_up.max_by_key(|state| state.resets_at)?.quota;
        Some(format!("at most {} requests in {} s", quota.limit, quota.window_seconds))
    }

    fn write(&self, headers: &mut HeaderMap) {
        if let Some(first) = self.verdict.states.first() {
            headers.insert(X_RATELIMIT_LIMIT, first.quota.limit.into());
            headers.insert(X_RATELIMIT_REMAINING, first.remaining.into());
            headers.insert(X_RATELIMIT_RESET, epoch_seconds(first.resets_at).into());
        }
        let policy = |state: &QuotaState| {
            format!("\"{}\";q={};w={}", state.quota.name, state.quota.limit, state.quota.window_seconds)
        };
        let left = |state: &QuotaState| {
            format!("\"{}\";r={};t={}", state.quota.name, state.remaining, state.seconds_left(self.at))
        };
        for (name, value) in [(RATELIMIT_POLICY, self.list(policy)), (RATELIMIT, self.list(left))] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }

    /// A list as RFC 9651 writes it.
    fn list(&self, item: impl Fn(&QuotaState) -> String) -> String {
        self.verdict.states.iter().map(item).collect::<Vec<_>>().join(", ")
    }
}

/// The first quota of the caller's class (`docs/spec/common.md`, "Rate limits").
const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
/// draft-ietf-httpapi-ratelimit-headers-10: all of them.
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The moment in seconds since 1970, rounded up.
fn epoch_seconds(moment: DateTime<Utc>) -> i64 {
    moment.timestamp() + i64::from(moment.timestamp_subsec_nanos() > 0)
}

/// Writes the caller's quotas into an answer, if the request was counted or its address checked.
pub(crate) fn write_headers(response: &mut ServiceResponse) {
    let standing = response.request().extensions().get::<Standing>().cloned();
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
}

#[cfg(test)]
mod tests;
