//! A logged-in user.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

use super::{Caller, Reply, Requests, client};

/// The password of every user in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A user with a session, and the address of the server.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) team: String,
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) address: String,
}

/// Sends a log-in request.
pub(crate) fn log_in(address: &str, email: &str, password: &str) -> Reply {
    let body = json!({"email": email, "password": password});
    Reply::to(client().post(format!("{address}/api/auth/login")).json(&body))
}

impl Requests for Person {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.address)).bearer_auth(&self.token);
        if path.starts_with("/api/v1") { request.header("X-MES-Team-ID", &self.team) } else { request }
    }
}

impl Person {
    /// Logs in a user of a caller's team.
    #[track_caller]
    pub(crate) fn logged_in(caller: &Caller, email: &str, password: &str) -> Self {
        let data = log_in(&caller.address, email, password).ok()["data"].take();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            team: caller.id.clone(),
            id: text(&data["user"]["id"]),
            email: email.to_owned(),
            token: text(&data["accessToken"]),
            refresh_token: text(&data["refreshToken"]),
            address: caller.address.clone(),
        }
    }

    /// Returns an unused e-mail.
    pub(crate) fn new_email() -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        format!("person.{}@works.example", NUMBER.fetch_add(1, Ordering::Relaxed))
    }

    /// The same user, calling another server.
    pub(crate) fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// Creates a vendor; returns its id.
    pub(crate) fn create_vendor(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let code = format!("VEN{:03}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.post_for_id("/api/vendors", &json!({"code": code, "name": format!("Vendor {code}")}))
    }

    /// Creates a user of the team; returns their id.
    pub(crate) fn create_user(&self, email: &str, roles: &[&str]) -> String {
        self.post_for_id("/api/users", &json!({"email": email, "password": PASSWORD, "roles": roles}))
    }

    /// Posts a body to a path of oms; returns the id of what was created.
    pub(crate) fn post_for_id(&self, path: &str, body: &Value) -> String {
        self.post(path, body).created()["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Uses the refresh token.
    pub(crate) fn refresh(&self) -> Reply {
        let body = json!({"refreshToken": self.refresh_token});
        Reply::to(client().post(format!("{}/api/auth/refresh", self.address)).json(&body))
    }
}
