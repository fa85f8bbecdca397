//! What the running service says it has: its OpenAPI documents.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Reply, client, fixture};

/// Every operation of every document that `/docs/` lists, by method and path: `GET /api/v1/departments`.
pub(crate) fn documented() -> BTreeMap<String, Value> {
    let address = fixture().service.address();
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
