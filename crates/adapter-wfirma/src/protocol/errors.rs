//! Validation errors, which wFirma inserts into the record they concern.

use crate::json::Json;

/// One error of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    /// Its path, such as `contractor.name`; empty for the whole record.
    pub(super) path: String,
    /// wFirma's message, verbatim.
    pub(super) message: String,
}

/// Collects every error within a record, in the order of the document.
pub(super) fn collect(record: &Json) -> Vec<FieldError> {
    let mut found = Vec::new();
    walk(record, "", &mut found);
    found
}

/// The errors as `contractor.name: …; contractor.zip: …` (`docs/spec/gepard.md`, "Failed invoices").
pub(super) fn describe(errors: &[FieldError]) -> String {
    let messages = errors.iter().map(|error| match error.path.as_str() {
        "" => error.message.clone(),
        path => format!("{path}: {}", error.message),
    });
    messages.collect::<Vec<_>>().join("; ")
}

fn walk(value: &Json, path: &str, found: &mut Vec<FieldError>) {
    for (key, value) in value.entries() {
        if key == "errors" {
            add_errors(value, path, found);
        } else {
            walk(value, &step(path, &key), found);
        }
    }
}

/// The path with one more key; the name of a record within a numbered list is left out.
fn step(path: &str, key: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or_default();
    let in_list = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    match path {
        "" => key.to_owned(),
        path if in_list && key == "invoicecontent" => path.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// Adds errors, which come as a map or a list of `{"error": {…}}`, as one such object, or bare; `false` is none.
fn add_errors(errors: &Json, path: &str, found: &mut Vec<FieldError>) {
    let Some(message) = errors.get("message").and_then(Json::text) else {
        for (_, error) in errors.entries() {
            add_errors(error, path, found);
        }
        return;
    };
    let field = errors.get("field").and_then(Json::text).unwrap_or_default();
    let path = match (path, field.as_str()) {
        (path, "") => path.to_owned(),
        ("", field) => field.to_owned(),
        (path, field) => format!("{path}.{field}"),
    };
    found.push(FieldError { path, message });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(record: &str) -> String {
        describe(&collect(&serde_json::from_str(record).unwrap()))
    }

    const EMPTY: &str = "Pole nie może być puste.";

    #[test]
    fn errors_are_in_the_order_of_the_document_as_documented() {
        let record = r#"{"id":"0","contractor":{"id":"99999","errors":{
            "0":{"error":{"field":"name","message":"Pole nie może być puste.","method":{"name":"notEmpty"}}},
            "1":{"error":{"field":"zip","message":"Pole nie może być puste.","method":{}}},
            "2":{"error":{"field":"city","message":"Pole nie może być puste."}}}},"errors":false}"#;
        // `docs/spec/gepard.md`, "Failed invoices"
        let expected = "contractor.name: Pole nie może być puste.; contractor.zip: Pole nie może być puste.; \
                        contractor.city: Pole nie może być puste.";
        assert_eq!(flattened(record), expected);
    }

    #[test]
    fn errors_are_found_on_the_invoice_its_contractor_and_its_lines() {
        let error = |field: &str| format!(r#"{{"0":{{"error":{{"field":"{field}","message":"{EMPTY}"}}}}}}"#);
        let record = format!(
            r#"{{"invoicecontents":{{"0":{{"invoicecontent":{{"errors":{}}}}},
                "10":{{"invoicecontent":{{"vat_code":{{"errors":{}}}}}}},
                "9":{{"invoicecontent":{{"errors":false}}}}}},
                "errors":{},"contractor":{{"errors":{}}}}}"#,
            error("name"),
            error("id"),
            error("date"),
            error("zip"),
        );
        let expected = ["invoicecontents.0.name", "invoicecontents.10.vat_code.id", "date", "contractor.zip"];
        assert_eq!(flattened(&record), expected.map(|path| format!("{path}: {EMPTY}")).join("; "));
    }

    #[test]
    fn errors_are_read_in_every_shape() {
        for errors in [
            r#"{"0":{"error":{"field":"name","message":"m"}}}"#,
            r#"[{"error":{"field":"name","message":"m"}}]"#,
            r#"{"error":{"field":"name","message":"m"}}"#,
            r#"{"error":[{"field":"name","message":"m"}]}"#,
            r#"[{"field":"name","message":"m"}]"#,
            r#"{"field":"name","message":"m","method":{"name":"x","parameters":[1]}}"#,
        ] {
            assert_eq!(flattened(&format!(r#"{{"errors":{errors}}}"#)), "name: m", "{errors}");
        }
        assert_eq!(flattened(r#"{"errors":{"0":{"error":{"message":"m"}}}}"#), "m");
        for none in ["false", "null", "[]", "{}", "\"\""] {
            assert_eq!(flattened(&format!(r#"{{"errors":{none}}}"#)), "", "{none}");
        }
    }
}
