//! The OpenAPI documents, and the page that renders them from assets inside the binary.

use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, LOCATION};
use actix_web::web::Path;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Server};
use utoipa_swagger_ui::{Config, Url};

use super::{errors, headers, request};
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, undocumented_route};
use crate::surfaces;

const PAGE_WITHOUT_SLASH: &str = "/docs";
const PAGE: &str = "/docs/{file:.*}";
const DOCUMENT: &str = "/openapi/{name:gepard|import|mes|oms|pos}.json";

pub(crate) const ROUTES: &[Route] = &[
    undocumented_route!(GET PAGE_WITHOUT_SLASH => redirect_to_page, RoutePolicy::public()),
    undocumented_route!(GET PAGE => page_file, RoutePolicy::public()),
    undocumented_route!(GET DOCUMENT => document_file, RoutePolicy::public()),
];

#[derive(OpenApi)]
#[openapi(info(
    title = "Throughline: order import",
    version = "1.0",
    description = "Bulk import of manufacturing orders, from a CSV page or an ERP. Keys with the scope `orders:import` \
                       (admin keys hold it) go into `x-api-key` or `Authorization: Bearer`.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
))]
struct Import;

#[derive(OpenApi)]
#[openapi(info(
    title = "Throughline: MES",
    version = "1.0",
    description = "The manufacturing execution surface: orders and their operations, routings, data collection, equipment, files, the plant's master data, and API keys. Keys go into \
                       `Authorization: Bearer`, the key's team into `X-MES-Team-ID`.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
))]
struct Mes;

#[derive(OpenApi)]
#[openapi(info(
    title = "Throughline: OMS",
    version = "1.0",
    description = "The order management surface, for people: log in at `/api/auth/login` and send the access token as \
                       `Authorization: Bearer`.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
))]
struct Oms;

#[derive(OpenApi)]
#[openapi(info(
    title = "Throughline: POS",
    version = "1.0",
    description = "The point of sale: tills take orders in, sold from stock at the catalogue's prices. Keys with the scope \
                       `pos` (admin keys hold it) go into `x-api-key` or `Authorization: Bearer`; people send an access token. \
                       At the host names in `POS_HOSTS` (`pos.localhost` by default) orders and products also stand at the \
                       root: `/api/orders`, `/api/products`.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
))]
struct Pos;

#[derive(OpenApi)]
#[openapi(info(
    title = "Throughline: Gepard",
    version = "1.0",
    description = "Invoices that the Gepard order system has made in wFirma, each exactly once. Keys with the scope \
                       `invoices:create` (admin keys hold it) go into `x-api-key`.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
))]
struct Gepard;

/// The names of the documents.
pub const fn document_names() -> [&'static str; 5] {
    ["gepard", "import", "mes", "oms", "pos"]
}

/// The document of that name, as JSON; `None` if there is none.
pub fn document(name: &str) -> Option<String> {
    let document = match name {
        "gepard" => gepard(),
        "import" => import(),
        "mes" => mes(),
        "oms" => oms(),
        "pos" => pos(),
        _ => return None,
    };
    document.to_pretty_json().ok()
}

fn gepard() -> Document {
    complete(Gepard::openapi(), surfaces::gepard::TABLES, "GepardErrorResponse")
}

fn import() -> Document {
    complete(Import::openapi(), surfaces::import::TABLES, "ImportErrorResponse")
}

fn mes() -> Document {
    complete(Mes::openapi(), surfaces::mes::TABLES, "MesErrorResponse")
}

fn oms() -> Document {
    complete(Oms::openapi(), surfaces::oms::TABLES, "OmsErrorResponse")
}

fn pos() -> Document {
    complete(Pos::openapi(), surfaces::pos::TABLES, "PosErrorResponse")
}

/// Adds to a document its surface's operations with the errors that each can answer, in the schema `errors`, and the
/// credentials.
fn complete(mut document: Document, tables: &[&[Route]], errors: &str) -> Document {
    for route in tables.iter().copied().flatten() {
        let Some(operation) = route.operation else { continue };
        let mut operation = operation();
        request::describe(&mut operation, route);
        errors::describe(&mut operation.operation, route, errors);
        headers::complete(&mut operation.operation, route.is_read_by_id());
        operation.add_to(&mut document);
    }
    let components = document.components.get_or_insert_default();
    components.responses.extend(errors::shared(errors));
    components.headers.extend(headers::components());
    document.servers = Some(vec![Server::new("/")]);
    add_credentials(&mut document);
    drop_unused(&mut document);
    document
}

/// Adds the credentials that the operations take.
fn add_credentials(document: &mut Document) {
    let components = document.components.get_or_insert_default();
    let header = |name| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(name)));
    components.add_security_scheme("api_key", header("x-api-key"));
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.add_security_scheme("team", header("X-MES-Team-ID"));
}

/// Removes the components that no operation refers to.
fn drop_unused(document: &mut Document) {
    // errors refer to headers
    for _ in 0..2 {
        let text = document.to_json().unwrap_or_default();
        let Some(components) = &mut document.components else { return };
        let is_used = |kind: &str, name: &str| text.contains(&format!("\"#/components/{kind}/{name}\""));
        components.responses.retain(|name, _| is_used("responses", name));
        components.headers.retain(|name, _| is_used("headers", name));
        components.security_schemes.retain(|name, _| text.contains(&format!("\"{name}\":[")));
    }
}

async fn redirect_to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// The page's files, from inside the binary.
async fn page_file(file: Path<String>) -> Result<HttpResponse, ApiError> {
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
        Arc::new(Config::new([
            Url::new("Order import", "/openapi/import.json"),
            Url::new("MES", "/openapi/mes.json"),
            Url::new("Gepard", "/openapi/gepard.json"),
            Url::new("OMS", "/openapi/oms.json"),
            Url::new("POS", "/openapi/pos.json"),
        ]))
    });
    let found = utoipa_swagger_ui::serve(&file, CONFIG.clone()).ok().flatten();
    let found = found.ok_or_else(|| ApiError::not_found("Route"))?;
    let mut response = HttpResponse::Ok();
    if found.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.content_type(found.content_type).body(found.bytes.into_owned()))
}

async fn document_file(name: Path<String>) -> Result<HttpResponse, ApiError> {
    static DOCUMENTS: LazyLock<[Option<String>; 5]> = LazyLock::new(|| document_names().map(document));
    let mut named = document_names().into_iter().zip(DOCUMENTS.iter());
    let found = named.find(|(known, _)| *known == *name).and_then(|(_, document)| document.as_deref());
    let found = found.ok_or_else(|| ApiError::not_found("Route"))?;
    Ok(HttpResponse::Ok().content_type("application/json").body(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    fn operations() -> Vec<(String, String)> {
        let documents = [gepard(), import(), mes(), oms(), pos()];
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
    fn every_route_of_an_api_is_documented_under_its_method_and_path() {
        let routes = crate::tables().into_iter().flatten();
        let is_part_of_an_api = |path: &str| path.starts_with("/api/") || path.starts_with("/pos/");
        let mut declared: Vec<_> = routes
            .filter(|route| is_part_of_an_api(route.path))
            .map(|route| (route.method.to_string(), route.path.to_owned()))
            .collect();
        declared.push(("GET".into(), "/.well-known/jwks.json".into()));
        declared.sort();
        assert_eq!(declared, operations());
    }

    #[test]
    fn no_two_schemas_of_a_document_share_a_name() {
        for tables in [
            surfaces::gepard::TABLES,
            surfaces::import::TABLES,
            surfaces::mes::TABLES,
            surfaces::oms::TABLES,
            surfaces::pos::TABLES,
        ] {
            let mut named = BTreeMap::new();
            for route in tables.iter().copied().flatten() {
                let answers = route.operation.map(|operation| operation().schemas).unwrap_or_default();
                let bodies = route.body.map(|body| (body.schemas)()).unwrap_or_default();
                for (name, schema) in answers.into_iter().chain(bodies) {
                    let schema = serde_json::to_value(schema).unwrap();
                    let first = named.entry(name.clone()).or_insert_with(|| schema.clone());
                    assert_eq!(*first, schema, "{name}");
                }
            }
        }
    }

    /// A schema's properties, and those of the schemas that it refers to.
    fn check_answer(document: &Value, schema: &Value, path: &str, checked: &mut BTreeSet<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            if checked.insert(reference.to_owned()) {
                check_answer(document, document.pointer(&reference[1..]).unwrap(), reference, checked);
            }
            return;
        }
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let types = property["type"].as_array().into_iter().flatten();
            let choices = property["oneOf"].as_array().into_iter().flatten().map(|choice| &choice["type"]);
            let may_be_null = types.chain(choices).any(|kind| kind == "null");
            let is_required = required.contains(&Value::from(name.as_str()));
            assert!(is_required || !may_be_null, "{path}: {name} may be left out and be null: which is it?");
            check_answer(document, property, path, checked);
        }
        for parts in [&schema["allOf"], &schema["oneOf"]] {
            for part in parts.as_array().into_iter().flatten() {
                check_answer(document, part, path, checked);
            }
        }
        if schema["items"].is_object() {
            check_answer(document, &schema["items"], path, checked);
        }
    }

    #[test]
    fn what_an_answer_may_leave_out_is_never_null() {
        for name in document_names() {
            let document: Value = serde_json::from_str(&document(name).unwrap()).unwrap();
            let mut checked = BTreeSet::new();
            let paths = document["paths"].as_object().unwrap();
            for operation in paths.values().flat_map(|item| item.as_object().unwrap().values()) {
                for answer in operation["responses"].as_object().unwrap().values() {
                    let schema = &answer["content"]["application/json"]["schema"];
                    check_answer(&document, schema, "an answer", &mut checked);
                }
            }
            assert!(checked.len() > 3, "{name}: {checked:?}");
        }
    }

    #[test]
    fn every_answer_to_come_back_later_says_when() {
        for name in document_names() {
            let document: Value = serde_json::from_str(&document(name).unwrap()).unwrap();
            let paths = document["paths"].as_object().unwrap();
            let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
            let mut seen = 0;
            for answers in operations.map(|operation| operation["responses"].as_object().unwrap()) {
                for (_, answer) in answers.iter().filter(|(status, _)| ["429", "503"].contains(&&***status)) {
                    let shared = answer["$ref"].as_str().and_then(|it| document.pointer(&it[1..]));
                    let answer = shared.unwrap_or(answer);
                    assert!(answer["headers"]["Retry-After"].is_object(), "{name}: {answer}");
                    seen += 1;
                }
            }
            assert!(seen > 0, "{name} has such answers");
        }
    }
}
