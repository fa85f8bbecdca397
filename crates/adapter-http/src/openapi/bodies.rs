//! Every JSON body is read as its schema says: what is required, types, bounds, patterns and lists of values.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::documents::{document, document_names};
use super::request::{LINE, TEXT};
use crate::routes::BodyContract;

/// A body that is read while it streams in, by a reader of its own.
const STREAMED: &str = "/api/orders/import";

/// Lists whose entries are judged each as a whole: what is wrong with a field is said of the entry.
const JUDGED_WHOLE: [&str; 1] = ["shiftCalendar"];

/// Fields that are read only beside certain values of others.
const NOT_ALWAYS_READ: [(&str, &str); 2] =
    [("ActOnOperationRequest", "pauseReasonId"), ("ActOnOperationRequest", "reason")];

/// A schema, and where it stands in the body.
struct Place<'a> {
    document: &'a Value,
    contract: BodyContract,
    /// The example that is varied.
    example: &'a Map<String, Value>,
    /// The steps from the body to the object, such as `["items", "0"]`.
    steps: Vec<String>,
}

impl Place<'_> {
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
            return self.resolve(self.document.pointer(pointer.trim_start_matches('#')).unwrap());
        }
        // an optional object is `oneOf` null and itself
        let choices = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let mut choices = choices.filter(|choice| choice["type"] != "null");
        match (choices.next(), choices.next()) {
            (Some(only), None) => self.resolve(only),
            _ => schema,
        }
    }

    /// The codes of the faults at `name`, with `value` there in the example, or without it.
    fn faults(&self, name: &str, value: Option<Value>) -> Vec<String> {
        let mut body = Value::Object(self.example.clone());
        let mut at = &mut body;
        for step in &self.steps {
            at = match at {
                Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
                at => &mut at[step.as_str()],
            };
        }
        let fields = at.as_object_mut().unwrap();
        match value {
            Some(value) => fields.insert(name.to_owned(), value),
            None => fields.remove(name),
        };
        let mut path = self.steps.clone();
        path.push(name.to_owned());
        if self.is_judged_whole() {
            path.pop();
        }
        let path = path.join(".");
        let Value::Object(body) = body else { unreachable!() };
        let found = (self.contract.faults)(body).into_iter();
        // gepard writes `items[0]` for `items.0`
        let is_here = |field: &str| field.replace('[', ".").replace(']', "") == path;
        found.filter(|fault| is_here(&fault.field)).map(|fault| fault.code.into_owned()).collect()
    }

    fn is_taken(&self, name: &str, value: Value, why: &str) {
        let mut found = self.faults(name, Some(value.clone()));
        // a value that contradicts another field's is taken as such
        found.retain(|code| !code.ends_with("_MISMATCH"));
        assert!(found.is_empty(), "{}: {name} = {value} is {why}, but was refused: {found:?}", self.label());
    }

    fn is_refused(&self, name: &str, value: Value, why: &str) {
        let found = self.faults(name, Some(value.clone()));
        assert!(!found.is_empty(), "{}: {name} = {value} is {why}, but was taken", self.label());
    }

    fn may_be_null(&self, property: &Value) -> bool {
        let types = property["type"].as_array().into_iter().flatten();
        let choices = property["oneOf"].as_array().into_iter().flatten().map(|choice| &choice["type"]);
        // anything may stand where no type is named
        types.chain(choices).any(|kind| kind == "null")
            || property.get("type").or(property.get("oneOf")).or(property.get("$ref")).is_none()
    }

    fn is_judged_whole(&self) -> bool {
        self.steps.first().is_some_and(|list| JUDGED_WHOLE.contains(&list.as_str()))
    }

    fn label(&self) -> String {
        format!("{} {}", (self.contract.schema)(), self.steps.join("."))
    }

    /// Checks an object's properties, and those of the objects in it.
    fn check(&self, schema: &Value) {
        let required = schema["required"].as_array().into_iter().flatten();
        let required: BTreeSet<_> = required.map(|name| name.as_str().unwrap()).collect();
        assert_eq!(schema["type"], "object", "{}", self.label());
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let absent = self.faults(name, None);
            let is_missed = absent.iter().any(|code| code == "MISSING_FIELD" || self.is_judged_whole());
            assert_eq!(
                is_missed,
                required.contains(name.as_str()),
                "{}: {name} is required: {absent:?}",
                self.label()
            );
            let null = self.faults(name, Some(Value::Null));
            if self.may_be_null(property) {
                self.is_taken(name, Value::Null, "one of its types");
            } else {
                assert!(
                    !null.is_empty(),
                    "{}: {name} may be null, which its schema does not say",
                    self.label()
                );
            }
            self.check_property(name, self.resolve(property));
        }
    }

    fn check_property(&self, name: &str, schema: &Value) {
        if NOT_ALWAYS_READ.contains(&(&*(self.contract.schema)(), name)) {
            return;
        }
        let types: BTreeSet<_> = match &schema["type"] {
            Value::String(one) => BTreeSet::from([one.as_str()]),
            Value::Array(several) => several.iter().map(|name| name.as_str().unwrap()).collect(),
            // anything may stand there
            _ => return,
        };
        let samples = [
            ("boolean", json!(true)),
            ("array", json!([[]])),
            ("object", json!({})),
            ("string", json!("\u{1}")),
        ];
        for (kind, value) in samples {
            if !types.contains(kind) {
                self.is_refused(name, value, "of another type");
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            for value in values.iter().filter(|value| !value.is_null()) {
                self.is_taken(name, value.clone(), "one of the list");
            }
            self.is_refused(name, json!("none of these"), "none of the list");
        }
        if let Some(number) = ["integer", "number"].iter().find(|kind| types.contains(**kind)) {
            let least = schema["minimum"].as_i64().unwrap_or(1).max(1);
            for value in [json!(least), json!(least.to_string()), json!(format!("{least}.0"))] {
                self.is_taken(name, value, "a number, as JSON or as text");
            }
            if *number == "integer" {
                self.is_refused(name, json!(format!("{least}.5")), "not whole");
            }
        }
        for (bound, step) in [("minimum", -1), ("maximum", 1)] {
            if let Some(bound) = schema[bound].as_i64() {
                self.is_taken(name, json!(bound), "the bound");
                self.is_refused(name, json!(bound + step), "past the bound");
            }
        }
        for (bound, step) in [("exclusiveMinimum", 1), ("exclusiveMaximum", -1)] {
            if let Some(bound) = schema[bound].as_i64() {
                self.is_refused(name, json!(bound), "the bound, which is left out");
                self.is_taken(name, json!(bound + step), "within the bound");
            }
        }
        if let Some(most) = schema["maxLength"].as_u64() {
            self.is_refused(name, json!("x".repeat(most as usize + 1)), "too long");
            let pattern = schema["pattern"].as_str().unwrap_or_default();
            let is_any_text = pattern.is_empty() || [LINE, TEXT].contains(&pattern);
            if is_any_text && schema["format"].is_null() {
                self.is_taken(name, json!("x".repeat(most as usize)), "as long as may be");
            }
        }
        if schema["minLength"].as_u64().is_some_and(|least| least > 0) {
            self.is_refused(name, json!(""), "too short");
        }
        if schema["pattern"].is_string() {
            self.is_refused(name, json!("\u{1}"), "not of the pattern");
        }
        if schema["pattern"] == LINE {
            self.is_refused(name, json!("two lines,\nwith more than eight letters"), "not of the pattern");
        }
        let format = schema["format"].as_str().filter(|format| *format != "binary");
        if let Some(format) = format {
            self.is_refused(name, json!("none"), &format!("no {format}"));
        }
        if schema["minItems"].as_u64().is_some_and(|least| least > 0) {
            self.is_refused(name, json!([]), "too short");
        }
        if types.contains("object") && schema["properties"].is_object() {
            self.within(name, None, schema);
        }
        if types.contains("array") && self.resolve(&schema["items"])["properties"].is_object() {
            self.within(name, Some(0), self.resolve(&schema["items"]));
        }
    }

    /// Checks an object in the example, if the example has it.
    fn within(&self, name: &str, entry: Option<usize>, schema: &Value) {
        let mut steps = self.steps.clone();
        steps.push(name.to_owned());
        steps.extend(entry.map(|entry| entry.to_string()));
        let pointer = format!("/{}", steps.join("/"));
        let example = Value::Object(self.example.clone());
        assert!(
            example.pointer(&pointer).is_some_and(Value::is_object),
            "{}: the example has no {pointer}",
            self.label()
        );
        Place { document: self.document, contract: self.contract, example: self.example, steps }
            .check(schema);
    }
}

#[test]
fn every_body_is_read_as_its_schema_says() {
    let mut checked = 0;
    for name in document_names() {
        let document: Value = serde_json::from_str(&document(name).unwrap()).unwrap();
        for route in crate::tables().into_iter().flatten() {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            let content = &operation["requestBody"]["content"];
            let kinds = ["application/json", "multipart/form-data"].iter();
            let content = kinds.map(|kind| &content[*kind]).find(|content| !content.is_null());
            let Some(content) = content.filter(|_| route.path != STREAMED) else { continue };
            let label = format!("{} {}", route.method, route.path);
            let contract =
                route.body.unwrap_or_else(|| panic!("{label}: the table does not name its body's type"));
            let reference = format!("#/components/schemas/{}", (contract.schema)());
            assert_eq!(content["schema"]["$ref"], reference.as_str(), "{label}");
            let schema = document.pointer(&reference[1..]).unwrap();
            let example = schema["example"].as_object().unwrap_or_else(|| panic!("{label}: no example"));
            let is_refused_empty = !(contract.faults)(Map::new()).is_empty();
            let needs_something = schema["required"].is_array() || schema["minProperties"] == 1;
            assert_eq!(is_refused_empty, needs_something, "{label}: an empty object");
            let faults = (contract.faults)(example.clone());
            assert!(faults.is_empty(), "{label}: its example is faulty: {faults:?}");
            Place { document: &document, contract, example, steps: Vec::new() }.check(schema);
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} bodies were checked");
}
