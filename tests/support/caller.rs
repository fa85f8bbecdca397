//! A caller with an API key.

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use reqwest::blocking::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Reply, Requests, client};

pub(crate) const IMPORT: &str = "/api/orders/import";
pub(crate) const IMPORTS: &str = "/api/orders/imports";
pub(crate) const UPLOAD: &str = "/api/v1/files/upload";

/// An API key, the id of its team, and the address of the server.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) address: String,
}

impl Requests for Caller {
    /// Returns a request with the header that the path's surface documents.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.address));
        if path.starts_with("/api/v1") {
            request.bearer_auth(&self.key).header("X-MES-Team-ID", &self.id)
        } else {
            request.header("x-api-key", &self.key)
        }
    }
}

impl Caller {
    /// The admin key that a `bootstrap` command printed.
    pub(crate) fn new(address: &str, printed: &Value) -> Self {
        let text = |name: &str| printed[name].as_str().unwrap().to_owned();
        Self { id: text("teamId"), key: text("apiKey"), address: address.to_owned() }
    }

    /// Returns an import request; `query` is empty or begins with `?`.
    pub(crate) fn import_request(&self, query: &str) -> RequestBuilder {
        self.request(Method::POST, &format!("{IMPORT}{query}"))
    }

    /// Imports JSON rows.
    pub(crate) fn import(&self, query: &str, rows: &Value) -> Reply {
        Reply::to(self.import_request(query).json(rows))
    }

    /// Imports a body with this content type.
    pub(crate) fn import_as(&self, query: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply::to(self.import_request(query).header("Content-Type", content_type).body(body.into()))
    }

    /// Imports CSV.
    pub(crate) fn import_csv(&self, query: &str, csv: impl Into<Vec<u8>>) -> Reply {
        self.import_as(query, "text/csv", csv)
    }

    /// Imports the file of a form.
    pub(crate) fn import_form(&self, query: &str, file: Part) -> Reply {
        Reply::to(self.import_request(query).multipart(Form::new().part("file", file)))
    }

    /// Uploads a file.
    pub(crate) fn upload(&self, form: Form) -> Reply {
        Reply::to(self.request(Method::POST, UPLOAD).multipart(form))
    }

    /// Posts a body to a path of mes; returns the id of what was created.
    pub(crate) fn post_for_id(&self, path: &str, body: &Value) -> String {
        self.post(path, body).created()["id"].as_str().unwrap().to_owned()
    }

    /// Creates a department; returns its id.
    pub(crate) fn create_department(&self, name: &str) -> String {
        self.post_for_id("/api/v1/departments", &json!({"name": name}))
    }

    /// Creates a routing with these operations in a new department; returns its id.
    pub(crate) fn create_routing(&self, name: &str, operations: &[Value]) -> String {
        let department = self.create_department(&format!("Department of {name}"));
        let operations = operations.iter().enumerate().map(|(at, fields)| {
            let mut operation =
                json!({"operationName": format!("Step {}", at + 1), "departmentId": department});
            operation.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            operation
        });
        let body = json!({"name": name, "operations": operations.collect::<Vec<_>>()});
        self.post_for_id("/api/v1/routings", &body)
    }

    /// Creates an order of 1,000,000 with a routing; returns the ids of the order and of its first operation.
    pub(crate) fn create_order(&self, number: &str, routing: &str) -> (String, String) {
        let body = json!({
            "orderNumber": number, "productIdentifier": "WIDGET", "quantity": 1_000_000, "routingId": routing,
        });
        let order = self.post("/api/v1/orders", &body).created();
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        (id(&order), id(&order["workOrderOperations"][0]))
    }

    /// Creates such an order and starts its first operation.
    pub(crate) fn create_started_order(
        &self,
        number: &str,
        routing: &str,
        operator: &str,
    ) -> (String, String) {
        let (order, operation) = self.create_order(number, routing);
        let start = json!({"action": "start", "operatorId": operator});
        self.patch(&format!("/api/v1/work-order-operations/{operation}"), &start).ok();
        (order, operation)
    }

    /// Creates work centres with these numbers in a new department.
    pub(crate) fn create_work_centres(&self, numbers: &[u32]) {
        let department = self.create_department("Production");
        for number in numbers {
            let body =
                json!({"number": number, "name": format!("Centre {number}"), "departmentId": department});
            self.post("/api/v1/work-centres", &body).created();
        }
    }
}

/// A form with a file and text fields.
pub(crate) fn form(name: &str, bytes: impl Into<Vec<u8>>, fields: &[(&str, &str)]) -> Form {
    let form = Form::new().part("file", Part::bytes(bytes.into()).file_name(name.to_owned()));
    fields.iter().fold(form, |form, (name, text)| form.text((*name).to_owned(), (*text).to_owned()))
}

/// A form with a text document, which the upload accepts.
pub(crate) fn document_form(text: &str) -> Form {
    form("Notes.txt", text, &[("attachmentType", "document")])
}

/// An import row with the required fields.
pub(crate) fn order(number: &str) -> Value {
    json!({"order_number": number, "stock_code": "STK1", "description": "Widget A", "quantity_to_make": 100})
}

/// [`order`] with changed or additional fields.
pub(crate) fn order_with(number: &str, fields: Value) -> Value {
    let mut row = order(number);
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    row.as_object_mut().unwrap().extend(fields);
    row
}
