//! Validation errors, which wFirma puts into the record they are about.

use crate::json::Json;

/// One error of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    /// Where it is, such as `contractor.name`; empty if it is about the whole.
    pub(super) path: String,
    /// What wFirma says, to the letter.
    pub(super) message: String,
}

/// Every error within a record, in the order of the document.
pub(super) fn within(record: &Json) -> Vec<FieldError> {
    let mut found = Vec::new();
    walk(record, "", &mut found);
    found
}

/// `contractor.name: …; contractor.zip: …`, as in seed 002.
pub(super) fn told(errors: &[FieldError]) -> String {
    let told = errors.iter().map(|error| match error.path.as_str() {
        "" => error.message.clone(),
        path => format!("{path}: {}", error.message),
    });
    told.collect::<Vec<_>>().join("; ")
}

fn walk(value: &Json, path: &str, found: &mut Vec<FieldError>) {
    for (key, value) in value.entries() {
        if key == "errors" {
            collect(value, path, found);
        } else {
            walk(value, &step(path, &key), found);
        }
    }
}

/// The path one key further: a record within a numbered list goes without its own name, which says nothing new.
fn step(path: &str, key: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or_default();
    let in_list = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    match path {
        "" => key.to_owned(),
        path if in_list && key == "invoicecontent" => path.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// Errors come as a map or a list of `{"error": {…}}`, as one such object, or bare; `false` is none.
fn collect(errors: &Json, path: &str, found: &mut Vec<FieldError>) {
    let Some(message) = errors.get("message").and_then(Json::text) else {
        for (_, error) in errors.entries() {
            collect(error, path, found);
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
        told(&within(&serde_json::from_str(record).unwrap()))
    }

    const EMPTY: &str = "Pole nie może być puste.";

    #[test]
    fn errors_are_told_in_the_order_of_the_document_as_in_the_seed() {
        let record = r#"{"id":"0","contractor":{"id":"99999","errors":{
            "0":{"error":{"field":"name","message":"Pole nie może być puste.","method":{"name":"notEmpty"}}},
            "1":{"error":{"field":"zip","message":"Pole nie może być puste.","method":{}}},
            "2":{"error":{"field":"city","message":"Pole nie może być puste."}}}},"errors":false}"#;
        // seed 002, *Partial Success Response*
        let expected = "contractor.name: Pole nie może być puste.; contractor.zip: Pole nie może być puste.; \
                        contractor.city: Pole nie może być puste.";
        assert_eq!(flattened(record), expected);
    }

    #[test]
    fn errors_stand_on_the_invoice_its_contractor_and_its_lines() {
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
    fn errors_are_read_in_every_shape_they_come_in() {
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
