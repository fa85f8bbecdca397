//! Somebody who calls the service with a key.

use std::sync::LazyLock;
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{Client, ClientBuilder, RequestBuilder};
use serde_json::{Value, json};

use super::Reply;

/// The HTTP client; each request has a connection of its own, for some tests break theirs.
pub(crate) fn client() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        new_client().pool_max_idle_per_host(0).timeout(Duration::from_secs(120)).build().unwrap()
    });
    &CLIENT
}

/// A client to be built. It is one that could speak TLS, so it must be said first by what, though nothing here does.
pub(crate) fn new_client() -> ClientBuilder {
    // somebody may have said so before
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

/// A key, its team, and where the service listens.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) address: String,
}

pub(crate) const IMPORT: &str = "/api/orders/import";
pub(crate) const IMPORTS: &str = "/api/orders/imports";
pub(crate) const UPLOAD: &str = "/api/v1/files/upload";

impl Caller {
    /// The caller that a `bootstrap` printed.
    pub(crate) fn new(address: &str, founded: &Value) -> Self {
        let text = |name: &str| founded[name].as_str().unwrap().to_owned();
        Self { id: text("teamId"), key: text("apiKey"), address: address.to_owned() }
    }

    /// A request with the credentials that the path's surface documents.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.address));
        if path.starts_with("/api/v1") {
            request.bearer_auth(&self.key).header("X-MES-Team-ID", &self.id)
        } else {
            request.header("x-api-key", &self.key)
        }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::GET, path))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::POST, path).json(body))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::PUT, path).json(body))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::PATCH, path).json(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::DELETE, path))
    }

    /// An import request; `query` begins with `?` or is empty.
    pub(crate) fn importing(&self, query: &str) -> RequestBuilder {
        self.request(Method::POST, &format!("{IMPORT}{query}"))
    }

    /// Imports JSON.
    pub(crate) fn import(&self, query: &str, rows: &Value) -> Reply {
        Reply::to(self.importing(query).json(rows))
    }

    /// Imports a body of some content type.
    pub(crate) fn import_as(&self, query: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply::to(self.importing(query).header("Content-Type", content_type).body(body.into()))
    }

    /// Imports a CSV.
    pub(crate) fn import_csv(&self, query: &str, csv: impl Into<Vec<u8>>) -> Reply {
        self.import_as(query, "text/csv", csv)
    }

    /// Imports a form's file.
    pub(crate) fn import_form(&self, query: &str, file: Part) -> Reply {
        Reply::to(self.importing(query).multipart(Form::new().part("file", file)))
    }

    /// Uploads a file.
    pub(crate) fn upload(&self, form: Form) -> Reply {
        Reply::to(self.request(Method::POST, UPLOAD).multipart(form))
    }

    /// Makes a department; gives its id.
    pub(crate) fn department(&self, name: &str) -> String {
        let made = self.post("/api/v1/departments", &json!({"name": name}));
        made.created()["id"].as_str().unwrap().to_owned()
    }

    /// Makes a routing whose operations say `operations`, each in a department made for all; gives its id.
    pub(crate) fn routing(&self, name: &str, operations: &[Value]) -> String {
        let department = self.department(&format!("Department of {name}"));
        let operations = operations.iter().enumerate().map(|(at, fields)| {
            let mut operation =
                json!({"operationName": format!("Step {}", at + 1), "departmentId": department});
            operation.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            operation
        });
        let body = json!({"name": name, "operations": operations.collect::<Vec<_>>()});
        self.post("/api/v1/routings", &body).created()["id"].as_str().unwrap().to_owned()
    }

    /// Orders a lot by a routing; gives the ids of the order and of its first operation.
    pub(crate) fn placed_order(&self, number: &str, routing: &str) -> (String, String) {
        let body = json!({
            "orderNumber": number, "productIdentifier": "WIDGET", "quantity": 1_000_000, "routingId": routing,
        });
        let made = self.post("/api/v1/orders", &body).created();
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        (id(&made), id(&made["workOrderOperations"][0]))
    }

    /// The same, begun by an operator.
    pub(crate) fn started_order(&self, number: &str, routing: &str, operator: &str) -> (String, String) {
        let (order, operation) = self.placed_order(number, routing);
        let start = json!({"action": "start", "operatorId": operator});
        self.patch(&format!("/api/v1/work-order-operations/{operation}"), &start).ok();
        (order, operation)
    }

    /// Makes work centres of these numbers, in a department made for them.
    pub(crate) fn work_centres(&self, numbers: &[u32]) {
        let department = self.department("Production");
        for number in numbers {
            let body =
                json!({"number": number, "name": format!("Centre {number}"), "departmentId": department});
            self.post("/api/v1/work-centres", &body).created();
        }
    }
}

/// A form with a file and fields beside it.
pub(crate) fn form(name: &str, bytes: impl Into<Vec<u8>>, fields: &[(&str, &str)]) -> Form {
    let form = Form::new().part("file", Part::bytes(bytes.into()).file_name(name.to_owned()));
    fields.iter().fold(form, |form, (name, text)| form.text((*name).to_owned(), (*text).to_owned()))
}

/// A form with a file that is taken.
pub(crate) fn document(text: &str) -> Form {
    form("Notes.txt", text, &[("attachmentType", "document")])
}

/// A row with what every order needs.
pub(crate) fn order(number: &str) -> Value {
    json!({"order_number": number, "stock_code": "STK1", "description": "Widget A", "quantity_to_make": 100})
}

/// [`order`] with other and further fields.
pub(crate) fn order_with(number: &str, fields: Value) -> Value {
    let mut row = order(number);
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    row.as_object_mut().unwrap().extend(fields);
    row
}
