//! A response, checked for what every response must have.

use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{HOST, HeaderMap};
use serde_json::{Value, json};

use super::conformance;

/// A response with its body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// Sends a request and returns the response.
    #[track_caller]
    pub(crate) fn to(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.expect("the request can be sent");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        // a host name of tills serves other paths than the documents say
        let is_at_root = request.headers().contains_key(HOST);
        let reply = Self::of(client.execute(request).expect("the service answers"));
        if !is_at_root {
            conformance::check(&method, &path, &reply);
        }
        reply
    }

    pub(crate) fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let reply = Self { status, headers, text: response.text().expect("the answer is whole") };
        assert!(reply.header("x-request-id").is_some_and(|id| !id.is_empty()), "{reply:?}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{reply:?}");
        assert_ne!(status, 500, "{reply:?}");
        reply
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("headers are ASCII"))
    }

    /// The version in the `ETag` of what was read by id: what stands before the digest.
    pub(crate) fn tagged_version(&self) -> Option<&str> {
        self.header("etag")?.trim_matches('"').split_once('-').map(|(version, _)| version)
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body, after checking for status 200.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The body, after checking for status 201.
    #[track_caller]
    pub(crate) fn created(&self) -> Value {
        assert_eq!(self.status, 201, "{self:?}");
        self.json()
    }

    /// The report of an import without its id, which is a UUID unless the run was dry.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        let mut body = self.ok();
        let id = body["import_id"].take();
        assert_eq!(body["dry_run"], json!(!is_uuid(&id)), "{self:?}");
        body.as_object_mut().unwrap().remove("import_id");
        body
    }

    /// The counts of an import: created, updated, skipped, errors.
    #[track_caller]
    pub(crate) fn counts(&self) -> [u64; 4] {
        let body = self.ok();
        let counts = ["created", "updated", "skipped", "errors"].map(|name| body[name].as_u64().unwrap());
        assert_eq!(body["details"].as_array().unwrap().len() as u64, counts.iter().sum::<u64>());
        counts
    }

    /// The status and message of each row of an import.
    #[track_caller]
    pub(crate) fn row_results(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let details = self.json()["details"].as_array().unwrap().clone();
        details.iter().map(|detail| (text(&detail["status"]), text(&detail["message"]))).collect()
    }

    /// The id of an import.
    #[track_caller]
    pub(crate) fn import_id(&self) -> String {
        self.json()["import_id"].as_str().unwrap().to_owned()
    }

    /// Checks for an error in the format of the path's surface, with the code where that surface has one; returns its
    /// message.
    #[track_caller]
    pub(crate) fn shaped(&self, path: &str, status: u16, code: &str) -> String {
        let body = self.json();
        let message = if path.starts_with("/api/v1") {
            let message = body["error"]["message"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned();
            self.mes_refused(status, code, &message, body["error"]["details"].clone());
            message
        } else if path.starts_with("/pos") {
            let message = body["message"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned();
            let mut expected = json!({"success": false, "message": message, "data": null});
            if let Some(errors) = body.get("errors") {
                assert!(errors.as_object().is_some_and(|errors| !errors.is_empty()), "{self:?}");
                expected["errors"] = errors.clone();
            }
            assert_eq!((self.status, body), (status, expected));
            message
        } else if path.starts_with("/api/gepard") {
            let message = body["errorMessage"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned();
            self.gepard_refused(status, code, &message);
            message
        } else if path.starts_with("/api/orders/import") {
            let message = body["message"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned();
            self.refused_for(status, code, &message, body["errors"].clone());
            message
        } else {
            let message = body["error"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned();
            let expected =
                json!({"success": false, "error": message, "code": code, "errors": body["errors"]});
            assert_eq!((self.status, body), (status, expected));
            message
        };
        assert_eq!(self.header("www-authenticate"), (status == 401).then_some("Bearer"), "{self:?}");
        message
    }

    /// Checks for exactly this error of import, without field errors.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, message: &str) {
        self.refused_for(status, code, message, json!({}));
    }

    /// Checks for exactly this error of import.
    #[track_caller]
    pub(crate) fn refused_for(&self, status: u16, code: &str, message: &str, errors: Value) {
        let expected = json!({"success": false, "message": message, "error": code, "errors": errors});
        assert_eq!((self.status, self.json()), (status, expected));
    }

    /// Checks for exactly this error of oms, which other addresses use too.
    #[track_caller]
    pub(crate) fn oms_refused(&self, status: u16, message: &str) {
        let expected = json!({"success": false, "error": message, "code": self.oms_code(), "errors": {}});
        assert_eq!((self.status, self.json()), (status, expected));
    }

    /// The code of an error of oms: where its status has one code only, that.
    #[track_caller]
    fn oms_code(&self) -> String {
        let code = self.json()["code"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned();
        match self.status {
            404 => assert_eq!(code, "NOT_FOUND", "{self:?}"),
            412 => assert_eq!(code, "STALE_VERSION", "{self:?}"),
            _ => assert!(code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{self:?}"),
        }
        code
    }

    /// Checks for exactly this error of pos, without field errors.
    #[track_caller]
    pub(crate) fn pos_refused(&self, status: u16, message: &str) {
        let expected = json!({"success": false, "message": message, "data": null});
        assert_eq!((self.status, self.json()), (status, expected));
    }

    /// Checks for exactly this error of gepard, without field errors.
    #[track_caller]
    pub(crate) fn gepard_refused(&self, status: u16, code: &str, message: &str) {
        let expected = json!({"success": false, "errorCode": code, "errorMessage": message});
        assert_eq!((self.status, self.json()), (status, expected));
    }

    /// Checks for a 422 of pos with exactly these field errors.
    #[track_caller]
    pub(crate) fn pos_invalid(&self, errors: Value) {
        let expected =
            json!({"success": false, "message": "Validation failed", "data": null, "errors": errors});
        assert_eq!((self.status, self.json()), (422, expected));
    }

    /// Checks for a 422 of oms with exactly these field errors.
    #[track_caller]
    pub(crate) fn oms_invalid(&self, errors: Value) {
        let code = "VALIDATION_ERROR";
        let expected =
            json!({"success": false, "error": "Validation failed", "code": code, "errors": errors});
        assert_eq!((self.status, self.json()), (422, expected));
    }

    /// Checks for an error of oms with faults at exactly these paths, each with a message that has these words.
    #[track_caller]
    pub(crate) fn oms_faults(&self, status: u16, faults: &[(&str, &str)]) {
        let body = self.json();
        let code = self.oms_code();
        let expected =
            json!({"success": false, "error": body["error"], "code": code, "errors": body["errors"]});
        assert_eq!((self.status, &body), (status, &expected));
        assert!(body["error"].as_str().is_some_and(|message| !message.is_empty()), "{self:?}");
        let errors = body["errors"].as_object().unwrap_or_else(|| panic!("{self:?}"));
        let mut paths: Vec<_> = faults.iter().map(|(path, _)| *path).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut found: Vec<_> = errors.keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, paths, "{self:?}");
        for (path, words) in faults {
            let messages = errors[*path].as_array().unwrap_or_else(|| panic!("{self:?}"));
            let has_words =
                |message: &Value| message.as_str().unwrap().to_lowercase().contains(&words.to_lowercase());
            assert!(messages.iter().any(has_words), "`{words}` at {path}: {self:?}");
        }
    }

    /// Checks for this code of an error of oms.
    #[track_caller]
    pub(crate) fn has_code(&self, code: &str) -> &Self {
        assert_eq!(self.json()["code"], json!(code), "{self:?}");
        self
    }

    /// Checks for a 422 of oms whose faults are all at paths that begin so.
    #[track_caller]
    pub(crate) fn oms_faults_within(&self, prefix: &str) {
        let errors = self.json()["errors"].take();
        let errors = errors.as_object().unwrap_or_else(|| panic!("{self:?}"));
        let is_named = !errors.is_empty() && errors.keys().all(|path| path.starts_with(prefix));
        assert_eq!((self.status, is_named), (422, true), "{prefix}: {self:?}");
    }

    /// Checks for an error of oms without faults, whose message has these words, among others.
    #[track_caller]
    pub(crate) fn oms_refused_with(&self, status: u16, words: &[&str]) {
        let message = self.json()["error"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned();
        self.oms_refused(status, &message);
        for word in words {
            assert!(message.to_lowercase().contains(&word.to_lowercase()), "`{word}`: {self:?}");
        }
    }

    /// Checks for exactly this error of mes, with a time and the id of the request.
    #[track_caller]
    pub(crate) fn mes_refused(&self, status: u16, code: &str, message: &str, details: Value) {
        let mut body = self.json();
        let error = body["error"].as_object_mut().unwrap();
        let time = error.remove("timestamp").unwrap();
        let time = time.as_str().unwrap();
        assert!(time.len() == 20 && time.starts_with("20") && time.ends_with('Z'), "{time}");
        assert_eq!(error.remove("requestId"), self.header("x-request-id").map(Value::from));
        let expected = json!({"error": {"code": code, "message": message, "details": details}});
        assert_eq!((self.status, body), (status, expected));
    }

    /// [`Self::mes_refused`] for one faulty field, with the value that was sent.
    #[track_caller]
    pub(crate) fn mes_refused_for(
        &self,
        status: u16,
        (field, value): (&str, Value),
        code: &str,
        fault: &str,
        message: &str,
    ) {
        let errors = json!([{"field": field, "code": fault, "message": message}]);
        self.mes_refused(status, code, message, json!({"field": field, "value": value, "errors": errors}));
    }
}

/// Whether a value is a UUID of version 7.
pub(crate) fn is_uuid(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let dashes: Vec<_> = text.match_indices('-').map(|(at, _)| at).collect();
    text.len() == 36 && dashes == [8, 13, 18, 23] && text.as_bytes()[14] == b'7'
}
