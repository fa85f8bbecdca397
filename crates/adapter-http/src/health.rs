//! Whether the service lives, is ready, and how it does.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, http::header::ContentType};
use async_trait::async_trait;
use serde_json::json;

use crate::access::Access;
use crate::services::Services;

const LIVE: &str = "/health/live";
const READY: &str = "/health/ready";
const METRICS: &str = "/metrics";

pub(crate) const ACCESS: &[Access] = &[
    Access::public(Method::GET, LIVE),
    Access::public(Method::HEAD, LIVE),
    Access::public(Method::GET, READY),
    Access::public(Method::HEAD, READY),
    Access::public(Method::GET, METRICS),
];

/// Tells whether the service can take requests.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// `Err` names what it waits for: a database that doesn't answer, its own end.
    async fn check(&self) -> Result<(), &'static str>;
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource(LIVE).route(web::get().to(live)).route(web::head().to(live)))
        .service(web::resource(READY).route(web::get().to(ready)).route(web::head().to(ready)))
        .service(web::resource(METRICS).route(web::get().to(metrics)));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "live"}))
}

async fn ready(services: web::Data<Services>) -> HttpResponse {
    match services.readiness.check().await {
        Ok(()) => HttpResponse::Ok().json(json!({"status": "ready"})),
        Err(why) => {
            HttpResponse::ServiceUnavailable().json(json!({"status": "not ready", "waitingFor": why}))
        }
    }
}

async fn metrics(services: web::Data<Services>) -> HttpResponse {
    HttpResponse::Ok().insert_header(ContentType::plaintext()).body((services.metrics)())
}
