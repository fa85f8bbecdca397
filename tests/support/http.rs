//! HTTP requests with a caller's credentials.

use std::sync::LazyLock;
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::{Client, ClientBuilder, RequestBuilder};
use serde_json::Value;

use super::Reply;

/// Returns the HTTP client; it opens a connection for each request, since some tests break theirs.
pub(crate) fn client() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        new_client().pool_max_idle_per_host(0).timeout(Duration::from_secs(120)).build().unwrap()
    });
    &CLIENT
}

/// Returns a builder for an HTTP client. reqwest demands a TLS provider, although no test uses TLS.
pub(crate) fn new_client() -> ClientBuilder {
    // fails if another test has installed it
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

/// The HTTP verbs, for callers with an API key and for logged-in users.
pub(crate) trait Requests {
    /// Returns a request with the caller's credentials.
    fn request(&self, method: Method, path: &str) -> RequestBuilder;

    fn get(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::GET, path))
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::POST, path).json(body))
    }

    fn put(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::PUT, path).json(body))
    }

    fn patch(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request(Method::PATCH, path).json(body))
    }

    fn delete(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::DELETE, path))
    }
}
