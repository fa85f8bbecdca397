//! Somebody who logged in.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

use super::{Caller, Reply, client};

/// The password of everybody in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A user with a session, and where the service listens.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) team: String,
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) address: String,
}

/// An attempt to log in.
pub(crate) fn log_in(address: &str, email: &str, password: &str) -> Reply {
    let body = json!({"email": email, "password": password});
    Reply::to(client().post(format!("{address}/api/auth/login")).json(&body))
}

impl Person {
    /// Logs in to a caller's team.
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

    /// An e-mail nobody has.
    pub(crate) fn new_email() -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        format!("person.{}@works.example", NUMBER.fetch_add(1, Ordering::Relaxed))
    }

    /// The same person, calling elsewhere.
    pub(crate) fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.address)).bearer_auth(&self.token);
        if path.starts_with("/api/v1") { request.header("X-MES-Team-ID", &self.team) } else { request }
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

    /// Makes a vendor; gives its id.
    pub(crate) fn vendor(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let code = format!("VEN{:03}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let made = self.post("/api/vendors", &json!({"code": code, "name": format!("Vendor {code}")}));
        made.created()["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Makes a user of the team; gives their id.
    pub(crate) fn makes(&self, email: &str, roles: &[&str]) -> String {
        let body = json!({"email": email, "password": PASSWORD, "roles": roles});
        let made = self.post("/api/users", &body).created();
        made["data"]["id"].as_str().unwrap().to_owned()
    }

    /// A turn of the refresh token.
    pub(crate) fn refresh(&self) -> Reply {
        let body = json!({"refreshToken": self.refresh_token});
        Reply::to(client().post(format!("{}/api/auth/refresh", self.address)).json(&body))
    }
}
