//! `/_sandbox`: injects faults and shows the ledger.

use std::sync::atomic::Ordering;

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data, ServiceConfig};

use super::State;
use super::fault::InjectedFault;
use crate::json::{Json, object, text};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/_sandbox/faults")
                .route(web::post().to(add_fault))
                .route(web::delete().to(clear_faults)),
        )
        .service(web::resource("/_sandbox/ledger").route(web::get().to(show_ledger)));
}

async fn add_fault(state: Data<State>, body: Bytes) -> HttpResponse {
    let Ok(request) = serde_json::from_slice::<Json>(&body) else {
        return HttpResponse::BadRequest().json(object([("error", text("the body is no JSON"))]));
    };
    match InjectedFault::read(&request) {
        Ok(fault) => {
            state.faults().add(fault);
            HttpResponse::Created().json(request)
        }
        Err(fault) => HttpResponse::UnprocessableEntity().json(object([("error", text(fault))])),
    }
}

async fn clear_faults(state: Data<State>) -> HttpResponse {
    state.faults().clear();
    state.cleared.notify_waiters();
    HttpResponse::NoContent().finish()
}

async fn show_ledger(state: Data<State>) -> HttpResponse {
    let ledger = state.ledger();
    let calls = ledger.calls.iter().map(|(action, calls)| (action.clone(), Json::Number((*calls).into())));
    let number = |number: usize| Json::Number(number.into());
    HttpResponse::Ok().json(object([
        ("invoices", Json::List(ledger.invoices.iter().map(super::ledger::Invoice::entry).collect())),
        ("calls", Json::Object(calls.collect())),
        ("callsInFlight", number(state.in_flight.load(Ordering::SeqCst))),
        ("mostCallsInFlight", number(state.most_in_flight.load(Ordering::SeqCst))),
    ]))
}
