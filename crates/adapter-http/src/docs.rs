//! The OpenAPI documents, and the page that renders them from assets inside the binary.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, ServiceConfig};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{SwaggerUi, Url};

use crate::access::Access;
use crate::{gepard, import, mes, oms, pos, refusals};

const PAGE: &str = "/docs/{_:.*}";

pub(crate) const ACCESS: &[Access] = &[
    Access::public(Method::GET, "/docs"),
    Access::public(Method::GET, PAGE),
    Access::public(Method::GET, "/openapi/gepard.json"),
    Access::public(Method::GET, "/openapi/import.json"),
    Access::public(Method::GET, "/openapi/mes.json"),
    Access::public(Method::GET, "/openapi/oms.json"),
    Access::public(Method::GET, "/openapi/pos.json"),
];

#[derive(OpenApi)]
#[openapi(
    info(title = "Throughline: order import", version = "1.0",
        description = "Bulk import of manufacturing orders, from a CSV page or an ERP. Keys with the scope `orders:import` \
                       (admin keys hold it) go into `x-api-key` or `Authorization: Bearer`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    paths(import::orders::import, import::history::list, import::history::one, import::history::errors),
    modifiers(&IMPORT)
)]
struct Import;

#[derive(OpenApi)]
#[openapi(
    info(title = "Throughline: MES", version = "1.0",
        description = "The manufacturing execution surface: orders and their operations, routings, data collection, equipment, files, the plant's master data, and API keys. Keys go into \
                       `Authorization: Bearer`, the key's team into `X-MES-Team-ID`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    paths(
        mes::api_keys::list, mes::api_keys::create, mes::api_keys::one, mes::api_keys::rotate, mes::api_keys::revoke,
        mes::orders::list, mes::orders::create, mes::orders::one, mes::orders::change,
        mes::operations::list, mes::operations::one, mes::operations::act,
        mes::collections::list, mes::collections::submit,
        mes::departments::list, mes::departments::create, mes::departments::one, mes::departments::change,
        mes::files::list, mes::files::upload, mes::files::one, mes::files::download, mes::files::delete,
        mes::activities::list, mes::activities::create, mes::activities::one, mes::activities::change,
        mes::equipment::report, mes::equipment::list, mes::equipment::one, mes::equipment::samples, mes::equipment::alarms,
        mes::operators::list, mes::operators::create, mes::operators::one, mes::operators::change, mes::operators::clock,
        mes::operators::attendance,
        mes::pause_reasons::list, mes::pause_reasons::create, mes::pause_reasons::one, mes::pause_reasons::change,
        mes::routings::list, mes::routings::create, mes::routings::one, mes::routings::revise, mes::routings::change,
        mes::work_centres::list, mes::work_centres::create, mes::work_centres::one, mes::work_centres::change,
    ),
    modifiers(&MES)
)]
struct Mes;

#[derive(OpenApi)]
#[openapi(
    info(title = "Throughline: OMS", version = "1.0",
        description = "The order management surface, for people: log in at `/api/auth/login` and send the access token as \
                       `Authorization: Bearer`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    paths(
        oms::audit::entries, oms::audit::access,
        oms::auth::log_in, oms::auth::refresh, oms::auth::log_out, oms::auth::me, oms::auth::change_password, oms::auth::keys,
        oms::users::list, oms::users::create, oms::users::one, oms::users::change,
        oms::team::get, oms::team::change,
        oms::accounting_connection::get, oms::accounting_connection::set,
        oms::accounting_exchanges::list, oms::accounting_exchanges::one,
        oms::orders::list, oms::orders::create, oms::orders::one, oms::orders::cancel,
        oms::vendors::list, oms::vendors::create, oms::vendors::one, oms::vendors::change,
    ),
    modifiers(&OMS)
)]
struct Oms;

#[derive(OpenApi)]
#[openapi(
    info(title = "Throughline: POS", version = "1.0",
        description = "The point of sale: tills take orders in, sold from stock at the catalogue's prices. Keys with the scope \
                       `pos` (admin keys hold it) go into `x-api-key` or `Authorization: Bearer`; people send an access token. \
                       At the host names in `POS_HOSTS` (`pos.localhost` by default) orders and products also stand at the \
                       root: `/api/orders`, `/api/products`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    paths(
        pos::orders::list, pos::orders::create, pos::orders::by_status, pos::orders::by_customer, pos::orders::one,
        pos::orders::change, pos::orders::delete,
        pos::products::list, pos::products::create, pos::products::one, pos::products::change,
        pos::products::movements, pos::products::adjust,
    ),
    modifiers(&POS)
)]
struct Pos;

#[derive(OpenApi)]
#[openapi(
    info(title = "Throughline: Gepard", version = "1.0",
        description = "Invoices that the Gepard order system has made in wFirma, each exactly once. Keys with the scope \
                       `invoices:create` (admin keys hold it) go into `x-api-key`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    paths(gepard::orders::process, gepard::invoices::one),
    modifiers(&GEPARD)
)]
struct Gepard;

/// What every document has: the credentials, and the refusals in the shape of its errors.
struct Common {
    errors: &'static str,
}

const GEPARD: Common = Common { errors: "GepardErrorResponse" };
const IMPORT: Common = Common { errors: "ImportErrorResponse" };
const MES: Common = Common { errors: "MesErrorResponse" };
const OMS: Common = Common { errors: "OmsErrorResponse" };
const POS: Common = Common { errors: "PosErrorResponse" };

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let header = |name| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(name)));
        components.add_security_scheme("api_key", header("x-api-key"));
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("team", header("X-MES-Team-ID"));
        refusals::document(document, self.errors);
    }
}

/// The names of the documents.
pub const fn document_names() -> [&'static str; 5] {
    ["gepard", "import", "mes", "oms", "pos"]
}

/// The document of that name, as JSON; `None` if there is none.
pub fn document(name: &str) -> Option<String> {
    let document = match name {
        "gepard" => Gepard::openapi(),
        "import" => Import::openapi(),
        "mes" => Mes::openapi(),
        "oms" => Oms::openapi(),
        "pos" => Pos::openapi(),
        _ => return None,
    };
    document.to_pretty_json().ok()
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    let page = SwaggerUi::new(PAGE).urls(vec![
        (Url::new("Order import (seed 000)", "/openapi/import.json"), Import::openapi()),
        (Url::new("MES (seed 004)", "/openapi/mes.json"), Mes::openapi()),
        (Url::new("Gepard (seed 002)", "/openapi/gepard.json"), Gepard::openapi()),
        (Url::new("OMS (seed 003)", "/openapi/oms.json"), Oms::openapi()),
        (Url::new("POS (seed 001)", "/openapi/pos.json"), Pos::openapi()),
    ]);
    config.service(web::resource("/docs").route(web::get().to(to_page))).service(page);
}

async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

#[cfg(test)]
mod examples;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::TABLES;

    /// Routes that serve documents and operators rather than one of the APIs.
    const UNDOCUMENTED: [&str; 10] = [
        "/docs",
        PAGE,
        "/openapi/gepard.json",
        "/openapi/import.json",
        "/openapi/mes.json",
        "/openapi/oms.json",
        "/openapi/pos.json",
        "/health/live",
        "/health/ready",
        "/metrics",
    ];

    fn operations() -> Vec<(String, String)> {
        let documents =
            [Gepard::openapi(), Import::openapi(), Mes::openapi(), Oms::openapi(), Pos::openapi()];
        let mut found = Vec::new();
        for (path, item) in documents.iter().flat_map(|document| &document.paths.paths) {
            let methods = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PATCH", &item.patch),
                ("PUT", &item.put),
                ("DELETE", &item.delete),
            ];
            found.extend(
                methods
                    .iter()
                    .filter(|(_, operation)| operation.is_some())
                    .map(|(method, _)| (method.to_string(), path.clone())),
            );
        }
        found.sort();
        found
    }

    #[test]
    fn every_declared_route_is_documented_and_every_documented_one_declares_its_access() {
        let mut declared: Vec<_> = TABLES
            .iter()
            .copied()
            .flatten()
            .filter(|access| !UNDOCUMENTED.contains(&access.route))
            .map(|access| (access.method.to_string(), access.route.to_owned()))
            .collect();
        declared.sort();
        assert_eq!(declared, operations());
    }

    #[test]
    fn every_answer_to_come_back_later_says_when() {
        for name in document_names() {
            let document: serde_json::Value = serde_json::from_str(&document(name).unwrap()).unwrap();
            let paths = document["paths"].as_object().unwrap();
            let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
            let mut seen = 0;
            for answers in operations.map(|operation| operation["responses"].as_object().unwrap()) {
                for (_, answer) in answers.iter().filter(|(status, _)| ["429", "503"].contains(&&***status)) {
                    assert!(answer["headers"]["Retry-After"].is_object(), "{name}: {answer}");
                    seen += 1;
                }
            }
            assert!(seen > 0, "{name} has such answers");
        }
    }
}
