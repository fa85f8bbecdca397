//! Liveness, readiness and metrics.

use actix_web::web;
use actix_web::{HttpResponse, http::header::ContentType};
use serde_json::json;

use crate::routes::{Route, RoutePolicy, undocumented_route};
use crate::services::Services;

const LIVE: &str = "/health/live";
const READY: &str = "/health/ready";
const METRICS: &str = "/metrics";

pub(crate) const ROUTES: &[Route] = &[
    undocumented_route!(GET LIVE => live, RoutePolicy::public()),
    undocumented_route!(GET READY => ready, RoutePolicy::public()),
    undocumented_route!(GET METRICS => metrics, RoutePolicy::public()),
];

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
