//! The OpenAPI documents that the server publishes.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use super::{Reply, client, shared_server};

/// Returns all operations of the documents listed at `/docs/`, by method and path: `GET /api/v1/departments`.
pub(crate) fn documented() -> BTreeMap<String, Value> {
    let address = shared_server().service.address();
    let get = |path: &str| Reply::to(client().get(format!("{address}{path}")));
    let page = get("/docs/swagger-initializer.js").text;
    let names = page.split('"').filter(|text| text.starts_with("/openapi/") && text.ends_with(".json"));
    let documents: BTreeMap<_, _> = names.map(|path| (path.to_owned(), get(path).ok())).collect();
    assert!(documents.len() >= 3, "{page}");
    let paths = documents.values().flat_map(|document| document["paths"].as_object().unwrap());
    let operations = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter().filter(|(_, found)| found.get("responses").is_some());
        methods.map(move |(method, found)| (format!("{} {path}", method.to_uppercase()), found.clone()))
    });
    operations.collect()
}

/// An id that no resource has.
const ABSENT: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e99";

/// Returns the routes of mes with unknown ids in their paths, and whether they take a JSON body.
pub(crate) fn mes_routes() -> Vec<(Method, String, bool)> {
    let of_mes = documented().into_iter().filter_map(|(route, operation)| {
        let (method, path) = route.split_once(' ')?;
        let path = path.strip_prefix("/api/v1/")?;
        let takes_json = operation.pointer("/requestBody/content/application~1json").is_some();
        let path = path.split('/').map(|step| if step.starts_with('{') { ABSENT } else { step });
        let path = path.collect::<Vec<_>>().join("/");
        Some((method.parse().unwrap(), format!("/api/v1/{path}"), takes_json))
    });
    let routes: Vec<_> = of_mes.collect();
    assert!(routes.len() > 40, "{routes:?}");
    routes
}
