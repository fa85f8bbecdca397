//! Every example of a document is valid by its schema.

use serde_json::{Value, json};

use super::documents::document;
use crate::request::body;
use crate::surfaces::gepard::orders::ProcessOrderCommand;

/// What is wrong with a value by a schema of a document.
fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut whole = schema.as_object().unwrap().clone();
    whole.insert("components".into(), document["components"].clone());
    let options = jsonschema::options().should_validate_formats(true);
    let validator = options.build(&Value::Object(whole)).unwrap();
    validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
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
    serde_json::from_str(&document("gepard").unwrap()).unwrap()
}

#[test]
fn every_example_of_a_document_is_valid_by_its_schema() {
    for (name, least) in [("gepard", 14), ("import", 4), ("mes", 50), ("oms", 30), ("pos", 20)] {
        let document: Value = serde_json::from_str(&document(name).unwrap()).unwrap();
        let mut all = Vec::new();
        examples(&document, "", &mut all);
        for (path, schema, example) in &all {
            assert_eq!(faults(&document, schema, example), [""; 0], "{name}: {path}");
        }
        assert!(all.len() >= least, "{name}: only {} examples were found", all.len());
    }
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
    assert_eq!(faults(&document, refusal, &batch), [""; 0]);
    assert_eq!(faults(&document, refusal, &whole), [""; 0]);
    let mut half = whole.clone();
    half["failedInvoices"] = 1.into();
    assert_eq!(faults(&document, refusal, &half).len(), 1, "counts without results");
    let mut half = batch.clone();
    half.as_object_mut().unwrap().remove("invoiceResults");
    assert_eq!(faults(&document, refusal, &half).len(), 1, "a batch without results");
    let mut wrong = batch;
    wrong["invoiceResults"][0]["status"] = 7.into();
    assert_eq!(faults(&document, refusal, &wrong).len(), 1, "a result of another type");
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
            (faults(&document, schema, &batch).is_empty(), is_taken)
        };
        for value in good {
            assert_eq!(read(&value), (true, true), "{field}: {value}");
        }
        for value in bad {
            assert_eq!(read(&value), (false, false), "{field}: {value}");
        }
    }
}
