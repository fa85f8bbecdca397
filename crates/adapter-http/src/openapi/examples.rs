//! Every example of a document is valid by its schema.

use regex::Regex;
use serde_json::{Value, json};

use crate::request::body;
use crate::surfaces::gepard::orders::ProcessOrderCommand;

/// What is wrong with a value by a schema, each with its path. A keyword unknown here is wrong too: nothing counts as
/// checked that was not.
fn faults(document: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (keyword, rule) in schema.as_object().unwrap() {
        let mut within = |schema: &Value, value: &Value, step: &str| {
            found.extend(faults(document, schema, value, &format!("{path}/{step}")));
        };
        let length = value.as_str().map(|text| text.chars().count() as u64);
        let good = match keyword.as_str() {
            "description" | "example" | "default" | "writeOnly" => true,
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                within(document.pointer(pointer).unwrap(), value, "");
                true
            }
            "type" => {
                let types = rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice);
                types.iter().any(|name| is_a(value, name.as_str().unwrap()))
            }
            "oneOf" => {
                let fits = |schema: &&Value| faults(document, schema, value, path).is_empty();
                rule.as_array().unwrap().iter().filter(fits).count() == 1
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        within(schema, value, name);
                    }
                }
                true
            }
            "items" => {
                for (position, item) in value.as_array().into_iter().flatten().enumerate() {
                    within(rule, item, &position.to_string());
                }
                true
            }
            "required" => {
                let names = rule.as_array().unwrap();
                !value.is_object() || names.iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "additionalProperties" => {
                let known = &schema["properties"];
                assert_eq!(*rule, false, "{path}");
                value.as_object().is_none_or(|fields| fields.keys().all(|name| known.get(name).is_some()))
            }
            "enum" => rule.as_array().unwrap().contains(value),
            "pattern" => {
                let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "format" => match rule.as_str().unwrap() {
                "uuid" => value.as_str().is_none_or(|text| uuid::Uuid::parse_str(text).is_ok()),
                "int32" | "int64" => value.is_null() || value.as_i64().is_some(),
                "double" => value.is_null() || value.as_f64().is_some(),
                other => panic!("{path}: nobody checks the format {other}"),
            },
            "minLength" => length.is_none_or(|length| length >= rule.as_u64().unwrap()),
            "maxLength" => length.is_none_or(|length| length <= rule.as_u64().unwrap()),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "exclusiveMaximum" => value.as_f64().is_none_or(|number| number < rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            other => panic!("{path}: nobody checks the keyword {other}"),
        };
        if !good {
            found.push(format!("{path}: {keyword} {rule}: {value}"));
        }
    }
    found
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

/// Every schema of a document that stands with an example, and that example. Schemas hold theirs, and the content of
/// requests and answers stands beside it.
fn examples<'a>(node: &'a Value, path: &str, found: &mut Vec<(String, &'a Value, &'a Value)>) {
    let Some(fields) = node.as_object() else { return };
    let schema = fields.get("schema").unwrap_or(node);
    found.extend(fields.get("example").map(|example| (format!("{path}/example"), schema, example)));
    for (name, example) in fields.get("examples").and_then(Value::as_object).into_iter().flatten() {
        found.push((format!("{path}/examples/{name}"), schema, &example["value"]));
    }
    for (name, inner) in fields.iter().filter(|(name, _)| !name.starts_with("example")) {
        examples(inner, &format!("{path}/{name}"), found);
    }
}

fn gepard() -> Value {
    serde_json::from_str(&super::documents::document("gepard").unwrap()).unwrap()
}

#[test]
fn every_example_of_the_gepard_document_is_valid_by_its_schema() {
    let document = gepard();
    let mut all = Vec::new();
    examples(&document, "", &mut all);
    for (path, schema, example) in &all {
        assert_eq!(faults(&document, schema, example, path), [""; 0]);
    }
    let process = all.iter().filter(|(path, ..)| path.starts_with("/paths//api/gepard/order/process/"));
    assert_eq!((process.count(), all.len()), (10, 14), "all of them were found");
}

#[test]
fn a_refusal_is_a_batch_or_an_error_and_never_half_of_each() {
    let document = gepard();
    let refusal = &document["components"]["schemas"]["GepardRefusal"];
    let mut all = Vec::new();
    examples(&document, "", &mut all);
    let of = |end: &str| all.iter().find(|(path, ..)| path.ends_with(end)).map(|(.., it)| (*it).clone());
    let (batch, whole) = (of("422/content/application/json/examples/partial"), of("examples/faulty"));
    let (batch, whole) = (batch.unwrap(), whole.unwrap());
    assert_eq!(faults(&document, refusal, &batch, ""), [""; 0]);
    assert_eq!(faults(&document, refusal, &whole, ""), [""; 0]);
    let mut half = whole.clone();
    half["failedInvoices"] = 1.into();
    assert_eq!(faults(&document, refusal, &half, "").len(), 1, "counts without results");
    let mut half = batch.clone();
    half.as_object_mut().unwrap().remove("invoiceResults");
    assert_eq!(faults(&document, refusal, &half, "").len(), 1, "a batch without results");
    let mut wrong = batch;
    wrong["invoiceResults"][0]["status"] = 7.into();
    assert_eq!(faults(&document, refusal, &wrong, "").len(), 1, "a result of another type");
}

/// A batch of one item, which has another value of a field.
fn with(field: &str, value: Value) -> Value {
    let mut batch = json!({"invoices": [{
        "invoice_id": "550e8400-e29b-41d4-a716-446655440001", "client_id": "152158328", "items": [{
            "name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
            "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null}]}]});
    batch["invoices"][0]["items"][0][field] = value;
    batch
}

#[test]
fn the_schema_of_a_batch_takes_what_the_service_takes_and_refuses_what_it_refuses() {
    let document = gepard();
    let schema = &document["components"]["schemas"]["ProcessOrderCommand"];
    for (field, good, bad) in [
        ("name", vec![json!("x".repeat(256))], vec![json!(""), json!(null)]),
        (
            "unit_price",
            vec![json!(50), json!(0.25), json!("99999999999.9999"), json!("0")],
            ["", "1_000", "+5", ".5", "5.", "1e3", "-1", "0.00001", "100000000000"]
                .map(Value::from)
                .into_iter()
                .chain([json!(-1), json!(100_000_000_000_u64), json!(true), json!(null)])
                .collect(),
        ),
        ("currency", vec![json!("EUR")], vec![json!("zł"), json!("PL"), json!("P1N"), json!(7)]),
        (
            "quantity",
            vec![json!(1), json!(1_000_000), json!("3"), json!("3.0")],
            vec![json!(0), json!(1_000_001), json!(1.5), json!("three"), json!("1.5")],
        ),
        ("quantity_unit", vec![json!("szt.")], vec![json!(""), json!("x".repeat(21))]),
        (
            "vat_rate",
            vec![json!("8%"), json!("23"), json!("23 %"), json!("zw"), json!("npue")],
            ["", "24%", "2 3%", "z w", "zw%", "%"].map(Value::from).into(),
        ),
        ("tax_rate", vec![json!(null), json!(23), json!("23")], vec![json!("23%"), json!(24), json!(-1)]),
    ] {
        let read = |value: &Value| {
            let batch = with(field, value.clone());
            let is_taken = body::read::<ProcessOrderCommand>(batch.as_object().unwrap().clone()).is_ok();
            (faults(&document, schema, &batch, "").is_empty(), is_taken)
        };
        for value in good {
            assert_eq!(read(&value), (true, true), "{field}: {value}");
        }
        for value in bad {
            assert_eq!(read(&value), (false, false), "{field}: {value}");
        }
    }
}
