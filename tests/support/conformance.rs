//! Every answer that any test meets is held to the OpenAPI documents: its status, headers, content type and body. What a
//! schema does not name is wrong, too.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::Reply;

/// The headers of HTTP itself and of browsers' rules, which no document names.
const UNDOCUMENTED: [&str; 12] = [
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
];

/// A documented operation.
struct Operation {
    method: String,
    path: &'static str,
    document: &'static Value,
    answers: &'static Map<String, Value>,
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let mut operations = Vec::new();
    for name in ["gepard", "import", "mes", "oms", "pos"] {
        let file = format!("{}/../../docs/openapi/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let open = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let mut document = merged(&open, &open);
        close(&mut document);
        let document: &'static Value = Box::leak(Box::new(document));
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let answers = operation["responses"].as_object().unwrap();
                operations.push(Operation { method: method.to_uppercase(), path, document, answers });
            }
        }
    }
    assert!(operations.len() > 80, "only {} operations are documented", operations.len());
    operations
});

/// A part of a document in which no object is put together from several.
fn merged(document: &Value, node: &Value) -> Value {
    match node {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, it)| (name.clone(), merged(document, it)));
            let mut fields: Map<_, _> = fields.collect();
            for part in fields.remove("allOf").as_ref().and_then(Value::as_array).into_iter().flatten() {
                let part = merged(document, resolve(document, part));
                for (name, value) in part.as_object().unwrap() {
                    match (fields.get_mut(name), value) {
                        (Some(Value::Object(all)), Value::Object(more)) => all.extend(more.clone()),
                        (Some(Value::Array(all)), Value::Array(more)) => all.extend(more.clone()),
                        _ => drop(fields.insert(name.clone(), value.clone())),
                    }
                }
            }
            Value::Object(fields)
        }
        Value::Array(items) => items.iter().map(|item| merged(document, item)).collect(),
        plain => plain.clone(),
    }
}

/// Makes every object of a document refuse what it does not name.
fn close(node: &mut Value) {
    match node {
        Value::Object(fields) => {
            fields.iter_mut().filter(|(name, _)| !name.starts_with("example")).for_each(|(_, it)| close(it));
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Panics if the documents do not say that this request may have this answer.
#[track_caller]
pub(super) fn check(method: &Method, path: &str, reply: &Reply) {
    let Some(operation) = find(method, path, reply) else { return };
    let label = format!("{method} {}: {}", operation.path, reply.status);
    let Some(answer) = operation.answers.get(&reply.status.to_string()) else {
        panic!("{label} is not documented: {reply:?}");
    };
    let answer = resolve(operation.document, answer);
    let documented: HashSet<String> = match answer["headers"].as_object() {
        Some(headers) => headers.keys().map(|name| name.to_lowercase()).collect(),
        None => HashSet::new(),
    };
    for name in reply.headers.keys().map(|name| name.as_str()) {
        let is_known = documented.contains(name) || UNDOCUMENTED.contains(&name);
        assert!(is_known, "{label}: the header {name} is not documented: {reply:?}");
    }
    if *method == Method::HEAD || reply.status == 304 {
        return;
    }
    let kind = reply.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let Some(content) = answer["content"].as_object() else {
        panic!("{label}: no body is documented: {reply:?}");
    };
    let content = content.get(kind).unwrap_or_else(|| panic!("{label}: {kind} is not documented: {reply:?}"));
    // such keys make serde_json read something else than what was sent
    if kind == "application/json" && !reply.text.contains("$serde_json::private::") {
        check_body(&label, operation.document, &content["schema"], reply);
    }
}

/// The operation that a path and method mean: of two paths the one with fewer parameters.
#[track_caller]
fn find(method: &Method, path: &str, reply: &Reply) -> Option<&'static Operation> {
    let matched = OPERATIONS.iter().filter(|operation| matches(operation.path, path));
    let closest = matched.min_by_key(|operation| operation.path.matches('{').count())?;
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let mut operations = OPERATIONS.iter().filter(|operation| operation.path == closest.path);
    let found = operations.find(|operation| operation.method == method.as_str());
    if found.is_none() && *method != Method::OPTIONS {
        assert_eq!(reply.status, 405, "{method} {} is not documented: {reply:?}", closest.path);
    }
    found
}

fn matches(documented: &str, path: &str) -> bool {
    let (documented, path) = (documented.split('/'), path.split('/'));
    documented.clone().count() == path.clone().count()
        && documented.zip(path).all(|(step, sent)| step.starts_with('{') || step == sent)
}

fn resolve<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(pointer) => document.pointer(pointer.trim_start_matches('#')).unwrap(),
        None => node,
    }
}

#[track_caller]
fn check_body(label: &str, document: &'static Value, schema: &'static Value, reply: &Reply) {
    static VALIDATORS: LazyLock<Mutex<HashMap<usize, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let validator = {
        let mut validators = VALIDATORS.lock().unwrap();
        let place = std::ptr::from_ref(schema).addr();
        let build = || {
            let mut whole = schema.as_object().unwrap().clone();
            whole.insert("components".into(), document["components"].clone());
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(options.build(&Value::Object(whole)).unwrap())
        };
        validators.entry(place).or_insert_with(build).clone()
    };
    let body = reply.json();
    let faults = validator.iter_errors(&body).map(|fault| format!("{}: {fault}", fault.instance_path()));
    let faults: Vec<_> = faults.collect();
    assert!(faults.is_empty(), "{label} is not as documented: {faults:#?}\n{reply:?}");
}
