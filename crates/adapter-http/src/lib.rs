#![doc = include_str!("../README.md")]

mod access;
mod address;
mod background;
mod call;
mod credentials;
mod docs;
mod envelope;
mod errors;
mod form;
mod gepard;
mod health;
mod idempotency;
mod if_match;
mod import;
mod json_body;
mod json_object;
mod limits;
mod mes;
mod offload;
mod oms;
mod pos;
mod pos_hosts;
mod query;
mod recorder;
mod refusals;
mod services;
mod spool;
mod surface;
mod trail;

pub use background::Background;
pub use docs::{document, document_names};
pub use health::Readiness;
pub use offload::Offload;
pub use pos_hosts::{PosHosts, PosHostsFault};
pub use recorder::{AccessRecorder, Recording};
pub use services::{
    AccountingServices, AuditServices, FileServices, IdentityServices, ImportServices, PlantServices,
    ProcurementServices, SalesServices, Services,
};

use actix_web::dev::{HttpServiceFactory, ServiceRequest};
use actix_web::middleware::{Next, from_fn};
use actix_web::web;

/// Everything the server answers, behind its middleware; the pos surface at the root of `hosts` too.
pub fn surfaces(services: web::Data<Services>, hosts: PosHosts) -> impl HttpServiceFactory + 'static {
    web::scope("")
        .app_data(services)
        .configure(health::configure)
        .configure(docs::configure)
        .configure(import::configure)
        .configure(mes::configure)
        .configure(pos::configure)
        .configure(gepard::configure)
        .configure(oms::configure)
        .wrap(from_fn(access::authorise))
        .wrap(from_fn(trail::keep))
        .wrap(from_fn(envelope::wrap))
        .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
            pos_hosts::lead(hosts.clone(), request, next)
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
        .configure(mes::configure)
        .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
            request.extensions_mut().insert(actor.clone());
            next.call(request)
        }))
        .wrap(from_fn(envelope::wrap))
}
