#![doc = include_str!("../README.md")]

mod background;
mod health;
mod middleware;
mod offload;
mod openapi;
mod prelude;
mod request;
mod response;
mod routes;
mod services;
mod surfaces;

pub use background::Background;
pub use middleware::access_log_writer::{AccessLogWriter, Recording};
pub use middleware::cors::{CorsOrigins, CorsOriginsFault};
pub use middleware::pos_hosts::{PosHosts, PosHostsFault};
pub use offload::Offload;
pub use openapi::documents::{document, document_names};
pub use services::{
    AccountingServices, AuditServices, FileServices, IdentityServices, ImportServices, PlantServices,
    ProcurementServices, Readiness, ReceivingServices, SalesServices, Services,
};

use actix_web::dev::{HttpServiceFactory, ServiceRequest};
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::web;
use std::sync::LazyLock;

use crate::middleware::{access_audit, authorisation, compression, conditional, request_context};
use crate::openapi::documents;
use crate::routes::{Route, RouteTable};

/// Every route table. `/api/orders/import` stands before `/api/orders/{orderId}`.
fn tables() -> Vec<&'static [Route]> {
    use crate::surfaces::{gepard, import, mes, oms, pos};
    [
        &[health::ROUTES, documents::ROUTES],
        import::TABLES,
        mes::TABLES,
        pos::TABLES,
        gepard::TABLES,
        oms::TABLES,
    ]
    .concat()
}

static ROUTES: LazyLock<RouteTable> = LazyLock::new(|| RouteTable::new(tables()));

/// Everything the server answers, behind its middleware; the pos surface at the root of `hosts` too, and pages of `origins`
/// may call.
pub fn surfaces(
    services: web::Data<Services>,
    hosts: PosHosts,
    origins: &CorsOrigins,
) -> impl HttpServiceFactory + 'static {
    web::scope("")
        .app_data(services)
        .configure(|config| routes::register(config, &tables()))
        .wrap(from_fn(conditional::answer))
        .wrap(from_fn(|services, request, next| authorisation::authorise(&ROUTES, services, request, next)))
        .wrap(from_fn(access_audit::record))
        .wrap(from_fn(request_context::wrap))
        .wrap(from_fn(compression::compress))
        .wrap(Condition::new(!origins.is_empty(), origins.middleware()))
        .wrap(Condition::new(!origins.is_empty(), from_fn(request_context::identify)))
        .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
            middleware::pos_hosts::lead(hosts.clone(), request, next)
        }))
}

/// The MES surface as one caller's, with nobody asked who they are, counted or recorded: what authentication, limits
/// and access log cost is measured against it. Never part of the service.
#[cfg(feature = "unguarded")]
pub fn unguarded(
    services: web::Data<Services>,
    actor: kernel::access::Actor,
) -> impl HttpServiceFactory + 'static {
    use actix_web::HttpMessage;
    web::scope("")
        .app_data(services)
        .configure(|config| routes::register(config, surfaces::mes::TABLES))
        .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
            request.extensions_mut().insert(actor.clone());
            next.call(request)
        }))
        .wrap(from_fn(request_context::wrap))
}
